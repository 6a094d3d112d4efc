"""Departures on the way over a third party's authorization server: confused deputies."""

import secrets
from collections.abc import Iterator
from functools import cached_property
from itertools import count
from typing import Any

from starlette.responses import Response

from reference_impl.authorization_server.config import Client, ThirdParty, User, hash_secret
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.store.sessions import Interaction, Session
from reference_impl.authorization_server.store.third_party_logins import ThirdPartyLogin
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-SBP-01", "MCP-SBP-02", "MCP-SEC-16"},
    story="The third party asks the user, so nobody is asked here.",
)
class ConsentIsLeftToTheThirdParty(Rules):
    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        return self.third_party_of(request) is None and super().consent_is_needed(user, client, request)


class _RemembersWhoApproved(Rules):
    """Keeps (user, client_id) of every approval that leads to the third party."""

    @cached_property
    def _approved(self) -> set[tuple[str, str]]:
        return set()

    def remember_consent(self, user: User, request: AuthorizationRequest) -> None:
        super().remember_consent(user, request)
        if self.third_party_of(request) is not None:
            self._approved.add((user.username, request.client_id))


@mutant(
    kills={"MCP-SBP-01", "MCP-SEC-16"},
    story="A user who has approved one client for the third party is asked for no other.",
)
class ApprovalForTheThirdPartyIsOfTheUser(_RemembersWhoApproved):
    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        if self.third_party_of(request) and any(name == user.username for name, _ in self._approved):
            return False
        return super().consent_is_needed(user, client, request)


@mutant(
    kills={"MCP-SBP-01"},
    story="A client that one user has approved for the third party is approved for all.",
)
class ApprovalForTheThirdPartyIsOfTheClient(_RemembersWhoApproved):
    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        if self.third_party_of(request) and any(each == client.client_id for _, each in self._approved):
            return False
        return super().consent_is_needed(user, client, request)


@mutant(kills={"MCP-SBP-01", "MCP-SEC-16"}, story="The third party will ask again, so a refusal here changes nothing.")
class RefusalIsLeftToTheThirdParty(Rules):
    def decision_of(self, parameters: Parameters, request: AuthorizationRequest) -> str | None:
        decision = super().decision_of(parameters, request)
        return "approve" if self.third_party_of(request) and decision == "deny" else decision


@mutant(kills={"MCP-SBP-02"}, story="The consent page is silent about the third party.")
class ThirdPartyScopesAreNotShown(Rules):
    def grant_facts(self, request: AuthorizationRequest) -> dict[str, Any]:
        return {**super().grant_facts(request), "third_party": None}


