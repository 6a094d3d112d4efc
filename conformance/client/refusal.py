"""The ways to ask a protected resource without a good token, and what its refusals say."""

from dataclasses import dataclass

from conformance.expect import Challenge, ChallengeSyntaxError, parse_challenges
from conformance.wire import HttpRequest, Response

NO_TOKEN = "no token"  # noqa: S105 - a kind of request
GARBAGE = "a token that nobody issued"
OTHER_SCHEME = "credentials of another scheme"
MALFORMED = "a malformed token"
REFUSING = (400, 401, 403)
_CREDENTIALS = {
    GARBAGE: "Bearer nobody-issued-this-token",
    OTHER_SCHEME: "Basic bm9ib2R5OmtlZXBzLW91dA==",
    MALFORMED: "Bearer {not a token}",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request with `credentials` (one of the kinds above)."""

    credentials: str
    response: Response

    @property
    def is_refusal(self) -> bool:
        """Whether the status says that it is about the credentials: 400, 401 or 403."""
        return self.response.status in REFUSING

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """The challenges of every WWW-Authenticate line that can be read; RFC9110-11.6.1-a judges the others."""
        found: list[Challenge] = []
        for line in self.response.all_headers("www-authenticate"):
            try:
                found += parse_challenges([line])
            except ChallengeSyntaxError:
                continue
        return tuple(found)

    def parameter(self, name: str) -> str | None:
        """The first value of that parameter in any challenge."""
        return next((value for challenge in self.challenges if (value := challenge.get(name)) is not None), None)

    def described(self) -> str:
        """What came back, in one line."""
        sent = " / ".join(self.response.all_headers("www-authenticate"))
        said = f"WWW-Authenticate: {sent}" if sent else "no WWW-Authenticate"
        return f"{self.response.status} with {said} for a request with {self.credentials}"


def refusal_requests(good: HttpRequest) -> dict[str, HttpRequest]:
    """The good request without token and, by kind, with credentials that are none; the former comes first."""
    altered = {
        kind: good.with_header("Authorization", value, f"sent with {kind}") for kind, value in _CREDENTIALS.items()
    }
    return {NO_TOKEN: good, **altered}
