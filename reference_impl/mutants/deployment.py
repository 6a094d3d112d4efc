"""Departures that show only when both servers are looked at: what one promises, the other doesn't know or do."""

from dataclasses import replace
from typing import Any

from reference_impl.authorization_server.config import DpopOptions, ServerConfig
from reference_impl.authorization_server.rules import Rules
from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.metadata_members import BothDocuments
from reference_impl.mutants.registry import mutant
from reference_impl.mutants.resource_metadata_members import OneMoreMember


@mutant(kills={"RFC9728-2-f"}, story="scopes_supported has a scope that the authorization server was never told of.")
class MetadataListsAnUnknownScope(McpServerRules):
    def metadata_scopes_supported(self, resource: ProtectedResource) -> list[str] | None:
        return [*(super().metadata_scopes_supported(resource) or ()), "mcp:admin"]


@mutant(
    kills={"MCP-ASM-11", "MCP-PRM-01", "MCP-SCOPE-01"},
    story="The challenge asks for scopes by the names that they had last year.",
)
class ChallengeAsksForAnUnknownScope(McpServerRules):
    def usual_scopes(self, resource: ProtectedResource) -> tuple[str, ...]:
        return tuple(f"old-{scope}" for scope in super().usual_scopes(resource))


@mutant(kills={"RFC9728-2-l"}, story="The resource has a type of authorization details that its server doesn't know.")
class MetadataListsUnknownAuthorizationDetails(OneMoreMember):
    def added(self, resource: ProtectedResource) -> dict[str, Any]:
        return {"authorization_details_types_supported": ["payment_initiation"]}


@mutant(kills={"RFC8414-2-k"}, story="The metadata promises the device grant, which is planned for the next release.")
class DeviceGrantIsPromised(Rules):
    def grant_types_supported(self) -> list[str] | None:
        return [*(super().grant_types_supported() or ()), "urn:ietf:params:oauth:grant-type:device_code"]


@mutant(kills={"RFC8414-2-x"}, story="The metadata names an endpoint of the product that this edition doesn't have.")
class EndpointOfAnotherEdition(BothDocuments):
    def members(self) -> dict[str, Any]:
        return {"device_authorization_endpoint": self.config.endpoint("/oauth/device")}


@mutant(
    kills={"RFC9728-2-m"},
    story="The authorization server takes proofs by algorithms of which the MCP server takes none.",
    configures="authorization_server",
)
def proof_algorithms_dont_meet(config: ServerConfig) -> ServerConfig:
    return replace(config, dpop=DpopOptions(algorithms=("PS256", "ES384")))