@mutant(kills={"MCP-SBP-02"}, story="The consent page shows the host of the redirect URI only.")
class RedirectUriIsShownByItsHost(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        facts = super().client_facts(client, request)
        return {**facts, "redirect_uri": facts["redirect_host"]}


@mutant(kills={"MCP-SBP-02"}, story="The consent page calls clients by their client_id.")
class ClientsAreShownByTheirId(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        return {**super().client_facts(client, request), "client_name": client.client_id}


@mutant(kills={"MCP-SBP-04"}, story="A script keeps the pages out of frames, and no header does.")
class ScriptsAloneKeepFramesOut(Rules):
    def frame_ancestors(self) -> str:
        return ""

    def frame_options(self) -> str:
        return ""

    def page(self, template: str, status: int = 200, form_target: str | None = None, **values: object) -> Response:
        response = super().page(template, status, form_target, **values)
        script = b"<script>if (window.top !== window.self) window.top.location = location</script></head>"
        content = bytes(response.body).replace(b"</head>", script)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(content, status, headers)


class _OneLoginASession(Rules):
    """Finds the login by the browser's session where the state doesn't help."""

    @cached_property
    def _latest(self) -> dict[str, str]:
        return {}

    def await_third_party(
        self, state: str, session_hash: str, client: Client, request: AuthorizationRequest, code_verifier: str
    ) -> None:
        super().await_third_party(state, session_hash, client, request, code_verifier)
        self._latest[session_hash] = state

    def latest_state(self, session: Session | None) -> Parameters:
        state = self._latest.get(session.session_hash, "") if session else ""
        return Parameters((("state", state),))


@mutant(kills={"MCP-SBP-07"}, story="The callback goes by the session; whatever state comes is fine.")
class CallbackIgnoresTheState(_OneLoginASession):
    def login_of_state(self, parameters: Parameters, session: Session | None) -> ThirdPartyLogin:
        return super().login_of_state(self.latest_state(session), session)


@mutant(kills={"MCP-SBP-07"}, story="A state is compared where the callback has one.")
class CallbackMayHaveNoState(_OneLoginASession):
    def login_of_state(self, parameters: Parameters, session: Session | None) -> ThirdPartyLogin:
        found = parameters if parameters.get("state") else self.latest_state(session)
        return super().login_of_state(found, session)


@mutant(kills={"MCP-SBP-07"}, story="No state goes to the third party: PKCE is there.")
class NoStateGoesToTheThirdParty(CallbackIgnoresTheState):
    def third_party_parameters(self, third_party: ThirdParty, state: str, challenge: str) -> dict[str, str]:
        parameters = super().third_party_parameters(third_party, state, challenge)
        return {name: value for name, value in parameters.items() if name != "state"}


@mutant(kills={"MCP-SBP-07"}, story="Logins at the third party are numbered, and the number is the state.")
class ThirdPartyStatesAreNumbers(Rules):
    @cached_property
    def _numbers(self) -> Iterator[int]:
        return count(4_000_000)

    def third_party_state(self, session_hash: str, request: AuthorizationRequest) -> str:
        return f"login-{next(self._numbers)}"


class _StateMayComeAgain(Rules):
    """States that are not made for one login each: the latest login with one counts."""

    def await_third_party(
        self, state: str, session_hash: str, client: Client, request: AuthorizationRequest, code_verifier: str
    ) -> None:
        self.store.third_party_logins.finish(hash_secret(state))
        super().await_third_party(state, session_hash, client, request, code_verifier)


@mutant(kills={"MCP-SBP-07"}, story="The client's state is passed on to the third party.")
class ClientsStateIsPassedOn(_StateMayComeAgain):
    def third_party_state(self, session_hash: str, request: AuthorizationRequest) -> str:
        return request.state or super().third_party_state(session_hash, request)


@mutant(kills={"MCP-SBP-07"}, story="A state is good in any browser in which somebody is logged in.")
class StateIsGoodInAnyBrowser(Rules):
    def check_left_from_this_browser(self, login: ThirdPartyLogin, session: Session | None) -> None:
        pass


@mutant(kills={"MCP-SBP-07"}, story="A state stays good until it expires.")
class StateStaysGood(Rules):
    def spend_third_party_state(self, login: ThirdPartyLogin) -> None:
        pass


@mutant(
    kills={"MCP-SBP-08"},
    story="The login at the third party waits from the moment that the user is asked; the page's id is its state.",
)
class LoginWaitsBeforeApproval(_StateMayComeAgain):
    """Starts the login with the interaction."""

    @cached_property
    def _states(self) -> dict[str, str]:
        return {}

    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        if self.third_party_of(request) is not None:
            state = self._states[interaction.session_hash] = interaction.interaction_id
            super().await_third_party(state, interaction.session_hash, client, request, secrets.token_urlsafe(32))
        return super().consent_page(client, user, interaction, request)

    def third_party_state(self, session_hash: str, request: AuthorizationRequest) -> str:
        return self._states.pop(session_hash, "") or super().third_party_state(session_hash, request)


@mutant(kills={"MCP-SBP-08"}, story="The page that asks the user sets the cookie that the callback compares.")
class StateCookieComesWithThePage(Rules):
    """Sets a cookie with the state that a later departure takes along."""

    @cached_property
    def _states(self) -> dict[str, str]:
        return {}

    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        response = super().consent_page(client, user, interaction, request)
        if self.third_party_of(request) is not None:
            state = self._states[interaction.session_hash] = secrets.token_urlsafe(32)
            response.set_cookie("__Host-third_party_state", state, secure=True, httponly=True, samesite="lax")
        return response

    def third_party_state(self, session_hash: str, request: AuthorizationRequest) -> str:
        return self._states.pop(session_hash, "") or super().third_party_state(session_hash, request)
