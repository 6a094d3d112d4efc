"""Clients that publish their keys at a jwks_uri: RFC 7591, 2; RFC 7523, 3; OpenID Connect Core, 10.1.1."""

from conformance.catalogue import requirement
from conformance.client.published_keys import (
    PATIENCE_SECONDS,
    Key,
    PublishedKeys,
    new_key,
    published_keys,
    registered_by_uri,
)
from conformance.client.registrar import Registrar
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC7591-2-e")
def test_a_key_behind_jwks_uri_authenticates_the_client(registration: Registrar) -> None:
    """A client that registered private_key_jwt and a jwks_uri gets a token by a key that is found there.

    Control: the server fetched the key set.
    Means: clients that exchange their keys now and then, as they should, can't use this server.
    Fix: verify client assertions by the key set at the registered jwks_uri, whatever JSON media type it has.
    """
    published = published_keys(registration)
    answer = published.sent_by(published.key)
    if answer.access_token:
        return
    if not published.fetches:
        raise NotApplicable("the server did not fetch from the document host, so its keys can't be judged")
    expected = "a token, since the key was fetched"
    raise Violation("the published key is not good", expected=expected, observed=answer.described())


@requirement("RFC7523-3-a")
def test_a_key_that_is_not_behind_jwks_uri_is_refused(registration: Registrar) -> None:
    """An assertion by a key that isn't at the client's jwks_uri is refused, under its own kid and a published one.

    Control: an assertion by the published key is accepted.
    Means: anybody can pass for the client.
    Fix: verify the signature by the fetched keys, and refuse what none of them verifies.
    """
    published = published_keys(registration)
    published.control()
    stranger = new_key()
    for key, kid in ((stranger, "its own kid"), ({**stranger, "kid": published.key["kid"]}, "the published kid")):
        expect(published.sent_by(key, f"an assertion by another key under {kid}")).issues_no_token()


@requirement("RFC7591-2-c")
def test_a_client_with_jwks_uri_has_no_jwks(registration: Registrar) -> None:
    """The answer to a registration with jwks_uri alone does not have both jwks_uri and jwks.

    Means: which keys count as the client's depends on who reads its metadata.
    Fix: return the keys as they were registered, by reference or by value.
    """
    _, _, _, answer = registered_by_uri(registration)
    if "jwks_uri" not in answer.members:
        raise NotApplicable("the server registers the client without its jwks_uri")
    if "jwks" in answer.members:
        raise Violation("both are returned", expected="jwks_uri alone", observed="jwks and jwks_uri")


@requirement("OIDCC-10.1.1-c")
def test_a_new_key_of_a_client_is_fetched(registration: Registrar) -> None:
    """An assertion by a key that was just put behind jwks_uri is accepted within half a minute.

    Control: an assertion by the first key is accepted.
    Means: a client that exchanges its keys is locked out until the server forgets the old ones.
    Fix: look at jwks_uri again when an assertion names a key that you don't know.
    """
    published = published_keys(registration)
    published.control()
    newer = new_key()
    published.publish(published.key, newer)
    if not published.becomes_good(newer):
        expected = f"accepted within {PATIENCE_SECONDS:.0f} s"
        raise Violation("a new key is not fetched", expected=expected, observed="refused all that time")


@requirement("OIDCC-10.1.1-d")
def test_a_withdrawn_key_of_a_client_is_forgotten(registration: Registrar) -> None:
    """An assertion is refused when its key is behind jwks_uri no longer and the server has looked there since.

    Control: the key was good while it was published; a newer one is accepted.
    Means: a key that was withdrawn because it leaked goes on authenticating the client.
    Fix: replace the cached key set by the one that was fetched; don't add to it.
    """
    published = published_keys(registration)
    published.control()
    newer = new_key()
    published.publish(newer)
    if not _accepted_after_a_look(published, newer):
        raise NotApplicable("the server does not look at jwks_uri again at once")
    expect(published.sent_by(published.key, "an assertion by a key that was withdrawn")).issues_no_token()


def _accepted_after_a_look(published: PublishedKeys, key: Key) -> bool:
    before = published.fetches
    return bool(published.sent_by(key).access_token) and published.fetches > before
