"""The authorization code and what it is bound to: OAuth 2.1, 4.1.2, 4.1.3 and 10.2; RFC 6749, 4.1.3."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.refreshing import REFUSALS
from conformance.client.second_client import client_by, confidential_flow, other_flow
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable


@requirement("OAUTH21-4.1.2-b")
def test_a_code_is_worthless_to_another_client(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A code, presented with everything that belongs to it but by another client, gives no token.

    Control: the other client redeems a code of its own.
    Means: a malicious app that gets hold of a code of another app gets into the user's account.
    Fix: store the client_id with the code and compare it with the client of the token request (invalid_grant).
    """
    _judge_stolen_by(other_flow(authorization_server, flow, public=flow.client.is_public), flow)


@requirement("OAUTH21-4.1.2-b")
def test_a_code_is_bound_to_the_challenge_of_its_own_request(flow: AuthorizationFlow) -> None:
    """A code is not redeemed with the code_verifier of another open request of the same client.

    Control: the code of that other request is redeemed with it.
    Means: an attacker injects a stolen code into a flow of his own and redeems it with his own verifier.
    Fix: store the challenge with the code it belongs to, not with the session or the client.
    """
    own, other = flow.code_for(), flow.code_for()
    flow.control_redeem(other)
    verifier = other.get("code_verifier")
    answer = flow.redeem(own.with_("code_verifier of another request of this client", code_verifier=verifier))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("OAUTH21-4.1.3-c")
def test_a_code_of_one_client_is_refused_to_a_public_one(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A public client that names its own client_id does not get a token for another client's code.

    Control: that public client redeems a code of its own.
    Means: anybody can register a client and redeem codes that leaked elsewhere.
    Fix: compare client_id of the token request with the client that the code was issued to.
    """
    _judge_stolen_by(other_flow(authorization_server, flow, public=True), flow)


@requirement("OAUTH21-4.1.3-c")
def test_a_code_of_one_client_is_refused_to_an_authenticated_one(
    authorization_server: AuthorizationServer, flow: AuthorizationFlow
) -> None:
    """A client that authenticates well does not get a token for another client's code.

    Control: that client redeems a code of its own.
    Means: who has any credentials at this server can redeem codes that leaked elsewhere.
    Fix: compare the authenticated client with the one that the code was issued to.
    """
    _judge_stolen_by(other_flow(authorization_server, flow, public=False), flow)


@requirement("OAUTH21-4.1.3-c")
def test_naming_the_codes_client_does_not_help_another_client(authorization_server: AuthorizationServer) -> None:
    """A client that authenticates as itself and puts the client_id of the code's client into the body gets no token.

    Reading: the code's client has credentials of its own; one without may be named by anybody (OAuth 2.1, 4.1.3).

    Control: the client that authenticates redeems a code of its own.
    Means: the code is compared with a parameter that the thief chooses, so it is bound to nobody.
    Fix: compare the code with the authenticated client, and refuse a client_id that contradicts it.
    """
    # client_secret_post has no client_id apart from the authentication, so the thief uses another method.
    thief = authorization_server.flow(client_by(authorization_server, "client_secret_basic", "private_key_jwt"))
    flow = other_flow(authorization_server, thief, public=False)
    thief.grant()
    request = flow.authorization_request()
    stolen = thief.token_request(request, flow.control(request))
    change = "client_id of the code's client beside another client's authentication"
    expect(flow.redeem(stolen.with_(change, client_id=flow.client.client_id))).refuses_with(*REFUSALS)


@requirement("OAUTH21-10.2-a", "RFC6749-4.1.3-a")
def test_a_wrong_redirect_uri_is_refused(flow: AuthorizationFlow) -> None:
    """A token request whose redirect_uri is not that of the authorization request gets no token.

    Control: a code redeemed with the right redirect_uri gives a token.
    Means: a code that an attacker got sent to another redirect URI can be injected into the app.
    Fix: store the redirect_uri with the code; if the token request has one, refuse any other with invalid_grant.
    """
    wrong = flow.client.redirect_uri + "/elsewhere"
    answer = flow.refused_only_when(lambda good: good.with_(redirect_uri=wrong))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


@requirement("OAUTH21-10.2-a")
def test_redirect_uri_is_not_needed_in_the_token_request(flow: AuthorizationFlow, params: Params) -> None:
    """A token request without redirect_uri, as OAuth 2.1 clients send it, gives a token when PKCE was used.

    Control: a code redeemed with redirect_uri gives a token.
    Means: clients built after OAuth 2.1 can't log in.
    Fix: require redirect_uri in the token request only where the authorization request had no code_challenge.
    """
    if params.redirect_uri_in_token_request:
        raise NotApplicable("under this profile a server may require redirect_uri, as RFC 6749 does")
    answer = flow.refused_only_when(lambda good: good.without("redirect_uri"))
    expect(answer).issues_token()


@requirement("RFC6749-4.1.3-a")
def test_a_redirect_uri_that_was_sent_is_required_again(authorization_server: AuthorizationServer) -> None:
    """Where PKCE is not used, a token request without the redirect_uri of the authorization request gets no token.

    Control: the same grant with redirect_uri gives a token.
    Means: nothing ties the code to the place that it was sent to.
    Fix: when redirect_uri was in the authorization request, require it in the token request.
    """
    flow = confidential_flow(authorization_server)
    flow.grant()
    bare = flow.authorization_request().without("code_challenge", "code_challenge_method")
    if flow.send(bare).code is None:
        raise NotApplicable("the server requires PKCE, which may take the place of this comparison (OAuth 2.1, 10.2)")
    flow.control_redeem(flow.code_for(bare).without("code_verifier"))
    answer = flow.redeem(flow.code_for(bare).without("code_verifier").as_control().without("redirect_uri"))
    expect(answer).refuses_with("invalid_grant", "invalid_request")


def _judge_stolen_by(thief: AuthorizationFlow, owner: AuthorizationFlow) -> None:
    """The thief presents a fresh code of the owner with its verifier and redirect_uri, as itself."""
    thief.grant()
    request = owner.authorization_request()
    stolen = thief.token_request(request, owner.control(request))
    expect(thief.redeem(stolen.with_("code of another client"))).refuses_with(*REFUSALS)
