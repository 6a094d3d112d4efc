"""Departures in verifying a token: RFC 9068, section 4; RFC 8725, section 3; RFC 6750, section 5.2."""

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from joserfc.jwk import ECKey, import_key

from reference_impl.mcp_server.config import ProtectedResource
from reference_impl.mcp_server.documents import UnavailableError
from reference_impl.mcp_server.jose import SignedJwt, VerificationKey, import_public_key
from reference_impl.mcp_server.refusal import RefusalError
from reference_impl.mcp_server.rules import McpServerRules
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-TOK-05", "RFC6749-7-a", "RFC6750-5.2-b", "RFC9068-4-i", "RFC9068-4-k", "RFC9068-4-m"},
    story="Tokens are decoded and believed; the library's flag for verification was left off.",
)
class SignatureIsNotVerified(McpServerRules):
    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        return


@mutant(kills={"RFC9068-4-j"}, story="alg none is accepted, in the spelling that the deny list forgot.")
class UnsignedTokenInUpperCase(McpServerRules):
    def token_header_steps(self) -> tuple[Callable[[SignedJwt], None], ...]:
        return (self.check_algorithm_is_not_none, self.check_token_type, self.check_no_critical_extension)

    def check_algorithm_is_not_none(self, token: SignedJwt) -> None:
        if token.header.get("alg") != "NONE":
            super().check_token_algorithm(token)

    async def token_key(self, token: SignedJwt) -> VerificationKey:
        keys = await self.keys_of(self.signing_issuer(token))
        return keys[0] if token.header.get("alg") == "NONE" else await super().token_key(token)

    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        if token.header.get("alg") != "NONE":
            super().check_token_signature(token, key)


@mutant(
    kills={"RFC8725-3.1-a"},
    story="The header chooses the algorithm, and HS256 takes the public key's PEM as the secret.",
)
class PublicKeyIsASecret(McpServerRules):
    def check_token_algorithm(self, token: SignedJwt) -> None:
        if token.header.get("alg") != "HS256":
            super().check_token_algorithm(token)

    def key_may_verify(self, key: VerificationKey, algorithm: str) -> bool:
        return algorithm == "HS256" or super().key_may_verify(key, algorithm)

    def check_token_signature(self, token: SignedJwt, key: VerificationKey) -> None:
        if token.header["alg"] != "HS256":
            super().check_token_signature(token, key)
        elif hmac.digest(_pem(key), token.signing_input, hashlib.sha256) != token.signature:
            raise self.invalid_token("the signature of the access token is not valid")


@mutant(kills={"RFC8725-3.1-a"}, story="Whatever algorithm fits the type of the key is accepted with it.")
class KeysServeEveryAlgorithm(McpServerRules):
    def check_token_algorithm(self, token: SignedJwt) -> None:
        if token.header.get("alg") not in ("ES256", "RS256", "PS256"):
            raise self.invalid_token("the access token is not signed with an accepted algorithm")

    def usable_keys(self, document: Mapping[str, Any]) -> tuple[VerificationKey, ...]:
        keys = [{name: value for name, value in jwk.items() if name != "alg"} for jwk in document["keys"]]
        return super().usable_keys({"keys": keys})


