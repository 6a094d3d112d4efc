"""Finding the protected resource metadata: RFC 9728, 3, 3.3, 5.1 and 7.1, and what MCP adds."""

from conformance.catalogue import requirement
from conformance.client.discovery import PROTECTED_RESOURCE_SUFFIX, well_known
from conformance.client.refusal import NO_TOKEN, Refusal
from conformance.client.resource_server import ResourceServer, resource_metadata_of
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url


@requirement("MCP-PRM-02")
def test_the_metadata_names_an_authorization_server(resource_server: ResourceServer) -> None:
    """authorization_servers is there and holds at least one https URL.

    Means: a client that found the document still doesn't know where to send its user, and can't log in.
    Fix: list the issuer identifier of each authorization server that issues tokens for this server.
    """
    metadata = resource_server.metadata()
    metadata.require("authorization_servers", "MCP makes it mandatory")
    if not metadata.strings("authorization_servers"):
        raise Violation("authorization_servers is empty", expected="at least one issuer", observed="[]")
    metadata.each("authorization_servers", metadata.is_https, "https issuer identifiers")


@requirement("MCP-PRM-03")
def test_a_request_without_a_token_is_told_where_the_metadata_is(resource_server: ResourceServer) -> None:
    """The challenge to a request without a token has resource_metadata.

    Means: a client of this revision looks for the header only, and finds no authorization server without it.
    Fix: add resource_metadata="<URL of the RFC 9728 document>" to WWW-Authenticate of the 401.
    """
    _expect_resource_metadata(resource_server.refusals()[0])


@requirement("MCP-PRM-03")
def test_every_other_refusal_tells_where_the_metadata_is(resource_server: ResourceServer) -> None:
    """Each 401, also one for a token that is no good, has resource_metadata in its challenge.

    Means: a client whose token has expired or was revoked can't find the way to a new one.
    Fix: add resource_metadata to WWW-Authenticate of every 401, whatever its cause.
    """
    others = [r for r in resource_server.refusals() if r.credentials != NO_TOKEN and r.response.status == 401]
    if not others:
        raise NotApplicable("no other request without a good token was answered 401")
    for refusal in others:
        _expect_resource_metadata(refusal)


@requirement("MCP-PRM-04")
def test_a_client_finds_the_authorization_server(resource_server: ResourceServer) -> None:
    """By the challenge or by a well-known URL a client reaches a document that names an authorization server.

    Control: a request without a token is refused.
    Means: clients have no way to learn who issues tokens for this server.
    Fix: serve the metadata at the well-known URL, or name its URL in WWW-Authenticate as resource_metadata.
    """
    resource_server.require_protection()
    found = [resource_metadata_of(document) or {} for document in resource_server.metadata_documents()]
    if not any(members.get("resource") and members.get("authorization_servers") for members in found):
        raise Violation(
            "no metadata with resource and authorization_servers was found",
            expected="such a document where the challenge says, or at a well-known URL",
            observed=f"{len(found)} documents, none with both members",
        )


@requirement("RFC9728-3-a")
def test_metadata_is_at_the_url_built_from_the_resource_identifier(resource_server: ResourceServer) -> None:
    """The metadata is at the URL with the well-known string between host and path of the resource identifier.

    Means: clients and authorization servers that know only the identifier don't find the metadata.
    Fix: serve it there too, for https://host/mcp at https://host/.well-known/oauth-protected-resource/mcp.
    """
    resource = resource_server.metadata().value.get("resource")
    same_origin = isinstance(resource, str) and _origin(resource) == _origin(resource_server.url)
    url = well_known(resource if same_origin and isinstance(resource, str) else resource_server.url, _SUFFIX)
    document = resource_server.context.document(resource_server.wire, url)
    if not resource_metadata_of(document):
        observed = f"{document.response.status} ({document.response.media_type or 'no media type'})"
        raise Violation("no metadata at the well-known URL", expected=f"metadata at {url}", observed=observed)


@requirement("RFC9728-3-c")
def test_all_locations_of_the_metadata_say_the_same(resource_server: ResourceServer) -> None:
    """Where metadata of one resource is at several locations, the documents agree.

    Means: which authorization server a client trusts depends on the place where it happened to look.
    Fix: serve one document at all locations.
    """
    documents = resource_server.metadata_documents()
    found = {d.url: members for d in documents if (members := resource_metadata_of(d))}
    resource = resource_server.metadata().value.get("resource")
    same = {url: members for url, members in found.items() if members.get("resource") == resource}
    if len(same) < 2:
        raise NotApplicable("the metadata of this resource is at one location only")
    (first, wanted), *others = same.items()
    for url, members in others:
        differing = sorted(name for name in wanted.keys() | members.keys() if wanted.get(name) != members.get(name))
        if differing:
            observed = f"{url} differs in {', '.join(differing)}"
            raise Violation("two documents about one resource differ", expected=f"what {first} says", observed=observed)


