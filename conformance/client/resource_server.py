"""The MCP server as a check sees it: its metadata, its challenges, and tokens that are good for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.discovery import Document, protected_resource_candidates
from conformance.client.mcp import McpDialect, is_result
from conformance.client.presentation import Presentation, key_for
from conformance.client.refusal import NO_TOKEN, REFUSING, Refusal, refusal_requests
from conformance.expect import Members, expect_members
from conformance.vocabulary import Inconclusive, NotApplicable, Outcome
from conformance.wire import HttpRequest, NoAnswer, Response, Wire


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
        return self.asked_once(self.mcp.probe())

    def asked_once(self, request: HttpRequest) -> Response:
        """The answer to a request that is sent once a process; shown as evidence wherever it is used. Raises NoAnswer.

        Requests are told apart by method and changes, so only those that are the same in every check fit.
        """

        def ask() -> Document:
            own = self.context.wire()
            response = own.send(request)
            return Document(request.url, response, own.transcript.exchanges[-1])

        found = self.context.once(f"{request.method} {request.changes} {self.version}", ask)
        self.wire.transcript.include(found.exchange)
        return found.response

    def require_protection(self) -> None:
        """A request without any token is refused by 400, 401 or 403. Raises Inconclusive otherwise."""
        response = self.unauthenticated()
        if response.status not in REFUSING:
            raise Inconclusive(
                f"a request without a token was answered {response.status}, which is no refusal",
                root="challenge",
                remedy="see mcp_server.url in the target file; is this endpoint protected at all?",
            )

    def refusals(self) -> tuple[Refusal, ...]:
        """How requests without a good token are turned away, the one without any token first.

        Raises Inconclusive when that one is not, or when nothing shows that the server ever answers otherwise.
        """
        self.require_protection()
        if not self.metadata_documents():
            self.control()
        return tuple(refusal for refusal in self._answers() if refusal.is_refusal)

    def _answers(self) -> tuple[Refusal, ...]:
        requests = refusal_requests(self.mcp.probe())
        return tuple(Refusal(kind, self.asked_once(request)) for kind, request in requests.items())

    def refused_again(self, kind: str, request: HttpRequest) -> Refusal:
        """The refusal of such a request when it is sent once more. Raises Inconclusive when it is no refusal now."""
        refusal = Refusal(kind, self.send(request))
        if not refusal.is_refusal:
            raise Inconclusive(f"a request with {kind} was refused once and answered {refusal.response.status} later")
        return refusal

    def challenged_metadata_urls(self) -> tuple[str, ...]:
        """Every resource_metadata of the refusals as sent (RFC 9728, 5.1), without repeats."""
        challenges = (challenge for answer in self._answers() for challenge in answer.challenges)
        return tuple(dict.fromkeys(url for c in challenges if (url := c.get("resource_metadata"))))

    def challenged_documents(self) -> tuple[Document, ...]:
        """What is at those URLs, as far as a client would fetch them. Raises NoAnswer."""
        fetchable = (url for url in self.challenged_metadata_urls() if self.described({}).is_https(url))
        return tuple(self.context.document(self.wire, url) for url in fetchable)

    def well_known_documents(self) -> tuple[Document, ...]:
        """The answers at the well-known URLs of this endpoint: path-inserted first, then the root of the host."""
        return tuple(self.context.document(self.wire, url) for url in protected_resource_candidates(self.url))

    def metadata_documents(self) -> tuple[Document, ...]:
        """Every document that is recognisable as protected resource metadata, in the order in which clients look."""
        found = {d.url: d for d in (*self.challenged_documents(), *self.well_known_documents())}
        return tuple(document for document in found.values() if resource_metadata_of(document))

    def metadata_document(self) -> Document:
        """The protected resource metadata as an MCP client finds it: by challenge, else by well-known URL.

        Raises Inconclusive when there is none.
        """
        for document in self.metadata_documents():
            return document
        raise Inconclusive("no protected resource metadata was found", root="protected_resource_metadata")

    def metadata(self) -> Members:
        """Its members. Raises Inconclusive when there is none."""
        document = self.metadata_document()
        return replace(self.described(resource_metadata_of(document) or {}), exchange=document.exchange)

    def described(self, members: Mapping[str, object]) -> Members:
        """Expectations on the members of a metadata document."""
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

    @property
    def presentation(self) -> Presentation:
        """How it wants to get its tokens; found out once a process."""
        return self.context.once("presentation", self._demanded_presentation)

    def _demanded_presentation(self) -> Presentation:
        own = replace(self, wire=self.context.wire())
        try:
            asked, found = Refusal(NO_TOKEN, own.unauthenticated()), own.metadata_documents()
        except NoAnswer:
            return Presentation()  # where there is no answer, no token will be taken either
        members = (resource_metadata_of(found[0]) if found else None) or {}
        announced = Presentation.demanded_by(members, asked.challenges)
        return announced if announced.key else self._tried_presentation(own.wire, members)

    def _tried_presentation(self, wire: Wire, members: Mapping[str, object]) -> Presentation:
        """For a server that announces nothing: DPoP if it refuses a bearer token and takes a bound one, else Bearer."""
        plain = Presentation()
        try:
            if is_result(self._presented(plain, wire)):
                return plain
            bound = Presentation(key_for(members))
            return bound if is_result(self._presented(bound, wire)) else plain
        except Outcome:
            return plain  # without a token nothing is found out, and checks will say why there is none

    def _presented(self, presentation: Presentation, wire: Wire) -> Response:
        facts = self.context.facts
        given = facts.tokens.get("access_token")
        token = presentation.given(given, facts.token_issuer) if given else self._granted_token(presentation)
        credentials = f"{presentation.scheme} {token}"
        return presentation.send(wire, self.mcp.probe().with_header("Authorization", credentials))

    def token(self) -> str:
        """A good access token, obtained once a process: ready-made, or by a whole grant.

        Raises Inconclusive or NotApplicable when none can be had.
        """
        return self.given_token("access_token") or self._granted_token(self.presentation)

    def bearer_token(self) -> str:
        """A good token that is bound to no key, whatever the server demands. Raises Inconclusive."""
        return self.context.facts.tokens.get("access_token") or self._granted_token(Presentation())

    def given_token(self, name: str) -> str | None:
        """A ready-made token of the target, None without one of that name. Raises NotApplicable where it is no use."""
        facts = self.context.facts
        given = facts.tokens.get(name)
        ready = partial(self.presentation.given, given or "", facts.token_issuer)
        return self.context.once(f"ready-made {name}", ready) if given else None

    def require_bearer(self) -> None:
        """Tokens are presented under Bearer. Raises NotApplicable where none is taken there."""
        if self.presentation.key is not None:
            raise NotApplicable("the server takes no token under Bearer, as its metadata or its challenge says")

    def _granted_token(self, presentation: Presentation) -> str:
        def grant() -> str:
            issuer = replace(self, wire=self.context.wire()).authorization_server()
            return presentation.grant(issuer, issuer.flow()).access_token or ""

        return self.context.once(f"{'bound ' if presentation.key else ''}access token", grant)

    def with_token(self, token: str, request: HttpRequest | None = None, change: str = "") -> HttpRequest:
        """A request (default: the probe) with that token; `change` says what is wrong with the token."""
        good = request or self.mcp.probe()
        pair = ("Authorization", f"{self.presentation.scheme} {token}")
        kept = tuple(h for h in good.headers if h[0] != "Authorization")
        return HttpRequest(good.method, good.url, (*kept, pair), good.body, (change,) if change else (), good.label)

    def send(self, request: HttpRequest) -> Response:
        """Send a request, with a proof where its token needs one. Raises NoAnswer."""
        has_token = request.header("Authorization") is not None
        return self.presentation.send(self.wire, request) if has_token else self.wire.send(request)

    def control(self, request: HttpRequest | None = None, token: str | None = None) -> str:
        """Send the good request with a good token, which must be processed; returns the token. Raises Inconclusive."""
        token = token or self.token()
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


def resource_metadata_of(document: Document) -> Mapping[str, object] | None:
    """The members of a successful answer that is recognisable as protected resource metadata (RFC 9728, 3.2)."""
    members = document.response.json_object() if document.response.status // 100 == 2 else None
    return members if members and ("resource" in members or "authorization_servers" in members) else None
