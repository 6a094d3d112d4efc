"""Departures from RFC 8414: metadata in the wrong place, of the wrong kind, or another server's."""

from dataclasses import replace
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.authorization_server.rules import Rules
from reference_impl.launcher import LaunchOptions
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant

_INSERTED = "/.well-known/oauth-authorization-server"
_OPENID = "/.well-known/openid-configuration"
_TENANT = "/t1"


class _OneDocumentDiffers(Rules):
    """The RFC 8414 document is altered; the OpenID document stays as it is."""

    def altered(self, document: dict[str, Any]) -> dict[str, Any]:
        return document

    def rfc8414_document(self) -> dict[str, Any]:
        return self.altered(self.authorization_server_metadata())


@mutant(
    kills={"RFC8414-2-a", "MCP-ASM-01", "RFC9700-2.6-a", "RFC9207-2.3-a"},
    story="The RFC 8414 document forgets to name its issuer.",
)
class MetadataWithoutIssuer(_OneDocumentDiffers):
    def altered(self, document: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in document.items() if name != "issuer"}


@mutant(
    kills={"RFC8414-3.3-a", "MCP-ASM-01", "RFC9700-2.6-a", "RFC9068-4-c"},
    story="A URL library adds a trailing slash to the issuer in the RFC 8414 document.",
)
class IssuerWithTrailingSlash(_OneDocumentDiffers):
    def altered(self, document: dict[str, Any]) -> dict[str, Any]:
        return document | {"issuer": f"{self.config.issuer}/"}


@mutant(
    kills={"OIDCD-3-b", "OIDCD-4.3-a", "RFC8414-2-b", "RFC8414-3.3-a", "RFC9068-4-c"},
    story="The OpenID document names the issuer with a fragment that tells the tenant.",
)
class IssuerWithFragment(Rules):
    def openid_configuration(self) -> dict[str, Any]:
        return super().openid_configuration() | {"issuer": f"{self.config.issuer}#tenant"}


@mutant(
    kills={"RFC8414-3.2-a", "MCP-ASM-01", "RFC9700-2.6-a"},
    story="A proxy that rewrites the RFC 8414 document answers with 203 Non-Authoritative Information.",
)
class MetadataWithStatus203(Rules):
    def metadata_status(self) -> int:
        return 203


@mutant(
    kills={"RFC8414-3.2-b", "MCP-ASM-01", "RFC9700-2.6-a"},
    story="The RFC 8414 document is a static file that the server takes for plain text.",
)
class MetadataAsPlainText(Rules):
    def metadata_media_type(self) -> str:
        return "text/plain"


@mutant(
    kills={"RFC8414-3.2-b", "MCP-ASM-01", "MCP-ASM-02", "RFC9700-2.6-a", "OIDCD-4.2-a"},
    story="Both documents are static files that the server takes for plain text.",
)
class EveryMetadataAsPlainText(MetadataAsPlainText):
    def openid_configuration_media_type(self) -> str:
        return "text/plain"


@mutant(
    kills={"OIDCD-4.2-b", "RFC8414-3.2-c"},
    story="A list of the metadata is written as one string with spaces in between.",
)
class ListAsString(Rules):
    def authorization_server_metadata(self) -> dict[str, Any]:
        return super().authorization_server_metadata() | {"prompt_values_supported": "none login consent"}


@mutant(
    kills={"RFC8414-3.2-d", "OIDCD-4.2-a"},
    story="The metadata holds a list for every feature, empty where there is nothing to list.",
)
class EmptyLists(Rules):
    def authorization_server_metadata(self) -> dict[str, Any]:
        return super().authorization_server_metadata() | {"claims_supported": []}


@mutant(
    kills={"RFC8414-3.2-f"},
    wraps="authorization_server",
    story="The metadata route ignores what follows, so every path has an issuer.",
)
def metadata_for_every_path(app: ASGIApp) -> ASGIApp:
    async def shortened(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{_INSERTED}/"):
            scope = {**scope, "path": _INSERTED}
        await app(scope, receive, send)

    return shortened


@mutant(
    kills={"RFC9068-4-c"},
    story="The OpenID document still names the token endpoint of an older version, which works as well.",
)
class DocumentsDisagree(Rules):
    def openid_configuration(self) -> dict[str, Any]:
        document = super().openid_configuration()
        return document | {"token_endpoint": f"{document['token_endpoint']}?version=1"}


@mutant(
    kills={"MCP-ASM-09", "MCP-ASM-11"},
    story="The MCP server leaves clients of 2025-03-26 without metadata and without default endpoints at its root.",
)
class NoMetadataAtTheMcpServer(McpServerRules):
    async def metadata_at_own_root(self) -> None:
        return None


def _moved(routes: dict[str, str | None], app: ASGIApp) -> ASGIApp:
    """The application with paths served under another one, or (None) nowhere."""

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in routes:
            scope = {**scope, "path": routes[scope["path"]] or "/nowhere"}
        await app(scope, receive, send)

    return moved


@mutant(
    kills={"RFC8414-3-a", "MCP-ASM-01", "RFC9700-2.6-a"},
    configures="launch",
    story="The RFC 8414 document of an issuer with a path is appended to that path, as OpenID Connect does it.",
)
def metadata_appended_to_the_issuer(options: LaunchOptions) -> LaunchOptions:
    def appended(app: ASGIApp) -> ASGIApp:
        return _moved({f"{_INSERTED}{_TENANT}": None, f"{_TENANT}{_INSERTED}": f"{_INSERTED}{_TENANT}"}, app)

    return replace(options, issuer_path=_TENANT, wrap_authorization_server=appended)


@mutant(
    kills={"RFC8414-5-a"},
    configures="launch",
    story="The OpenID document of an issuer with a path is in the appended place only.",
)
def openid_document_appended_only(options: LaunchOptions) -> LaunchOptions:
    def appended(app: ASGIApp) -> ASGIApp:
        return _moved({f"{_OPENID}{_TENANT}": None}, app)

    return replace(options, issuer_path=_TENANT, wrap_authorization_server=appended)


@mutant(
    kills={"RFC8414-5-a", "OIDCD-4-a"},
    configures="launch",
    story="The OpenID document of an issuer with a path is in the inserted place only.",
)
def openid_document_inserted_only(options: LaunchOptions) -> LaunchOptions:
    def inserted(app: ASGIApp) -> ASGIApp:
        return _moved({f"{_TENANT}{_OPENID}": None}, app)

    return replace(options, issuer_path=_TENANT, wrap_authorization_server=inserted)
