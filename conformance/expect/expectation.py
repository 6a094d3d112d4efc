"""Expectations on answers of OAuth endpoints. Each method is one sentence; a broken one raises Violation."""

from dataclasses import dataclass
from typing import overload

from conformance.expect.answers import AuthorizationAnswer, TokenAnswer
from conformance.expect.challenges import Challenge, ChallengeSyntaxError, parse_challenges
from conformance.vocabulary import Violation
from conformance.wire import Response


@dataclass(frozen=True)
class Expectation:
    """What every answer can be asked."""

    response: Response

    def has_status(self, *allowed: int) -> "Expectation":
        """The status is one of these."""
        if self.response.status not in allowed:
            wanted = " or ".join(str(status) for status in allowed)
            raise self._violation(
                f"status {self.response.status} instead of {wanted}",
                expected=wanted,
                observed=self.described(),
            )
        return self

    def has_media_type(self, wanted: str) -> "Expectation":
        """The Content-Type is that media type; parameters are free."""
        if self.response.media_type != wanted:
            got = self.response.header("content-type")
            raise self._violation(
                f"Content-Type is not {wanted}",
                expected=f"Content-Type: {wanted}",
                observed=f"Content-Type: {got}",
            )
        return self

    def has_no_server_error(self) -> "Expectation":
        """The status is below 500."""
        if self.response.status >= 500:
            raise self._violation("the server broke", expected="a status below 500", observed=self.described())
        return self

    def challenges(self) -> tuple[Challenge, ...]:
        """The challenges of WWW-Authenticate; a header that can't be parsed is a Violation."""
        values = self.response.all_headers("www-authenticate")
        try:
            return parse_challenges(values)
        except ChallengeSyntaxError as error:
            raise self._violation(
                "WWW-Authenticate can't be parsed",
                expected="a list of challenges (RFC 9110, 11.6.1)",
                observed=str(error),
            ) from None

    def challenge(self, scheme: str) -> Challenge:
        """The first challenge of that scheme; its absence is a Violation."""
        for challenge in self.challenges():
            if challenge.is_scheme(scheme):
                return challenge
        got = self.response.all_headers("www-authenticate")
        observed = (
            f"{self.response.status} with WWW-Authenticate: {' / '.join(got)}"
            if got
            else f"{self.response.status} without WWW-Authenticate"
        )
        raise self._violation(f"no {scheme} challenge", expected=f"WWW-Authenticate: {scheme} ...", observed=observed)

    def described(self) -> str:
        """What came back in one line."""
        return f"{self.response.status} ({self.response.media_type or 'no media type'})"

    def _violation(self, message: str, *, expected: str, observed: str) -> Violation:
        return Violation(message, expected=expected, observed=observed, decided_by=self.response.exchange)


@dataclass(frozen=True)
class AuthorizationExpectation(Expectation):
    """What an authorization response can be asked."""

    answer: AuthorizationAnswer

    def grants_no_code(self) -> "AuthorizationExpectation":
        """No code and no token went anywhere."""
        for name in ("code", "access_token", "id_token"):
            if self.answer.parameter(name):
                raise self._violation(f"the server granted {name}", expected=f"no {name}", observed=self.described())
        return self

    def grants_code(self) -> str:
        """A code went to the redirect URI; returns it."""
        if not self.answer.code:
            raise self._violation("no code was granted", expected="a redirect with a code", observed=self.described())
        return self.answer.code

    def redirects_with(self, *, error: str | tuple[str, ...], state: str | None = None) -> "AuthorizationExpectation":
        """The answer is a redirect with one of these error codes and, if given, this state."""
        allowed = (error,) if isinstance(error, str) else error
        wanted = f"a redirect to the redirect_uri with error={' or '.join(allowed)}"
        if self.answer.redirected_to is None or self.answer.error not in allowed:
            raise self._violation(
                f"not refused with {' or '.join(allowed)}", expected=wanted, observed=self.described()
            )
        if state is not None and self.answer.state != state:
            observed = f"state={self.answer.state!r}" if self.answer.state is not None else "no state"
            raise self._violation(
                "the error came back without the request's state",
                expected=f"state={state!r}",
                observed=observed,
            )
        return self

    def does_not_redirect(self) -> "AuthorizationExpectation":
        """The server kept the user agent on a page of its own."""
        if self.answer.redirected_to is not None:
            raise self._violation(
                "the user agent was redirected",
                expected="an error page, no redirect",
                observed=self.described(),
            )
        return self

    def described(self) -> str:
        """What came back in one line."""
        return self.answer.described()


@dataclass(frozen=True)
class TokenExpectation(Expectation):
    """What a token response can be asked."""

    answer: TokenAnswer

    def issues_token(self) -> str:
        """An access token was issued with a 200; returns it."""
        if not self.answer.access_token:
            raise self._violation(
                "no access token was issued", expected="200 with an access_token", observed=self.described()
            )
        return self.answer.access_token

    def issues_no_token(self) -> "TokenExpectation":
        """Neither an access nor a refresh token came back, whatever the status."""
        for name in ("access_token", "refresh_token"):
            if self.answer.members.get(name):
                raise self._violation(f"the server issued {name}", expected=f"no {name}", observed=self.described())
        return self

    def refuses_with(self, *errors: str) -> "TokenExpectation":
        """The answer is an error response (RFC 6749, 5.2) with one of these codes and no token."""
        self.issues_no_token()
        if self.answer.error not in errors:
            wanted = " or ".join(errors)
            raise self._violation(f"not refused with {wanted}", expected=f"error={wanted}", observed=self.described())
        return self

    def described(self) -> str:
        """What came back in one line."""
        return self.answer.described()


@overload
def expect(answer: AuthorizationAnswer) -> AuthorizationExpectation: ...
@overload
def expect(answer: TokenAnswer) -> TokenExpectation: ...
@overload
def expect(answer: Response) -> Expectation: ...
def expect(answer: AuthorizationAnswer | TokenAnswer | Response) -> Expectation:
    """Start a sentence about an answer."""
    if isinstance(answer, AuthorizationAnswer):
        return AuthorizationExpectation(answer.response, answer)
    if isinstance(answer, TokenAnswer):
        return TokenExpectation(answer.response, answer)
    return Expectation(answer)
