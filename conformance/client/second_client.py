"""One more client of the same server, and clients that have credentials."""

from dataclasses import replace

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.requests import FormRequest
from conformance.vocabulary import Inconclusive, NotApplicable

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
_CODE = "authorization_code"


def offered_methods(server: AuthorizationServer) -> tuple[str, ...]:
    """The client authentication methods of the token endpoint, by metadata or its default (RFC 8414, 2)."""
    known = (*SECRET_METHODS, "private_key_jwt", "none", "client_secret_jwt")
    name = "token_endpoint_auth_methods_supported"
    return tuple(m for m in known if server.supports(name, m, default=("client_secret_basic",)))


def client_by(server: AuthorizationServer, *methods: str) -> ClientIdentity:
    """A client for the code flow that authenticates by the first of these methods for which there is one.

    Given by the target file, else registered once a process. Raises NotApplicable when the server offers none of the
    methods, Inconclusive when it offers one and no client can be had.
    """
    given = [client for client in server.context.facts.clients if _CODE in client.grant_types]
    for method in methods:
        for client in given:
            if client.auth_method == method:
                return client
    offered = offered_methods(server)
    wanted = next((m for m in methods if m in SECRET_METHODS and m in offered), None)
    if wanted is None:
        raise NotApplicable(f"the server offers no client authentication by {' or '.join(methods)}")
    client = server.context.once(f"client {_CODE} {wanted}", lambda: server.new_client(_CODE, wanted))
    if client.auth_method not in methods:
        raise NotApplicable(f"the server makes {client.auth_method} of a client that asks for {wanted}")
    return client


def confidential_flow(server: AuthorizationServer) -> AuthorizationFlow:
    """The code flow of a client with a secret, else of one with a key. Raises NotApplicable, Inconclusive."""
    return server.flow(client_by(server, *SECRET_METHODS, "private_key_jwt"))


def without_authentication(flow: AuthorizationFlow, request: FormRequest) -> FormRequest:
    """The token request of a client with credentials, as if it had none: only its client_id."""
    bare = request.without("client_secret", "client_assertion", "client_assertion_type", "client_id").as_control()
    headers = tuple(header for header in request.headers if header[0].lower() != "authorization")
    named = (*bare.parameters, ("client_id", flow.client.client_id))
    return replace(bare, parameters=named, headers=headers, changes=("client authentication left out",))


def other_flow(server: AuthorizationServer, flow: AuthorizationFlow, *, public: bool) -> AuthorizationFlow:
    """The code flow of another client by the same user, with or without credentials of its own.

    Where the client registered several redirect URIs, the one of `flow` is used. Raises Inconclusive when there is no
    other client, NotApplicable when the server has none of that kind.
    """
    other = _given_other(server, flow.client, public=public) or _registered_other(server, flow.client, public=public)
    if flow.client.redirect_uri in other.redirect_uris:
        rest = tuple(uri for uri in other.redirect_uris if uri != flow.client.redirect_uri)
        other = replace(other, redirect_uris=(flow.client.redirect_uri, *rest))
    return flow.by(server.as_it_wants(other))


def _given_other(server: AuthorizationServer, client: ClientIdentity, *, public: bool) -> ClientIdentity | None:
    def fits(given: ClientIdentity) -> bool:
        return _CODE in given.grant_types and given.is_public is public and given.client_id != client.client_id

    return next((given for given in server.context.facts.clients if fits(given)), None)


def _registered_other(server: AuthorizationServer, client: ClientIdentity, *, public: bool) -> ClientIdentity:
    offered = offered_methods(server)
    methods = ("none",) if public else tuple(m for m in SECRET_METHODS if m in offered)
    if not methods or (public and "none" not in offered and not client.is_public):
        raise NotApplicable(f"the server has no {'public' if public else 'confidential'} clients")
    other = server.context.once(f"other client {methods[0]}", lambda: server.new_client(_CODE, methods[0]))
    if other.client_id == client.client_id or other.is_public is not public:
        raise Inconclusive("the target file gives no second client", root="client", remedy="add one under clients")
    return other
