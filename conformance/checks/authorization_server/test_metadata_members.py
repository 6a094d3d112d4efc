"""What the members of authorization server metadata say: RFC 8414, section 2."""

import re
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.published import all_members, holding, judge_https
from conformance.expect import Members
from conformance.vocabulary import NotApplicable, Violation

_DEFAULT_GRANTS = ["authorization_code", "implicit"]
_URLS = (
    "registration_endpoint", "revocation_endpoint", "introspection_endpoint", "service_documentation",
    "op_policy_uri", "op_tos_uri",
)  # fmt: skip
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_RESPONSE_TYPE = re.compile(r"\w+( \w+)*", re.ASCII)
_CHALLENGE_METHODS = ("S256", "plain")


@requirement("RFC8414-2-a")
def test_issuer_is_present(authorization_server: AuthorizationServer) -> None:
    """The document names its issuer.

    Means: no client can tell whose document this is, and careful ones discard it.
    Fix: add the member issuer with the identifier that clients are given.
    """
    for members in all_members(authorization_server):
        members.require("issuer", "clients compare it with the one they asked for")
        members.string("issuer")


@requirement("RFC8414-2-b")
def test_issuer_is_https_without_query_or_fragment(authorization_server: AuthorizationServer) -> None:
    """The issuer is an https URL without query and fragment.

    Means: the well-known URL can't be built from it, or its document can be forged on the way.
    Fix: choose an https URL without ? and # as issuer.
    """
    for members in holding(authorization_server, "issuer"):
        issuer = members.url("issuer")
        if "?" in issuer or "#" in issuer:
            raise Violation("query or fragment", expected="neither ? nor # in issuer", observed=f"issuer: {issuer!r}")
        judge_https({"issuer": issuer}, waive_loopback_http=members.waive_loopback_http)


@requirement("RFC8414-2-c")
def test_authorization_endpoint_is_present(authorization_server: AuthorizationServer) -> None:
    """A server with a grant type that needs it names its authorization_endpoint.

    Means: clients don't know where to send the user.
    Fix: add authorization_endpoint.
    """
    applies = [m for m in all_members(authorization_server) if _uses_authorization_endpoint(m)]
    if not applies:
        raise NotApplicable("no grant type of grant_types_supported uses the authorization endpoint")
    for members in applies:
        members.require("authorization_endpoint", "a listed grant type uses it")
        members.url("authorization_endpoint")


@requirement("RFC8414-2-d")
def test_token_endpoint_is_present(authorization_server: AuthorizationServer) -> None:
    """A server that supports more than the implicit grant names its token_endpoint.

    Means: clients don't know where to get tokens.
    Fix: add token_endpoint.
    """
    applies = [m for m in all_members(authorization_server) if set(_grants(m)) != {"implicit"}]
    if not applies:
        raise NotApplicable("only the implicit grant is listed")
    for members in applies:
        members.require("token_endpoint", "a listed grant type uses it")
        members.url("token_endpoint")


@requirement("RFC8414-2-e")
def test_jwks_uri_is_https(authorization_server: AuthorizationServer) -> None:
    """The key set is at an https URL.

    Means: whoever sits on the way can exchange the keys and sign tokens of their own.
    Fix: publish the key set by https only.
    """
    for members in holding(authorization_server, "jwks_uri"):
        judge_https({"jwks_uri": members.url("jwks_uri")}, waive_loopback_http=members.waive_loopback_http)


@requirement("RFC8414-2-g")
def test_scopes_are_listed(authorization_server: AuthorizationServer) -> None:
    """scopes_supported is there and lists scopes.

    Means: clients have to guess what they may ask for, and often ask for everything or nothing.
    Fix: add scopes_supported (some scopes may be left out).
    """
    for members in all_members(authorization_server):
        members.require("scopes_supported", "it is recommended")
        members.strings("scopes_supported")


