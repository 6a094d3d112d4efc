"""The protected resource metadata as a document: RFC 9728, sections 1.2, 2, 3.2 and 7.10."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import unguessable
from conformance.client.discovery import PROTECTED_RESOURCE_SUFFIX
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Violation
from conformance.wire.addresses import split_url

_MULTI_VALUED = (
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "resource_signing_alg_values_supported",
    "authorization_details_types_supported",
    "dpop_signing_alg_values_supported",
)


@requirement("MCP-PRM-01")
def test_the_server_publishes_protected_resource_metadata(resource_server: ResourceServer) -> None:
    """A client without a token finds protected resource metadata whose resource is a URL.

    Control: a request without a token is refused, so there is something to protect.
    Means: no client can find out who issues tokens for this server: nobody can log in without settings made by hand.
    Fix: serve the RFC 9728 document at /.well-known/oauth-protected-resource followed by the path of the endpoint.
    """
    resource_server.require_protection()
    documents = resource_server.metadata_documents()
    if not documents:
        raise Violation("no protected resource metadata was found", expected="200 with an RFC 9728 document")
    resource_server.metadata().require("resource")
    resource_server.metadata().url("resource")


@requirement("RFC9728-1.2-a")
def test_the_resource_identifier_is_an_https_url_without_fragment(resource_server: ResourceServer) -> None:
    """The resource identifier is an https URL and has no fragment.

    Means: tokens for this resource may travel in clear, and a fragment never reaches the server that is meant.
    Fix: give resource as the https URL of the MCP endpoint, without anything after a #.
    """
    metadata = resource_server.metadata()
    resource = metadata.https("resource")
    if "#" in resource:
        raise Violation("the resource identifier has a fragment", expected="a URL without #", observed=repr(resource))


@requirement("RFC9728-1.2-b")
def test_the_resource_identifier_has_no_query(resource_server: ResourceServer) -> None:
    """The resource identifier has no query component.

    Means: metadata at the well-known URL and audiences of tokens are easily confused, since many programs drop queries.
    Fix: identify the resource by host and path alone.
    """
    resource = resource_server.metadata().string("resource")
    if "?" in resource:
        raise Violation("the resource identifier has a query", expected="a URL without ?", observed=repr(resource))


@requirement("RFC9728-2-a")
def test_every_metadata_document_names_its_resource(resource_server: ResourceServer) -> None:
    """Each protected resource metadata document of this server has a resource member.

    Means: a client can't tell whether the document is about the server it talks to, and has to throw it away.
    Fix: put the resource identifier, the URL of the MCP endpoint, into every document as resource.
    """
    resource_server.metadata_document()
    for document in resource_server.metadata_documents():
        if "resource" not in (document.response.json_object() or {}):
            observed = f"no resource at {document.url}"
            raise Violation("a metadata document has no resource", expected="resource present", observed=observed)


@requirement("RFC9728-3.2-a")
def test_metadata_is_answered_with_200(resource_server: ResourceServer) -> None:
    """The metadata comes with the status 200 and no other.

    Means: clients that look for 200, as the text tells them to, find no metadata and can't log in.
    Fix: answer the metadata request with 200.
    """
    expect(resource_server.metadata_document().response).has_status(200)


@requirement("RFC9728-3.2-b")
def test_metadata_is_served_as_json(resource_server: ResourceServer) -> None:
    """The metadata is a JSON object with the content type application/json.

    Means: clients that go by the content type don't read the document.
    Fix: send Content-Type: application/json.
    """
    expect(resource_server.metadata_document().response).has_media_type("application/json")


@requirement("RFC9728-3.2-d")
def test_members_without_a_value_are_left_out(resource_server: ResourceServer) -> None:
    """No member is null or an empty array, except that bearer_methods_supported may be empty.

    Means: clients read an empty list as "nothing is supported" and give up, where absence would mean "not said".
    Fix: leave out members that have no value.
    """
    for name, value in resource_server.metadata().value.items():
        if value is None or (value == [] and name != "bearer_methods_supported"):
            raise Violation(f"{name} has no value", expected=f"{name} left out", observed=f"{name}: {value!r}")


@requirement("RFC9728-3.2-d")
def test_members_with_several_values_are_arrays(resource_server: ResourceServer) -> None:
    """Every member that can have several values is a JSON array, also when it has one value.

    Means: clients that iterate over the value walk through the letters of a string, or break.
    Fix: write such members as arrays of strings.
    """
    metadata = resource_server.metadata()
    metadata.require("resource")
    for name in _MULTI_VALUED:
        if name in metadata.value and not isinstance(metadata.value[name], list):
            observed = f"{name}: {metadata.value[name]!r}"
            raise Violation(f"{name} is no array", expected=f"{name} as an array", observed=observed)


@requirement("RFC9728-3.2-e")
def test_an_unknown_resource_has_no_metadata(resource_server: ResourceServer) -> None:
    """The well-known URL of a path where nothing is gets an error status.

    Control: the metadata of this server is served.
    Means: clients take a catch-all answer for metadata of a resource that doesn't exist.
    Fix: answer 404 at well-known URLs of paths that are no protected resource.
    """
    resource_server.metadata_document()
    parts = split_url(resource_server.url)
    nowhere = f"{parts.scheme}://{parts.netloc}/.well-known/{PROTECTED_RESOURCE_SUFFIX}/{unguessable('no-such-path-')}"
    status = resource_server.wire.get(nowhere, ("Accept", "application/json")).status
    if status < 400:
        raise Violation("a path where nothing is has metadata", expected="a 4xx status", observed=str(status))


@requirement("RFC9728-7.10-a")
def test_metadata_may_be_cached_for_a_time(resource_server: ResourceServer) -> None:
    """The metadata says by Cache-Control: max-age how long it may be kept.

    Means: clients fetch the document anew every time, or keep an old one for longer than its owner wishes.
    Fix: send Cache-Control: max-age=... with the metadata.
    """
    response = resource_server.metadata_document().response
    if not any("max-age=" in value.lower() for value in response.all_headers("cache-control")):
        observed = f"Cache-Control: {response.header('cache-control')}"
        raise Violation("no max-age", expected="Cache-Control: max-age=<seconds>", observed=observed)


@requirement("MCP-RES-07")
def test_the_resource_identifier_has_no_bare_trailing_slash(resource_server: ResourceServer) -> None:
    """The resource identifier ends with a slash only if the URL of the endpoint does.

    Means: clients that compare identifiers as strings, as they must, see two resources where there is one.
    Fix: give the identifier without the slash at the end, and use that one form everywhere.
    """
    resource = resource_server.metadata().string("resource")
    is_origin = "/" not in resource.partition("://")[2].rstrip("/")
    if resource.endswith("/") and not is_origin and not resource_server.url.endswith("/"):
        expected = f"resource without a slash at its end, as in {resource_server.url}"
        raise Violation("resource has a trailing slash", expected=expected, observed=repr(resource))
