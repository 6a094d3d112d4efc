"""An MCP server that sends users on to a third party's authorization server, where it has one static client_id.

The harness plays that third party and the browser, so the way there and back is walked step by step: the page that asks
the user, the departure, the callback, and what the client gets in the end.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.facts import ThirdPartyFacts
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.page_safety import form_of
from conformance.client.registration import register, registration_metadata
from conformance.client.requests import AuthorizationRequest
from conformance.client.user_agent import Arrival, UserAgent
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Exchange, Inconclusive, NotApplicable
from conformance.wire import HttpRequest, Response
from conformance.wire.addresses import split_url

_HTML = (("Accept", "text/html"),)
_OPENED_BY_THE_USER = ("Sec-Fetch-Site", "none")
"""What browsers say of a link that an application opened; some servers ask again for any other."""
_REMEDY = (
    "see that the server goes by the third party of the target file (third_party_authorization_server), has its "
    "client_id and client_secret, and reaches its token endpoint"
)


@dataclass(frozen=True)
class Journey:
    """The whole way of a client that the user approved: the control of every check.

    `page` is what the user decided on (None: nothing was asked), `held_before` the cookies that the browser held then,
    `departure` the URL at the third party, `exchanges` the evidence.
    """

    flow: AuthorizationFlow
    client_name: str | None
    page: Response | None
    decided_apart: bool
    held_before: Mapping[str, str]
    departure: str
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class McpProxy:
    """One a check; the journey that serves all of them as control is made once a process."""

    server: AuthorizationServer
    third_party: ThirdPartyFacts

    def journey(self) -> Journey:
        """The way of a first client by the first user. Raises Inconclusive when it doesn't end with a code."""
        found = self.server.context.once("journey by the third party", self._journey)
        for exchange in found.exchanges:
            self.server.wire.transcript.include(exchange)
        return replace(found, flow=replace(found.flow, wire=self.server.wire))

    def newcomer(self, browser: UserAgent | None = None) -> tuple[AuthorizationFlow, str | None]:
        """The flow of a client that has just registered itself, in that browser (None: a fresh one), and its name.

        Without registration, a client of the target file and no name. Raises NotApplicable, Inconclusive.
        """
        client, name = self._new_client()
        flow = self.server.flow(client)
        asked = replace(
            flow,
            user_agent=browser or flow.user_agent.fresh(),
            scope=self.third_party.scope or flow.scope,
            resource=self.third_party.resource or flow.resource,
        )
        return asked, name

    def open(
        self, flow: AuthorizationFlow, request: AuthorizationRequest | None = None, *, approve: bool | None = None
    ) -> Arrival:
        """Open an authorization request, log in, and go on until the browser leaves, or until the user has to decide.

        With `approve` the user decides.
        """
        asked = (request or flow.authorization_request()).as_get()
        asked = replace(asked, headers=(*asked.headers, _OPENED_BY_THE_USER))
        goal = self.third_party.authorization_endpoint
        return flow.user_agent.visit(flow.wire, asked, redirect_uri=goal, approve=approve)

    def approved(self, flow: AuthorizationFlow, page: Response) -> Arrival:
        """Where the browser goes when the user approves on that page. Raises NotApplicable when it has no form."""
        approval = flow.user_agent.approval(flow.wire, page)
        if approval is None:
            raise NotApplicable("the user does not decide by a form")
        return flow.user_agent.visit(flow.wire, approval, redirect_uri=self.third_party.authorization_endpoint)

    def departs(self, arrival: Arrival) -> bool:
        """Whether the browser leaves for the third party."""
        return (arrival.redirected_to or "").partition("?")[0] == self.third_party.authorization_endpoint

    def departure(self, flow: AuthorizationFlow, request: AuthorizationRequest | None = None) -> str:
        """The URL at the third party that an approved request leads to. Raises Inconclusive."""
        return self._left(self._approved_if_asked(flow, self.open(flow, request)))

    def callback(self, flow: AuthorizationFlow, departure: str) -> str:
        """The URL by which the third party sends the browser back. Raises Inconclusive when it refuses."""
        arrival = flow.user_agent.visit(flow.wire, HttpRequest("GET", departure, _HTML), redirect_uri="", approve=None)
        if arrival.redirected_to is None:
            raise Inconclusive(
                f"the third party that the harness plays answered {arrival.response.status}: it knows another "
                "client_id or callback",
                root="third party",
                remedy=_REMEDY,
            )
        self._refuse_stranger(arrival.redirected_to)
        return arrival.redirected_to

    def returned(self, flow: AuthorizationFlow, callback: str, change: str = "") -> AuthorizationAnswer:
        """What the client gets when the browser opens that callback; nobody approves anything further."""
        request = HttpRequest("GET", callback, _HTML, changes=(change,) if change else ())
        redirect_uri = flow.client.redirect_uri
        arrival = flow.user_agent.visit(flow.wire, request, redirect_uri=redirect_uri, approve=None)
        return AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to, arrival.pages)

    def _journey(self) -> Journey:
        wire = self.server.context.wire()
        flow, name = replace(self, server=replace(self.server, wire=wire)).newcomer()
        arrival = self.open(flow)
        held = cookies_of(flow.user_agent)
        left = self._approved_if_asked(flow, arrival)
        departure = self._left(left)
        answer = self.returned(flow, self.callback(flow, departure))
        if answer.code is None:
            seen = f"the way by the third party gave the client no code: {answer.described()}"
            raise Inconclusive(wire.transcript.redact(seen), root="third party", remedy=_REMEDY)
        apart = arrival.redirected_to is None
        page = arrival.response if apart else next((p for p in reversed(arrival.pages) if form_of(p)), None)
        return Journey(flow, name, page, apart, held, departure, wire.transcript.exchanges)

    def _refuse_stranger(self, callback: str) -> None:
        """Nothing is sent to a host that the target file doesn't name."""
        facts = self.server.context.facts
        named = (facts.issuer, facts.mcp_url, *(origin for user in facts.users for origin in user.origins))
        if _origin(callback) not in {_origin(url) for url in named if url}:
            raise Inconclusive(
                f"the server's callback is at {_origin(callback)}, which the target file doesn't name",
                root="third party",
                remedy="if it is yours, add it to user_agent.origins",
            )

    def _approved_if_asked(self, flow: AuthorizationFlow, arrival: Arrival) -> Arrival:
        is_asked = arrival.redirected_to is None and form_of(arrival.response) is not None
        return self.approved(flow, arrival.response) if is_asked else arrival

    def _left(self, arrival: Arrival) -> str:
        if not self.departs(arrival) or arrival.redirected_to is None:
            where = f"to {arrival.redirected_to.partition('?')[0]}" if arrival.redirected_to else "with a page"
            seen = f"the browser was not sent to the third party: {arrival.response.status} {where}"
            raise Inconclusive(seen, root="third party", remedy=_REMEDY)
        return arrival.redirected_to

    def _new_client(self) -> tuple[ClientIdentity, str | None]:
        facts, metadata = self.server.context.facts, self.server.metadata().value
        if not facts.dynamic_registration or "registration_endpoint" not in metadata:
            return self.server.client(), None
        name, host = f"Client {secrets.token_hex(4)}", f"client-{secrets.token_hex(8)}.example"
        scope = self.third_party.scope or facts.scope
        wanted = registration_metadata("authorization_code", "none", (f"https://{host}/callback",), scope)
        try:
            web = wanted | {"client_name": name, "application_type": "web"}
            return register(self.server.wire, metadata, web), name
        except Inconclusive:
            native = wanted | {"client_name": name, "redirect_uris": [facts.redirect_uri]}
            return register(self.server.wire, metadata, native), name


def mcp_proxy(server: AuthorizationServer) -> McpProxy:
    """Raises NotApplicable when the target file doesn't say that the server is such a proxy."""
    facts = server.context.facts
    if facts.third_party is None:
        raise NotApplicable(
            "nothing says that this server is a proxy of a third party's authorization server "
            "(third_party_authorization_server in the target file)"
        )
    if facts.safe:
        raise NotApplicable("--safe registers no clients for the sake of judging a proxy")
    return McpProxy(server, facts.third_party)


def _origin(url: str) -> str:
    parts = split_url(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def cookies_of(browser: UserAgent) -> dict[str, str]:
    """Names and values of what the browser holds."""
    held: dict[str, str] = {}
    browser.with_cookies(held.setdefault)
    return held


def parameter_of(url: str, name: str) -> str | None:
    """The first value of that query parameter, or None."""
    return next(iter(parse_qs(split_url(url).query).get(name, ())), None)
