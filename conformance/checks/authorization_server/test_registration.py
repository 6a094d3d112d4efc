"""What a good registration gives (RFC 7591, 3 and 3.2.1)."""

from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import unguessable
from conformance.client.registrar import WEB_REDIRECT, Registrar
from conformance.expect import expect, expect_members
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_CLOSED = (401, 403)


@requirement("RFC7591-3-a")
def test_a_registration_in_json_is_accepted(registration: Registrar) -> None:
    """A POST of good metadata as application/json makes a client.

    Means: clients that don't know the server can't register as its metadata invites them to.
    Fix: accept POST with application/json at the registration endpoint and answer with the client's information.
    """
    answer = registration.send(registration.metadata())
    if answer.response.status in _CLOSED:
        raise Inconclusive("registration is not open", root="registration", remedy="open it for the harness")
    answer.expect_accepted()


@requirement("RFC7591-3-a")
def test_a_registration_with_letters_beyond_ascii_is_accepted(registration: Registrar) -> None:
    """A client_name in other letters than ASCII, sent as UTF-8, is accepted.

    Control: the same registration with an ASCII name makes a client.
    Means: clients with names in most of the world's languages can't register.
    Fix: read the body of a registration as JSON in UTF-8.
    """
    registration.control()
    wanted = registration.metadata(client_name="Prüfling 試験")
    request = registration.send(wanted, "client_name has letters beyond ASCII")
    request.expect_accepted()


@requirement("RFC7591-3-c")
def test_registration_needs_no_token(registration: Registrar) -> None:
    """A registration without an initial access token makes a client.

    Means: a client can't register itself without being introduced by hand.
    Fix: accept registrations without Authorization; limit their rate or their rights instead.
    """
    answer = registration.send(registration.metadata())
    expect(answer.response).has_no_server_error()
    answer.expect_accepted()


@requirement("RFC7591-3.2.1-a")
def test_a_registration_gives_a_client_id(registration: Registrar) -> None:
    """The answer to a good registration is a JSON object with a client_id.

    Means: the client was registered, if at all, under a name that it doesn't know.
    Fix: return client_id in the client information response.
    """
    answer = registration.send(registration.metadata())
    if answer.response.status not in (200, 201):
        raise Inconclusive(f"registration was answered {answer.described()}", root="registration")
    answer.expect_accepted()


@requirement("RFC7591-3.2.1-a")
def test_a_client_that_says_everything_gets_a_client_id(registration: Registrar) -> None:
    """A registration with every descriptive member that RFC 7591 defines gives a client_id too.

    Control: a registration without these members makes a client.
    Means: clients that describe themselves well can't register.
    Fix: return client_id whatever optional metadata the client sent.
    """
    answer = registration.altered(
        "every optional member that describes a client",
        redirect_uris=[WEB_REDIRECT],
        application_type="web",
        client_uri="https://client.example/",
        contacts=["admin@client.example"],
        software_id="4ba1d0ac-64a7-4c9a-8f52-1f6a8a2d1b10",
        software_version="1.0",
    )
    answer.expect_accepted()


@requirement("RFC7591-3.2.1-b")
def test_each_client_gets_a_secret_of_its_own(registration: Registrar) -> None:
    """Two clients with secrets have different ones.

    Means: a client's secret opens every other client's account.
    Fix: make each client_secret of fresh random bits.
    """
    secrets = [registration.confidential().members["client_secret"] for _ in range(2)]
    if secrets[0] == secrets[1]:
        raise Violation("two clients got the same secret", expected="two secrets", observed="one and the same")


@requirement("RFC7591-3.2.1-b")
def test_a_secret_comes_with_its_expiry(registration: Registrar) -> None:
    """Where a client_secret is issued, client_secret_expires_at says when it ends, 0 for never.

    Means: clients don't know when their secret stops working.
    Fix: return client_secret_expires_at with every client_secret: seconds since 1970, or 0.
    """
    members = expect_members("the client information", registration.confidential().members)
    value = members.require("client_secret_expires_at", "a client_secret was issued")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Violation("client_secret_expires_at is no time", expected="a number", observed=repr(value)[:80])


