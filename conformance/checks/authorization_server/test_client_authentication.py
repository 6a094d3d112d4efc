"""Client authentication at the token endpoint: OAuth 2.1, 2.4, 2.4.1, 3.2.1 and 4.2; RFC 6749, 2.3.1."""

from dataclasses import replace
from urllib.parse import quote_plus

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import client_assertion
from conformance.client.refreshing import REFUSALS
from conformance.client.requests import FormRequest
from conformance.client.second_client import (
    SECRET_METHODS,
    client_by,
    confidential_flow,
    offered_methods,
    without_authentication,
)
from conformance.client.token_faults import in_query, wrong_secret
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation


@requirement("OAUTH21-2.4.1-a")
def test_a_secret_is_accepted_in_the_body(authorization_server: AuthorizationServer) -> None:
    """Where clients have secrets, one that sends client_id and client_secret in the body gets its token.

    Control: the client's authorization request is granted.
    Means: clients built after OAuth 2.1, which send their secret in the body, can't get a token.
    Fix: support client_secret_post, and list it in token_endpoint_auth_methods_supported.
    """
    _judge_method(authorization_server, "client_secret_post")


@requirement("RFC6749-2.3.1-a")
def test_a_secret_is_accepted_through_http_basic(authorization_server: AuthorizationServer) -> None:
    """Where clients have secrets, one that authenticates by HTTP Basic gets its token.

    Control: the client's authorization request is granted.
    Means: clients that use HTTP Basic, which RFC 6749 promises to serve, can't get a token.
    Fix: support client_secret_basic, and list it in token_endpoint_auth_methods_supported.
    """
    _judge_method(authorization_server, "client_secret_basic")


@requirement("RFC6749-2.3.1-a")
def test_the_scheme_basic_has_no_case(authorization_server: AuthorizationServer) -> None:
    """A client that writes the scheme of HTTP Basic in small letters gets its token.

    Control: with "Basic" it gets a token.
    Means: HTTP libraries that write the scheme in another case, as they may, can't get a token.
    Fix: compare the scheme of the Authorization header without regard to case (RFC 9110, 11.1).
    """
    flow = authorization_server.flow(client_by(authorization_server, "client_secret_basic"))

    def in_small_letters(good: FormRequest) -> FormRequest:
        value = dict(good.headers).get("Authorization", "")
        return good.with_headers("scheme of Authorization in small letters", ("Authorization", f"b{value[1:]}"))

    expect(flow.refused_only_when(in_small_letters)).issues_token()


@requirement("OAUTH21-2.4.1-b")
def test_basic_credentials_are_form_decoded(authorization_server: AuthorizationServer) -> None:
    """A client whose identifier or secret has special characters gets its token when it encodes them as it has to.

    Control: the client's authorization request is granted.
    Means: clients with certain secrets can't get a token, though they follow the specification.
    Fix: decode both parts of the Basic credentials as application/x-www-form-urlencoded before comparing them.
    """
    flow = authorization_server.flow(client_by(authorization_server, "client_secret_basic"))
    values = (flow.client.client_id, flow.client.client_secret or "")
    if all(quote_plus(value) == value for value in values):
        raise NotApplicable("the client's identifier and secret have no character that would have to be encoded")
    expect(flow.redeem(flow.code_for())).issues_token()


@requirement("OAUTH21-2.4.1-c")
def test_credentials_in_the_url_are_refused(authorization_server: AuthorizationServer) -> None:
    """A client that sends its secret in the URL of the token request, and nowhere else, gets no token.

    Control: the same client gets a token by its own method.
    Means: client secrets end up in the logs of servers and proxies.
    Fix: read client credentials from header and body only, never from the query.
    """
    flow = authorization_server.flow(client_by(authorization_server, *SECRET_METHODS))
    flow.grant()
    expect(flow.redeem(in_query(flow, flow.code_for()))).refuses_with(*REFUSALS)


@requirement("OAUTH21-3.2.1-a")
def test_a_client_with_credentials_has_to_use_them(authorization_server: AuthorizationServer) -> None:
    """A client that was given credentials gets no token by naming its client_id alone.

    Control: with its authentication it gets a token.
    Means: the secret is for show: who intercepts a code can redeem it as that client.
    Fix: require from each client the authentication method that it is registered with.
    """
    flow = confidential_flow(authorization_server)
    flow.grant()
    expect(flow.redeem(without_authentication(flow, flow.code_for()))).refuses_with(*REFUSALS)


