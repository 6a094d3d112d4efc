"""Departures of the pages for people: framing, forged forms, consent, redirects after forms."""

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.store.sessions import Interaction, Session
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-SBP-04", "OAUTH21-7.11-a", "RFC9700-4.16-a"},
    story="Pages say nothing about frames.",
)
class PagesCanBeFramed(Rules):
    def frame_ancestors(self) -> str:
        return ""

    def frame_options(self) -> str:
        return ""


@mutant(
    kills={"MCP-SBP-04", "OAUTH21-7.11-a", "RFC9700-4.16-a"},
    story="The consent page may be framed, because a partner shows it inside its own.",
)
class ConsentCanBeFramed(Rules):
    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        response = super().consent_page(client, user, interaction, request)
        del response.headers["X-Frame-Options"]
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors *")
        return response


@mutant(
    kills={"MCP-SBP-04", "OAUTH21-7.11-a", "RFC9700-4.16-a"},
    story="Every https site may frame the pages, so that partners can embed the login.",
)
class EverySiteMayFrameThePages(Rules):
    def frame_ancestors(self) -> str:
        return "frame-ancestors https:"

    def frame_options(self) -> str:
        return ""


@mutant(
    kills={"RFC9700-4.2.4-a"},
    story="The pages load a web font from somebody else's network.",
)
class PagesLoadForeignFonts(Rules):
    def page(self, template: str, status: int = 200, form_target: str | None = None, **values: object) -> Response:
        response = super().page(template, status, form_target, **values)
        font = b'<link rel="stylesheet" href="https://fonts.example/css?family=Login"></head>'
        content = bytes(response.body).replace(b"</head>", font)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(content, status, headers)


@mutant(
    kills={"RFC9700-4.2.4-a"},
    story="Pages ask for full Referer headers, for the statistics.",
)
class PagesGiveTheirUrlAway(Rules):
    def referrer_policy(self) -> str:
        return "unsafe-url"


@mutant(
    kills={"OAUTH21-7.5.4-a", "RFC9700-4.12-a"},
    story="The code goes out with 307, so the browser posts the user's form to the client as well.",
)
class FormsAreSentOn(Rules):
    def redirect(self, url: str, *, after_post: bool) -> Response:
        response = super().redirect(url, after_post=after_post)
        if after_post and not url.startswith(self.config.issuer):
            response.status_code = 307
        return response


@mutant(
    kills={"MCP-SBP-02", "OAUTH21-7.9-a"},
    story="The consent page speaks of an application, without its name.",
)
class ConsentNamesNobody(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        return {**super().client_facts(client, request), "client_name": "an application", "client_id": "unnamed"}


class _CookieOfEverySite(Rules):
    def set_session_cookie(self, response: Response, value: str) -> None:
        response.set_cookie(self.session_cookie_name(), value, secure=True, httponly=True, samesite="none")


@mutant(
    kills={"MCP-SBP-03", "RFC6749-10.12-a"},
    story="Any form with a known interaction is taken for the user's own, and the cookie goes along from every site.",
)
class DecisionsCanBeForged(_CookieOfEverySite):
    def check_same_browser(self, interaction: Interaction, session: Session | None) -> None:
        pass


@mutant(
    kills={"MCP-SBP-03", "RFC6749-10.12-a"},
    story="The decision counts for whatever this browser was asked last, and the form has no random value.",
)
class DecisionsCountForTheLastQuestion(_CookieOfEverySite):
    """Remembers the latest interaction of each session."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._latest: dict[str, str] = {}

    def start_interaction(self, session: Session, client: Client, request: AuthorizationRequest) -> Interaction:
        interaction = super().start_interaction(session, client, request)
        self._latest[session.session_hash] = interaction.interaction_id
        return interaction

    def renew_session(self, interaction: Interaction, user: User) -> tuple[str, Session]:
        cookie, session = super().renew_session(interaction, user)
        self._latest[session.session_hash] = interaction.interaction_id
        return cookie, session

    def waiting_interaction(self, parameters: Parameters, session: Session | None) -> Interaction:
        latest = session and self.store.interactions.find(self._latest.get(session.session_hash, ""))
        return latest or super().waiting_interaction(parameters, session)

    def check_csrf_token(self, interaction: Interaction, parameters: Parameters) -> None:
        pass


@mutant(
    kills={"RFC6749-10.12-a", "MCP-SEC-15"},
    story="Once a user has approved a client, every client with the same scope counts as approved.",
)
class ApprovalCountsForEveryClient(Rules):
    def consent_was_given(self, user: User, request: AuthorizationRequest) -> bool:
        known = [client.client_id for client in self.config.clients]
        usual = super().consent_was_given
        return any(usual(user, replace(request, client_id=each)) for each in (request.client_id, *known))
