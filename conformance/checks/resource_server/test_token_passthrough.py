"""What a tool sends to an API behind the server: MCP, Access Token Privilege Restriction; Token Passthrough."""

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.issuer.control import IssuerControl
from conformance.vocabulary import Inconclusive, NotApplicable, Violation


@requirement("MCP-TOK-15", "MCP-TOK-11")
def test_the_clients_token_is_not_passed_on(resource_server: ResourceServer, issuer_control: IssuerControl) -> None:
    """The request that a tool sends to an API behind the server doesn't hold the token of the MCP client.

    Control: the tool is served, and the API, which the harness plays, gets a request meanwhile.
    Means: the API, or whoever reads its logs, can act on the MCP server in the user's name.
    Fix: get a token of the server's own for the API, from its authorization server or by token exchange.
    """
    tool = resource_server.context.facts.upstream_tool
    if tool is None:
        raise NotApplicable("mcp_server.upstream_tool of the target file names no tool that asks the harness's API")
    arguments = resource_server.context.facts.tools[tool][0]
    token = resource_server.token()
    before = len(issuer_control.upstream_requests())
    resource_server.control(resource_server.open_session(token).call(tool, dict(arguments)), token)
    arrived = issuer_control.upstream_requests()[before:]
    if not arrived:
        raise Inconclusive(
            f"the tool {tool} was served, and the API behind the server got no request",
            root="upstream",
            remedy="let the tool ask the URL of token_issuer with /upstream/ and a name, see docs/issuer.md",
        )
    if any(token in request for request in arrived):
        raise Violation("the token is passed on", expected="other credentials", observed="the client's own token")
