"""The MCP server as a check sees it: its metadata, its challenges, and tokens that are good for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.discovery import Document, protected_resource_candidates
from conformance.client.mcp import McpDialect, is_result
from conformance.expect import Challenge, ChallengeSyntaxError, Members, expect_members, parse_challenges
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Response, Wire


@dataclass(frozen=True)
class ResourceServer:
    """One a check. `url` is the MCP endpoint, `version` the MCP version that requests are made in."""

    context: Context
    wire: Wire
    url: str
    version: str

    @property
    def mcp(self) -> McpDialect:
        """Requests without a session."""
        return McpDialect(self.url, self.version)

    def unauthenticated(self) -> Response:
        """The answer to a good request without any token; asked once, shown as evidence in every check that uses it."""

        def ask() -> Document:
            own = self.context.wire()
            response = own.send(self.mcp.probe())
            return Document(self.url, response, own.transcript.exchanges[-1])

        found = self.context.once(f"unauthenticated {self.version}", ask)
        self.wire.transcript.include(found.exchange)
        return found.response

    def refused_without_token(self) -> Response:
        """The same, when it is the 401 that a protected server gives. Raises Inconclusive otherwise."""
        response = self.unauthenticated()
        if response.status != 401:
            raise Inconclusive(
                f"a request without a token was answered {response.status} instead of 401",
                root="challenge",
                remedy="see mcp_server.url in the target file; is this endpoint protected at all?",
            )
        return response

    def challenged_metadata_url(self) -> str | None:
        """The resource_metadata of the challenge (RFC 9728, 5.1), if there is one that can be read."""
        try:
            challenges: tuple[Challenge, ...] = parse_challenges(self.unauthenticated().all_headers("www-authenticate"))
        except ChallengeSyntaxError:
            return None
        return next((url for challenge in challenges if (url := challenge.get("resource_metadata"))), None)

    def metadata_document(self) -> Document:
        """The protected resource metadata as an MCP client finds it: by challenge, else by well-known URL.

        Raises Inconclusive when there is none.
        """
        challenged = self.challenged_metadata_url()
        for url in (*((challenged,) if challenged else ()), *protected_resource_candidates(self.url)):
            document = self.context.document(self.wire, url)
            if document.members is not None and "resource" in document.members:
                return document
        raise Inconclusive("no protected resource metadata was found", root="protected_resource_metadata")

    def metadata(self) -> Members:
        """Its members. Raises Inconclusive when there is none."""
        members: Mapping[str, object] = self.metadata_document().members or {}
        waive = self.context.facts.waive_loopback_http
        return expect_members("the protected resource metadata", members, waive_loopback_http=waive)

    def authorization_server(self) -> AuthorizationServer:
        """The AS that issues its tokens: the target file's, else the first of its metadata. Raises Inconclusive."""
        facts = self.context.facts
        issuer = facts.issuer
        if issuer is None:
            listed = self.metadata().value.get("authorization_servers")
            if not isinstance(listed, list) or not listed or not isinstance(listed[0], str):
                raise Inconclusive("its metadata names no authorization server", root="protected_resource_metadata")
            issuer = listed[0]
        return AuthorizationServer(self.context, self.wire, issuer, facts.resource or self.url)

    def token(self) -> str:
        """A good access token, obtained once a process: given by the target file, or by a whole grant.

        Raises Inconclusive when none can be had.
        """
        given = self.context.facts.tokens.get("access_token")
        return given or self.context.once("access token", self._new_token)

    def _new_token(self) -> str:
        own = ResourceServer(self.context, self.context.wire(), self.url, self.version)
        return own.authorization_server().flow().grant().access_token

    def with_token(self, token: str, request: HttpRequest | None = None, change: str = "") -> HttpRequest:
        """A request (default: the probe) with that bearer token; `change` says what is wrong with the token."""
        good = request or self.mcp.probe()
        pair = ("Authorization", f"Bearer {token}")
        kept = tuple(h for h in good.headers if h[0] != "Authorization")
        return HttpRequest(good.method, good.url, (*kept, pair), good.body, (change,) if change else (), good.label)

    def send(self, request: HttpRequest) -> Response:
        """Send a request. Raises NoAnswer."""
        return self.wire.send(request)

    def control(self, request: HttpRequest | None = None) -> str:
        """Send the good request with a good token, which must be processed; returns the token. Raises Inconclusive."""
        token = self.token()
        response = self.send(self.with_token(token, request))
        if not is_result(response):
            raise Inconclusive(
                f"a good token was not accepted: {response.status} ({response.media_type or 'no media type'})",
                root="token",
                remedy="see scope and resource in the target file; is this token meant for this server?",
            )
        return token

    def open_session(self, token: str) -> McpDialect:
        """An initialized session (or, from 2026-07-28 on, the stateless dialect). Raises Inconclusive."""
        if self.mcp.is_stateless:
            return self.mcp
        response = self.send(self.with_token(token, self.mcp.initialize()))
        if not is_result(response):
            raise Inconclusive(f"initialize was answered {response.status}", root="token")
        dialect = McpDialect(self.url, self.version, response.header("mcp-session-id"))
        self.send(self.with_token(token, dialect.initialized()))
        return dialect
