"""Pushed authorization requests (RFC 9126): the request arrives from the client, the browser brings a reference."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequestRules
from reference_impl.authorization_server.rules.client_authentication import CREDENTIAL_PARAMETERS
from reference_impl.authorization_server.store.pushed_requests import PushedRequest

PREFIX = "urn:ietf:params:oauth:request_uri:"


class PushedAuthorizationRules(AuthorizationRequestRules):
    """What may be pushed, what a request_uri stands for, and for whom."""

    # Pushing

    def accept_push(self, parameters: Parameters, client: Client, dpop_jkt: str | None) -> dict[str, Any]:
        """RFC9126-2.1-a: judge the pushed request and keep it; the members of the answer."""
        self.check_push_has_no_request_uri(parameters)
        pushed = self.pushed_parameters(parameters, client, dpop_jkt)
        self.check_pushed_redirect_uri(pushed, client)
        self.check_pushed_request(pushed, client)
        request_uri, lifetime = self.new_request_uri(), self.request_uri_lifetime(client)
        encoded = urlencode(pushed.pairs())
        self.store.pushed_requests.add(
            PushedRequest(hash_secret(request_uri), client.client_id, encoded, self.now() + lifetime)
        )
        return self.push_answer(request_uri, lifetime)

    def push_status(self) -> int:
        """RFC9126-2.2-a."""
        return 201

    def push_answer(self, request_uri: str, lifetime: int) -> dict[str, Any]:
        """RFC9126-2.2-a: the reference and the seconds that it is good for."""
        return {"request_uri": request_uri, "expires_in": lifetime}

    def check_push_has_no_request_uri(self, parameters: Parameters) -> None:
        """RFC9126-2.1-a: a reference to a reference is refused."""
        if parameters.get("request_uri") is not None:
            raise OAuthError("invalid_request", "request_uri must not be pushed")

    def pushed_parameters(self, parameters: Parameters, client: Client, dpop_jkt: str | None) -> Parameters:
        """The authorization request inside a push: without credentials, with the key that a DPoP proof has proven."""
        left_out = CREDENTIAL_PARAMETERS | {"client_id"} | ({"dpop_jkt"} if dpop_jkt else set())
        self.check_pushed_dpop_jkt(parameters.get("dpop_jkt"), dpop_jkt)
        kept = tuple(pair for pair in parameters.pairs() if pair[0] not in left_out)
        bound = (("dpop_jkt", dpop_jkt),) if dpop_jkt else ()
        return Parameters((("client_id", client.client_id), *kept, *bound))

    def check_pushed_dpop_jkt(self, named: str | None, proven: str | None) -> None:
        """RFC9449-10.1-a: dpop_jkt and the proof beside it speak of one key."""
        if named is not None and proven is not None and named != proven:
            raise OAuthError("invalid_dpop_proof", "dpop_jkt differs from the key of the DPoP proof")

    def check_pushed_redirect_uri(self, pushed: Parameters, client: Client) -> None:
        """RFC9126-7.2-a: nobody pushes a redirect URI that is not registered."""
        self.redirect_uri_of(pushed, client)

    def check_pushed_request(self, pushed: Parameters, client: Client) -> None:
        """RFC9126-2.1-a: every judgement of the authorization endpoint, made here already."""
        self.accept_authorization_request(pushed, client, self.redirect_uri_of(pushed, client))

    def new_request_uri(self) -> str:
        """RFC9126-2.2-a: 256 random bits."""
        return PREFIX + secrets.token_urlsafe(32)

    def request_uri_lifetime(self, client: Client) -> int:
        """RFC9126-2.2-a: seconds; no longer than what the client's tokens live."""
        lifetime = self.config.pushed_authorization.lifetime
        return min(lifetime, client.access_token_lifetime or lifetime)

    # Referring to what was pushed

    def effective_parameters(self, sent: Parameters) -> Parameters:
        """RFC9126-4-b: what was pushed if there is a request_uri, and nothing else of the query but client_id."""
        request_uri = sent.get("request_uri")
        if request_uri is None or not self.config.pushed_authorization.enabled:
            return sent
        pushed = self.store.pushed_requests.find(hash_secret(request_uri))
        if pushed is None:
            raise self.invalid_request_uri()
        for step in self.request_uri_steps():
            step(pushed, sent)
        return Parameters.parse(pushed.parameters.encode())

    def request_uri_steps(self) -> tuple[Callable[[PushedRequest, Parameters], None], ...]:
        """The judgements of a request_uri, in order."""
        return (self.check_request_uri_client, self.check_request_uri_age, self.spend_request_uri)

    def check_request_uri_client(self, pushed: PushedRequest, sent: Parameters) -> None:
        """RFC9126-2.2-a: good for the client that has pushed it."""
        if sent.get("client_id") != pushed.client_id:
            raise self.invalid_request_uri()

    def check_request_uri_age(self, pushed: PushedRequest, _: Parameters) -> None:
        """RFC9126-4-a."""
        if pushed.expires_at <= self.now():
            raise self.invalid_request_uri()

    def spend_request_uri(self, pushed: PushedRequest, _: Parameters) -> None:
        """RFC9126-4-c: once."""
        if not self.store.pushed_requests.use(pushed.request_uri_hash, self.now()):
            raise self.invalid_request_uri()

    def invalid_request_uri(self) -> OAuthError:
        """RFC9126-4-a: a page, since nothing says whom to tell."""
        return OAuthError("invalid_request_uri", "this request_uri is unknown, used, expired or of another client")

    def check_pushed_if_required(self, sent: Parameters) -> None:
        """RFC9126-5-a: where pushing is the only way, a request in the query is refused."""
        if self.config.pushed_authorization.required and sent.get("request_uri") is None:
            raise OAuthError("invalid_request", "authorization requests have to be pushed")
