"""Where and how authorization server metadata is published: RFC 8414, sections 3 and 5."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.discovery import (
    AUTHORIZATION_SERVER_SUFFIX,
    OPENID_SUFFIX,
    metadata_candidates,
    well_known,
)
from conformance.client.published import all_members, answers, holding, published
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_FLAGS = tuple(f"_{what}_supported" for what in ("parameter", "document", "logout", "session"))
"""How the names of members with one true or false end, in the registry of metadata names."""


@requirement("RFC8414-3-a")
def test_the_well_known_string_stands_between_host_and_path(authorization_server: AuthorizationServer) -> None:
    """The document is at the URL made by inserting the well-known string between host and path of the issuer.

    Means: clients that build the URL as RFC 8414 says get nothing and can't log anybody in.
    Fix: serve the document at /.well-known/oauth-authorization-server followed by the issuer's path.
    """
    inserted = metadata_candidates(authorization_server.issuer)[0]
    if any(each.document.url == inserted for each in published(authorization_server)):
        return
    appended = f"{authorization_server.issuer.rstrip('/')}/.well-known/{AUTHORIZATION_SERVER_SUFFIX}"
    if appended != inserted and authorization_server.wire.get(appended).json_object():
        raise Violation("the well-known string is appended", expected=inserted, observed=f"metadata at {appended}")
    raise NotApplicable("the server publishes its metadata by OpenID Connect Discovery only")


@requirement("RFC8414-3.2-a")
def test_metadata_is_answered_with_200(authorization_server: AuthorizationServer) -> None:
    """A metadata document comes with the status 200.

    Means: clients take any other status as "there is no metadata" and go on to guess, or give up.
    Fix: answer the well-known URL with 200.
    """
    for each in published(authorization_server):
        expect(each.document.response).has_status(200)


@requirement("RFC8414-3.2-b")
def test_metadata_is_json_and_says_so(authorization_server: AuthorizationServer) -> None:
    """The document is a JSON object with the content type application/json.

    Means: strict clients refuse to parse the answer, and browsers may show it as a page.
    Fix: send Content-Type: application/json and one JSON object that names no member twice.
    """
    for answer in answers(authorization_server):
        response = answer.response
        claims_json = response.status == 200 and response.media_type == "application/json"
        if claims_json and response.json_object() is None:
            raise Violation("not a JSON object", expected="one JSON object", observed=response.text[:80])
    for each in published(authorization_server):
        expect(each.document.response).has_media_type("application/json")


@requirement("RFC8414-3.2-c")
def test_members_with_several_values_are_arrays(authorization_server: AuthorizationServer) -> None:
    """Every ..._supported member that lists values is a JSON array.

    Means: clients that look for a value in a list fail, or find it as part of a string.
    Fix: write lists as JSON arrays, also when they have one value.
    """
    for members in all_members(authorization_server):
        for name, value in members.value.items():
            is_flag = name.endswith(_FLAGS) or isinstance(value, bool)
            if name.endswith("_supported") and not is_flag:
                members.strings(name)


@requirement("RFC8414-3.2-d")
def test_no_member_is_an_empty_array(authorization_server: AuthorizationServer) -> None:
    """Members without values are left out.

    Means: for a client an empty list and a missing one differ: it reads "nothing is supported" where a default holds.
    Fix: leave out members that would be empty arrays.
    """
    for members in all_members(authorization_server):
        empty = sorted(name for name, value in members.value.items() if value == [])
        if empty:
            raise Violation(f"{empty[0]} is empty", expected="no empty arrays", observed=f"empty: {', '.join(empty)}")


@requirement("RFC8414-3.2-f")
def test_an_unknown_issuer_has_no_metadata(authorization_server: AuthorizationServer) -> None:
    """The well-known URL of an issuer that doesn't exist is answered with an error status.

    Control: the well-known URL of the real issuer gives its document.
    Means: clients of another tenant are given this server's document in place of an error.
    Fix: answer 404 for issuer paths that are not yours.
    """
    authorization_server.metadata_document()
    stranger = f"{authorization_server.issuer.rstrip('/')}/{unguessable('no-such-issuer-')}"
    response = authorization_server.wire.get(well_known(stranger, AUTHORIZATION_SERVER_SUFFIX))
    if (response.json_object() or {}).get("issuer") == stranger and response.status == 200:
        raise NotApplicable("the server has an issuer at every path")
    if not 400 <= response.status < 500:
        raise Violation("no fitting error status", expected="404", observed=expect(response).described())


@requirement("RFC8414-3.3-a")
def test_the_issuer_is_the_one_that_was_asked_for(authorization_server: AuthorizationServer) -> None:
    """The issuer in the document is, character by character, the one from which its URL was built.

    Means: every careful client discards this document; a careless one can be led to another server (mix-up).
    Fix: return the configured issuer as clients know it: same case, same port, same trailing slash.
    """
    for members in holding(authorization_server, "issuer"):
        returned = members.value["issuer"]
        if returned != authorization_server.issuer:
            wanted = f"issuer: {authorization_server.issuer!r}"
            raise Violation("another issuer", expected=wanted, observed=f"issuer: {str(returned)[:200]!r}")


@requirement("RFC8414-5-a")
def test_a_path_issuer_answers_at_both_openid_places(authorization_server: AuthorizationServer) -> None:
    """A server that publishes openid-configuration does so in the inserted and the appended form.

    For an issuer without a path both are the same URL.
    Means: clients find the document or not, depending on which of the two rules they follow.
    Fix: serve the same document under both URLs.
    """
    places = {url for url in metadata_candidates(authorization_server.issuer) if f"/{OPENID_SUFFIX}" in url}
    found = {each.document.url for each in published(authorization_server)} & places
    if not found:
        raise NotApplicable("the server publishes no openid-configuration")
    if found != places:
        raise Violation("one form only", expected=" and ".join(sorted(places)), observed=", ".join(sorted(found)))
