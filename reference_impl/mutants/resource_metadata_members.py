"""Departures of single members of the protected resource metadata (RFC 9728, section 2)."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mcp_server.rules.protected_resource_metadata import WELL_KNOWN
from reference_impl.mutants.registry import mutant


class OneMoreMember(McpServerRules):
    """The reference with `added` among the members of its metadata."""

    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        """Names and values of what is added."""
        raise NotImplementedError

    def protected_resource_metadata(self, resource: ProtectedResource) -> dict[str, Any]:
        return super().protected_resource_metadata(resource) | self.added(resource)


@mutant(kills={"RFC9728-2-d"}, story="The keys of the resource are at a plain http URL inside the company.")
class ResourceJwksUriIsPlainHttp(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"jwks_uri": "http://keys.internal.example/resource.json"}


@mutant(
    kills={"RFC9728-2-e"},
    story="The key set of the resource has an encryption key and a signing key, and the latter doesn't say so.",
    wraps="mcp_server",
)
def signing_key_without_use(app: ASGIApp) -> ASGIApp:
    keys = [
        {"kty": "RSA", "kid": "seal", "use": "enc", "alg": "RSA-OAEP-256", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "kid": "sign", "alg": "ES256", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
    ]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if path == "/resource-jwks.json":
            return await JSONResponse({"keys": keys})(scope, receive, send)
        if path == f"{WELL_KNOWN}/mcp":
            origin = f"https://{dict(scope['headers'])[b'host'].decode()}"
            return await app(scope, receive, _with_member(send, "jwks_uri", f"{origin}/resource-jwks.json"))
        return await app(scope, receive, send)

    return serve


@mutant(kills={"RFC9728-2-f"}, story="The metadata says nothing about scopes.")
class ResourceMetadataWithoutScopes(McpServerRules):
    def metadata_scopes_supported(self, _resource: ProtectedResource) -> list[str] | None:
        return None


@mutant(kills={"RFC9728-2-g"}, story="bearer_methods_supported has a method that only this server knows.")
class UnknownBearerMethod(McpServerRules):
    def metadata_bearer_methods_supported(self, _resource: ProtectedResource) -> list[str] | None:
        return ["header", "cookie"]


@mutant(
    kills={"RFC6750-2.3-d", "RFC9728-2-g"}, story="bearer_methods_supported was copied from an example and names query."
)
class QueryMethodIsAnnouncedOnly(McpServerRules):
    def metadata_bearer_methods_supported(self, _resource: ProtectedResource) -> list[str] | None:
        return ["header", "query"]


@mutant(kills={"RFC9728-2-h"}, story="none is among the algorithms of signed responses.")
class ResponsesMayBeUnsigned(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"resource_signing_alg_values_supported": ["ES256", "none"]}


@mutant(kills={"RFC9728-2-i"}, story="The metadata has no name to show to people.")
class ResourceWithoutName(McpServerRules):
    def metadata_resource_name(self, resource: ProtectedResource) -> str | None:
        return None


@mutant(kills={"RFC9728-2-j"}, story="resource_documentation is the path of the page.")
class DocumentationIsAPath(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"resource_documentation": "/docs"}


@mutant(kills={"RFC9728-2-k"}, story="A boolean member comes from an environment variable, as a string.")
class CertificateBindingIsAString(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"tls_client_certificate_bound_access_tokens": "false"}


@mutant(kills={"RFC9728-2-l"}, story="The authorization details types are an object with a description each.")
class AuthorizationDetailsTypesAreAnObject(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"authorization_details_types_supported": [{"type": "tool_call", "description": "one tool"}]}


@mutant(kills={"RFC9728-2-m"}, story="Every algorithm of the library is listed for DPoP, symmetric ones included.")
class DpopAlgorithmsAreSymmetric(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"dpop_signing_alg_values_supported": ["ES256", "HS256"]}


@mutant(kills={"RFC9728-2-n"}, story="The metadata demands DPoP, but bearer tokens are accepted.")
class DpopIsDemandedOnPaper(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"dpop_bound_access_tokens_required": True}


@mutant(kills={"RFC9728-2.1-a"}, story="The name of a language stands where its tag belongs.")
class LanguageIsSpeltOut(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"resource_name#traditional_chinese": "Demo"}


@mutant(kills={"RFC9728-2.1-b"}, story="The terms are linked in French only.")
class ResourceTermsInOneLanguageOnly(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"resource_tos_uri#fr": "https://mcp.example/conditions"}


@mutant(kills={"RFC9728-2.1-b"}, story="Language tags are written in upper case.")
class ResourceLanguageTagInUpperCase(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"resource_name#PT-BR": "Servidor"}


@mutant(kills={"RFC9728-2.2-a"}, story="signed_metadata is a JWT with the algorithm none.")
class SignedResourceMetadataIsUnsigned(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"signed_metadata": _jwt({"alg": "none"}, {"iss": resource.origin, "resource": resource.uri}, "")}


@mutant(kills={"RFC9728-2.2-a"}, story="signed_metadata doesn't say who signed it.")
class SignedResourceMetadataWithoutIssuer(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"signed_metadata": _jwt({"alg": "ES256"}, {"resource": resource.uri}, "c2lnbmF0dXJl")}


@mutant(kills={"RFC9728-2.2-d"}, story="The whole document is signed, with the last signed_metadata in it.")
class SignedResourceMetadataHoldsItself(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        claims = {"iss": resource.origin, "resource": resource.uri, "signed_metadata": "e30.e30.e30"}
        return {"signed_metadata": _jwt({"alg": "ES256"}, claims, "c2lnbmF0dXJl")}


def _jwt(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join((*parts, signature))


def _with_member(send: Send, name: str, value: Any) -> Send:
    """A send that adds a member to the JSON object of an answer that comes in one piece."""
    started: list[Any] = []

    async def altered(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
            return
        body = json.dumps(json.loads(message["body"]) | {name: value}).encode()
        kept = [(k, v) for k, v in started[0]["headers"] if k.lower() != b"content-length"]
        await send({**started[0], "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await send({**message, "body": body})

    return altered