@requirement("RFC8414-2-i")
def test_response_types_are_listed(authorization_server: AuthorizationServer) -> None:
    """response_types_supported is there and holds response types as RFC 7591 writes them.

    Means: clients that read the member (it is required) refuse the document.
    Fix: add response_types_supported, for example ["code"].
    """
    applies = [m for m in all_members(authorization_server) if _uses_authorization_endpoint(m)]
    if not applies:
        raise NotApplicable("no grant type of grant_types_supported has a response type")
    for members in applies:
        members.require("response_types_supported")
        members.each("response_types_supported", _is_response_type, "names of response types, such as code")


@requirement("RFC8414-2-j")
def test_response_modes_are_an_array(authorization_server: AuthorizationServer) -> None:
    """response_modes_supported, if present, is an array of strings.

    Means: clients that look for query or form_post in it fail.
    Fix: write response_modes_supported as an array of strings.
    """
    for members in holding(authorization_server, "response_modes_supported"):
        members.strings("response_modes_supported")


@requirement("RFC8414-2-k")
def test_grant_types_fit_the_response_types(authorization_server: AuthorizationServer) -> None:
    """grant_types_supported, or its default (authorization_code and implicit), agrees with response_types_supported.

    Means: a document without the member claims the implicit grant, which clients and scanners take at its word.
    Fix: list the grant types that are really served.
    """
    for members in all_members(authorization_server):
        grants = members.strings("grant_types_supported") if "grant_types_supported" in members.value else None
        types = [set(str(t).split()) for t in _list(members, "response_types_supported")]
        shown = f"grant_types_supported: {grants or 'left out'}, response_types_supported: {types}"
        for grant, words in (("implicit", {"token", "id_token"}), ("authorization_code", {"code"})):
            if grant in (grants or _DEFAULT_GRANTS) and types and not any(words & each for each in types):
                raise Violation(f"{grant} has no response type", expected=f"no {grant}", observed=shown)


@requirement("RFC8414-2-u")
def test_code_challenge_methods_are_registered_ones(authorization_server: AuthorizationServer) -> None:
    """code_challenge_methods_supported holds registered methods, S256 among them.

    Means: clients look for the exact name S256 and refuse to go on without it.
    Fix: list S256, spelled so, and no private names.
    """
    for members in holding(authorization_server, "code_challenge_methods_supported"):
        name = "code_challenge_methods_supported"
        members.each(name, _CHALLENGE_METHODS.__contains__, "S256 (and perhaps plain)")
        if "S256" not in members.strings(name):
            raise Violation("no S256", expected="S256 listed", observed=f"{name}: {members.strings(name)!r}")


@requirement("RFC8414-2-x")
def test_optional_members_have_the_right_type(authorization_server: AuthorizationServer) -> None:
    """Optional endpoints and documentation links are absolute URLs, ui_locales_supported holds language tags.

    Means: clients that follow the link, or choose a language from the list, fail.
    Fix: write absolute http(s) URLs, and language tags as BCP 47 does (en-US, not en_US).
    """
    for members in holding(authorization_server, *_URLS, "ui_locales_supported"):
        for name in _URLS:
            if name in members.value:
                members.url(name)
        if "ui_locales_supported" in members.value:
            members.each("ui_locales_supported", _is_language_tag, "language tags such as en-US")


def _grants(members: Members) -> list[Any]:
    return _list(members, "grant_types_supported") or _DEFAULT_GRANTS


def _uses_authorization_endpoint(members: Members) -> bool:
    return bool({"authorization_code", "implicit"} & {str(grant) for grant in _grants(members)})


def _list(members: Members, name: str) -> list[Any]:
    value = members.value.get(name)
    return value if isinstance(value, list) else []


def _is_response_type(value: str) -> bool:
    return _RESPONSE_TYPE.fullmatch(value) is not None


def _is_language_tag(value: str) -> bool:
    return _LANGUAGE_TAG.fullmatch(value) is not None
