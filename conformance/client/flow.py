"""The judge's own OAuth client: builds good requests, sends altered ones, and keeps controls honest."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.client.identity import ClientIdentity, authenticate
from conformance.client.pkce import ProofKey, new_proof_key
from conformance.client.requests import AuthorizationRequest, FormRequest, form
from conformance.client.user_agent import UserAgent
from conformance.expect import AuthorizationAnswer, TokenAnswer
from conformance.vocabulary import Inconclusive
from conformance.wire import Wire


@dataclass(frozen=True)
class Grant:
    """A completed authorization code grant."""

    request: AuthorizationRequest
    authorization: AuthorizationAnswer
    token_request: FormRequest
    token: TokenAnswer

    @property
    def access_token(self) -> str:
        """The access token of the grant."""
        return self.token.access_token or ""


@dataclass(frozen=True)
class AuthorizationFlow:
    """One client and one user against one authorization server. Everything it sends lands in the check's transcript.

    `metadata` is the server's own document; `resource` (RFC 8707) and `scope` are what good requests ask for.
    """

    wire: Wire
    metadata: Mapping[str, Any]
    client: ClientIdentity
    user_agent: UserAgent
    scope: str | None = None
    resource: str | None = None
    extra_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """The issuer as the metadata says it."""
        return str(self.metadata.get("issuer", ""))

    def endpoint(self, name: str) -> str:
        """An endpoint URL of the metadata. Raises Inconclusive when it isn't there."""
        value = self.metadata.get(name)
        if not isinstance(value, str) or not value:
            raise Inconclusive(f"the authorization server's metadata has no usable {name}", root="metadata")
        return value

    def by(self, client: ClientIdentity) -> "AuthorizationFlow":
        """The same flow for another client."""
        return replace(self, client=client)

    def authorization_request(self, proof_key: ProofKey | None = None, /, **values: str) -> AuthorizationRequest:
        """A good request: code, S256, state, resource and scope as the target file gives them.

        `values` replace parameters; the result counts as unaltered. `proof_key` replaces the fresh one.
        """
        key = proof_key or new_proof_key()
        self.wire.transcript.secrets.learn("code_verifier", key.verifier)
        pairs: list[tuple[str, str | None]] = [
            ("response_type", "code"),
            ("client_id", self.client.client_id),
            ("redirect_uri", self.client.redirect_uri),
            ("scope", self.scope),
            ("state", secrets.token_urlsafe(18)),
            ("code_challenge", key.challenge),
            ("code_challenge_method", "S256"),
            ("resource", self.resource),
            *self.extra_parameters.items(),
        ]
        given = tuple((k, v) for k, v in pairs if v is not None)
        request = AuthorizationRequest(self.endpoint("authorization_endpoint"), given, proof_key=key)
        return request.with_(**values).as_control() if values else request

    def send(self, request: AuthorizationRequest, *, approve: bool | None = True) -> AuthorizationAnswer:
        """Send an authorization request through the user agent. With approve=None the decision stays open.

        Raises NoAnswer.
        """
        redirect_uri = request.get("redirect_uri") or self.client.redirect_uri
        arrival = self.user_agent.visit(self.wire, request.as_get(), redirect_uri=redirect_uri, approve=approve)
        return AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to, arrival.pages)

    def control(self, request: AuthorizationRequest) -> AuthorizationAnswer:
        """Send a request that must be granted. Raises Inconclusive when it is not: no verdict without a control."""
        answer = self.send(request)
        if answer.code is None or not (answer.redirected_to or "").startswith(self.client.redirect_uri):
            raise Inconclusive(
                f"the unaltered authorization request was not granted: {self._seen(answer.described())}",
                root="authorization",
                remedy="see that client, redirect_uri, user and consent in the target file really work",
            )
        return answer

    def token_request(self, request: AuthorizationRequest, answer: AuthorizationAnswer) -> FormRequest:
        """The good token request for a granted code (RFC 6749, 4.1.3; resource as in RFC 8707, 2.2)."""
        pairs = [
            ("grant_type", "authorization_code"),
            ("code", answer.code),
            ("redirect_uri", request.get("redirect_uri")),
            ("code_verifier", request.proof_key.verifier),
            ("resource", request.get("resource")),
        ]
        return self.authenticated(form(self.endpoint("token_endpoint"), pairs))

    def refresh_request(self, refresh_token: str) -> FormRequest:
        """A good refresh request (RFC 6749, 6)."""
        pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("resource", self.resource)]
        return self.authenticated(form(self.endpoint("token_endpoint"), pairs))

    def client_credentials_request(self) -> FormRequest:
        """A good client credentials request (RFC 6749, 4.4.2)."""
        pairs = [("grant_type", "client_credentials"), ("scope", self.scope), ("resource", self.resource)]
        return self.authenticated(form(self.endpoint("token_endpoint"), pairs))

    def authenticated(self, request: FormRequest) -> FormRequest:
        """The request with the client's own authentication added."""
        proof = authenticate(self.client, self.issuer)
        for _, value in proof.parameters:
            if value in (self.client.client_secret,):
                self.wire.transcript.secrets.learn("client_secret", value)
        return replace(
            request, parameters=(*request.parameters, *proof.parameters), headers=(*request.headers, *proof.headers)
        )

    def redeem(self, request: FormRequest) -> TokenAnswer:
        """Send a token request. Raises NoAnswer."""
        return TokenAnswer(self.wire.send(request.as_post()))

    def control_redeem(self, request: FormRequest) -> TokenAnswer:
        """Send a token request that must succeed. Raises Inconclusive when it does not."""
        answer = self.redeem(request)
        if not answer.access_token:
            raise Inconclusive(
                f"the unaltered token request was refused: {self._seen(answer.described())}",
                root="token",
                remedy="see that the client's credentials and grants in the target file really work",
            )
        return answer

    def grant(self, request: AuthorizationRequest | None = None) -> Grant:
        """A whole authorization code grant that must succeed. Raises Inconclusive."""
        request = request or self.authorization_request()
        answer = self.control(request)
        token_request = self.token_request(request, answer)
        return Grant(request, answer, token_request, self.control_redeem(token_request))

    def code_for(self, request: AuthorizationRequest | None = None) -> FormRequest:
        """A fresh code that must be granted, ready as a good token request. Raises Inconclusive."""
        request = request or self.authorization_request()
        return self.token_request(request, self.control(request))

    def refused_only_when(self, alter: Callable[[FormRequest], FormRequest]) -> TokenAnswer:
        """Redeem one fresh code unaltered (the control) and another one altered; the second answer is returned."""
        self.control_redeem(self.code_for())
        return self.redeem(alter(self.code_for()))

    def _seen(self, text: str) -> str:
        return self.wire.transcript.redact(text)
