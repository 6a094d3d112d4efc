"""Asking an authorization server for what its metadata promises, at the least cost: no request here earns a token."""

from dataclasses import replace

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.requests import form
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import NoAnswer

UNSUPPORTED_GRANT_TYPE, INVALID_CLIENT, INVALID_GRANT = "unsupported_grant_type", "invalid_client", "invalid_grant"
_EXTENSION = "urn:ietf:params:oauth:grant-type:"
_PARAMETERS = {
    "authorization_code": ("code", "redirect_uri", "code_verifier"),
    "refresh_token": ("refresh_token",),
    "client_credentials": (),
    f"{_EXTENSION}device_code": ("device_code",),
    f"{_EXTENSION}jwt-bearer": ("assertion",),
    f"{_EXTENSION}token-exchange": ("subject_token",),
}
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name of a type
_REGISTRABLE = ("none", "client_secret_basic", "client_secret_post")


def asked_by_grant(flow: AuthorizationFlow, grant_type: str) -> TokenAnswer:
    """A token request of that type whose grant nobody gave. Raises NotApplicable for an unknown type.

    The parameters are those of RFC 6749, 4.1.3 and 6, 7523, 8628 and 8693, their values made up.
    """
    if grant_type not in _PARAMETERS:
        raise NotApplicable(f"the judge knows no request of the grant type {grant_type}")
    return _asked(flow, grant_type, _PARAMETERS[grant_type])


def tells_unsupported_grants(flow: AuthorizationFlow) -> bool:
    """Whether a grant type that no server has is called unsupported_grant_type, so that the code means something."""
    return _asked(flow, "urn:conformance:unknown-grant-type", ()).error == UNSUPPORTED_GRANT_TYPE


def client_by_method(server: AuthorizationServer, method: str) -> ClientIdentity:
    """A client of the target file with that method, else one that registers itself. Raises NotApplicable."""
    for client in server.context.facts.clients:
        if client.auth_method == method and "authorization_code" in client.grant_types:
            return client
    if method not in _REGISTRABLE or not server.context.facts.dynamic_registration:
        raise NotApplicable(f"the target file gives no client that authenticates by {method}")
    try:
        return server.context.once(f"client by {method}", lambda: server.new_client(auth_method=method))
    except NoAnswer:
        raise
    except Inconclusive:
        raise NotApplicable(f"no client may register itself to authenticate by {method}") from None


def asked_by_client(server: AuthorizationServer, client: ClientIdentity) -> TokenAnswer:
    """A redemption of a code that nobody gave, by that client."""
    return asked_by_grant(server.flow(client), "authorization_code")


def asked_by_stranger(server: AuthorizationServer, client: ClientIdentity) -> TokenAnswer:
    """The same with the name of a client that nobody has registered."""
    return asked_by_client(server, replace(client, client_id=unguessable()))


def _asked(flow: AuthorizationFlow, grant_type: str, parameters: tuple[str, ...]) -> TokenAnswer:
    made_up = {name: unguessable() * 3 for name in parameters}
    if "redirect_uri" in made_up:
        made_up["redirect_uri"] = flow.client.redirect_uri
    if grant_type.endswith("token-exchange"):
        made_up["subject_token_type"] = _ACCESS_TOKEN
    pairs = [("grant_type", grant_type), *made_up.items()]
    return flow.redeem(flow.authenticated(form(flow.endpoint("token_endpoint"), pairs)))
