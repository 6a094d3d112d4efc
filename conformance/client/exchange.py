"""Token exchange (RFC 8693): a real access token as subject token, altered in one way at a time."""

from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import FormRequest, form
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type


@dataclass(frozen=True)
class TokenExchange:
    """The client of `flow` exchanges `subject`, a token answer of the client of `owner`, which it may exchange."""

    server: AuthorizationServer
    flow: AuthorizationFlow
    owner: AuthorizationFlow
    subject: TokenAnswer

    def request(self) -> FormRequest:
        """A good exchange for the target's resource."""
        pairs = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", self.subject.access_token),
            ("subject_token_type", ACCESS_TOKEN),
            ("resource", self.flow.resource),
        ]
        return self.flow.authenticated(form(self.flow.endpoint("token_endpoint"), pairs))

    def control(self) -> TokenAnswer:
        """A good exchange that must be granted. Raises Inconclusive."""
        answer = self.flow.redeem(self.request())
        if not answer.access_token:
            raise Inconclusive(
                f"a good token exchange was refused: {self.flow.wire.transcript.redact(answer.described())}",
                root="token exchange",
                remedy="see that the client of the target file may exchange its own access tokens",
            )
        return answer


def token_exchange(server: AuthorizationServer) -> TokenExchange:
    """The exchange of a client with credentials that the target file gives the grant type.

    Its own access token is the subject, where it can have none the usual client's. Raises NotApplicable, Inconclusive.
    """
    if not server.supports("grant_types_supported", TOKEN_EXCHANGE):
        raise NotApplicable("the metadata does not list token exchange in grant_types_supported")
    clients = server.context.facts.clients
    client = next((c for c in clients if TOKEN_EXCHANGE in c.grant_types and not c.is_public), None)
    if client is None:
        raise NotApplicable("the target file gives no client with credentials whose grant_types have token exchange")
    flow = server.flow(client)
    owner = flow if "authorization_code" in client.grant_types else server.flow()
    subject = server.context.once(f"subject token for {client.client_id}", lambda: owner.grant().token)
    return TokenExchange(server, flow, owner, subject)
