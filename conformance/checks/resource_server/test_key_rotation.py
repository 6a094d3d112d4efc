"""Keys of an issuer come and go: OpenID Connect Core, 10.1.1. No OAuth text makes any of this a duty."""

from conformance.catalogue import requirement
from conformance.client.forged_token import WrongToken
from conformance.client.token_trial import TokenTrial
from conformance.issuer.key_rotation import PATIENCE_SECONDS, KeyRotation, unknown_key_tokens
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_TOKENS = 8


@requirement("OIDCC-10.1.1-a")
def test_a_new_key_is_fetched(key_rotation: KeyRotation) -> None:
    """A token signed by a key that the issuer has just published is accepted within half a minute.

    Control: a token signed by the usual key is accepted.
    Means: from the day that the authorization server changes its key, every request fails until a restart.
    Fix: look at jwks_uri again when a token names a key that you don't know.
    """
    key_rotation.server.control(token=key_rotation.mint.good())
    if key_rotation.noticed_key() is None:
        expected = f"accepted within {PATIENCE_SECONDS:.0f} s"
        raise Violation("a new key is not fetched", expected=expected, observed="refused all that time")


@requirement("OIDCC-10.1.1-b")
def test_a_withdrawn_key_is_forgotten(key_rotation: KeyRotation) -> None:
    """A token is refused when its key is published no longer and the server has looked at the key set since.

    Control: the token was accepted while its key was published; a token by a newer key is accepted.
    Means: a key that was withdrawn because it leaked goes on signing tokens for this server.
    Fix: replace the cached key set by the one that was fetched; don't add to it.
    """
    key_rotation.server.control(token=key_rotation.mint.good())
    leaked = key_rotation.noticed_key()
    if leaked is None:
        raise NotApplicable("the server doesn't look for new keys within half a minute")
    newer = key_rotation.publish()
    noticed = key_rotation.becomes_good(newer)
    key_rotation.withdraw(newer)
    if not noticed:
        raise Inconclusive("the server fetched one new key and not the next one", root="token_issuer")
    wrong = WrongToken("by a withdrawn key", key_rotation.token(leaked))
    TokenTrial(key_rotation.server, key_rotation.mint.good()).refusals([wrong])


@requirement("CWE-406-a")
def test_unknown_key_ids_cause_no_flood(key_rotation: KeyRotation) -> None:
    """Tokens under key ids that nobody published don't make the server fetch the key set once each.

    Control: a good token is accepted; the server fetches this key set at all.
    Means: strangers make the server flood its authorization server, and lock out everybody else.
    Fix: rest for some seconds between two looks at a key set, however many unknown key ids come in.
    """
    server, wrong = key_rotation.server, unknown_key_tokens(key_rotation.mint, _TOKENS)
    server.control(token=key_rotation.mint.good())
    before = _fetches(key_rotation)
    for each in wrong:
        server.send(server.with_token(each.token, change=f"sent with a token {each.flaw}"))
    _judge_fetches(key_rotation.fetches() - before, "tokens under unknown key ids")


@requirement("CWE-406-a")
def test_good_tokens_share_one_key_set(key_rotation: KeyRotation) -> None:
    """Good tokens don't make the server fetch the key set once each.

    Control: every one of the tokens is accepted; the server fetches this key set at all.
    Means: each request waits for the authorization server, and each client doubles its load.
    Fix: keep the key set for some minutes.
    """
    key_rotation.server.control(token=key_rotation.mint.good())
    before = _fetches(key_rotation)
    for _ in range(_TOKENS):
        key_rotation.server.control(token=key_rotation.mint.good())
    _judge_fetches(key_rotation.fetches() - before, "good tokens")


def _fetches(key_rotation: KeyRotation) -> int:
    fetches = key_rotation.fetches()
    if not fetches:
        raise NotApplicable("the server never fetched the key set of the harness's issuer")
    return fetches


def _judge_fetches(fetches: int, tokens: str) -> None:
    if fetches >= _TOKENS:
        observed = f"{fetches} fetches for {_TOKENS} {tokens}"
        raise Violation(
            "the key set is fetched for each token", expected="fewer fetches than tokens", observed=observed
        )