@requirement("RFC9728-3.3-a")
def test_the_resource_is_the_one_that_the_well_known_url_is_built_from(resource_server: ResourceServer) -> None:
    """At each well-known URL of this server, resource equals the identifier from which that URL is built.

    Means: clients have to throw the document away: it could be an attacker's, sent to get tokens for another server.
    Fix: give resource character for character as clients call the server; mind slashes, case and ports.
    """
    origin, url = _origin(resource_server.url), resource_server.url
    # MCP has the metadata of an endpoint with a path at the root of the host too, so both identifiers stand there.
    built_from = {well_known(url, _SUFFIX): (url,), well_known(origin, _SUFFIX): (url, origin, f"{origin}/")}
    found = {d.url: members for d in resource_server.well_known_documents() if (members := resource_metadata_of(d))}
    named = {place: members["resource"] for place, members in found.items() if "resource" in members}
    if not named:
        raise NotApplicable("no well-known URL has a document with a resource")
    for place, resource in named.items():
        if resource not in built_from[place]:
            _raise_other_resource(place, built_from[place][0], resource)


@requirement("RFC9728-3.3-c")
def test_the_challenge_leads_to_metadata_of_the_requested_url(resource_server: ResourceServer, params: Params) -> None:
    """Metadata found through WWW-Authenticate has the URL that the client requested as its resource.

    Means: clients must not use the document, and those that do can be sent to an attacker's authorization server.
    Fix: let resource_metadata lead to a document whose resource is exactly the URL of the MCP endpoint.
    """
    found = {d.url: members for d in resource_server.challenged_documents() if (members := resource_metadata_of(d))}
    if not found:
        raise NotApplicable("no challenge leads to a metadata document")
    for place, members in found.items():
        resource, url = members.get("resource"), resource_server.url
        fits = resource == url or (params.prm_resource_match == "prefix" and _is_prefix(resource, url))
        if not fits:
            _raise_other_resource(place, url, resource)


@requirement("RFC9728-5.1-a")
def test_resource_metadata_is_the_url_of_the_metadata(resource_server: ResourceServer) -> None:
    """resource_metadata in a challenge is an absolute https URL, and the metadata is there.

    Means: clients follow the header first, and end up nowhere although the server has metadata.
    Fix: put the full https URL of the metadata into the header.
    """
    urls = resource_server.challenged_metadata_urls()
    if not urls:
        raise NotApplicable("no challenge has resource_metadata, which is optional")
    for url in urls:
        if not resource_server.described({}).is_https(url):
            raise Violation("resource_metadata is no https URL", expected="an absolute https URL", observed=repr(url))
    for document in resource_server.challenged_documents():
        if not resource_metadata_of(document):
            observed = f"{document.response.status} at {document.url}"
            raise Violation("resource_metadata leads nowhere", expected="the metadata there", observed=observed)


@requirement("RFC9728-7.1-a")
def test_metadata_is_served_over_tls(resource_server: ResourceServer) -> None:
    """The metadata is fetched over TLS 1.2 or later, and every URL that announces it is https.

    Means: whoever sits on the network can replace the document and name an authorization server of his own.
    Fix: serve the metadata over https with a certificate that clients trust, and name it by its https URL.
    """
    places = (*resource_server.challenged_metadata_urls(), resource_server.metadata_document().url)
    for place in places:
        if not resource_server.described({}).is_https(place):
            raise Violation("metadata is not announced over https", expected="an https URL", observed=repr(place))
    if not all(place.lower().startswith("https:") for place in places):
        raise NotApplicable("the target is on a loopback address over http, which the target file waives")


_SUFFIX = PROTECTED_RESOURCE_SUFFIX


def _expect_resource_metadata(refusal: Refusal) -> None:
    if refusal.parameter("resource_metadata") is None:
        expected = "WWW-Authenticate with resource_metadata"
        raise Violation("a 401 has no resource_metadata", expected=expected, observed=refusal.described())


def _raise_other_resource(place: str, wanted: str, resource: object) -> None:
    observed = f"resource {resource!r} at {place}"
    raise Violation("the metadata is about another resource", expected=f"resource {wanted!r}", observed=observed)


def _is_prefix(resource: object, url: str) -> bool:
    """Whether the identifier has the origin of the URL and a path that its path goes on from, at a slash."""
    if not isinstance(resource, str) or _origin(resource) != _origin(url):
        return False
    return url.startswith(resource.rstrip("/") + "/")


def _origin(url: str) -> str:
    """Scheme and authority; empty for what is no URL at all."""
    try:
        parts = split_url(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
