"""The key set of the authorization server: RFC 8414, section 2 (jwks_uri), and RFC 7517."""

from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_ENCRYPTING_OPERATIONS = {"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}
_SIGNING_OPERATIONS = {"sign", "verify"}
_KEY_MANAGEMENT_PREFIXES = ("RSA", "ECDH-ES", "A", "PBES2", "dir")


@requirement("RFC8414-2-f")
def test_keys_of_a_mixed_set_say_their_use(authorization_server: AuthorizationServer) -> None:
    """A key set with signing and encryption keys says of every key what it is for.

    Means: a client may verify a signature with an encryption key, or encrypt to a signing key.
    Fix: add use (sig or enc) to every key.
    """
    keys = _keys(authorization_server)
    purposes = {_purpose(key) for key in keys}
    if not {"sig", "enc"} <= purposes:
        raise NotApplicable("the key set does not hold both signing and encryption keys")
    without = [str(key.get("kid", "without kid"))[:60] for key in keys if not isinstance(key.get("use"), str)]
    if without:
        raise Violation("a key without use", expected="use on every key", observed=f"without use: {without!r}")


def _keys(server: AuthorizationServer) -> list[Mapping[str, Any]]:
    document = server.jwks()
    keys = (document.members or {}).get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        seen = expect(document.response).described()
        raise Inconclusive(f"there is no JWK Set at {document.url}: {seen}", root="jwks")
    return keys


def _purpose(key: Mapping[str, Any]) -> str:
    """What a key says it is for: sig, enc, or nothing. The algorithms of key management all have these prefixes."""
    operations = key.get("key_ops")
    named = set(operations) if isinstance(operations, list) and all(isinstance(o, str) for o in operations) else set()
    algorithm = str(key.get("alg", ""))
    manages_keys = algorithm.startswith(_KEY_MANAGEMENT_PREFIXES)
    if key.get("use") == "enc" or named & _ENCRYPTING_OPERATIONS or manages_keys:
        return "enc"
    if key.get("use") == "sig" or named & _SIGNING_OPERATIONS or algorithm:
        return "sig"
    return ""
