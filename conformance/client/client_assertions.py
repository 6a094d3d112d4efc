"""Client authentication by assertion (RFC 7523): a client with a key, and assertions wrong in exactly one way."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.jwk import ECKey, import_key

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.forged_token import WrongToken, signed_by_public_key, with_altered_signature, without_signature
from conformance.client.identity import ClientIdentity, client_assertion
from conformance.client.registration import register, registration_metadata
from conformance.client.requests import FormRequest
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation

ONE_HOUR = 3600
_METHOD = "private_key_jwt"
_CODE = "authorization_code"
_MACHINE = "client_credentials"


@dataclass(frozen=True)
class Assertions:
    """The flow of a client that authenticates by private_key_jwt, at the token endpoint."""

    flow: AuthorizationFlow
    key: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, server: AuthorizationServer) -> "Assertions":
        """A client of the target file, else one that registered its key once a process.

        Raises NotApplicable when the server doesn't offer private_key_jwt, Inconclusive when registration fails.
        """
        client = _client(server)
        return cls(server.flow(client), client.private_jwk or {})

    @property
    def client_id(self) -> str:
        """The client."""
        return self.flow.client.client_id

    def good(self) -> str:
        """An assertion that has to be accepted."""
        return client_assertion(self.flow.client, self.flow.issuer)

    def saying(self, flaw: str, **claims: Any) -> WrongToken:
        """An assertion by the client's own key with these claims (None removes one)."""
        return WrongToken(flaw, client_assertion(self.flow.client, self.flow.issuer, **claims))

    def signed_by_stranger(self) -> WrongToken:
        """A good assertion, but by a key that is not the client's."""
        stranger = ECKey.generate_key("P-256").as_dict(private=True) | {"alg": "ES256", "kid": self.key.get("kid")}
        forger = replace(self.flow.client, private_jwk={k: v for k, v in stranger.items() if v})
        return WrongToken("signed by a key that is not the client's", client_assertion(forger, self.flow.issuer))

    def tampered(self) -> tuple[WrongToken, ...]:
        """Good assertions with a spoilt signature, and without one."""
        return with_altered_signature(self.good()), without_signature(self.good())

    def signed_with_public_key(self) -> tuple[WrongToken, ...]:
        """Assertions by HMAC whose secret is the client's public key (RFC 8725, 2.1 and 3.1)."""
        public = import_key(dict(self.key)).as_dict(private=False)
        return signed_by_public_key(self.good(), public)

    def wrong_subjects(self) -> tuple[WrongToken, ...]:
        """Assertions that speak of somebody else, or of nobody."""
        other = unguessable("client-")
        return (
            self.saying("whose iss is another client", iss=other),
            self.saying("without iss", iss=None),
            self.saying("whose sub is another client", sub=other),
            self.saying("without sub", sub=None),
        )

    def of_another_time(self) -> tuple[WrongToken, ...]:
        """Assertions that have expired, or are not good yet."""
        now = int(time.time())
        expired = self.saying("that expired an hour ago", iat=now - 2 * ONE_HOUR, exp=now - ONE_HOUR)
        early = self.saying("whose nbf is twenty minutes ahead", nbf=now + 1200, exp=now + 1500)
        return expired, early

    def request(self) -> FormRequest:
        """A fresh good token request. Raises Inconclusive."""
        machine = _MACHINE in self.flow.client.grant_types
        return self.flow.client_credentials_request() if machine else self.flow.code_for()

    def sent(self, wrong: WrongToken) -> TokenAnswer:
        """The answer to a token request with that assertion."""
        request = self.request().with_(f"a client assertion {wrong.flaw}", client_assertion=wrong.token)
        return self.flow.redeem(request)

    def judge_refused(self, wrong: Iterable[WrongToken]) -> list[TokenAnswer]:
        """A good assertion is accepted, each wrong one refused. Raises Violation, Inconclusive."""
        self.flow.control_redeem(self.request())
        return [self._refused(each) for each in wrong]

    def _refused(self, wrong: WrongToken) -> TokenAnswer:
        answer = self.sent(wrong)
        if answer.access_token:
            raise Violation(
                f"a client assertion {wrong.flaw} was accepted",
                expected="a refusal with error invalid_client",
                observed=answer.described(),
                decided_by=answer.response.exchange,
            )
        expect(answer).has_no_server_error()
        return answer


def _client(server: AuthorizationServer) -> ClientIdentity:
    grants = (_CODE, _MACHINE)
    for given in server.context.facts.clients:
        if given.auth_method == _METHOD and given.private_jwk and any(g in given.grant_types for g in grants):
            return given
    if not server.supports("token_endpoint_auth_methods_supported", _METHOD):
        raise NotApplicable(f"the metadata does not list {_METHOD}")
    if not server.context.facts.dynamic_registration:
        raise NotApplicable(f"the target file gives no client with a private_jwk for {_METHOD}")
    return server.context.once(f"client {_METHOD}", lambda: _registered(server))


def _registered(server: AuthorizationServer) -> ClientIdentity:
    facts, key = server.context.facts, ECKey.generate_key("P-256", auto_kid=True)
    wanted = registration_metadata(_CODE, _METHOD, (facts.redirect_uri,), facts.scope)
    wanted["jwks"] = {"keys": [key.as_dict(private=False)]}
    client = register(server.wire, server.metadata().value, wanted)
    if client.auth_method != _METHOD:
        raise NotApplicable(f"the server makes {client.auth_method} of a client that asks for {_METHOD}")
    return replace(client, private_jwk=dict(key.as_dict(private=True)) | {"alg": "ES256"})
