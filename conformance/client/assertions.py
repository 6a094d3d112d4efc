"""Assertions of an identity provider that the harness speaks for: ID-JAGs for users, credentials of workloads."""

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.jwk import import_key

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.facts import IdentityProviderFacts
from conformance.client.flow import AuthorizationFlow
from conformance.client.forged_token import WrongToken, signed
from conformance.client.requests import FormRequest, form
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ID_JAG = "oauth-id-jag+jwt"
_LIFETIME_SECONDS = 120
_LONG_AGO_SECONDS = 60


@dataclass(frozen=True)
class Assertion:
    """Header and claims before they are signed by the provider's key; every alteration is a new assertion."""

    provider: IdentityProviderFacts
    header: dict[str, Any]
    claims: dict[str, Any]
    flaw: str = ""

    def compact(self) -> str:
        """The signed JWT."""
        return signed(self.header, self.claims, import_key(dict(self.provider.private_jwk)))

    def wrong(self) -> WrongToken:
        """The signed JWT with its flaw."""
        return WrongToken(self.flaw, self.compact())

    def saying(self, flaw: str, **claims: Any) -> "Assertion":
        """The same with these claims replaced (None: left out), and an identifier of its own."""
        merged = self.claims | {"jti": secrets.token_urlsafe(16)} | claims
        return replace(self, claims={k: v for k, v in merged.items() if v is not None}, flaw=flaw)

    def typed(self, flaw: str, typ: str | None) -> "Assertion":
        """The same with another typ in its header (None: without)."""
        merged = self.header | {"typ": typ}
        return replace(self.saying(flaw), header={k: v for k, v in merged.items() if v is not None})

    def expired(self, skew_seconds: int) -> "Assertion":
        """The same, expired longer ago than the tolerated skew."""
        ago = int(time.time()) - skew_seconds - _LONG_AGO_SECONDS
        return self.saying("that has expired", iat=ago - _LIFETIME_SECONDS, exp=ago)

    def not_yet_valid(self, skew_seconds: int) -> "Assertion":
        """The same, whose nbf lies farther ahead than the tolerated skew."""
        return self.saying("whose nbf has not come", nbf=int(time.time()) + skew_seconds + _LONG_AGO_SECONDS)


@dataclass(frozen=True)
class AssertionGrant:
    """Token requests by which assertions are redeemed, with the client's authentication if `authenticated`.

    `usual` are the parameters with which a good one gave a token.
    """

    server: AuthorizationServer
    flow: AuthorizationFlow
    provider: IdentityProviderFacts
    authenticated: bool = True
    usual: Mapping[str, str | None] = field(default_factory=dict)

    def id_jag(self, **claims: Any) -> Assertion:
        """A good ID-JAG for this client and the target's resource; `claims` replace or add (None: left out)."""
        usual = {
            "aud": self.flow.issuer,
            "sub": self.provider.subject,
            "client_id": self.flow.client.client_id,
            "resource": self.flow.resource,
            "scope": self.flow.scope,
        }
        return self._assertion(ID_JAG, usual | claims)

    def workload(self, **claims: Any) -> Assertion:
        """A good workload credential for the token endpoint; `claims` replace or add (None: left out)."""
        endpoint = self.flow.endpoint("token_endpoint").partition("#")[0]
        usual = {"aud": endpoint, "sub": self.provider.workload}
        return self._assertion("JWT", usual | claims)

    def request(self, assertion: str, **parameters: str | None) -> FormRequest:
        """The token request for a signed assertion (RFC 7523, 2.1), with more parameters if given."""
        self.flow.wire.transcript.secrets.learn("assertion", assertion)
        pairs = [("grant_type", JWT_BEARER), ("assertion", assertion), *parameters.items()]
        request = form(self.flow.endpoint("token_endpoint"), pairs)
        return self.flow.authenticated(request) if self.authenticated else request

    def send(self, assertion: Assertion, **parameters: str | None) -> TokenAnswer:
        """Redeem an assertion, whatever comes of it."""
        return self.send_wrong(assertion.wrong(), **parameters)

    def send_wrong(self, wrong: WrongToken, **parameters: str | None) -> TokenAnswer:
        """Redeem a token that says what is wrong with it."""
        request = self.request(wrong.token, **parameters)
        changes = (f"an assertion {wrong.flaw}",) if wrong.flaw else ()
        return self.flow.redeem(replace(request, changes=changes))

    def control(self, assertion: Assertion, **parameters: str | None) -> TokenAnswer:
        """Redeem an assertion that must be good. Raises Inconclusive when it gives no token."""
        answer = self.send(assertion, **parameters)
        if not answer.access_token:
            said = self.flow.wire.transcript.redact(answer.described())
            raise Inconclusive(
                f"a good assertion of the identity provider was refused: {said}",
                root="identity provider",
                remedy="see identity_provider in the target file, and the grant_types of the client that may use it",
            )
        return answer

    def refused(self, good: Assertion, wrong: Iterable[WrongToken], **parameters: str | None) -> None:
        """The good one gives a token, every wrong one earns invalid_grant. Raises Violation, Inconclusive."""
        self.control(good, **parameters)
        for each in wrong:
            expect(self.send_wrong(each, **parameters)).refuses_with("invalid_grant")

    def _assertion(self, typ: str, claims: dict[str, Any]) -> Assertion:
        now = int(time.time())
        common = {"iss": self.provider.issuer, "iat": now, "exp": now + _LIFETIME_SECONDS}
        merged = common | {"jti": secrets.token_urlsafe(16)} | dict(self.provider.claims) | claims
        key = self.provider.private_jwk
        header = {"typ": typ, "alg": key["alg"], "kid": key.get("kid")}
        kept = {name: value for name, value in header.items() if value is not None}
        return Assertion(self.provider, kept, {name: value for name, value in merged.items() if value is not None})


def id_jag_grant(server: AuthorizationServer) -> AssertionGrant:
    """For ID-JAGs: a client of the target file with credentials and the JWT bearer grant. Raises NotApplicable."""
    provider = _provider(server)
    for client in server.context.facts.clients:
        if JWT_BEARER in client.grant_types and not client.is_public:
            return AssertionGrant(server, server.flow(client), provider)
    raise NotApplicable("the target file gives no client with credentials whose grant_types have the JWT bearer grant")


def workload_grant(server: AuthorizationServer) -> AssertionGrant:
    """For workloads: without client authentication, else with that of a client whose workload it is.

    Asked for resource and scope where that works, since a server may need either and may know neither.

    Raises NotApplicable when the target file names no workload.
    """
    provider = _provider(server)
    if provider.workload is None:
        raise NotApplicable("the target file names no workload of an identity provider")
    bare = AssertionGrant(server, server.flow(), provider, authenticated=False)
    clients = [client for client in server.context.facts.clients if JWT_BEARER in client.grant_types]
    named = [AssertionGrant(server, server.flow(client), provider) for client in clients]
    resource, scope = {"resource": bare.flow.resource}, {"scope": bare.flow.scope}
    for grant in (bare, *named):
        for usual in ({**resource, **scope}, resource, scope, {}):
            answer = grant.send(grant.workload(), **usual)
            if answer.access_token:
                return replace(grant, usual=usual)
            if answer.error == "invalid_client":
                break
    return bare


def _provider(server: AuthorizationServer) -> IdentityProviderFacts:
    if not server.supports("grant_types_supported", JWT_BEARER):
        raise NotApplicable("the metadata does not list the JWT bearer grant in grant_types_supported")
    provider = server.context.facts.identity_provider
    if provider is None:
        raise NotApplicable("the target file gives no identity_provider that the harness could speak for")
    return provider
