"""The authorization endpoint and the pages behind it: login and consent (RFC 6749, 3.1 and 4.1)."""

from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.session import LoggedInUser
from reference_impl.authorization_server.store.sessions import Interaction, Session


async def get_authorize(request: Request, rules: Rules) -> Response:
    """OAUTH21-3.1-c: the authorization request in the query."""
    query: bytes = request.scope["query_string"]
    rules.check_body_size(len(query))
    return await _authorize(request, rules, Parameters.parse(query), after_post=False)


async def post_authorize(request: Request, rules: Rules) -> Response:
    """OAUTH21-3.1-c: the same in a form."""
    rules.check_form_media_type(request)
    parameters = Parameters.parse(await rules.read_body(request))
    return await _authorize(request, rules, parameters, after_post=True)


async def get_login(request: Request, rules: Rules) -> Response:
    """The login page of a waiting request."""
    parameters = Parameters.parse(request.scope["query_string"])
    interaction = rules.waiting_interaction(parameters, rules.current_session(request))
    return rules.login_page(*_waiting(rules, interaction), interaction)


async def post_login(request: Request, rules: Rules) -> Response:
    """Name and password. The session gets a new identifier, so that one planted before the login is worth nothing."""
    parameters = await rules.read_form(request)
    session = rules.current_session(request)
    interaction = rules.waiting_interaction(parameters, session)
    rules.check_csrf_token(interaction, parameters)
    client, accepted = _waiting(rules, interaction)
    user = rules.authenticate_user(parameters, rules.remote_address(request))
    if user is None:
        return rules.login_page(client, accepted, interaction, problem="User name or password is wrong.")
    cookie, login_session = rules.renew_session(interaction, user)
    login = LoggedInUser(user, login_session.auth_time or rules.now())
    response = _decide(rules, client, accepted, login, replace(interaction, session_hash=login_session.session_hash))
    rules.set_session_cookie(response, cookie)
    return response


async def get_consent(request: Request, rules: Rules) -> Response:
    """The consent page of a waiting request."""
    parameters = Parameters.parse(request.scope["query_string"])
    interaction, login = _decider(request, rules, parameters)
    client, accepted = _waiting(rules, interaction)
    return rules.consent_page(client, login.user, interaction, accepted)


async def post_consent(request: Request, rules: Rules) -> Response:
    """The decision."""
    parameters = await rules.read_form(request)
    interaction, login = _decider(request, rules, parameters)
    rules.check_csrf_token(interaction, parameters)
    _, accepted = _waiting(rules, interaction)
    decision = rules.decision_of(parameters, accepted)
    if decision == "approve":
        rules.remember_consent(login.user, accepted)
        return _grant(rules, accepted, login, interaction)
    if decision == "deny":
        rules.finish_interaction(interaction)
        return rules.error_redirect(rules.denied(), accepted.redirect_uri, accepted.state, after_post=True)
    raise OAuthError("invalid_request", "decision must be approve or deny")


async def _authorize(request: Request, rules: Rules, sent: Parameters, *, after_post: bool) -> Response:
    parameters = rules.effective_parameters(sent)
    client = await rules.identify_client(parameters)
    redirect_uri = rules.redirect_uri_of(parameters, client)
    session = rules.current_session(request)
    login = rules.logged_in_user(session)
    try:
        rules.check_pushed_if_required(sent)
        accepted = rules.accept_authorization_request(parameters, client, redirect_uri)
    except OAuthError as error:
        accepted = rules.refused_authorization_request(parameters, client, redirect_uri, error)
        if login is not None or not rules.refusal_waits_for_login():
            return _refuse(rules, accepted, after_post=after_post)
    if session is not None and login is not None:
        if rules.consent_is_needed(login.user, client, accepted):
            return _ask(rules, "/consent", rules.start_interaction(session, client, accepted), after_post=after_post)
        return _conclude(rules, session.session_hash, client, accepted, login, after_post=after_post)
    return _ask_to_log_in(rules, session, client, accepted, after_post=after_post)


def _ask_to_log_in(
    rules: Rules, session: Session | None, client: Client, accepted: AuthorizationRequest, *, after_post: bool
) -> Response:
    cookie = None
    if session is None:
        cookie, session = rules.start_session(None)
    response = _ask(rules, "/login", rules.start_interaction(session, client, accepted), after_post=after_post)
    if cookie is not None:
        rules.set_session_cookie(response, cookie)
    return response


def _ask(rules: Rules, page: str, interaction: Interaction, *, after_post: bool) -> Response:
    url = rules.config.endpoint(page) + "?" + urlencode({"interaction": interaction.interaction_id})
    return rules.redirect(url, after_post=after_post)


def _waiting(rules: Rules, interaction: Interaction) -> tuple[Client, AuthorizationRequest]:
    rules.check_client_still_active(interaction.client)
    return interaction.client, AuthorizationRequest.from_json(interaction.request)


def _decider(request: Request, rules: Rules, parameters: Parameters) -> tuple[Interaction, LoggedInUser]:
    session = rules.current_session(request)
    interaction = rules.waiting_interaction(parameters, session)
    login = rules.logged_in_user(session)
    if login is None:
        raise OAuthError("login_required", "log in first; start again at the application", 403)
    return interaction, login


def _decide(
    rules: Rules, client: Client, accepted: AuthorizationRequest, login: LoggedInUser, interaction: Interaction
) -> Response:
    if accepted.refusal is None and rules.consent_is_needed(login.user, client, accepted):
        return _ask(rules, "/consent", interaction, after_post=True)
    return _grant(rules, accepted, login, interaction)


def _grant(rules: Rules, accepted: AuthorizationRequest, login: LoggedInUser, interaction: Interaction) -> Response:
    rules.finish_interaction(interaction)
    if accepted.refusal is not None:
        return _refuse(rules, accepted, after_post=True)
    return _conclude(rules, interaction.session_hash, interaction.client, accepted, login, after_post=True)


def _conclude(
    rules: Rules,
    session_hash: str,
    client: Client,
    accepted: AuthorizationRequest,
    login: LoggedInUser,
    *,
    after_post: bool,
) -> Response:
    """Everything is decided here: a code, or the way to the third party whose consent it takes as well."""
    third_party = rules.third_party_of(accepted)
    if third_party is not None:
        url = rules.third_party_url(third_party, session_hash, client, accepted)
        return rules.redirect(url, after_post=after_post)
    code = rules.issue_code(accepted, login)
    return rules.code_redirect(code, accepted.redirect_uri, accepted.state, after_post=after_post)


def _refuse(rules: Rules, refused: AuthorizationRequest, *, after_post: bool) -> Response:
    error = OAuthError(*(refused.refusal or ("server_error", "")))
    return rules.error_redirect(error, refused.redirect_uri, refused.state, after_post=after_post)
