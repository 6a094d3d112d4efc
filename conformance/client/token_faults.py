"""Token requests that are wrong in one way, with the error codes that RFC 6749, 5.2, has for them."""

from dataclasses import dataclass, replace

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import basic
from conformance.client.requests import FormRequest, form
from conformance.client.second_client import client_by, without_authentication
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable


@dataclass(frozen=True)
class TokenFaults:
    """Faulty token requests of one flow. Each method sends its control first and returns the answer to the fault."""

    server: AuthorizationServer
    flow: AuthorizationFlow

    def without(self, name: str) -> TokenAnswer:
        """A code redemption without that parameter."""
        return self.flow.refused_only_when(lambda good: good.without(name))

    def with_value(self, name: str, value: str) -> TokenAnswer:
        """A code redemption with another value of that parameter."""
        return self.flow.refused_only_when(lambda good: good.with_(**{name: value}))

    def repeating(self, name: str) -> TokenAnswer:
        """A code redemption that has the same parameter with the same value twice."""
        return self.flow.refused_only_when(lambda good: good.repeated(name))

    def unknown_code(self) -> TokenAnswer:
        """A redemption of a code that nobody issued."""
        return self.with_value("code", unguessable("unknown-code-"))

    def unknown_refresh_token(self) -> TokenAnswer:
        """A refresh with a token that nobody issued. Raises NotApplicable when the client gets no refresh tokens."""
        known = self.flow.grant().token.refresh_token
        if known is None:
            raise NotApplicable("the server gives this client no refresh token")
        self.flow.control_redeem(self.flow.refresh_request(known))
        return self.flow.redeem(self.flow.refresh_request(unguessable("unknown-refresh-token-")))

    def unknown_grant_type(self) -> TokenAnswer:
        """A grant type that no server has."""
        return self.with_value("grant_type", "urn:conformance:unknown-grant-type")


def wrong_secret(server: AuthorizationServer, *methods: str) -> TokenAnswer:
    """A code redemption with a wrong secret, by the first of these methods that there is a client for.

    Raises NotApplicable, Inconclusive.
    """
    flow = server.flow(client_by(server, *methods))
    flow.grant()
    impostor = flow.by(replace(flow.client, client_secret=unguessable("wrong-secret-")))
    request = flow.authorization_request()
    return flow.redeem(impostor.token_request(request, flow.control(request)).with_("a wrong client secret"))


def two_methods(server: AuthorizationServer) -> TokenAnswer:
    """A code redemption that authenticates in header and body alike, both rightly. Raises NotApplicable."""
    flow = server.flow(client_by(server, "client_secret_basic", "client_secret_post"))
    client, secret = flow.client, flow.client.client_secret or ""
    flow.grant()
    bare = without_authentication(flow, flow.code_for()).as_control()
    doubled = replace(bare, parameters=(*bare.parameters, ("client_secret", secret)))
    header = ("Authorization", basic(client.client_id, secret))
    flow.wire.transcript.secrets.learn("client_secret", secret)
    return flow.redeem(doubled.with_headers("client secret in the header and in the body", header))


def foreign_grant(server: AuthorizationServer) -> TokenAnswer:
    """A client credentials request of a client that is registered for the code flow. Raises NotApplicable.

    Control: a client that is registered for this grant gets a token.
    """
    if not server.supports("grant_types_supported", "client_credentials"):
        raise NotApplicable("the server does not offer the client credentials grant")
    machine = server.machine_flow()
    machine.control_redeem(machine.client_credentials_request())
    flow = server.flow(client_by(server, "client_secret_basic", "client_secret_post"))
    if "client_credentials" in flow.client.grant_types:
        raise NotApplicable("the client of the code flow may use the client credentials grant too")
    answer = flow.redeem(flow.client_credentials_request().with_("by a client that is registered for other grants"))
    if answer.access_token:
        raise NotApplicable("the server does not limit clients to the grants that they are registered for")
    return answer


def unknown_scope(server: AuthorizationServer) -> TokenAnswer:
    """A client credentials request for a scope that does not exist. Raises NotApplicable when it is ignored."""
    if not server.supports("grant_types_supported", "client_credentials"):
        raise NotApplicable("the server does not offer the client credentials grant")
    machine = server.machine_flow()
    request = machine.client_credentials_request()
    machine.control_redeem(request)
    answer = machine.redeem(machine.client_credentials_request().with_(scope="conformance-unknown-scope"))
    if answer.access_token:
        raise NotApplicable("the server ignores a scope that it does not know")
    return answer


def expect_error(answer: TokenAnswer, *codes: str, statuses: tuple[int, ...] = (400,)) -> None:
    """An error response as RFC 6749, 5.2, has it: one of these codes in a JSON object with one of these statuses."""
    expect(answer).refuses_with(*codes)
    expect(answer).has_status(*statuses)
    expect(answer).has_media_type("application/json")


def in_query(flow: AuthorizationFlow, request: FormRequest) -> FormRequest:
    """The token request with client_id and client_secret in the URL instead of header and body."""
    secret = flow.client.client_secret or ""
    flow.wire.transcript.secrets.learn("client_secret", secret)
    bare = without_authentication(flow, request).without("client_id").as_control()
    url = form(request.endpoint, [("client_id", flow.client.client_id), ("client_secret", secret)]).as_post().body
    separator = "&" if "?" in request.endpoint else "?"
    changes = ("client_id and client_secret in the URL only",)
    return replace(bare, endpoint=f"{request.endpoint}{separator}{url.decode()}", changes=changes)
