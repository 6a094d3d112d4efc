"""Legal variations of the MCP server's metadata, challenges and answers."""

from dataclasses import replace

from reference_impl.mcp_server.config import McpServerConfig, ProtectedResource
from reference_impl.mcp_server.http_request import HttpRequest
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import variation


@variation(story="The metadata is at the root of the host as well.", configures="mcp_server")
def resource_metadata_at_the_root_too(config: McpServerConfig) -> McpServerConfig:
    return replace(config, metadata_at_root=True)


@variation(story="Answers are event streams.", configures="mcp_server")
def answers_are_event_streams(config: McpServerConfig) -> McpServerConfig:
    return replace(config, json_response=False)


@variation(story="The challenge begins with a realm, and has parameters without quotes.")
class ChallengeWithRealm(McpServerRules):
    def challenge(self, scheme: str, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> str:
        usual = super().challenge(scheme, refusal, resource, attempted)
        error = f'error="{refusal.error}"'
        return usual.replace(f"{scheme} ", f'{scheme} Realm="mcp" , ', 1).replace(error, error.replace('"', ""))


@variation(story="Two challenges stand in one header line, the one for another scheme first.")
class ChallengesInOneLine(McpServerRules):
    def challenges(self, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> list[str]:
        usual = super().challenges(refusal, resource, attempted)
        return [", ".join(('Negotiate, Digest realm="mcp", qop="auth,auth-int"', *usual))] if usual else []


@variation(story="The name of the scheme is written in lower case.")
class ChallengeInLowerCase(McpServerRules):
    def challenges(self, refusal: RefusalError, resource: ProtectedResource, attempted: str | None) -> list[str]:
        usual = super().challenges(refusal, resource, attempted)
        return [value.replace("Bearer ", "bearer ", 1) for value in usual]


@variation(story="The HTTP method is judged before the token: 405 comes without a challenge.")
class MethodIsJudgedBeforeTheToken(McpServerRules):
    def check_origin(self, request: HttpRequest) -> None:
        super().check_origin(request)
        self.check_http_method(request)
