"""Which metadata a server has to publish: MCP per revision, RFC 9700 section 2.6, RFC 9068 section 4."""

from urllib.parse import urlunsplit

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.discovery import AUTHORIZATION_SERVER_SUFFIX, Document
from conformance.client.flow import AuthorizationFlow
from conformance.client.published import all_members, answers, published
from conformance.client.requests import form
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_COMPARED = (
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", "revocation_endpoint",
    "introspection_endpoint", "pushed_authorization_request_endpoint", "scopes_supported", "response_types_supported",
    "grant_types_supported", "token_endpoint_auth_methods_supported", "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported", "client_id_metadata_document_supported",
)  # fmt: skip


def _is_usable(document: Document, issuer: str) -> bool:
    """Whether a careful client can use that document: 200, a JSON object sent as such, and the issuer it asked for."""
    is_json = document.response.media_type == "application/json" and document.members is not None
    return is_json and (document.members or {}).get("issuer") == issuer


@requirement("MCP-ASM-01", "RFC9700-2.6-a")
def test_rfc8414_metadata_is_published(authorization_server: AuthorizationServer) -> None:
    """The RFC 8414 well-known URL gives metadata that a client can use: 200, application/json, the right issuer.

    Means: MCP clients find neither endpoints nor features of the server.
    Fix: publish RFC 8414 metadata at /.well-known/oauth-authorization-server.
    """
    document = authorization_server.rfc8414_document()
    if not _is_usable(document, authorization_server.issuer):
        observed = expect(document.response).described()
        raise Violation("no usable metadata", expected=f"metadata of the issuer at {document.url}", observed=observed)


@requirement("MCP-ASM-02")
def test_one_of_the_discovery_documents_is_usable(authorization_server: AuthorizationServer) -> None:
    """RFC 8414 metadata or an OpenID Connect Discovery document of this issuer is there.

    Means: MCP clients find neither endpoints nor features of the server.
    Fix: publish RFC 8414 metadata (or OpenID Connect Discovery) whose issuer is the one that clients know.
    """
    looked_at = answers(authorization_server)
    if not any(_is_usable(document, authorization_server.issuer) for document in looked_at):
        observed = "; ".join(f"{split_url(d.url).path}: {expect(d.response).described()}" for d in looked_at)
        raise Violation("no usable document", expected="metadata of this issuer at one place", observed=observed)


@requirement("MCP-ASM-11")
def test_metadata_is_at_the_root_of_the_mcp_server(authorization_server: AuthorizationServer) -> None:
    """The metadata is at the root of the host of the MCP server (MCP 2025-03-26 knows no other place).

    Means: clients of that version look there only, and fall back to default paths when they find nothing.
    Fix: serve /.well-known/oauth-authorization-server at the host of the MCP endpoint.
    """
    mcp_url = authorization_server.context.facts.mcp_url
    if mcp_url is None:
        raise NotApplicable("the target names no MCP server, from whose URL the base URL would be made")
    authorization_server.metadata_document()
    root = _at_root(mcp_url, f"/.well-known/{AUTHORIZATION_SERVER_SUFFIX}")
    document = authorization_server.context.document(authorization_server.wire, root)
    if not document.members or "issuer" not in document.members:
        observed = expect(document.response).described()
        raise Violation("no metadata there", expected=f"200 with metadata at {root}", observed=observed)


@requirement("MCP-ASM-09")
def test_without_metadata_the_default_paths_are_served(authorization_server: AuthorizationServer) -> None:
    """A server without metadata at the base URL has its endpoints at /authorize and /token there.

    The base URL is the MCP server's without its path.

    Control: another path of the same host is answered differently from /authorize.
    Means: clients can neither discover the endpoints nor find them where that version says they are.
    Fix: publish metadata; or serve /authorize, /token and /register at the root of the MCP server's host.
    """
    wire, context = authorization_server.wire, authorization_server.context
    base = context.facts.mcp_url or authorization_server.issuer
    root = context.document(wire, _at_root(base, f"/.well-known/{AUTHORIZATION_SERVER_SUFFIX}"))
    if "issuer" in (root.members or {}):
        raise NotApplicable("metadata is published at the base URL, so no default path is needed")
    nowhere = wire.get(_at_root(base, unguessable("/no-such-path-")))
    authorize = wire.get(_at_root(base, "/authorize"))
    if authorize.status in (404, nowhere.status) or authorize.status >= 500:
        raise Violation("no /authorize", expected="an OAuth endpoint", observed=expect(authorize).described())
    unknown_grant = form(_at_root(base, "/token"), [("grant_type", unguessable("unknown-"))])
    token = TokenAnswer(wire.send(unknown_grant.as_post()))
    if token.status not in (400, 401) or token.error is None:
        raise Violation("no /token", expected="an error answer of a token endpoint", observed=token.described())


@requirement("RFC9068-4-a")
def test_issuer_and_keys_of_jwt_tokens_are_published(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A server that issues JWT access tokens names issuer and jwks_uri in one of its metadata documents.

    Control: an authorization code grant gives a JWT.
    Means: resource servers have to be told keys and issuer by hand, and break when the keys change.
    Fix: publish jwks_uri next to issuer.
    """
    wanted = {"issuer", "jwks_uri"}
    if any(wanted <= members.value.keys() for members in all_members(authorization_server)):
        return
    if flow.grant().access_token.count(".") != 2:
        raise NotApplicable("the access tokens are no JWTs")
    missing = ", ".join(sorted(wanted - flow.metadata.keys()))
    raise Violation("not published", expected="issuer and jwks_uri", observed=f"missing: {missing}")


@requirement("RFC9068-4-c")
def test_both_documents_say_the_same(authorization_server: AuthorizationServer) -> None:
    """RFC 8414 metadata and OpenID Connect Discovery agree in the members that both have.

    Means: two clients of the same server use different endpoints or keys, depending on which document they read.
    Fix: make both documents from the same values.
    """
    found = published(authorization_server)
    if len(found) < 2:
        raise NotApplicable("only one metadata document is published")
    first = found[0].members.value
    for other in (each.members for each in found[1:]):
        for name in _COMPARED:
            if name in first and name in other.value and _comparable(first[name]) != _comparable(other.value[name]):
                observed = f"{first[name]!r} against {other.value[name]!r} in {other.document}"
                raise Violation(f"{name} differs", expected=f"the same {name}", observed=observed)


def _comparable(value: object) -> object:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def _at_root(url: str, path: str) -> str:
    parts = split_url(url)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
