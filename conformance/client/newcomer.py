"""A client that knows the URL of an MCP server and nothing else: from the 401 to an answered call, step by step.

Where server and authorization server don't fit together, a step raises Violation; where one of them doesn't do its own
part at all, Inconclusive, for that has rows of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.discovery import AUTHORIZATION_SERVER_SUFFIX, metadata_candidates
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.mcp import is_result
from conformance.client.registration import register, registration_metadata
from conformance.client.resource_server import ResourceServer
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import HttpRequest
from conformance.wire.addresses import split_url

_SEAMS = {"invalid_scope": "scope", "invalid_target": "resource"}
"""Errors of the authorization server that speak of what the MCP server told the client to ask for."""


@dataclass(frozen=True)
class Newcomer:
    """One a check. Users log in as the target file says; nothing else of it is used."""

    server: ResourceServer

    @cached_property
    def resource(self) -> str:
        """The resource identifier of the metadata that the challenge, or else the well-known URL, leads to."""
        return self.server.metadata().string("resource")

    @cached_property
    def issuer(self) -> str:
        """Of the listed authorization servers the one where the users of the target are known, else the first."""
        listed = self.server.metadata().value.get("authorization_servers")
        known = self.server.context.facts.issuer
        names = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        chosen = known if known in names else next(iter(names), "")
        if not self.server.described({}).is_https(chosen):
            raise Violation("the metadata names no authorization server", expected="an issuer", observed=f"{listed!r}")
        return chosen

    def authorization_server(self) -> AuthorizationServer:
        """The authorization server that the metadata names. Raises Violation when it isn't at that issuer."""
        server = AuthorizationServer(self.server.context, self.server.wire, self.issuer, self.resource)
        found = [self.server.context.document(self.server.wire, url) for url in metadata_candidates(self.issuer)]
        issuers = [document.members.get("issuer") for document in found if document.members]
        if self.issuer not in issuers:
            expected = f"metadata of the issuer {self.issuer!r}"
            raise Violation("the listed authorization server is not there", expected=expected, observed=f"{issuers!r}")
        return server

    def authorization_server_at_root(self) -> AuthorizationServer:
        """The authorization server as MCP 2025-03-26 finds it: its metadata is at the root of the server's host."""
        parts = split_url(self.server.url)
        url = f"{parts.scheme}://{parts.netloc}/.well-known/{AUTHORIZATION_SERVER_SUFFIX}"
        issuer = (self.server.context.document(self.server.wire, url).members or {}).get("issuer")
        if not isinstance(issuer, str):
            raise Inconclusive("the root of the MCP server has no authorization server metadata", root="metadata")
        facts = self.server.context.facts
        return AuthorizationServer(self.server.context, self.server.wire, issuer, facts.resource or self.server.url)

    def challenged_scope(self) -> str | None:
        """What the 401 to a request without a token says to ask for."""
        return " ".join((self.server.refusals()[0].parameter("scope") or "").split()) or None

    def listed_scopes(self) -> tuple[str, ...]:
        """scopes_supported of the metadata."""
        listed = self.server.metadata().value.get("scopes_supported")
        return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()

    def scope(self) -> str | None:
        """What to ask for: the challenge says it, else all of scopes_supported, else nothing (Scope Selection)."""
        return self.challenged_scope() or " ".join(self.listed_scopes()) or None

    def flow(self, server: AuthorizationServer, scope: str | None) -> AuthorizationFlow:
        """The code flow of a client that registered itself where that is possible, and was given otherwise."""
        return replace(server.flow(_client(server)), scope=scope)

    def granted(self, server: AuthorizationServer, scope: str | None) -> TokenAnswer:
        """The token response of a whole grant there. Raises Violation when what was asked for is not known."""
        flow, presentation = self.flow(server, scope), self.server.presentation
        request = flow.authorization_request()
        answer = flow.send(request)
        if answer.error in _SEAMS:
            raise self._unknown(answer.error, flow, answer.described())
        code = answer if answer.code else flow.control(request)
        token = presentation.redeem(server, flow, flow.token_request(request, code))
        if token.error in _SEAMS:
            raise self._unknown(token.error, flow, token.described())
        return token if token.access_token else presentation.grant(server, flow)

    def serves(self, token: str, requests: Iterable[HttpRequest]) -> None:
        """The requests are served with that token. Raises Violation."""
        for request in requests:
            answer = self.server.send(self.server.with_token(token, request))
            if not is_result(answer):
                expected = f"a result of {request.label}"
                raise Violation("the token is not accepted", expected=expected, observed=expect(answer).described())

    def calls(self, token: str, granted: str | None) -> tuple[HttpRequest, ...]:
        """A session's list of tools, and a call of a tool that these scopes are enough for, if one is known.

        Raises Violation when no session can be opened.
        """
        if not self.server.mcp.is_stateless:
            self.serves(token, [self.server.mcp.initialize()])
        session = self.server.open_session(token)
        scopes = set((granted or "").split())
        for tool, (arguments, needed) in self.server.context.facts.tools.items():
            if needed is None or set(needed.split()) <= scopes:
                return session.request("tools/list"), session.call(tool, dict(arguments))
        return (session.request("tools/list"),)

    def _unknown(self, error: str, flow: AuthorizationFlow, observed: str) -> Violation:
        asked = {"scope": flow.scope, "resource": flow.resource}[_SEAMS[error]]
        what = f"the {_SEAMS[error]} {asked!r}, which the MCP server names"
        return Violation(f"the authorization server doesn't know {what}", expected="a code or token", observed=observed)


def _client(server: AuthorizationServer) -> ClientIdentity:
    facts, metadata = server.context.facts, server.metadata().value
    if not facts.dynamic_registration or "registration_endpoint" not in metadata:
        return server.client()
    wanted = registration_metadata("authorization_code", "none", (facts.redirect_uri,), None)
    return server.context.once(f"newcomer at {server.issuer}", lambda: register(server.wire, metadata, wanted))
