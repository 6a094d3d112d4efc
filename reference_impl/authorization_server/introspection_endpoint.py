"""The introspection endpoint (RFC 7662)."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.rules import Rules


async def post_introspection(request: Request, rules: Rules) -> Response:
    """Tell a client with credentials about a token that concerns it."""
    parameters = await rules.read_form(request)
    caller = await rules.authenticate_client(request, parameters)
    rules.check_introspection_caller(caller)
    return rules.introspection_response(caller, rules.token_parameter(parameters), parameters.get("token_type_hint"))
