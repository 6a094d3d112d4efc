"""The token endpoint (RFC 6749, 3.2)."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenRequest


async def post_token(request: Request, rules: Rules) -> Response:
    """A token for a grant; every refusal is an OAuthError."""
    parameters = await rules.read_form(request)
    grant_type = rules.check_grant_type(parameters.get("grant_type"))
    client = await rules.client_of_token_request(request, parameters, grant_type)
    rules.check_client_may_use_grant(client, grant_type)
    token_request = TokenRequest(parameters, client, rules.proven_key(request, client))
    return rules.secret_response(rules.grant_handlers()[grant_type](token_request))
