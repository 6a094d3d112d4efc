"""Ending tokens at the revocation endpoint (RFC 7009), and seeing whether they have ended."""

from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import FormRequest, form
from conformance.client.second_client import client_by
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import Response


@dataclass(frozen=True)
class Revocation:
    """The tokens of one client, which is the one of `flow`."""

    server: AuthorizationServer
    flow: AuthorizationFlow

    @classmethod
    def of(cls, server: AuthorizationServer, flow: AuthorizationFlow | None = None) -> "Revocation":
        """Revocation by the client of that flow (default: the shared one). Raises NotApplicable without an endpoint."""
        server.metadata().string("revocation_endpoint")
        return cls(server, flow or server.flow())

    @classmethod
    def controlled(cls, server: AuthorizationServer, flow: AuthorizationFlow | None = None) -> "Revocation":
        """Revocation that is seen to work, by that client or else by one with client_secret_post. Raises Inconclusive.

        So a server that refuses revocation to some clients, which RFC7009-2-a judges, is judged on the rest as well.
        """
        revocation = cls.of(server, flow)
        try:
            revocation.control()
        except Inconclusive:
            try:
                other = cls.of(server, server.flow(client_by(server, "client_secret_post")))
                other.control()
            except (Inconclusive, NotApplicable):
                other = None
            if other is None:
                raise
            return other
        return revocation

    def granted(self) -> TokenAnswer:
        """Fresh tokens, a refresh token among them. Raises NotApplicable when the client gets none, or Inconclusive."""
        answer = self.flow.grant().token
        if answer.refresh_token is None:
            raise NotApplicable("the server gives this client no refresh token")
        return answer

    def refresh_token(self) -> str:
        """A fresh refresh token. Raises NotApplicable, Inconclusive."""
        return self.granted().refresh_token or ""

    def bare_request(self, token: str, hint: str | None = None) -> FormRequest:
        """A request to revoke that token by nobody in particular."""
        endpoint = str(self.server.metadata().value["revocation_endpoint"])
        return form(endpoint, [("token", token), ("token_type_hint", hint)])

    def request(self, token: str, hint: str | None = None) -> FormRequest:
        """A good request to revoke that token."""
        return self.flow.authenticated(self.bare_request(token, hint))

    def send(self, request: FormRequest) -> Response:
        """The answer, whatever it is. Raises NoAnswer."""
        return self.flow.wire.send(request.as_post())

    def control(self) -> None:
        """A refresh token works, and after its revocation without a hint it doesn't. Raises Inconclusive."""
        self.flow.control_redeem(self.flow.refresh_request(self.refresh_token()))
        token = self.refresh_token()
        self.send(self.request(token))
        if self.flow.redeem(self.flow.refresh_request(token)).access_token:
            raise Inconclusive("a refresh token is good after its revocation", root="revocation")

    def judge_ended(self, token: str) -> None:
        """The refresh token is worth nothing any more. Raises Violation."""
        answer = self.flow.redeem(self.flow.refresh_request(token))
        if answer.access_token:
            raise Violation(
                "a revoked refresh token is still good",
                expected="the refresh refused with invalid_grant",
                observed=answer.described(),
                decided_by=answer.response.exchange,
            )

    def judge_alive(self, token: str, attacker: str) -> None:
        """The refresh token still works. Raises Violation: `attacker` has ended it."""
        answer = self.flow.redeem(self.flow.refresh_request(token))
        if not answer.access_token:
            raise Violation(
                f"{attacker} has ended a refresh token",
                expected="a refresh token that works as before",
                observed=answer.described(),
                decided_by=answer.response.exchange,
            )
