"""What an issued access token says: from its own claims if it is a JWT, else from introspection (RFC 7662)."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.jose import number_of, unverified_jwt
from conformance.client.requests import form
from conformance.expect import TokenAnswer
from conformance.vocabulary import NotApplicable


@dataclass(frozen=True)
class TokenContent:
    """Claims of an access token, or the members of its introspection response; `source` says which."""

    source: str
    claims: Mapping[str, Any]

    @property
    def audience(self) -> frozenset[str]:
        """The aud claim, one string or several, as a set; empty when it is absent or no text."""
        value = self.claims.get("aud")
        listed = value if isinstance(value, list) else [value]
        return frozenset(item for item in listed if isinstance(item, str) and item)

    @property
    def scope(self) -> frozenset[str] | None:
        """The scope claim as a set of scope tokens (an array is read too); None when there is none."""
        value = self.claims.get("scope")
        if isinstance(value, list):
            return frozenset(item for item in value if isinstance(item, str))
        return frozenset(value.split()) if isinstance(value, str) else None

    def number(self, name: str) -> float | None:
        """A claim that is a JSON number, or None."""
        return number_of(self.claims.get(name))


def token_content(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> TokenContent | None:
    """What the access token of `answer`, issued to the client of `flow`, says. None when nobody lets us read it.

    An opaque token is introspected by its own client and, where that is refused, by the clients of the target file.
    """
    token = answer.access_token or ""
    jwt = unverified_jwt(token)
    if jwt is not None:
        return TokenContent("the token's claims", jwt.claims)
    endpoint = server.metadata().value.get("introspection_endpoint")
    if not isinstance(endpoint, str) or not token:
        return None
    for client in _introspecting_clients(server, flow):
        request = flow.by(client).authenticated(form(endpoint, [("token", token)]))
        members = flow.redeem(request).members
        if members.get("active") is True:
            return TokenContent("introspection", members)
    return None


def audience_of(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> frozenset[str]:
    """Whom the token is for. Raises NotApplicable when nothing that can be read says so (an opaque token)."""
    content = token_content(server, flow, answer)
    if content is None:
        raise NotApplicable("the access token is opaque and introspection says nothing about it")
    if content.source == "introspection" and not content.audience:
        raise NotApplicable("the access token is opaque and introspection names no audience, which is optional")
    return content.audience


def effective_scope(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> frozenset[str] | None:
    """The scope that the token really has: its claim, else what the token response says, else None."""
    content = token_content(server, flow, answer)
    if content is not None and content.scope is not None:
        return content.scope
    return frozenset(answer.scope.split()) if answer.scope is not None else None


def lifetimes(server: AuthorizationServer, flow: AuthorizationFlow, answer: TokenAnswer) -> dict[str, float]:
    """Lifetime of a token that was issued just now, in seconds, by each source that states one: expires_in, exp."""
    found = {} if answer.expires_in is None else {"expires_in": answer.expires_in}
    content = token_content(server, flow, answer)
    expires_at = content.number("exp") if content else None
    if content and expires_at is not None:
        issued_at = content.number("iat")
        found[f"exp in {content.source}"] = expires_at - (time.time() if issued_at is None else issued_at)
    return found


def _introspecting_clients(server: AuthorizationServer, flow: AuthorizationFlow) -> Iterator[ClientIdentity]:
    yield flow.client
    for client in server.context.facts.clients:
        if not client.is_public and client.client_id != flow.client.client_id:
            yield client
