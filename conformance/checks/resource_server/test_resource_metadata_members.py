"""The members of protected resource metadata: RFC 9728, section 2."""

from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.discovery import metadata_candidates
from conformance.client.mcp import is_result
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire.addresses import split_url

_SIGNATURE_ALGORITHMS = ("ES", "RS", "PS", "HS", "EdDSA", "Ed25519", "Ed448")
_ENCRYPTION_ALGORITHMS = ("RSA-OAEP", "RSA1_5", "ECDH-ES")


@requirement("RFC9728-2-b")
def test_authorization_servers_are_issuer_identifiers(resource_server: ResourceServer) -> None:
    """authorization_servers is an array of https URLs without query or fragment, as issuer identifiers are.

    Means: clients can't build the URL of the authorization server's metadata from such a value.
    Fix: list issuer identifiers exactly as the authorization servers write them.
    """
    metadata = resource_server.metadata()
    metadata.require("authorization_servers", "MCP makes it mandatory")
    metadata.each("authorization_servers", metadata.is_https, "https URLs")
    metadata.each("authorization_servers", lambda url: not {"?", "#"} & set(url), "URLs without query and fragment")


@requirement("RFC9728-2-b")
def test_each_authorization_server_has_metadata_for_that_issuer(resource_server: ResourceServer) -> None:
    """For each of the authorization servers there is metadata whose issuer is that very string.

    Means: clients refuse the authorization server, because its metadata is about another issuer.
    Fix: copy the issuer from the authorization server's metadata character for character.
    """
    metadata = resource_server.metadata()
    issuers = [issuer for issuer in metadata.strings("authorization_servers") if metadata.is_https(issuer)]
    if not issuers:
        raise NotApplicable("authorization_servers holds no https URL")
    for issuer in issuers[:3]:
        found = [_issuer_at(resource_server, url) for url in metadata_candidates(issuer)]
        if issuer not in found:
            observed = f"issuers found there: {', '.join(sorted({repr(i) for i in found if i})) or 'none'}"
            raise Violation("no metadata for a listed issuer", expected=f"issuer {issuer!r}", observed=observed)


@requirement("RFC9728-2-d")
def test_jwks_uri_is_https(resource_server: ResourceServer) -> None:
    """jwks_uri is an https URL.

    Means: the keys of the resource can be replaced by anybody on the network.
    Fix: give the https URL of the resource's JWK Set, or leave the member out.
    """
    resource_server.metadata().https("jwks_uri")


@requirement("RFC9728-2-e")
def test_keys_for_two_uses_say_which_is_for_what(resource_server: ResourceServer) -> None:
    """In a JWK Set with signing and encryption keys, every key has use.

    Means: others take a signing key for an encryption key or the other way round.
    Fix: add use with sig or enc to every key of the set.
    """
    metadata = resource_server.metadata()
    if not metadata.is_https(metadata.string("jwks_uri")):
        raise NotApplicable("jwks_uri is no https URL, see RFC9728-2-d")
    document = resource_server.context.document(resource_server.wire, metadata.string("jwks_uri"))
    keys = (document.members or {}).get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Violation("jwks_uri leads to no JWK Set", expected="an object with keys", observed=document.url)
    if not {"sig", "enc"} <= {_use_of(key) for key in keys}:
        raise NotApplicable("the set doesn't hold both signing and encryption keys")
    unmarked = [str(key.get("kid", "without kid")) for key in keys if key.get("use") not in ("sig", "enc")]
    if unmarked:
        raise Violation("a key has no use", expected="use sig or enc in every key", observed=f"key {unmarked[0]}")


@requirement("RFC9728-2-f")
def test_scopes_supported_is_present(resource_server: ResourceServer) -> None:
    """The metadata has scopes_supported.

    Means: a client without a scope in the challenge can't know what to ask for, and asks for nothing or for all.
    Fix: list the scopes that a client needs for the basic functions of this server.
    """
    resource_server.metadata().require("scopes_supported", "it is recommended")


@requirement("RFC9728-2-g")
def test_bearer_methods_are_known_ones(resource_server: ResourceServer) -> None:
    """bearer_methods_supported holds nothing but header, body and query.

    Means: clients don't know how to send the token.
    Fix: write header, the one method that MCP allows.
    """
    known = ("header", "body", "query")
    resource_server.metadata().each("bearer_methods_supported", lambda method: method in known, "header, body or query")


@requirement("RFC9728-2-g")
def test_the_query_method_works_where_it_is_announced(resource_server: ResourceServer) -> None:
    """If bearer_methods_supported names query, a token in the query is accepted.

    Control: the same token is accepted in the Authorization header.
    Means: clients that believe the metadata put tokens into URLs, where they leak, and are refused as well.
    Fix: take query out of bearer_methods_supported.
    """
    if "query" not in resource_server.metadata().strings("bearer_methods_supported"):
        raise NotApplicable("bearer_methods_supported doesn't name query")
    token = resource_server.control()
    good = resource_server.mcp.probe()
    query = f"{good.url}{'&' if split_url(good.url).query else '?'}access_token={token}"
    answer = resource_server.send(good.with_url(query, "token sent in the query instead of the header"))
    if not is_result(answer):
        observed = f"{expect(answer).described()} for a token in the query"
        raise Violation("query is announced but refused", expected="the request is processed", observed=observed)


