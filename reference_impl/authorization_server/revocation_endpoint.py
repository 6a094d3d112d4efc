"""The revocation endpoint (RFC 7009)."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.rules import Rules


async def post_revocation(request: Request, rules: Rules) -> Response:
    """Revoke a token of the client that asks."""
    parameters = await rules.read_form(request)
    client = await rules.authenticate_client(request, parameters)
    return rules.revoke_token(client, rules.token_parameter(parameters), parameters.get("token_type_hint"))
