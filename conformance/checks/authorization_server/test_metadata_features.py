"""Features that the metadata has to announce: grant types, registration, PKCE."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.published import all_members
from conformance.vocabulary import Violation

_DEFAULT_GRANTS = ["authorization_code", "implicit"]


@requirement("MCP-GEN-08")
def test_a_grant_for_people_or_machines_is_offered(authorization_server: AuthorizationServer) -> None:
    """The server offers the authorization code grant (for people) or client credentials (for machines).

    Means: neither a person's client nor a machine can get a token in the way that MCP describes.
    Fix: serve authorization_code or client_credentials, and list it in grant_types_supported.
    """
    wanted = ("authorization_code", "client_credentials")
    for members in all_members(authorization_server):
        present = "grant_types_supported" in members.value
        grants = members.strings("grant_types_supported") if present else _DEFAULT_GRANTS
        if not set(wanted) & set(grants):
            raise Violation("no fitting grant", expected=" or ".join(wanted), observed=f"grant types: {grants!r}")


@requirement("MCP-REG-01")
def test_clients_can_register_themselves(authorization_server: AuthorizationServer) -> None:
    """The metadata names a registration endpoint, and a good registration gives a client.

    Means: a client that the server doesn't know needs an administrator before its user can log in.
    Fix: support dynamic client registration (RFC 7591) and name its registration_endpoint.
    """
    for members in all_members(authorization_server):
        members.require("registration_endpoint", "MCP recommends dynamic client registration")
    if authorization_server.context.facts.dynamic_registration:
        authorization_server.new_client()


@requirement("OAUTH21-7.10-a", "RFC9700-2.1.1-e")
def test_code_challenge_methods_can_be_detected(flow: AuthorizationFlow) -> None:
    """A server with PKCE says in its metadata which challenge methods it supports.

    Control: a request with an S256 challenge is granted and redeemed.
    Means: clients can't tell whether PKCE protects them, so it can be switched off unnoticed.
    Fix: add code_challenge_methods_supported with S256.
    """
    _pkce_is_detectable(flow)


def _pkce_is_detectable(flow: AuthorizationFlow) -> None:
    name = "code_challenge_methods_supported"
    announced = flow.metadata.get(name)
    if isinstance(announced, list):
        return
    flow.grant()
    raise Violation("PKCE works unannounced", expected=f"an array {name}", observed=f"{name}: {announced!r}")