@requirement("OAUTH21-3.2.1-a")
def test_a_client_with_a_key_has_to_use_it(authorization_server: AuthorizationServer) -> None:
    """A client that authenticates by private_key_jwt gets no token by naming its client_id alone.

    Control: with its assertion it gets a token.
    Means: the key is for show: who intercepts a code can redeem it as that client.
    Fix: require from each client the authentication method that it is registered with.
    """
    flow = authorization_server.flow(client_by(authorization_server, "private_key_jwt"))
    flow.grant()
    expect(flow.redeem(without_authentication(flow, flow.code_for()))).refuses_with(*REFUSALS)


@requirement("OAUTH21-3.2.1-a")
def test_a_wrong_secret_is_refused(authorization_server: AuthorizationServer) -> None:
    """A client that sends a wrong secret gets no token.

    Control: with the right secret it gets a token.
    Means: the secret is for show: anybody can act as that client.
    Fix: compare the secret, or its hash, with the registered one in constant time.
    """
    expect(wrong_secret(authorization_server, *SECRET_METHODS)).refuses_with(*REFUSALS)


@requirement("OAUTH21-3.2.1-a")
def test_an_empty_secret_is_refused(authorization_server: AuthorizationServer) -> None:
    """A client with a secret gets no token when it sends an empty one.

    Control: with the right secret it gets a token.
    Means: anybody can act as that client by leaving its secret empty.
    Fix: treat an empty secret like none at all, and none as a failed authentication.
    """
    flow = authorization_server.flow(client_by(authorization_server, *SECRET_METHODS))
    flow.grant()
    request = flow.authorization_request()
    impostor = flow.by(replace(flow.client, client_secret=""))
    answer = flow.redeem(impostor.token_request(request, flow.control(request)).with_("an empty client secret"))
    expect(answer).refuses_with(*REFUSALS)


@requirement("OAUTH21-4.2-a")
def test_a_public_client_gets_no_token_of_its_own(authorization_server: AuthorizationServer) -> None:
    """A client without credentials gets no token by the client credentials grant.

    Control: a client with credentials gets one.
    Means: anybody who knows a client_id, which is no secret, gets a token in its name.
    Fix: refuse the client credentials grant to clients that can't authenticate (unauthorized_client).
    """
    machine = _machine(authorization_server)
    machine.control_redeem(machine.client_credentials_request())
    public = authorization_server.public_flow()
    answer = public.redeem(public.client_credentials_request().with_("by a client without credentials"))
    expect(answer).issues_no_token()


@requirement("OAUTH21-4.2-a")
def test_a_machine_client_has_to_authenticate(authorization_server: AuthorizationServer) -> None:
    """A client of the client credentials grant gets no token by naming its client_id alone.

    Control: with its authentication it gets a token.
    Means: anybody who knows a client_id, which is no secret, gets a token in its name.
    Fix: authenticate the client before serving the client credentials grant (invalid_client).
    """
    machine = _machine(authorization_server)
    request = machine.client_credentials_request()
    machine.control_redeem(request)
    expect(machine.redeem(without_authentication(machine, request))).issues_no_token()


@requirement("OAUTH21-2.4-a")
def test_an_assertion_for_the_token_endpoint_is_refused(
    authorization_server: AuthorizationServer, params: Params
) -> None:
    """A client assertion whose audience is the token endpoint instead of the issuer gives no token.

    Control: the same assertion for the issuer gives a token.
    Means: an assertion that another server obtained for an endpoint of its own choosing can be used here.
    Fix: accept the issuer identifier as the only audience of client assertions.
    """
    if params.client_assertion_audience != "issuer":
        raise NotApplicable("under this profile the token endpoint may be the audience, as RFC 7523 allows")
    flow = authorization_server.flow(client_by(authorization_server, "private_key_jwt"))
    flow.grant()
    assertion = client_assertion(flow.client, flow.endpoint("token_endpoint"))
    change = "aud of the client assertion set to the token endpoint"
    answer = flow.redeem(flow.code_for().with_(change, client_assertion=assertion))
    expect(answer).refuses_with(*REFUSALS)


def _judge_method(server: AuthorizationServer, method: str) -> None:
    given = {client.auth_method for client in server.context.facts.clients}
    offered = {*offered_methods(server), *given}
    if not offered.intersection(SECRET_METHODS):
        raise NotApplicable("the server gives no secrets to clients")
    if method not in offered:
        listed = ", ".join(offered_methods(server))
        raise Violation(f"{method} is not offered", expected=f"{method} beside {listed}", observed=listed)
    client = client_by(server, method)
    flow = server.flow(client).by(client)  # as RFC 6749 has it, also where the server wants more: see as_it_wants
    expect(flow.redeem(flow.code_for())).issues_token()


def _machine(server: AuthorizationServer) -> AuthorizationFlow:
    if not server.supports("grant_types_supported", "client_credentials"):
        raise NotApplicable("the server does not offer the client credentials grant")
    return server.machine_flow()
