"""The header and the signature of a JWT access token (RFC 9068 section 4, RFC 8725)."""

from collections.abc import Callable

from reference_impl.mcp_server.jose import (
    MalformedError,
    SignedJwt,
    VerificationKey,
    key_fits_algorithm,
    signature_is_valid,
)
from reference_impl.mcp_server.rules.issuer_keys import IssuerKeysRules
from reference_impl.mcp_server.rules.jwt_format import JwtFormatRules


class TokenSignatureRules(JwtFormatRules, IssuerKeysRules):
    """A token is what its issuer signed, for use as an access token, with an algorithm chosen here."""

    async def authentic_token(self, raw: str) -> SignedJwt:
        """Decode a JWT access token and verify where it comes from. Raises RefusalError."""
        token = self.decoded_token(raw)
        for step in self.token_header_steps():
            step(token)
        self.check_token_signature(token, await self.token_key(token))
        return token

    def decoded_token(self, raw: str) -> SignedJwt:
        """RFC6750-3.1-b: a token that cannot be read is an invalid token, not a server error."""
        try:
            return self.decode_jwt(raw)
        except MalformedError:
            raise self.invalid_token("the access token is malformed") from None

    def token_header_steps(self) -> tuple[Callable[[SignedJwt], None], ...]:
        """The judgements of the header, in order. RFC8725-3.10-a: `jwk`, `jku`, `x5u` and `x5c` are not even read."""
        return (self.check_token_algorithm, self.check_token_type, self.check_no_critical_extension)

    def check_token_algorithm(self, token: SignedJwt) -> None:
        """RFC8725-3.1-a, RFC9068-4-j, RFC9068-2.1-d: the algorithm is one of the asymmetric ones configured here."""
        if token.header.get("alg") not in self.config.signing_algorithms:
            raise self.invalid_token("the access token is not signed with an accepted algorithm")

    def check_token_type(self, token: SignedJwt) -> None:
        """RFC9068-4-e, RFC8725-3.11-a: `at+jwt` or `application/at+jwt`; media types are compared without case."""
        if str(token.header.get("typ")).lower() not in ("at+jwt", "application/at+jwt"):
            raise self.invalid_token("the JWT is not an access token")

    def check_no_critical_extension(self, token: SignedJwt) -> None:
        """RFC 7515 section 4.1.11: no extension is known here, so any `crit` is one that is not understood."""
        if "crit" in token.header:
            raise self.invalid_token("the access token uses a critical extension")

    async def token_key(self, token: SignedJwt) -> VerificationKey:
        """RFC9068-4-k: the issuer's key for this header, after one refetch if it is new. Raises RefusalError."""
        issuer = self.signing_issuer(token)
        key = self.select_key(token, await self.keys_of(issuer))
        key = key or self.select_key(token, await self.refetched_keys_of(issuer))
        if key is None:
            raise self.invalid_token("the access token is signed with an unknown key")
        return key

    def signing_issuer(self, token: SignedJwt) -> str:
        """RFC8725-3.8-a: whose keys may have signed; the claim picks among configured issuers and proves nothing."""
        claimed = token.claims.get("iss")
        return claimed if claimed in self.config.trusted_issuers else self.config.issuers[0]

    def select_key(self, token: SignedJwt, keys: tuple[VerificationKey, ...]) -> VerificationKey | None:
        """The key with that `kid`; without `kid`, the only key that fits; otherwise None."""
        algorithm = str(token.header.get("alg"))
        fitting = [key for key in keys if self.key_may_verify(key, algorithm)]
        if "kid" in token.header:
            return next((key for key in fitting if key.kid == token.header["kid"]), None)
        return fitting[0] if len(fitting) == 1 else None

    def key_may_verify(self, key: VerificationKey, algorithm: str) -> bool:
        """RFC8725-3.1-a: type, curve, `alg`, `use` and `key_ops` of the key must allow this use."""
        members = key.members
        return (
            members.get("alg", algorithm) == algorithm
            and members.get("use", "sig") == "sig"
            and "verify" in (members.get("key_ops") or ["verify"])
            and key_fits_algorithm(key.key, algorithm)
        )

    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        """RFC9068-4-i, RFC6750-5.2-b: the signature over the received bytes is the issuer's."""
        if not signature_is_valid(str(token.header["alg"]), key.key, token.signing_input, token.signature):
            raise self.invalid_token("the signature of the access token is not valid")
