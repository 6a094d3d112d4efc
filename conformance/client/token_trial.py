"""Sending wrong tokens to a protected resource: never without a good one first, and what a refusal has to be."""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.client.forged_token import WrongToken
from conformance.client.refusal import Refusal
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import Violation
from conformance.wire import HttpRequest


@dataclass(frozen=True)
class TokenTrial:
    """One request sent with a good token (accepted, or there is no verdict) and then with wrong ones.

    `good` is the token of the control, None for the usual one; `request` the request, None for the cheapest one.
    """

    server: ResourceServer
    good: str | None = None
    request: HttpRequest | None = None

    def refusals(self, wrong: Iterable[WrongToken]) -> list[Refusal]:
        """Each wrong token has to be turned away: no 2xx. Raises Violation, or Inconclusive when the control fails."""
        self.server.control(self.request, self.good)
        return [self._refusal(each) for each in wrong]

    def unauthorized(self, wrong: Iterable[WrongToken]) -> None:
        """Each wrong token has to be answered 401. Raises Violation or Inconclusive."""
        for refusal in self.refusals(wrong):
            if refusal.response.status != 401:
                raise Violation(
                    f"{refusal.credentials} is answered {refusal.response.status}",
                    expected="401",
                    observed=refusal.described(),
                )

    def invalid_token(self, wrong: Iterable[WrongToken]) -> None:
        """Each wrong token has to be called invalid_token in the challenge. Raises Violation or Inconclusive."""
        for refusal in self.refusals(wrong):
            if refusal.parameter("error") != "invalid_token":
                raise Violation(
                    f"{refusal.credentials} is not called invalid_token",
                    expected='WWW-Authenticate: Bearer error="invalid_token", ...',
                    observed=refusal.described(),
                )

    def _refusal(self, wrong: WrongToken) -> Refusal:
        change = f"sent with a token {wrong.flaw}"
        response = self.server.send(self.server.with_token(wrong.token, self.request, change))
        refusal = Refusal(f"a token {wrong.flaw}", response)
        if response.status // 100 == 2:
            raise Violation(
                f"a token {wrong.flaw} is accepted",
                expected="401",
                observed=f"{response.status} ({response.media_type or 'no media type'})",
            )
        return refusal
