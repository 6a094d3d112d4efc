"""Which client authentication the metadata offers, at the token, revocation and introspection endpoints."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.published import all_members, holding, refuse_value
from conformance.expect import Members
from conformance.vocabulary import NotApplicable, Violation

_BY_JWT = {"private_key_jwt", "client_secret_jwt"}
_ASYMMETRIC = {"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}


@requirement("RFC8414-2-l")
def test_the_methods_include_the_one_a_client_uses(authorization_server: AuthorizationServer) -> None:
    """token_endpoint_auth_methods_supported, or its default client_secret_basic, holds the method of a client it knows.

    Control: the client in question was given by the target file or registered with that method.
    Means: a client library that goes by the document refuses to talk to a server that would serve it.
    Fix: list every method that the token endpoint accepts, none for public clients included.
    """
    members = authorization_server.metadata()
    method = authorization_server.client().auth_method
    name = "token_endpoint_auth_methods_supported"
    listed = members.strings(name) if name in members.value else ["client_secret_basic"]
    if method not in listed:
        observed = f"{name}: {listed!r}" if name in members.value else f"no {name}, which means client_secret_basic"
        raise Violation(f"{method} is not listed", expected=f"{method} in {name}", observed=observed)


@requirement("RFC8414-2-m")
def test_algorithms_are_listed_for_jwt_authentication(authorization_server: AuthorizationServer) -> None:
    """With private_key_jwt or client_secret_jwt the document lists the signing algorithms of the token endpoint.

    Means: clients that authenticate by JWT have to guess which algorithm to sign with.
    Fix: add token_endpoint_auth_signing_alg_values_supported.
    """
    _algorithms_are_listed(authorization_server, "token_endpoint")


@requirement("RFC8414-2-n")
def test_rs256_is_offered_for_jwt_authentication(authorization_server: AuthorizationServer) -> None:
    """RS256 is among the algorithms for client authentication at the token endpoint.

    Means: clients whose keys are RSA keys, the most common kind, can't authenticate.
    Fix: support RS256 and list it.
    """
    name = "token_endpoint_auth_signing_alg_values_supported"
    for members in holding(authorization_server, name):
        if "RS256" not in members.strings(name):
            raise Violation("no RS256", expected="RS256 listed", observed=f"{name}: {members.strings(name)!r}")


@requirement("RFC8414-2-o")
def test_none_is_no_algorithm_of_the_token_endpoint(authorization_server: AuthorizationServer) -> None:
    """The algorithm none is not offered at the token endpoint.

    Means: an unsigned assertion would authenticate anybody as any client.
    Fix: remove none from token_endpoint_auth_signing_alg_values_supported, and refuse it.
    """
    _no_none(authorization_server, "token_endpoint")


@requirement("RFC8414-2-q")
def test_algorithms_are_listed_for_revocation(authorization_server: AuthorizationServer) -> None:
    """With JWT methods for revocation the document lists their signing algorithms.

    Means: clients that authenticate by JWT have to guess which algorithm to sign with.
    Fix: add revocation_endpoint_auth_signing_alg_values_supported.
    """
    _algorithms_are_listed(authorization_server, "revocation_endpoint")


@requirement("RFC8414-2-r")
def test_none_is_no_algorithm_of_the_revocation_endpoint(authorization_server: AuthorizationServer) -> None:
    """The algorithm none is not offered at the revocation endpoint.

    Means: an unsigned assertion would let anybody revoke tokens of any client.
    Fix: remove none from revocation_endpoint_auth_signing_alg_values_supported, and refuse it.
    """
    _no_none(authorization_server, "revocation_endpoint")


@requirement("RFC8414-2-s")
def test_algorithms_are_listed_for_introspection(authorization_server: AuthorizationServer) -> None:
    """With JWT methods for introspection the document lists their signing algorithms.

    Means: resource servers that authenticate by JWT have to guess which algorithm to sign with.
    Fix: add introspection_endpoint_auth_signing_alg_values_supported.
    """
    _algorithms_are_listed(authorization_server, "introspection_endpoint")


@requirement("RFC8414-2-t")
def test_none_is_no_algorithm_of_the_introspection_endpoint(authorization_server: AuthorizationServer) -> None:
    """The algorithm none is not offered at the introspection endpoint.

    Means: an unsigned assertion would let anybody read what tokens mean.
    Fix: remove none from introspection_endpoint_auth_signing_alg_values_supported, and refuse it.
    """
    _no_none(authorization_server, "introspection_endpoint")


@requirement("EXTCC-02")
def test_machine_clients_find_a_method(authorization_server: AuthorizationServer) -> None:
    """A server with client credentials lists private_key_jwt or client_secret_basic.

    Means: agents without a user can't tell how to authenticate.
    Fix: list private_key_jwt or client_secret_basic in token_endpoint_auth_methods_supported.
    """
    name, wanted = "token_endpoint_auth_methods_supported", ("private_key_jwt", "client_secret_basic")
    for members in _with_client_credentials(authorization_server):
        members.require(name, "the extension relies on it")
        listed = members.strings(name)
        if not set(wanted) & set(listed):
            raise Violation("no fitting method", expected=" or ".join(wanted), observed=f"{name}: {listed!r}")


@requirement("EXTCC-03")
def test_machine_clients_find_the_algorithms(authorization_server: AuthorizationServer) -> None:
    """A server with client credentials that offers JWT authentication lists the signing algorithms.

    Means: agents have to guess which algorithm to sign their assertion with.
    Fix: add token_endpoint_auth_signing_alg_values_supported.
    """
    _with_client_credentials(authorization_server)
    _algorithms_are_listed(authorization_server, "token_endpoint")


@requirement("OAUTH21-2.4-b", "RFC9700-2.5-a")
def test_asymmetric_authentication_is_offered(authorization_server: AuthorizationServer) -> None:
    """A server with client authentication offers private_key_jwt or mutual TLS.

    Means: every confidential client shares a secret with the server, which can leak on either side.
    Fix: support private_key_jwt and list it in token_endpoint_auth_methods_supported.
    """
    _offers_asymmetric_authentication(authorization_server)


def _offers_asymmetric_authentication(server: AuthorizationServer) -> None:
    name = "token_endpoint_auth_methods_supported"
    for members in all_members(server):
        listed = members.strings(name) if name in members.value else ["client_secret_basic"]
        if set(listed) <= {"none"}:
            raise NotApplicable("the server offers no client authentication")
        if not _ASYMMETRIC & set(listed):
            raise Violation("shared secrets only", expected=" or ".join(sorted(_ASYMMETRIC)), observed=repr(listed))


def _algorithms_are_listed(server: AuthorizationServer, endpoint: str) -> None:
    methods = f"{endpoint}_auth_methods_supported"
    with_jwt = [m for m in all_members(server) if methods in m.value and _BY_JWT & set(m.strings(methods))]
    if not with_jwt:
        raise NotApplicable(f"{methods} lists no method with a JWT")
    for members in with_jwt:
        name = f"{endpoint}_auth_signing_alg_values_supported"
        members.require(name, f"{methods} lists a method with a JWT")
        members.strings(name)


def _no_none(server: AuthorizationServer, endpoint: str) -> None:
    name = f"{endpoint}_auth_signing_alg_values_supported"
    refuse_value(holding(server, name), name, "none")


def _with_client_credentials(server: AuthorizationServer) -> list[Members]:
    name = "grant_types_supported"
    found = [m for m in all_members(server) if name in m.value and "client_credentials" in m.strings(name)]
    if not found:
        raise NotApplicable("the server does not offer the client credentials grant")
    return found
