"""The registration endpoint (RFC 7591) and the client configuration endpoint (RFC 7592)."""

from starlette.requests import Request
from starlette.responses import Response

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules import Rules


async def post_registration(request: Request, rules: Rules) -> Response:
    """Register a client; answers 201 with the client information response."""
    rules.check_registration_is_open()
    rules.check_initial_access_token(rules.registration_bearer_token(request))
    information = rules.register_client(await rules.read_client_metadata(request))
    return rules.secret_response(information, rules.registration_status())


async def get_client_configuration(request: Request, rules: Rules) -> Response:
    """Tell a client its registration; the secret is kept as a hash and so is not repeated."""
    client, token = _managed_client(request, rules)
    return rules.secret_response(rules.client_information(client, None, token))


async def put_client_configuration(request: Request, rules: Rules) -> Response:
    """Replace a client's registration."""
    _managed_client(request, rules)
    sent = await rules.read_client_metadata(request)
    client, token = _managed_client(request, rules)  # again: it may have been deleted while the body arrived
    return rules.secret_response(rules.updated_client(client, sent, token))


async def delete_client_configuration(request: Request, rules: Rules) -> Response:
    """End a client."""
    client, _ = _managed_client(request, rules)
    return rules.delete_client(client)


def _managed_client(request: Request, rules: Rules) -> tuple[Client, str | None]:
    token = rules.registration_bearer_token(request)
    return rules.client_of_registration_token(request.path_params["client_id"], token), token