@requirement("RFC9728-2-h")
def test_resource_signing_algorithms_do_not_include_none(resource_server: ResourceServer) -> None:
    """resource_signing_alg_values_supported does not hold none.

    Means: clients may take unsigned responses for signed ones.
    Fix: list real signature algorithms only.
    """
    name = "resource_signing_alg_values_supported"
    resource_server.metadata().each(name, lambda algorithm: algorithm.lower() != "none", "no algorithm none")


@requirement("RFC9728-2-i")
def test_resource_name_is_present(resource_server: ResourceServer) -> None:
    """The metadata has a resource_name, a string to show to people.

    Means: on consent pages and in clients people see a URL instead of a name.
    Fix: add resource_name with the name that your users know.
    """
    metadata = resource_server.metadata()
    metadata.require("resource_name", "it is recommended")
    metadata.string("resource_name")


@requirement("RFC9728-2-j")
def test_pages_for_people_are_urls(resource_server: ResourceServer) -> None:
    """resource_documentation, resource_policy_uri and resource_tos_uri are absolute URLs where they are given.

    Means: the links to documentation and terms that clients show lead nowhere.
    Fix: give full https URLs, or leave the members out.
    """
    metadata = resource_server.metadata()
    given = [n for n in ("resource_documentation", "resource_policy_uri", "resource_tos_uri") if n in metadata.value]
    if not given:
        raise NotApplicable("the metadata has none of the three members")
    for name in given:
        metadata.url(name)


@requirement("RFC9728-2-k")
def test_certificate_bound_tokens_is_true_or_false(resource_server: ResourceServer) -> None:
    """tls_client_certificate_bound_access_tokens is a JSON boolean.

    Means: the string "false" counts as true in many languages, so clients look for a certificate they don't need.
    Fix: write true or false without quotes.
    """
    resource_server.metadata().boolean("tls_client_certificate_bound_access_tokens")


@requirement("RFC9728-2-l")
def test_authorization_details_types_is_an_array_of_strings(resource_server: ResourceServer) -> None:
    """authorization_details_types_supported is an array of strings.

    Means: clients can't tell which authorization_details types they may ask for.
    Fix: list the type identifiers as strings in an array.
    """
    resource_server.metadata().strings("authorization_details_types_supported")


@requirement("RFC9728-2-m")
def test_dpop_algorithms_are_asymmetric(resource_server: ResourceServer) -> None:
    """dpop_signing_alg_values_supported is an array of asymmetric signature algorithms.

    Means: a proof that is unsigned or made with a shared key proves nothing about who holds the private key.
    Fix: list asymmetric algorithms such as ES256.
    """
    name = "dpop_signing_alg_values_supported"
    unfit = ("none", "hs")
    resource_server.metadata().each(name, lambda a: not a.lower().startswith(unfit), "asymmetric algorithms")


@requirement("RFC9728-2-n")
def test_dpop_bound_tokens_required_is_enforced(resource_server: ResourceServer) -> None:
    """dpop_bound_access_tokens_required is a boolean, and where it is true a bearer token is refused.

    Control: the refusal names the DPoP scheme, so it is about the missing proof.
    Means: a stolen token works without the key, although the server says it doesn't.
    Fix: refuse tokens without cnf and requests without a proof, or take the member out.
    """
    if not resource_server.metadata().boolean("dpop_bound_access_tokens_required"):
        raise NotApplicable("dpop_bound_access_tokens_required is false")
    unbound = ("Authorization", f"Bearer {resource_server.bearer_token()}")
    answer = resource_server.send(resource_server.mcp.probe().with_added_header(*unbound, "a token without a proof"))
    if is_result(answer):
        raise Violation("a bearer token is accepted", expected="401 with a DPoP challenge", observed="200")
    if answer.status != 401 or not any(challenge.is_scheme("DPoP") for challenge in expect(answer).challenges()):
        raise Inconclusive(f"a bearer token was answered {answer.status} without a DPoP challenge", root="token")


def _issuer_at(resource_server: ResourceServer, url: str) -> str | None:
    issuer = (resource_server.context.document(resource_server.wire, url).members or {}).get("issuer")
    return issuer if isinstance(issuer, str) else None


def _use_of(key: Mapping[str, Any]) -> str | None:
    """sig or enc as the key says it, or as its algorithm implies it; None where neither does."""
    algorithm = str(key.get("alg", ""))
    if key.get("use") in ("sig", "enc"):
        return str(key["use"])
    implied = "sig" if algorithm.startswith(_SIGNATURE_ALGORITHMS) else None
    return "enc" if algorithm.startswith(_ENCRYPTION_ALGORITHMS) else implied
