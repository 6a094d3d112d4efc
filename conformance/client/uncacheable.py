"""Token responses that nobody may store: RFC 6749, 5.1; OAuth 2.1, 3.2.3."""

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.expect import TokenAnswer
from conformance.vocabulary import NotApplicable, Violation


def refreshed(flow: AuthorizationFlow) -> TokenAnswer:
    """The answer to a refresh. Raises NotApplicable when the client gets no refresh tokens."""
    token = flow.grant().token.refresh_token
    if token is None:
        raise NotApplicable("the server gives this client no refresh token")
    return flow.control_redeem(flow.refresh_request(token))


def machine_token(server: AuthorizationServer) -> TokenAnswer:
    """The answer to a client credentials request. Raises NotApplicable when that grant is not offered."""
    if not server.supports("grant_types_supported", "client_credentials"):
        raise NotApplicable("the server does not offer the client credentials grant")
    flow = server.machine_flow()
    return flow.control_redeem(flow.client_credentials_request())


def expect_directive(answer: TokenAnswer, header: str, directive: str) -> None:
    """The header has that directive, in any case and among others. Raises Violation."""
    lines = answer.response.all_headers(header)
    directives = {item.strip().lower() for line in lines for item in line.split(",")}
    if directive not in directives:
        observed = f"{header}: {', '.join(lines)}" if lines else f"no {header}"
        raise Violation(
            f"a token came without {header}: {directive}", expected=f"{header}: {directive}", observed=observed
        )