@requirement("RFC7591-3.2.1-c")
def test_two_registrations_are_two_clients(registration: Registrar) -> None:
    """Two registrations of the same software give two client_ids.

    Means: one copy of an app can end, change or be blamed for what another copy does.
    Fix: issue a fresh client_id for every registration, whatever metadata comes with it.
    """
    software = unguessable("conformance-")
    first, second = (registration.control(software_id=software, software_version="1").client_id for _ in range(2))
    if first == second:
        raise Violation("two registrations share a client_id", expected="two client_ids", observed="one and the same")


@requirement("CIMD-7.1-a")
def test_no_generated_client_id_looks_like_a_url(registration: Registrar) -> None:
    """A client_id that the server makes up doesn't start with https://.

    Means: a registered client can't be told from one that is described by a document at that URL.
    Fix: issue client_ids that are no https URLs.
    """
    client_id = registration.control().client_id or ""
    if client_id.lower().startswith("https://"):
        raise Violation("the client_id is an https URL", expected="no https:// at its start", observed=client_id[:80])


@requirement("RFC7591-3.2.1-d")
def test_what_was_registered_is_returned(registration: Registrar) -> None:
    """The answer holds the client's redirect_uris, grant_types and token_endpoint_auth_method.

    Means: the client can't see what it was registered for, and fails later in ways that nobody explains.
    Fix: return all registered metadata in the client information response.
    """
    _expect_registered_metadata(registration.control().members)


@requirement("RFC7591-3.2.1-d")
def test_what_the_server_filled_in_is_returned(registration: Registrar) -> None:
    """A registration of nothing but redirect_uris is answered with the grant types and method that the server chose.

    Control: a full registration makes a client.
    Means: the client can't know how it has to authenticate, or which grants it may use.
    Fix: return the values that the server set for members that the client left out.
    """
    left_out = dict.fromkeys(("grant_types", "response_types", "token_endpoint_auth_method", "application_type"))
    answer = registration.altered("only redirect_uris and a name", **left_out)
    if answer.client_id is None:
        raise NotApplicable("the server registers no client that leaves grant types and method to it")
    _expect_registered_metadata(answer.members)


@requirement("RFC7591-2-d")
def test_members_left_out_get_their_defaults(registration: Registrar) -> None:
    """A registration of nothing but redirect_uris means authorization_code, code and client_secret_basic.

    Control: a full registration makes a client.
    Means: clients that rely on the defaults of RFC 7591 are registered for something else.
    Fix: fill in grant_types, response_types and token_endpoint_auth_method as RFC 7591, 2 says.
    """
    left_out = dict.fromkeys(("grant_types", "response_types", "token_endpoint_auth_method", "application_type"))
    answer = registration.altered("only redirect_uris and a name", **left_out)
    defaults: Mapping[str, Any] = {
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    told = {name: answer.members[name] for name in defaults if name in answer.members}
    if not told:
        raise NotApplicable("the answer says nothing about members with defaults")
    wrong = {name: value for name, value in told.items() if value != defaults[name]}
    if wrong:
        raise Violation("other defaults than RFC 7591's", expected=repr(dict(defaults)), observed=repr(wrong)[:300])


@requirement("RFC7591-5-d")
def test_a_public_client_gets_no_secret(registration: Registrar) -> None:
    """A client that registers with the method none has no client_secret.

    Means: a secret is spread among copies of an app that can't keep one.
    Fix: issue client_secret only to clients that authenticate with it.
    """
    members = registration.control(token_endpoint_auth_method="none").members  # noqa: S106 - the name of a method
    if members.get("token_endpoint_auth_method", "none") != "none":
        raise NotApplicable("the server registers no public clients")
    if "client_secret" in members:
        raise Violation("a public client got a secret", expected="no client_secret", observed="client_secret present")


def _expect_registered_metadata(members: Mapping[str, Any]) -> None:
    told = expect_members("the client information", members)
    for name in ("redirect_uris", "grant_types", "token_endpoint_auth_method"):
        told.require(name, "the server registered a value for it")
