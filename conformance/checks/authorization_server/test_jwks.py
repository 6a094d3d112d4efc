"""The key set of the authorization server: RFC 8414, section 2 (jwks_uri), and RFC 7517."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.key_set import (
    Key,
    has_certificate,
    is_secret,
    keys_of,
    matches_certificate,
    name_of,
    without_use,
)
from conformance.client.published import openid_members
from conformance.vocabulary import NotApplicable, Violation


@requirement("RFC8414-2-f")
def test_keys_of_a_mixed_set_say_their_use(authorization_server: AuthorizationServer) -> None:
    """A key set with signing and encryption keys says of every key what it is for.

    Means: a client may verify a signature with an encryption key, or encrypt to a signing key.
    Fix: add use (sig or enc) to every key.
    """
    _judge_use(keys_of(authorization_server.jwks()))


@requirement("OIDCD-3-g")
def test_keys_of_the_openid_document_say_their_use(authorization_server: AuthorizationServer) -> None:
    """A key set with signing and encryption keys, named by the OpenID document, says of every key what it is for.

    Means: a client may verify a signature with an encryption key, or encrypt to a signing key.
    Fix: add use (sig or enc) to every key.
    """
    _judge_use(_openid_keys(authorization_server))


@requirement("OIDCD-3-f")
def test_keys_of_the_openid_document_are_public(authorization_server: AuthorizationServer) -> None:
    """No key of the set that the OpenID document names is symmetric or has members of a private key.

    Means: anybody who reads the key set can sign tokens for every user and every MCP server.
    Fix: withdraw these keys at once, and publish public keys only.
    """
    secret = [name_of(key) for key in _openid_keys(authorization_server) if is_secret(key)]
    if secret:
        raise Violation("a secret key is published", expected="public keys only", observed=f"secret: {secret!r}")


@requirement("OIDCD-3-h")
def test_certificates_hold_the_published_keys(authorization_server: AuthorizationServer) -> None:
    """A key with x5c is there by its bare members too, and is the key of the first certificate.

    Means: clients that read the certificate verify with another key than those that read the members.
    Fix: make x5c anew with every key, or leave it out.
    """
    certified = [key for key in _openid_keys(authorization_server) if has_certificate(key)]
    if not certified:
        raise NotApplicable("no key has x5c, which is optional")
    wrong = [name_of(key) for key in certified if not matches_certificate(key)]
    if wrong:
        raise Violation(
            "x5c has another key", expected="the key of the certificate", observed=f"they differ: {wrong!r}"
        )


def _judge_use(keys: list[Key]) -> None:
    without = without_use(keys)
    if without is None:
        raise NotApplicable("the key set does not hold both signing and encryption keys")
    if without:
        raise Violation("a key without use", expected="use on every key", observed=f"without use: {without!r}")


def _openid_keys(server: AuthorizationServer) -> list[Key]:
    members = openid_members(server)
    if not members.is_https(members.url("jwks_uri")):
        raise NotApplicable("jwks_uri is no https URL, see OIDCD-3-b")
    return keys_of(server.context.document(server.wire, members.url("jwks_uri")))
