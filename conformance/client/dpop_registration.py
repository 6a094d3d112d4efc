"""Clients that registered for bound tokens only (RFC 9449, 5.2)."""

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.dpop_flow import DpopFlow
from conformance.client.identity import ClientIdentity
from conformance.client.registration import registered_client, registration_metadata, registration_request
from conformance.vocabulary import NotApplicable

_BOUND = "dpop_bound_access_tokens"


def judge_unproven_request_is_refused(server: AuthorizationServer) -> None:
    """A client of dpop_bound_access_tokens is refused without a proof. Raises Violation or NotApplicable."""
    DpopFlow.of(server)
    attempt = DpopFlow.of(server, server.flow(_bound_client(server)))
    attempt.code_granted()
    request = attempt.flow.code_for().with_("sent without a DPoP proof")
    attempt.refused(attempt.send(request), f"a token request of a client with {_BOUND}, without a proof")


def _bound_client(server: AuthorizationServer) -> ClientIdentity:
    facts, endpoint = server.context.facts, server.metadata().value.get("registration_endpoint")
    if not facts.dynamic_registration or not isinstance(endpoint, str):
        raise NotApplicable(f"clients don't register themselves, so none can ask for {_BOUND}")
    method = "none" if server.supports("token_endpoint_auth_methods_supported", "none") else "client_secret_basic"
    wanted = registration_metadata("authorization_code", method, (facts.redirect_uri,), facts.scope) | {_BOUND: True}
    response = server.wire.send(registration_request(endpoint, wanted))
    client = registered_client(response, wanted)
    if (response.json_object() or {}).get(_BOUND) is not True:
        raise NotApplicable(f"the server does not register {_BOUND}, which is optional")
    return client
