"""Machine clients of MCP servers: the OAuth Client Credentials extension, Flow Steps."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.resource_indicators import ResourceIndicators


@requirement("EXTCC-04")
def test_a_machine_client_gets_a_token_for_the_mcp_server(authorization_server: AuthorizationServer) -> None:
    """A client credentials request with the MCP server as resource gives a token, and one that has an audience.

    Control: where that is refused, the same request without resource gives a token.
    Means: machine clients can't ask for tokens that their MCP server accepts.
    Fix: accept resource in client credentials requests and restrict the token to that audience.
    """
    flow = authorization_server.machine_flow()
    indicators = ResourceIndicators(authorization_server, flow)
    indicators.not_meant_for(indicators.machine_token(indicators.first, flow.scope), (), indicators.first)
