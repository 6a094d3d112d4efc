"""Asking the introspection endpoint (RFC 7662) as the client of a flow, or as nobody."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.requests import FormRequest, form
from conformance.client.second_client import confidential_flow
from conformance.client.waiting import LONGEST_LIFETIME_SECONDS, begin_early, short_lived_client, wait_until
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import Response

_ENDPOINT = "introspection_endpoint"
_MARGIN_SECONDS = 1.0


@dataclass(frozen=True)
class Introspection:
    """Tokens of `flow`, asked about by `caller`, who has been told before that such a token is active."""

    server: AuthorizationServer
    flow: AuthorizationFlow
    caller: ClientIdentity

    @classmethod
    def of(cls, server: AuthorizationServer) -> "Introspection":
        """A caller who may introspect tokens of a client with credentials.

        Raises NotApplicable when the server has no introspection endpoint, or no client at hand may use it.
        """
        endpoint_of(server)
        _age_token_early(server)
        flow = confidential_flow(server)
        return cls(server, flow, server.context.once("introspecting client", lambda: _caller(server, flow)))

    def granted(self) -> TokenAnswer:
        """Fresh tokens. Raises Inconclusive."""
        return self.flow.grant().token

    def bare_request(self, token: str, hint: str | None = None) -> FormRequest:
        """A request about that token by nobody in particular."""
        return form(endpoint_of(self.server), [("token", token), ("token_type_hint", hint)])

    def request(self, token: str, hint: str | None = None) -> FormRequest:
        """A good request about that token."""
        return self.flow.by(self.caller).authenticated(self.bare_request(token, hint))

    def send(self, request: FormRequest) -> Response:
        """The answer, whatever it is. Raises NoAnswer."""
        return self.flow.wire.send(request.as_post())

    def active(self, token: str) -> Response:
        """The answer about a token that has to be active. Raises Inconclusive."""
        response = self.send(self.request(token))
        if (response.json_object() or {}).get("active") is not True:
            raise Inconclusive("a fresh access token is not active by introspection", root="introspection")
        return response


def endpoint_of(server: AuthorizationServer) -> str:
    """The introspection endpoint. Raises NotApplicable without one."""
    return server.metadata().string(_ENDPOINT)


def own_introspection(server: AuthorizationServer, flow: AuthorizationFlow, token: str) -> Mapping[str, Any]:
    """What introspection tells about a fresh token to any client that may ask. Raises NotApplicable."""
    found = _answers(server, flow, token)
    if found is None:
        raise NotApplicable("no client at hand may introspect this token")
    return found[1]


def told_active(server: AuthorizationServer, flow: AuthorizationFlow, token: str) -> bool:
    """Whether any client with credentials at hand is told that this token is active."""
    return _answers(server, flow, token) is not None


@dataclass(frozen=True)
class _Ageing:
    token: str
    caller: ClientIdentity
    expires_at: float  # of the monotonic clock


def answer_after_expiry(server: AuthorizationServer) -> Response:
    """What introspection says about a token that was active and has expired; waits for that.

    Raises NotApplicable when no client with short-lived tokens is known or nobody at hand may introspect its tokens.
    """
    endpoint, ageing = endpoint_of(server), _ageing(server)
    wait_until(ageing.expires_at + _MARGIN_SECONDS)
    request = server.flow(ageing.caller).authenticated(form(endpoint, [("token", ageing.token)]))
    return server.wire.send(request.with_("asked about after its expiry").as_post())


def _age_token_early(server: AuthorizationServer) -> None:
    """Fetch what has to expire while other checks run, if a client is known whose tokens expire soon."""
    if server.context.facts.short_lived_client:
        begin_early(lambda: _ageing(server))


def _ageing(server: AuthorizationServer) -> _Ageing:
    return server.context.once("short-lived token to introspect", lambda: _short_lived(server))


def _short_lived(server: AuthorizationServer) -> _Ageing:
    client = short_lived_client(server.context.facts)
    if client is None:
        raise NotApplicable("the target file names no client with short-lived tokens (short_lived_client)")
    own = replace(server, wire=server.context.wire())
    answer = own.flow(client).grant().token
    lifetime, begin = answer.expires_in, time.monotonic()
    if lifetime is None or lifetime > LONGEST_LIFETIME_SECONDS:
        raise NotApplicable(f"tokens of {client.client_id} live {lifetime} s, too long to wait for")
    found = _answers(own, own.flow(client), answer.access_token or "")
    if found is None:
        raise NotApplicable("no client at hand may introspect the short-lived token")
    return _Ageing(answer.access_token or "", found[0], begin + lifetime)


def _caller(server: AuthorizationServer, flow: AuthorizationFlow) -> ClientIdentity:
    found = _answers(server, flow, flow.grant().access_token)
    if found is None:
        raise NotApplicable("no client at hand may introspect: add one with its secret to the target file")
    return found[0]


def _answers(
    server: AuthorizationServer, flow: AuthorizationFlow, token: str
) -> tuple[ClientIdentity, Mapping[str, Any]] | None:
    given = [c for c in server.context.facts.clients if not c.is_public and c.client_id != flow.client.client_id]
    for client in (flow.client, *given):
        request = flow.by(client).authenticated(form(endpoint_of(server), [("token", token)]))
        members = flow.wire.send(request.as_post()).json_object() or {}
        if members.get("active") is True:
            return client, members
    return None
