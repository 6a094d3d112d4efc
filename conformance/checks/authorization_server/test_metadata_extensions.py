"""What extensions of OAuth add to the metadata: DPoP, RFC 9207, 9396 and 9728, client ID documents, grant profiles."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.published import all_members, holding
from conformance.client.requests import form
from conformance.expect import Members, TokenAnswer
from conformance.vocabulary import NotApplicable, Violation

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ID_JAG = "urn:ietf:params:oauth:grant-profile:id-jag"
_ISS_FLAG = "authorization_response_iss_parameter_supported"
_CIMD_FLAG = "client_id_metadata_document_supported"


@requirement("RFC9449-5.1-a")
def test_dpop_algorithms_are_asymmetric(authorization_server: AuthorizationServer) -> None:
    """dpop_signing_alg_values_supported lists signature algorithms, neither none nor an HMAC.

    Means: proofs signed so could be made by anybody, or clients choose an algorithm that is refused.
    Fix: list asymmetric algorithms such as ES256 only.
    """
    for members in holding(authorization_server, "dpop_signing_alg_values_supported"):
        members.each("dpop_signing_alg_values_supported", _is_asymmetric, "asymmetric algorithms, such as ES256")


@requirement("EXTDPOP-04")
def test_dpop_is_announced_with_usable_algorithms(authorization_server: AuthorizationServer) -> None:
    """A server with DPoP announces it by a list of asymmetric algorithms that is not empty.

    Means: MCP clients can't see that DPoP is possible, or sign proofs that prove nothing.
    Fix: list asymmetric algorithms such as ES256 in dpop_signing_alg_values_supported.
    """
    for members in holding(authorization_server, "dpop_signing_alg_values_supported"):
        name = "dpop_signing_alg_values_supported"
        members.each(name, _is_asymmetric, "asymmetric algorithms, such as ES256")
        if not members.strings(name):
            raise Violation("no algorithm", expected="at least one algorithm", observed=f"{name}: []")


@requirement("OAUTH21-1.4.3-a", "RFC9700-2.2.1-a")
def test_sender_constrained_tokens_are_announced(authorization_server: AuthorizationServer) -> None:
    """The metadata announces DPoP or certificate-bound access tokens.

    Means: a stolen access token works for whoever has it.
    Fix: support DPoP and list its algorithms in dpop_signing_alg_values_supported.
    """
    _announces_sender_constraint(authorization_server)


@requirement("RFC9207-2.3-a")
def test_clients_are_told_the_issuer_that_comes_back(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A server that sends iss gives clients its issuer identifier, by whichever metadata document they read.

    Control: the authorization request is granted.
    Means: clients have nothing to compare iss with, so it protects nobody from mix-up.
    Fix: publish the issuer in the metadata.
    """
    if flow.control(flow.authorization_request()).iss is None:
        raise NotApplicable("authorization responses carry no iss")
    for members in all_members(authorization_server):
        members.require("issuer", "clients compare iss with it")


@requirement("RFC9207-3-a")
def test_the_iss_flag_is_a_boolean(authorization_server: AuthorizationServer) -> None:
    """authorization_response_iss_parameter_supported is true or false.

    Means: clients read a string or number as false, or as true even when it says "false".
    Fix: write the JSON literal true.
    """
    for members in holding(authorization_server, _ISS_FLAG):
        members.boolean(_ISS_FLAG)


@requirement("RFC9207-2.3-c", "MCP-ISS-03")
def test_a_server_that_sends_iss_announces_it(flow: AuthorizationFlow) -> None:
    """When authorization responses carry iss, the metadata flag for it is true.

    Control: the authorization request is granted.
    Means: clients don't insist on iss, so an attacker can leave it out (mix-up).
    Fix: add authorization_response_iss_parameter_supported: true.
    """
    _iss_is_announced(flow)


@requirement("CIMD-6-a")
def test_the_flag_of_client_id_documents_is_a_boolean(authorization_server: AuthorizationServer) -> None:
    """client_id_metadata_document_supported, if present, is true or false.

    Means: clients don't recognise that they may come with a URL as client_id.
    Fix: write the JSON literal true.
    """
    for members in holding(authorization_server, _CIMD_FLAG):
        members.boolean(_CIMD_FLAG)


@requirement("MCP-REG-02")
def test_client_id_documents_are_announced(authorization_server: AuthorizationServer) -> None:
    """The metadata says that client ID metadata documents are supported.

    Means: a client that the server doesn't know can't introduce itself by a URL, and needs an administrator.
    Fix: support client ID metadata documents and add client_id_metadata_document_supported: true.
    """
    for members in all_members(authorization_server):
        if members.value.get(_CIMD_FLAG) is not True:
            observed = f"{_CIMD_FLAG}: {members.value.get(_CIMD_FLAG)!r} in {members.document}"
            raise Violation("not announced", expected=f"{_CIMD_FLAG}: true", observed=observed)


