"""OpenID Connect Discovery, where a server publishes such a document; MCP accepts it in place of RFC 8414."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.discovery import appended_openid
from conformance.client.published import judge_https, openid_configuration, openid_members
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_REQUIRED = (
    "issuer", "authorization_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported",
    "id_token_signing_alg_values_supported",
)  # fmt: skip
_URLS = (
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "registration_endpoint", "jwks_uri",
)  # fmt: skip
_ASSERTION_ALGORITHMS = "token_endpoint_auth_signing_alg_values_supported"
_MARK_OF_OPENID = "subject_types_supported"


@requirement("OIDCD-3-a")
def test_the_openid_document_has_its_required_members(authorization_server: AuthorizationServer) -> None:
    """The document has every member that OpenID Connect Discovery requires.

    Means: OpenID Connect libraries, with which many clients read this document, refuse it.
    Fix: add the missing members, or publish RFC 8414 metadata only.
    """
    members = openid_members(authorization_server)
    grants = members.value.get("grant_types_supported")
    needed = _REQUIRED if grants == ["implicit"] else (*_REQUIRED, "token_endpoint")
    missing = [name for name in needed if name not in members.value]
    if missing:
        listed = ", ".join(missing)
        raise Violation(f"no {missing[0]}", expected="every required member", observed=f"missing: {listed}")


@requirement("OIDCD-3-b")
def test_the_openid_document_names_https_urls(authorization_server: AuthorizationServer) -> None:
    """issuer, the endpoints and jwks_uri are https URLs, issuer without query and fragment.

    Means: whoever sits on the way reads credentials and tokens, or exchanges keys.
    Fix: publish https URLs; a proxy in front of the server has to tell it that clients come by https.
    """
    members = openid_members(authorization_server)
    issuer = split_url(str(members.value.get("issuer", "")))
    if issuer.query or issuer.fragment:
        observed = f"issuer: {issuer.geturl()[:200]!r}"
        raise Violation("not the URL of an issuer", expected="no query and no fragment", observed=observed)
    urls = {name: members.url(name) for name in _URLS if name in members.value}
    judge_https(urls, waive_loopback_http=members.waive_loopback_http)


@requirement("OIDCD-3-c")
def test_the_openid_document_lists_rs256_for_id_tokens(authorization_server: AuthorizationServer) -> None:
    """id_token_signing_alg_values_supported has RS256.

    Means: OpenID Connect clients that know the one algorithm which every provider has to support can't log in.
    Fix: support RS256 for ID tokens beside what you prefer, and list it.
    """
    _lists_rs256(authorization_server, "id_token_signing_alg_values_supported")


@requirement("OIDCD-3-d")
def test_the_openid_document_offers_no_unsigned_assertions(authorization_server: AuthorizationServer) -> None:
    """token_endpoint_auth_signing_alg_values_supported does not have none.

    Means: an unsigned assertion would authenticate anybody as any client.
    Fix: remove none from the list, and refuse it.
    """
    listed = openid_members(authorization_server).strings(_ASSERTION_ALGORITHMS)
    if "none" in listed:
        raise Violation("none is listed", expected="signing algorithms only", observed=repr(listed))


@requirement("OIDCD-3-e")
def test_the_openid_document_lists_rs256_for_assertions(authorization_server: AuthorizationServer) -> None:
    """token_endpoint_auth_signing_alg_values_supported has RS256.

    Means: clients whose keys are RSA keys, the most common kind, can't authenticate.
    Fix: support RS256 and list it.
    """
    _lists_rs256(authorization_server, _ASSERTION_ALGORITHMS)


@requirement("OIDCD-4-a")
def test_the_openid_document_is_below_the_issuer(authorization_server: AuthorizationServer) -> None:
    """The document is at the issuer with /.well-known/openid-configuration appended.

    Means: OpenID Connect clients, which know this place only, don't find it.
    Fix: serve it below the issuer's path too, not only with the well-known string inserted before the path.
    """
    document, own = openid_configuration(authorization_server), appended_openid(authorization_server.issuer)
    if document.url == own:
        return
    if _MARK_OF_OPENID not in (document.members or {}):
        raise NotApplicable("openid-configuration is used as a well-known suffix of RFC 8414, not for OpenID Connect")
    raise Violation("not below the issuer", expected=own, observed=document.url)


@requirement("OIDCD-4.2-a")
def test_the_openid_document_is_clean_json(authorization_server: AuthorizationServer) -> None:
    """The document comes with 200 as application/json and without empty arrays.

    Means: strict clients refuse to parse it, or read an empty list where a default holds.
    Fix: send Content-Type: application/json and leave out members without values.
    """
    document = openid_configuration(authorization_server)
    expect(document.response).has_status(200).has_media_type("application/json")
    empty = sorted(name for name, value in (document.members or {}).items() if value == [])
    if empty:
        raise Violation(f"{empty[0]} is empty", expected="no empty arrays", observed=f"empty: {', '.join(empty)}")


@requirement("OIDCD-4.2-b")
def test_lists_of_the_openid_document_are_arrays(authorization_server: AuthorizationServer) -> None:
    """No ...s_supported member is a string: several values are a JSON array, also when there is one.

    Means: clients that look for a value in a list fail, or find it as part of a string.
    Fix: write lists as JSON arrays.
    """
    members = openid_members(authorization_server)
    texts = sorted(name for name, v in members.value.items() if name.endswith("s_supported") and isinstance(v, str))
    if texts:
        raise Violation(f"{texts[0]} is a string", expected="arrays", observed=f"strings: {', '.join(texts)}")


@requirement("OIDCD-4.3-a")
def test_the_openid_issuer_is_the_one_asked_for(authorization_server: AuthorizationServer) -> None:
    """The issuer in the document is exactly the one from which its URL was built.

    Means: every careful client discards this document; a careless one can be led to another server (mix-up).
    Fix: return the configured issuer as clients know it: same case, same port, same trailing slash.
    """
    returned = openid_members(authorization_server).present("issuer")
    if returned != authorization_server.issuer:
        wanted = f"issuer: {authorization_server.issuer!r}"
        raise Violation("another issuer", expected=wanted, observed=f"issuer: {str(returned)[:200]!r}")


@requirement("MCP-SEC-11")
def test_the_openid_document_lists_code_challenge_methods(authorization_server: AuthorizationServer) -> None:
    """The document has code_challenge_methods_supported, although OpenID Connect Discovery doesn't define it.

    Means: an MCP client that reads this document has to refuse the server.
    Fix: add code_challenge_methods_supported with S256.
    """
    members = openid_members(authorization_server)
    members.require("code_challenge_methods_supported", "MCP clients refuse to go on without it")
    if "S256" not in members.strings("code_challenge_methods_supported"):
        listed = repr(members.strings("code_challenge_methods_supported"))
        raise Violation("no S256", expected="S256 listed", observed=listed)


def _lists_rs256(server: AuthorizationServer, name: str) -> None:
    listed = openid_members(server).strings(name)
    if "RS256" not in listed:
        raise Violation("no RS256", expected=f"RS256 in {name}", observed=repr(listed))
