"""What clients may register, by OAuth 2.1, 2.3.1, and RFC 9700, 2.6 and 4.15."""

from conformance.catalogue import requirement
from conformance.client.registrar import Registrar
from conformance.expect import expect
from conformance.vocabulary import Violation

_PLAIN_HTTP = "http://client.example/callback"
_SHORT_SCHEME = "conformance:/callback"


@requirement("OAUTH21-2.3.1-a")
def test_clients_register_complete_redirect_uris(registration: Registrar) -> None:
    """A client of the authorization code grant can't register without redirect URIs.

    Control: a client with a redirect URI registers.
    Means: nothing says where codes may go, so they go wherever a request wants them.
    Fix: require redirect_uris of clients of the authorization code grant (invalid_redirect_uri).
    """
    answer = registration.altered("no redirect URIs", redirect_uris=None)
    expect(answer.response).has_no_server_error()
    if answer.client_id is not None and not answer.members.get("redirect_uris"):
        observed = f"{answer.described()}: a client without redirect_uris"
        raise Violation("a client without redirect URIs was registered", expected="a refusal", observed=observed)


@requirement("OAUTH21-2.3.1-c")
def test_a_private_scheme_without_a_period_is_rejected(registration: Registrar) -> None:
    """A redirect URI of a private-use scheme that is no reversed domain name is not registered.

    Control: a client with a redirect URI on the local machine registers.
    Means: another app on the device claims the same short scheme and takes the code.
    Fix: refuse private-use schemes without a period, such as myapp:/callback.
    """
    answer = registration.altered("a redirect URI of a short private scheme", redirect_uris=[_SHORT_SCHEME])
    answer.expect_without_redirect_uri(_SHORT_SCHEME)


@requirement("RFC9700-2.6-b")
def test_plain_http_redirect_uris_are_for_loopback_only(registration: Registrar) -> None:
    """A plain http redirect URI on a host of the network is not registered.

    Control: a client with a redirect URI on the local machine registers.
    Means: codes travel in the clear, and anybody on the network can take them.
    Fix: accept http redirect URIs on loopback addresses only.
    """
    answer = registration.altered("an http redirect URI", redirect_uris=[_PLAIN_HTTP])
    answer.expect_without_redirect_uri(_PLAIN_HTTP)


@requirement("RFC9700-4.15-a")
def test_a_client_can_not_choose_its_identifier(registration: Registrar) -> None:
    """A client that asks for the name of a user as its client_id gets another one.

    Control: a client that asks for none registers.
    Means: a resource server that looks at sub takes the client's own token for the user's.
    Fix: generate client_id, and ignore the one in a registration request.
    """
    users = registration.server.context.facts.users
    wished = next((user.fields["username"] for user in users if "username" in user.fields), "conformance-user")
    answer = registration.altered("client_id of a user in the registration request", client_id=wished)
    if answer.client_id == wished:
        raise Violation("the client chose its client_id", expected="a generated client_id", observed=f"{wished!r}")