@requirement("RFC9728-4-a")
def test_the_listed_resources_include_this_one(authorization_server: AuthorizationServer) -> None:
    """protected_resources, if present, lists the resource for which this server issues tokens.

    Means: a client that compares both documents takes the MCP server for a foreign one.
    Fix: add the resource's identifier, exactly as its own metadata has it, to protected_resources.
    """
    resource = authorization_server.resource
    for members in holding(authorization_server, "protected_resources"):
        if resource is None:
            raise NotApplicable("the target names no resource")
        listed = members.strings("protected_resources")
        if resource not in listed:
            raise Violation("the resource is missing", expected=f"{resource} listed", observed=f"{listed!r}"[:300])


@requirement("RFC9396-10-a")
def test_authorization_details_types_are_an_array(authorization_server: AuthorizationServer) -> None:
    """authorization_details_types_supported, if present, is an array of strings.

    Means: clients can't tell which kinds of authorization_details they may ask for.
    Fix: write an array of type names.
    """
    for members in holding(authorization_server, "authorization_details_types_supported"):
        members.strings("authorization_details_types_supported")


@requirement("EXTEMA-10")
def test_identity_assertions_are_announced_whole(authorization_server: AuthorizationServer) -> None:
    """The grant profile id-jag is listed together with the grant type jwt-bearer that carries it.

    Means: enterprise clients don't see that they may come with an identity assertion, or how to present it.
    Fix: list id-jag in authorization_grant_profiles_supported and jwt-bearer in grant_types_supported.
    """
    names = ("authorization_grant_profiles_supported", "grant_types_supported")
    profile, grant = [
        any(value in members.strings(name) for members in all_members(authorization_server) if name in members.value)
        for name, value in zip(names, (_ID_JAG, _JWT_BEARER), strict=True)
    ]
    if not profile and not grant:
        raise NotApplicable("neither the grant profile id-jag nor the grant type jwt-bearer is announced")
    if not profile or not grant:
        missing = f"{names[1]} without jwt-bearer" if profile else f"{names[0]} without id-jag"
        raise Violation("half announced", expected="id-jag and jwt-bearer", observed=missing)


@requirement("EXTWIF-02")
def test_the_jwt_bearer_grant_is_announced(authorization_server: AuthorizationServer) -> None:
    """A server that accepts JWT assertions as grants lists jwt-bearer among its grant types.

    Means: workloads with a token of their platform don't see that they can exchange it here.
    Fix: add urn:ietf:params:oauth:grant-type:jwt-bearer to grant_types_supported.
    """
    members = authorization_server.metadata()
    if "grant_types_supported" in members.value and _JWT_BEARER in members.strings("grant_types_supported"):
        return
    given = authorization_server.context.facts.clients
    flow = authorization_server.flow(next((client for client in given if _JWT_BEARER in client.grant_types), None))
    pairs = [("grant_type", _JWT_BEARER), ("assertion", "e30.e30.AA"), ("scope", flow.scope)]
    answer = TokenAnswer(flow.wire.send(flow.authenticated(form(flow.endpoint("token_endpoint"), pairs)).as_post()))
    if answer.error != "invalid_grant":
        raise NotApplicable("jwt-bearer is not announced, and the token endpoint does not know it")
    raise Violation("not announced", expected=f"{_JWT_BEARER} listed", observed=f"accepted: {answer.described()}")


def _is_asymmetric(algorithm: str) -> bool:
    return algorithm.lower() != "none" and not algorithm.upper().startswith("HS")


def _announces_sender_constraint(server: AuthorizationServer) -> None:
    def announced(members: Members) -> bool:
        bound = members.value.get("tls_client_certificate_bound_access_tokens")
        return bool(members.value.get("dpop_signing_alg_values_supported")) or bound is True

    if not any(announced(members) for members in all_members(server)):
        raise Violation("bearer tokens only", expected="DPoP or mutual TLS announced", observed="neither member")


def _iss_is_announced(flow: AuthorizationFlow) -> None:
    if flow.control(flow.authorization_request()).iss is None:
        raise NotApplicable("authorization responses carry no iss")
    if flow.metadata.get(_ISS_FLAG) is not True:
        observed = f"iss in the response, {_ISS_FLAG}: {flow.metadata.get(_ISS_FLAG)!r}"
        raise Violation("iss is not announced", expected=f"{_ISS_FLAG}: true", observed=observed)
