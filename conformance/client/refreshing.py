"""Refresh tokens as the judge uses them: obtained, exchanged, and tried by those who have no right to them."""

from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.requests import AuthorizationRequest, FormRequest
from conformance.client.token_content import effective_scope
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation

REFUSALS = ("invalid_grant", "invalid_client", "unauthorized_client", "invalid_request")
"""Error codes by which a server may refuse a grant of somebody else (RFC 6749, 5.2)."""


@dataclass(frozen=True)
class Refreshing:
    """The refresh tokens of one flow."""

    server: AuthorizationServer
    flow: AuthorizationFlow

    def granted(self, request: AuthorizationRequest | None = None) -> Grant:
        """A code grant that brought a refresh token. Raises NotApplicable when the server gives none."""
        grant = self.flow.grant(request)
        if grant.token.refresh_token is None:
            raise NotApplicable("the server gives this client no refresh token")
        return grant

    def token(self) -> str:
        """A fresh refresh token. Raises NotApplicable."""
        return self.granted().token.refresh_token or ""

    def request(self, refresh_token: str) -> FormRequest:
        """The good request for that refresh token."""
        return self.flow.refresh_request(refresh_token)

    def refreshed(self, refresh_token: str) -> TokenAnswer:
        """A refresh that must succeed. Raises Inconclusive."""
        return self.flow.control_redeem(self.request(refresh_token))

    def rotated(self, refresh_token: str) -> str:
        """The next refresh token. Raises NotApplicable when the server keeps the one that was used."""
        following = self.refreshed(refresh_token).refresh_token
        if following in (None, refresh_token):
            raise NotApplicable("the refresh token is not rotated, which another check of this requirement judges")
        return following or ""

    def judge_rotation(self) -> None:
        """Each refresh gives another refresh token. Raises Violation."""
        used = self.token()
        following = self.refreshed(used).refresh_token
        if following in (None, used):
            raise Violation(
                "the refresh token was not rotated",
                expected="a new refresh_token in the answer to a refresh",
                observed="the same refresh_token again" if following else "no refresh_token",
            )

    def judge_reuse(self) -> None:
        """A refresh token that was exchanged is refused. Raises Violation."""
        used = self.token()
        self.rotated(used)
        again = self.request(used).with_("a used refresh_token sent again", refresh_token=used)
        expect(self.flow.redeem(again)).refuses_with("invalid_grant")

    def judge_end_of_family(self) -> None:
        """When a used refresh token comes again, the newest one of its family ends too. Raises Violation."""
        used = self.token()
        newest = self.rotated(self.rotated(used))
        self.flow.redeem(self.request(used).with_("a used refresh_token sent again", refresh_token=used))
        after = self.request(newest).with_("the newest refresh_token, after an old one was replayed")
        expect(self.flow.redeem(after)).refuses_with("invalid_grant")

    def judge_other_client(self, other: AuthorizationFlow) -> None:
        """Another client, which can use its own refresh token, can't use one of this flow. Raises Violation."""
        theirs = Refreshing(self.server, other)
        theirs.refreshed(theirs.token())
        stolen = other.refresh_request(self.token()).with_("refresh_token of another client")
        expect(self.flow.redeem(stolen)).refuses_with(*REFUSALS)

    def judge_wider_scope(self) -> None:
        """A refresh that asks for more scope than was granted does not get it. Raises Violation, NotApplicable."""
        narrow, wide = self._two_scopes()
        granted = self.granted(self.flow.authorization_request(scope=narrow)).token
        limit = effective_scope(self.server, self.flow, granted)
        if limit is None or wide <= limit:
            raise NotApplicable("the server does not grant the narrow scope alone, or nothing says which one it grants")
        self.refreshed(self.granted(self.flow.authorization_request(scope=narrow)).token.refresh_token or "")
        answer = self.flow.redeem(self.request(granted.refresh_token or "").with_(scope=" ".join(sorted(wide))))
        self._within(answer, limit)

    def judge_kept_scope(self) -> None:
        """After a refresh for less scope, the next refresh still gives all of it. Raises Violation, NotApplicable."""
        narrow, _ = self._two_scopes()
        granted = self.granted().token
        whole = effective_scope(self.server, self.flow, granted)
        narrowed = self.flow.redeem(self.request(granted.refresh_token or "").with_(scope=narrow))
        if whole is None or not narrowed.access_token:
            raise NotApplicable("the server does not narrow the scope at a refresh, or nothing says what it grants")
        answer = self.flow.redeem(self.request(narrowed.refresh_token or granted.refresh_token or ""))
        expect(answer).issues_token()
        got = effective_scope(self.server, self.flow, answer) or frozenset()
        if not whole <= got:
            expected, observed = f"scope {' '.join(sorted(whole))}", f"scope {' '.join(sorted(got))}"
            raise Violation("the new refresh token has less scope", expected=expected, observed=observed)

    def _within(self, answer: TokenAnswer, limit: frozenset[str]) -> None:
        if not answer.access_token:
            expect(answer).has_status(400)
            return
        got = effective_scope(self.server, self.flow, answer) or frozenset()
        if not got <= limit:
            expected, observed = f"no scope beyond {' '.join(sorted(limit))}", f"scope {' '.join(sorted(got))}"
            raise Violation("a refresh gave more scope than was granted", expected=expected, observed=observed)

    def _two_scopes(self) -> tuple[str, frozenset[str]]:
        narrow, wide = self.server.context.facts.narrow_scope, frozenset((self.flow.scope or "").split())
        if not narrow or not wide > frozenset(narrow.split()):
            raise NotApplicable("the target file gives no narrow_scope beside scope")
        return narrow, wide
