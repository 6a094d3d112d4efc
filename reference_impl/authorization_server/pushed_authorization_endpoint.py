"""The pushed authorization request endpoint (RFC 9126, 2)."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.rules import Rules


async def post_pushed_authorization_request(request: Request, rules: Rules) -> Response:
    """Keep an authorization request for its client; every refusal is an OAuthError."""
    parameters = await rules.read_form(request)
    client = await rules.authenticate_client(request, parameters)
    headers, uri = request.headers.getlist("dpop"), rules.config.endpoint("/oauth/par")
    jkt = rules.dpop_key_of_request(headers, request.method, uri)
    members = rules.accept_push(parameters, client, jkt)
    return rules.secret_response(members, rules.push_status())
