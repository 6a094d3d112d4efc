"""Other MCP servers, all of them right."""

from dataclasses import replace
from typing import Any

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import variation


@variation(story="Refusals are explained in other words, and in another order of parameters.")
class OtherErrorTexts(McpServerRules):
    def error_description_parameter(
        self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None
    ) -> str | None:
        usual = super().error_description_parameter(scheme, refusal, resource, attempted)
        return usual and "No entry. Ask the authorization server for something better!"

    def challenge_parameters(self) -> Any:
        return tuple(reversed(super().challenge_parameters()))


@variation(story="Refusals have no description, only their code.")
class RefusalsAreTerse(McpServerRules):
    def error_description_parameter(self, *_: Any) -> str | None:
        return None

    def refusal_body(self, refusal: RefusalError, message: Any) -> dict[str, Any]:
        usual = super().refusal_body(refusal, message)
        usual.pop("error_description", None)
        return usual


@variation(story="Clocks may differ by a minute.", configures="mcp_server")
def clocks_may_differ_by_a_minute(config: McpServerConfig) -> McpServerConfig:
    return replace(config, clock_skew_seconds=60)


@variation(story="Tokens are signed with anything asymmetric.", configures="mcp_server")
def every_asymmetric_algorithm(config: McpServerConfig) -> McpServerConfig:
    algorithms = ("ES256", "RS256", "ES384", "ES512", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")
    return replace(config, signing_algorithms=algorithms)


@variation(story="The metadata may be kept for a day, and tells of members that nobody knows.")
class ResourceMetadataWithMoreMembers(McpServerRules):
    def protected_resource_metadata(self, resource: ProtectedResource) -> dict[str, Any]:
        usual = super().protected_resource_metadata(resource)
        return {**usual, "resource_documentation": f"{resource.origin}/docs", "x_build": {"number": 7}}

    def metadata_cache_control(self) -> str | None:
        return "max-age=86400"
