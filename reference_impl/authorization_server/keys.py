"""The server's signing keys (RFC 7517). The newest signs; older ones stay published until they are retired."""

from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

from reference_impl.authorization_server.config import SigningAlgorithm

SigningKey = ECKey | RSAKey | OKPKey


def generate_signing_key(algorithm: SigningAlgorithm) -> SigningKey:
    """A fresh key for `algorithm`, its RFC 7638 thumbprint as kid."""
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", auto_kid=True)
    if algorithm == "RS256":
        return RSAKey.generate_key(2048, auto_kid=True)
    return OKPKey.generate_key("Ed25519", auto_kid=True)


class KeyRing:
    """Signing keys, newest first, all for one algorithm."""

    def __init__(self, algorithm: SigningAlgorithm) -> None:
        self.algorithm = algorithm
        self._keys = [generate_signing_key(algorithm)]

    @property
    def current(self) -> SigningKey:
        """The key that signs from now on."""
        return self._keys[0]

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on; the older ones still verify."""
        self._keys.insert(0, generate_signing_key(self.algorithm))
        return self.current

    def retire(self, kid: str) -> bool:
        """Stop publishing an old key; the current one stays. Whether `kid` was such a key."""
        kept = [key for key in self._keys if key is self.current or key.kid != kid]
        retired, self._keys = len(kept) < len(self._keys), kept
        return retired

    def public_keys(self) -> list[dict[str, Any]]:
        """Every published key as public JWK without use and alg."""
        return [dict(key.as_dict(private=False)) for key in self._keys]