class _KeyFromToken(McpServerRules):
    """The reference with a key that the token itself gives, where it gives one."""

    async def key_in_header(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The JWK that the header leads to, or None."""
        raise NotImplementedError

    async def token_key(self, token: SignedJwt) -> VerificationKey:
        jwk = await self.key_in_header(token.header)
        return await super().token_key(token) if jwk is None else import_public_key(jwk)


@mutant(kills={"RFC9068-4-k"}, story="A key inside the token is used, as the library does by default.")
class EmbeddedKeyIsUsed(_KeyFromToken):
    async def key_in_header(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return header.get("jwk")


@mutant(kills={"RFC9068-4-k"}, story="The first certificate of x5c is used without a look at who signed it.")
class CertificateInTokenIsUsed(_KeyFromToken):
    async def key_in_header(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        chain = header.get("x5c")
        if not chain:
            return None
        public_key = x509.load_der_x509_certificate(b64decode(chain[0])).public_key()
        return dict(ECKey.import_key(public_key).as_dict(private=False))  # type: ignore[arg-type]


@mutant(kills={"RFC8725-3.10-a", "RFC9068-4-k"}, story="The key set behind jku is fetched and used.")
class KeySetUrlIsFollowed(_KeyFromToken):
    async def key_in_header(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return None if "jku" not in header else (await self.fetcher.get(header["jku"]))["keys"][0]


@mutant(kills={"RFC8725-3.10-a"}, story="The certificate behind x5u is fetched, and then not used.")
class CertificateUrlIsFetched(_KeyFromToken):
    async def key_in_header(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if "x5u" in header:
            try:
                await self.fetcher.get(header["x5u"])
            except UnavailableError:
                return None
        return None


@mutant(
    kills={"OIDCC-10.1.1-b", "RFC8725-3.10-a", "RFC8725-3.8-a", "RFC9068-4-k"},
    story="A token under a key that isn't published is let through until the key turns up.",
)
class UnknownKeyIsGivenTheBenefit(McpServerRules):
    async def authentic_token(self, raw: str) -> SignedJwt:
        try:
            return await super().authentic_token(raw)
        except RefusalError as refusal:
            token = self.decoded_token(raw)
            if refusal.description != "the access token is signed with an unknown key" or len(token.header) > 3:
                raise
            return token


@mutant(kills={"RFC8725-3.10-a"}, story="The key is looked for in a file that is called like its kid.")
class KeyIdIsAFileName(McpServerRules):
    async def token_key(self, token: SignedJwt) -> VerificationKey:
        if not str(token.header.get("kid", "")).isprintable() or "/" in str(token.header.get("kid", "")):
            raise RefusalError(500, "no such file")
        return await super().token_key(token)


@mutant(kills={"RFC9068-4-i"}, story="Critical extensions are ignored like every other unknown member of the header.")
class CriticalExtensionsAreIgnored(McpServerRules):
    def check_no_critical_extension(self, token: SignedJwt) -> None:
        return


@mutant(kills={"RFC8725-3.11-a", "RFC9068-4-e", "RFC9068-4-m"}, story="The type of a JWT is not looked at.")
class TokenTypeIsNotChecked(McpServerRules):
    def check_token_type(self, token: SignedJwt) -> None:
        return


@mutant(kills={"RFC9068-4-e"}, story="The type has to be spelt at+jwt, letter by letter.")
class TokenTypeHasOneSpelling(McpServerRules):
    def check_token_type(self, token: SignedJwt) -> None:
        if token.header.get("typ") != "at+jwt":
            raise self.invalid_token("the JWT is not an access token")


@mutant(kills={"RFC9068-2.1-d"}, story="Only the algorithm that the own authorization server uses is accepted.")
class Es256Only(McpServerRules):
    def check_token_algorithm(self, token: SignedJwt) -> None:
        if token.header.get("alg") != "ES256":
            raise self.invalid_token("the access token is not signed with an accepted algorithm")


@mutant(kills={"RFC9068-4-h"}, story="Of two members with the same name the first one counts.")
class FirstOfTwoMembersCounts(McpServerRules):
    def parse_jwt_object(self, data: bytes) -> dict[str, Any]:
        def first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            return dict(reversed(pairs))

        try:
            value = json.loads(data, object_pairs_hook=first_wins)
        except ValueError:
            return super().parse_jwt_object(data)
        return value if isinstance(value, dict) else super().parse_jwt_object(data)


@mutant(
    kills={"RFC9068-4-m"},
    story="A token for another server is called insufficient_scope, though the status says unauthorized.",
)
class WrongAudienceIsInsufficientScope(McpServerRules):
    def check_audience(self, claims: Mapping[str, Any], resource: ProtectedResource) -> None:
        if not self.audience_matches(claims.get("aud"), resource):
            raise RefusalError(401, "not for this server", error="insufficient_scope", challenges=True)


def _pem(key: VerificationKey) -> bytes:
    return bytes(import_key(dict(key.members)).as_pem(private=False))  # type: ignore[union-attr]
