"""Departures of the protected resource metadata: where it is, what it is about, how it is served (RFC 9728)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.protected_resource_metadata import WELL_KNOWN, MetadataMember
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-PRM-01", "RFC9728-1.2-a", "RFC9728-3.3-a", "RFC9728-3.3-c"},
    story="The resource is given by the name it has in the configuration, not by its URL.",
)
class ResourceIsAName(McpServerRules):
    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        return resource.name


@mutant(
    kills={"MCP-PRM-01", "RFC9728-1.2-a", "RFC9728-3.3-a", "RFC9728-3.3-c"},
    story="Behind a TLS terminator the server takes itself for an http server and says so in resource.",
)
class ResourceIsPlainHttp(McpServerRules):
    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        return resource.uri.replace("https:", "http:")


@mutant(
    kills={"MCP-PRM-01", "RFC9728-1.2-a", "RFC9728-3.3-a", "RFC9728-3.3-c"},
    story="A fragment tells apart the MCP servers behind one URL.",
)
class ResourceHasFragment(McpServerRules):
    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        return f"{resource.uri}#tools"


@mutant(
    kills={"MCP-PRM-01", "RFC9728-1.2-b", "RFC9728-3.3-a", "RFC9728-3.3-c"},
    story="The tenant of the resource is a query parameter of its identifier.",
)
class ResourceHasQuery(McpServerRules):
    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        return f"{resource.uri}?tenant=1"


@mutant(
    kills={"MCP-PRM-01", "MCP-RES-07", "RFC9728-3-a", "RFC9728-3.3-a", "RFC9728-3.3-c"},
    story="A URL library puts a slash at the end of the resource identifier.",
)
class ResourceHasTrailingSlash(McpServerRules):
    def metadata_resource(self, resource: ProtectedResource) -> str | None:
        return f"{resource.uri}/"


@mutant(
    kills={"RFC9728-2-a"},
    story="A second document at the root of the host was written without resource.",
    wraps="mcp_server",
)
def root_metadata_without_resource(app: ASGIApp) -> ASGIApp:
    return _with_root_document(app, lambda _origin: {"authorization_servers": ["https://login.example"]})


@mutant(
    kills={"RFC9728-3-c"},
    story="The document at the root of the host still names the authorization server of last year.",
    wraps="mcp_server",
)
def root_metadata_out_of_date(app: ASGIApp) -> ASGIApp:
    return _with_root_document(
        app, lambda origin: {"resource": f"{origin}/mcp", "authorization_servers": ["https://old-login.example"]}
    )


@mutant(kills={"RFC9728-3.3-a"}, story="The root of the host serves the document of another resource.")
class RootServesAnotherResource(McpServerRules):
    def metadata_paths(self, resource: ProtectedResource) -> tuple[str, ...]:
        paths = super().metadata_paths(resource)
        return (*paths, WELL_KNOWN) if resource == self.config.echo_resource else paths


@mutant(
    kills={"RFC9728-3-a"},
    story="The well-known string is put behind the path of the resource, and the challenge says so.",
)
class WellKnownStringIsAppended(McpServerRules):
    def metadata_url(self, resource: ProtectedResource) -> str:
        return f"{resource.uri}{WELL_KNOWN}"

    def metadata_paths(self, resource: ProtectedResource) -> tuple[str, ...]:
        own = super().metadata_paths(resource)
        return (*own, WELL_KNOWN) if resource == self.config.mcp_resource else own


@mutant(kills={"RFC9728-3.2-a"}, story="A caching layer answers the metadata with 203.")
class ResourceMetadataIs203(McpServerRules):
    def metadata_status(self) -> int:
        return 203


@mutant(kills={"RFC9728-3.2-b"}, story="The metadata is served as a plain text file.")
class ResourceMetadataIsPlainText(McpServerRules):
    def metadata_content_type(self) -> str:
        return "text/plain"


@mutant(kills={"RFC9728-3.2-d"}, story="Members without a value are serialised as empty arrays.")
class EmptyResourceMembersAreKept(McpServerRules):
    def protected_resource_metadata(self, resource: ProtectedResource) -> dict[str, Any]:
        return super().protected_resource_metadata(resource) | {"regions_supported": []}


@mutant(kills={"RFC9728-3.2-d"}, story="scopes_supported is one string with spaces, as in a token.")
class ScopesAreOneString(McpServerRules):
    def metadata_members(self) -> tuple[tuple[str, MetadataMember], ...]:
        members = dict(super().metadata_members())
        return tuple((members | {"scopes_supported": lambda resource: " ".join(resource.scopes)}).items())


@mutant(
    kills={"RFC9728-3.2-e"},
    story="A catch-all route serves the metadata below the whole well-known path.",
    wraps="mcp_server",
)
def resource_metadata_for_every_path(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        everything = scope["type"] == "http" and scope["path"].startswith(f"{WELL_KNOWN}/")
        await app({**scope, "path": f"{WELL_KNOWN}/mcp"} if everything else scope, receive, send)

    return serve


@mutant(kills={"RFC9728-7.10-a"}, story="The metadata says nothing about caching.")
class ResourceMetadataWithoutMaxAge(McpServerRules):
    def metadata_cache_control(self) -> str | None:
        return None


@mutant(
    kills={"MCP-PRM-01", "MCP-PRM-02", "MCP-PRM-04", "RFC9728-2-b"},
    story="The metadata leaves authorization_servers out, since RFC 9728 calls it optional.",
)
class MetadataWithoutAuthorizationServers(McpServerRules):
    def metadata_authorization_servers(self, _resource: ProtectedResource) -> list[str] | None:
        return None


@mutant(
    kills={"MCP-PRM-01", "MCP-PRM-02", "RFC9728-2-b"},
    story="authorization_servers holds host names instead of issuer identifiers.",
)
class AuthorizationServersAreHosts(McpServerRules):
    def metadata_authorization_servers(self, _resource: ProtectedResource) -> list[str] | None:
        return [issuer.removeprefix("https://") for issuer in self.config.issuers]


@mutant(
    kills={"MCP-PRM-01", "RFC9728-2-b"}, story="The issuer is written with a slash that its own metadata doesn't have."
)
class ListedIssuerWithTrailingSlash(McpServerRules):
    def metadata_authorization_servers(self, _resource: ProtectedResource) -> list[str] | None:
        return [f"{issuer}/" for issuer in self.config.issuers]


@mutant(
    kills={"MCP-PRM-01", "RFC9728-3.3-c"}, story="Every challenge leads to the metadata of the neighbouring resource."
)
class ChallengeLeadsToAnotherResource(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, _resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        return super().resource_metadata_parameter(scheme, refusal, self.config.echo_resource, attempted)


@mutant(
    kills={"RFC9728-5.1-a"},
    story="For a bad token another code path builds the URL of the metadata, and forgets the path of the resource.",
)
class BadTokenLeadsNowhere(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().resource_metadata_parameter(scheme, refusal, resource, attempted)
        return f"{resource.origin}{WELL_KNOWN}" if refusal.error == "invalid_token" else usual


@mutant(
    kills={"RFC9728-5.1-a", "RFC9728-7.1-a"},
    story="For a bad token the URL of the metadata is built with the scheme that the server sees behind its proxy.",
)
class BadTokenLeadsToPlainHttp(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().resource_metadata_parameter(scheme, refusal, resource, attempted) or ""
        return usual.replace("https:", "http:") if refusal.error == "invalid_token" else usual


@mutant(kills={"MCP-PRM-03"}, story="The challenge to a bad token leaves resource_metadata out.")
class BadTokenWithoutResourceMetadata(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().resource_metadata_parameter(scheme, refusal, resource, attempted)
        return None if refusal.error == "invalid_token" else usual


@mutant(kills={"MCP-PRM-03"}, story="The first challenge leaves resource_metadata out; only a bad token earns it.")
class FirstChallengeWithoutResourceMetadata(McpServerRules):
    def resource_metadata_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().resource_metadata_parameter(scheme, refusal, resource, attempted)
        return None if refusal.error is None else usual


def _with_root_document(app: ASGIApp, document: Callable[[str], dict[str, Any]]) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != WELL_KNOWN:
            return await app(scope, receive, send)
        host = dict(scope["headers"])[b"host"].decode()
        return await JSONResponse(document(f"https://{host}"))(scope, receive, send)

    return serve
