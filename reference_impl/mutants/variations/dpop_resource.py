"""Other ways for the MCP server to do DPoP, or to do without, all of them right."""

from dataclasses import replace

from reference_impl.mcp_server.config import DpopMode, McpServerConfig
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import variation


@variation(story="The MCP server speaks Bearer only.", configures="mcp_server")
def bearer_only(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop=DpopMode.OFF)


@variation(story="The MCP server takes bound tokens and no others.", configures="mcp_server")
def dpop_required(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop=DpopMode.REQUIRED)


@variation(story="The MCP server takes bound tokens only, and every proof needs a nonce.", configures="mcp_server")
def dpop_required_with_nonces(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop=DpopMode.REQUIRED, dpop_nonce=True)


@variation(story="Every DPoP proof needs a nonce of the MCP server.", configures="mcp_server")
def resource_nonces(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop_nonce=True)


@variation(story="The MCP server doesn't remember jti: a proof may come twice within its lifetime.")
class PresentedProofsAreNotRemembered(McpServerRules):
    def remember_proof(self, thumbprint: str, jti: str) -> bool:
        return True


@variation(story="The MCP server takes RSA proofs only.", configures="mcp_server")
def rsa_proofs_only(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop_algorithms=("PS256", "RS256"))


@variation(story="A presented proof is good for a minute.", configures="mcp_server")
def presented_proofs_live_a_minute(config: McpServerConfig) -> McpServerConfig:
    return replace(config, dpop_window_seconds=60)
