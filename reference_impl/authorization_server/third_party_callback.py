"""Where browsers come back to from a third party's authorization server."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest


async def get_callback(request: Request, rules: Rules) -> Response:
    """The third party's authorization response. It ends with a code of ours, or an error, for the client."""
    parameters = Parameters.parse(request.scope["query_string"])
    rules.check_parameters_once(parameters)
    session = rules.current_session(request)
    login = rules.returned_login(parameters, session)
    rules.check_client_still_active(login.client)
    accepted = AuthorizationRequest.from_json(login.request)
    third_party, user = rules.third_party_of(accepted), rules.logged_in_user(session)
    if third_party is None or user is None:
        raise OAuthError("login_required", "log in first; start again at the application", 403)
    code = parameters.get("code")
    try:
        if not code:
            raise OAuthError("access_denied", f"{third_party.name} did not grant the request")
        await rules.redeem_third_party_code(third_party, code, login)
    except OAuthError as error:
        return rules.error_redirect(error, accepted.redirect_uri, accepted.state)
    return rules.code_redirect(
        rules.issue_code(accepted, user), accepted.redirect_uri, accepted.state, after_post=False
    )
