"""What is left of a client that deleted itself (RFC 7592, 2.3 and 5): nothing."""

from conformance.catalogue import requirement
from conformance.client.managed_client import ManagedClient, managed_client
from conformance.client.registrar import Registrar
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable


@requirement("RFC7592-2.3-a")
def test_deletion_is_answered_204(registration: Registrar) -> None:
    """A DELETE with the registration access token is answered 204.

    Control: a GET with the same token shows the registration.
    Means: a client can't tell whether it is gone.
    Fix: answer a successful DELETE with 204 and no content.
    """
    client = managed_client(registration)
    client.read()
    expect(client.delete()).has_status(204)


@requirement("RFC7592-2.3-a")
def test_a_deleted_client_gets_no_code(registration: Registrar) -> None:
    """An authorization request of a client that was deleted earns no code.

    Control: the same client got a code before.
    Means: a client that its owner took down goes on acting for users.
    Fix: treat the client_id of a deleted client as unknown.
    """
    client = managed_client(registration)
    flow = client.flow()
    flow.control(flow.authorization_request())
    _deleted(client)
    answer = flow.send(flow.authorization_request().with_("sent after the client was deleted"))
    expect(answer).grants_no_code().does_not_redirect()


@requirement("RFC7592-2.3-a")
def test_a_deleted_client_can_not_refresh(registration: Registrar) -> None:
    """The refresh token of a client that was deleted gives no token.

    Control: a grant of the client gave the refresh token before.
    Means: what users granted to a client outlives it.
    Fix: end codes, tokens and grants of a client with the client.
    """
    client = managed_client(registration)
    flow = client.flow()
    refresh_token = flow.grant().token.refresh_token
    if refresh_token is None:
        raise NotApplicable("the server issues no refresh tokens to such clients")
    _deleted(client)
    expect(flow.redeem(flow.refresh_request(refresh_token))).issues_no_token()


@requirement("RFC7592-5-a")
def test_the_token_of_a_deleted_client_is_answered_401(registration: Registrar) -> None:
    """A GET with the registration access token of a deleted client is answered 401.

    Control: the same GET showed the registration before.
    Means: a client that is gone still seems to be there, or its owner can't tell which.
    Fix: end the registration access token with the client, and answer 401 as for any invalid token.
    """
    client = managed_client(registration)
    client.read()
    _deleted(client)
    expect(client.send(client.request("GET", None, "sent after the client was deleted"))).has_status(401)


def _deleted(client: ManagedClient) -> None:
    status = client.delete().status
    if not 200 <= status < 300:
        raise Inconclusive(f"the DELETE of a client is answered {status}", root="registration")
