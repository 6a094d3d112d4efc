"""How a client reads and updates its registration (RFC 7592, 2, 2.1, 2.2, 3 and 5)."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import unguessable
from conformance.client.guessing import judge_unguessable
from conformance.client.managed_client import ManagedClient, managed_client
from conformance.client.registrar import WEB_REDIRECT, Registrar
from conformance.client.requests import form
from conformance.expect import expect, expect_members
from conformance.vocabulary import NotApplicable, Violation

_LEAST_BITS = 100
_OTHER_REDIRECT = "http://127.0.0.1:8765/another"


@requirement("RFC7592-2-a")
def test_management_needs_the_registration_access_token(registration: Registrar) -> None:
    """A request to the client configuration endpoint without a token is answered 401, with nothing of the client.

    Control: the same request with the registration access token shows the registration.
    Means: whoever knows or guesses a client_id can read or take over that client.
    Fix: demand the registration access token as bearer token, and answer 401 without it.
    """
    client = managed_client(registration)
    client.read()
    answer = client.send(client.request().without_header("Authorization"))
    if "client_id" in (answer.json_object() or {}):
        raise Violation("the registration is shown to anybody", expected="401", observed=f"{answer.status}")
    expect(answer).has_status(401)


@requirement("RFC7592-2-a")
def test_one_client_can_not_read_another(registration: Registrar) -> None:
    """The registration access token of one client doesn't open the registration of another.

    Control: each client reads its own registration.
    Means: anybody who may register can read and take over every other client.
    Fix: accept a registration access token only at the client configuration endpoint of its own client.
    """
    client, other = managed_client(registration), managed_client(registration)
    client.read()
    other.read()
    header = ("Authorization", f"Bearer {other.token}", "the token of another client")
    answer = client.send(client.request().with_header(*header))
    if answer.status < 400 or (answer.json_object() or {}).get("client_id") == client.members["client_id"]:
        raise Violation("another client's token is accepted", expected="401 or 403", observed=f"{answer.status}")


@requirement("RFC7592-2-b")
def test_a_method_that_is_not_offered_is_refused(registration: Registrar) -> None:
    """A PATCH, which RFC 7592 doesn't know, with the right token is answered by an error status, not by success.

    Control: a GET with the same token shows the registration.
    Means: a client takes for done what the server ignored.
    Fix: answer 405 with Allow for methods that the client configuration endpoint doesn't have.
    """
    client = managed_client(registration)
    client.read()
    body = {"client_name": unguessable("changed by PATCH ")}
    answer = client.send(client.request("PATCH", body, "sent by PATCH"))
    if answer.status < 400 and client.read().get("client_name") != body["client_name"]:
        raise Violation("PATCH is ignored with success", expected="405", observed=f"{answer.status}, nothing changed")


@requirement("RFC7592-2.1-a")
def test_reading_shows_the_same_client_id(registration: Registrar) -> None:
    """The client_id of a registration that is read is the one that was issued.

    Means: a client that takes over what it reads loses its identity.
    Fix: return the client_id unchanged.
    """
    client = managed_client(registration)
    _expect_same_client_id(client, client.read().get("client_id"))


@requirement("RFC7592-2.1-a")
def test_updating_keeps_the_client_id(registration: Registrar) -> None:
    """The client_id in the answer to an update is the one that was issued.

    Means: a client that updates itself loses its identity, and its users their consent.
    Fix: return the client_id unchanged.
    """
    client = managed_client(registration)
    answer = client.control_update(client_name="Renamed")
    _expect_same_client_id(client, answer.get("client_id"))


@requirement("RFC7592-2.1-b")
def test_a_wrong_registration_access_token_is_answered_by_rfc_6750(registration: Registrar) -> None:
    """A token that was never issued is answered 401 with a Bearer challenge.

    Control: the registration access token shows the registration.
    Means: a client can't tell a lost registration from a server in trouble.
    Fix: answer 401 with WWW-Authenticate: Bearer and error="invalid_token".
    """
    client = managed_client(registration)
    client.read()
    wrong = ("Authorization", f"Bearer {unguessable()}", "a token that was never issued")
    answer = client.send(client.request().with_header(*wrong))
    expect(answer).has_status(401)
    expect(answer).challenge("Bearer")


@requirement("RFC7592-2.2-a")
def test_an_update_replaces_redirect_uris(registration: Registrar) -> None:
    """After an update with other redirect_uris the registration has these and no others.

    Means: a redirect URI that a client gave up, perhaps because somebody else has it now, still receives codes.
    Fix: replace the registered values by those of the update; never add to them.
    """
    client = managed_client(registration)
    client.control_update(redirect_uris=[_OTHER_REDIRECT])
    now = client.read().get("redirect_uris")
    if now != [_OTHER_REDIRECT]:
        raise Violation("the update did not replace", expected=repr([_OTHER_REDIRECT]), observed=repr(now)[:200])


@requirement("RFC7592-2.2-b")
def test_a_client_can_not_choose_its_secret(registration: Registrar) -> None:
    """An update with a client_secret of the client's choice is refused, or leaves the secret as it was.

    Control: the same update with the secret that was issued works.
    Means: clients end up with secrets that can be guessed, or with one that a thief of the token has set.
    Fix: refuse an update whose client_secret isn't the current one.
    """
    client = managed_client(registration, registration.confidential())
    client.control_update()
    chosen = unguessable("chosen-")
    answer = client.send(client.request("PUT", client.update(client_secret=chosen), "client_secret of its own choice"))
    shown = (answer.json_object() or {}).get("client_secret") if answer.status == 200 else None
    if shown == chosen or (answer.status == 200 and _authenticates(client, chosen)):
        raise Violation("the client chose its secret", expected="a refusal, or the old secret", observed="the new one")


@requirement("RFC7592-2.2-c")
def test_an_update_in_the_name_of_another_client_changes_nothing(registration: Registrar) -> None:
    """An update that names another client's client_id changes neither client.

    Control: the same update with the client's own client_id works.
    Means: a client can overwrite another one with its own redirect URIs.
    Fix: refuse an update whose client_id isn't the one that the token belongs to.
    """
    client, other = managed_client(registration), managed_client(registration)
    client.control_update(client_name="Renamed")
    body = client.update(client_id=other.members["client_id"], redirect_uris=[_OTHER_REDIRECT])
    client.send(client.request("PUT", body, "client_id of another client"))
    for one in (other, client):
        if one.read().get("redirect_uris") == [_OTHER_REDIRECT]:
            raise Violation("the update was carried out", expected="a refusal", observed="redirect_uris changed")


@requirement("RFC7592-3-a")
def test_registration_tells_how_to_manage_it(registration: Registrar) -> None:
    """Where one of registration_client_uri and registration_access_token is returned, so is the other.

    Means: a client knows that it can be managed, but not where or with what.
    Fix: return both in the answer to every registration, or neither.
    """
    waive = registration.server.context.facts.waive_loopback_http
    answer = registration.control().members
    members = expect_members("the client information", answer, waive_loopback_http=waive)
    if not {"registration_client_uri", "registration_access_token"} & members.value.keys():
        raise NotApplicable("the server does not offer registration management")
    members.require("registration_access_token", "registration_client_uri was returned")
    members.require("registration_client_uri", "registration_access_token was returned")
    members.https("registration_client_uri")


@requirement("RFC7592-3-a")
def test_an_update_is_answered_with_the_whole_registration(registration: Registrar) -> None:
    """The answer to an update has the means to manage the client, and its metadata.

    Means: a client that keeps the latest answer can't manage itself any more.
    Fix: answer updates with registration_client_uri, registration_access_token and all metadata.
    """
    client = managed_client(registration)
    members = expect_members("the answer to the update", client.control_update(client_name="Renamed"))
    for name in ("registration_client_uri", "registration_access_token", "client_id", "redirect_uris"):
        members.require(name)


@requirement("RFC7592-3-a")
def test_a_client_that_gets_a_secret_is_told(registration: Registrar) -> None:
    """The answer to an update from the method none to one with a secret, if that is accepted, has the secret.

    Control: the client without a secret reads its registration.
    Means: the client is from now on asked for a secret that it never got, and is locked out.
    Fix: issue a secret when an update makes one necessary, or refuse the update.
    """
    with_secret = registration.confidential().wanted["token_endpoint_auth_method"]
    public = {"token_endpoint_auth_method": "none"}
    client = managed_client(registration, registration.control(**public))
    client.read()
    body = client.update(token_endpoint_auth_method=with_secret)
    answer = client.send(client.request("PUT", body, f"token_endpoint_auth_method is {with_secret}"))
    members = answer.json_object() or {}
    if answer.status != 200 or members.get("token_endpoint_auth_method") != with_secret:
        raise NotApplicable(f"the server does not change the method of a registered client ({answer.status})")
    if not members.get("client_secret"):
        raise Violation("no secret came with the method", expected="client_secret", observed=", ".join(members))


@requirement("RFC7592-5-b")
def test_a_registration_access_token_can_not_be_guessed(registration: Registrar) -> None:
    """Registration access tokens differ in enough places to hold 100 bits or more.

    Means: whoever guesses the token takes the client over.
    Fix: make registration access tokens of at least 128 random bits.
    """
    tokens = [managed_client(registration).token for _ in range(4)]
    judge_unguessable("registration access tokens", tokens, _LEAST_BITS)


def _expect_same_client_id(client: ManagedClient, now: object) -> None:
    issued = client.members["client_id"]
    if now != issued:
        raise Violation("the client_id changed", expected=f"client_id={issued!r}", observed=f"client_id={now!r}")


def _authenticates(client: ManagedClient, secret: str) -> bool:
    """Whether the token endpoint accepts that secret: it then looks at the code, and finds that there is none."""
    flow = client.flow()
    pairs = [("grant_type", "authorization_code"), ("code", unguessable()), ("redirect_uri", WEB_REDIRECT)]
    bogus = form(flow.endpoint("token_endpoint"), pairs)
    if flow.redeem(flow.authenticated(bogus)).error == "invalid_client":
        return True  # the secret that was issued has been replaced
    chosen = flow.by(replace(flow.client, client_secret=secret))
    return chosen.redeem(chosen.authenticated(bogus)).error != "invalid_client"
