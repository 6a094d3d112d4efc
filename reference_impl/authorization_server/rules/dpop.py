"""Judging one DPoP proof at this server's own endpoints (RFC 9449 section 4.3), one step a method."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.rules.client_key_policy import PRIVATE_MEMBERS

MAX_PROOF_LENGTH = 8 * 1024
DEFAULT_PORTS = {"https": 443, "http": 80}
_PERCENT_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


class _ProofRegistry(jws.JWSRegistry):
    max_header_length = 4096  # the library's 512 bytes are too few for an RSA key in the header


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof under judgement: `compact` as sent, its decoded header and claims, and the request that carries it.

    `http_method` and `http_uri` (the endpoint's public URL) are those of the request.
    """

    compact: str
    header: dict[str, Any]
    claims: dict[str, Any]
    http_method: str
    http_uri: str


class DpopRules(RulesBase):
    """Everything asked of a proof; the key of an accepted one is returned as its JWK thumbprint."""

    def dpop_proof_steps(self) -> tuple[Callable[[DpopProof], None], ...]:
        """The judgements of a proof, in order; remembering its jti comes last, so only good proofs are remembered."""
        return (
            self.check_dpop_typ,
            self.check_dpop_algorithm,
            self.check_dpop_key_is_public,
            self.check_dpop_signature,
            self.check_dpop_claims_present,
            self.check_dpop_htm,
            self.check_dpop_htu,
            self.check_dpop_iat,
            self.check_dpop_nonce,
            self.check_dpop_jti_is_fresh,
        )

    def dpop_key_of_request(self, headers: Sequence[str], method: str, uri: str) -> str | None:
        """Thumbprint of the key proven by the DPoP header values of a request; None without a header.

        `uri` is the endpoint's public URL. Raises OAuthError invalid_dpop_proof or use_dpop_nonce, status 400.
        """
        if not headers or not self.config.dpop.enabled:
            return None
        proof = self.parse_dpop_proof(self.single_dpop_header(headers), method, uri)
        for step in self.dpop_proof_steps():
            step(proof)
        return self.dpop_thumbprint(proof)

    def invalid_dpop_proof(self, description: str) -> OAuthError:
        """RFC9449-5-a: the error code of an unacceptable proof at the token endpoint, status 400."""
        return OAuthError("invalid_dpop_proof", description, 400)

    def single_dpop_header(self, headers: Sequence[str]) -> str:
        """RFC9449-4.3-a: exactly one DPoP header; a list in one header is no JWT and fails later."""
        if len(headers) != 1:
            raise self.invalid_dpop_proof("there must be one DPoP header")
        return headers[0]

    def parse_dpop_proof(self, compact: str, method: str, uri: str) -> DpopProof:
        """RFC9449-4.3-b: one well-formed JWT in compact form, whose claims are a JSON object."""
        try:
            if len(compact) > MAX_PROOF_LENGTH:
                raise ValueError
            token = jws.extract_compact(compact.encode("ascii"), registry=_ProofRegistry(strict_check_header=False))
            claims = json.loads(token.payload)
        except (JoseError, ValueError, RecursionError):
            raise self.invalid_dpop_proof("the DPoP header holds no well-formed JWT") from None
        if not isinstance(claims, dict):
            raise self.invalid_dpop_proof("the claims of the DPoP proof are no JSON object")
        return DpopProof(compact, dict(token.headers()), claims, method, uri)

    def check_dpop_typ(self, proof: DpopProof) -> None:
        """RFC9449-4.3-b: typ is dpop+jwt, so no other kind of JWT passes for a proof."""
        if proof.header.get("typ") != "dpop+jwt":
            raise self.invalid_dpop_proof("the typ of a DPoP proof must be dpop+jwt")

    def check_dpop_algorithm(self, proof: DpopProof) -> None:
        """RFC9449-4.3-c: an asymmetric algorithm that the metadata lists; never none, never a MAC."""
        if proof.header.get("alg") not in self.dpop_algorithms():
            raise self.invalid_dpop_proof("this DPoP alg is not supported")

    def dpop_algorithms(self) -> tuple[str, ...]:
        """RFC9449-5.1-a: what dpop_signing_alg_values_supported lists and a proof may use."""
        return self.config.dpop.algorithms

    def check_dpop_key_is_public(self, proof: DpopProof) -> None:
        """RFC9449-4.3-d: jwk is a public key; a private one was given away with the proof."""
        key = proof.header.get("jwk")
        if not isinstance(key, dict) or key.get("kty") == "oct" or PRIVATE_MEMBERS & key.keys():
            raise self.invalid_dpop_proof("the jwk of a DPoP proof must be a public key")

    def check_dpop_signature(self, proof: DpopProof) -> None:
        """RFC9449-4.3-d: the signature verifies with jwk; extensions named in crit are not understood."""
        registry = _ProofRegistry(algorithms=self.dpop_algorithms(), strict_check_header=False)
        try:
            jws.deserialize_compact(proof.compact, import_key(proof.header["jwk"]), registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            raise self.invalid_dpop_proof("the signature of the DPoP proof does not verify") from None

    def check_dpop_claims_present(self, proof: DpopProof) -> None:
        """RFC9449-4.3-b: jti, htm, htu and iat are all there, each of its type."""
        texts = [proof.claims.get(name) for name in ("jti", "htm", "htu")]
        if not all(isinstance(text, str) and text for text in texts):
            raise self.invalid_dpop_proof("a DPoP proof needs jti, htm and htu")
        if type(proof.claims.get("iat")) not in {int, float}:
            raise self.invalid_dpop_proof("a DPoP proof needs a numeric iat")

    def check_dpop_htm(self, proof: DpopProof) -> None:
        """RFC9449-4.3-e: htm is the method of the request; methods are case-sensitive."""
        if proof.claims["htm"] != proof.http_method:
            raise self.invalid_dpop_proof("htm is not the method of this request")

    def check_dpop_htu(self, proof: DpopProof) -> None:
        """RFC9449-4.3-e: htu is the URI of the request without query and fragment."""
        if self.comparable_htu(proof.claims["htu"]) != self.comparable_htu(proof.http_uri):
            raise self.invalid_dpop_proof("htu is not the URI of this request")

    def comparable_htu(self, uri: str) -> tuple[str, str, int | None, str]:
        """RFC9449-4.3-e: normalised scheme, host, port and path (RFC 3986 sections 6.2.2 and 6.2.3)."""
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError:
            raise self.invalid_dpop_proof("htu is not a URI") from None
        path = urlsplit(urljoin("//h", parts.path or "/")).path
        scheme = parts.scheme.lower()
        return scheme, parts.hostname or "", port or DEFAULT_PORTS.get(scheme), self.normalised_escapes(path)

    def normalised_escapes(self, path: str) -> str:
        """RFC9449-4.3-e: escapes of unreserved characters decoded, all others in upper case (RFC 3986, 6.2.2.2)."""

        def normalise(match: re.Match[str]) -> str:
            plain = unquote(match[0])
            return plain if plain.isascii() and (plain.isalnum() or plain in "-._~") else match[0].upper()

        return _PERCENT_ENCODED.sub(normalise, path)

    def check_dpop_iat(self, proof: DpopProof) -> None:
        """RFC9449-4.3-f, RFC9449-11.1-a: created within the accepted window around now, on either side."""
        # Written so that a NaN, which compares false with everything, is refused.
        if not abs(self.now() - proof.claims["iat"]) <= self.config.dpop.proof_lifetime:
            raise self.invalid_dpop_proof("iat is outside the accepted window")

    def check_dpop_nonce(self, proof: DpopProof) -> None:
        """RFC9449-8-a, RFC9449-11.3-a: where this server asks for a nonce, it must be one of its own, still fresh."""
        if not self.config.dpop.require_nonce:
            return
        nonce = proof.claims.get("nonce")
        if not (isinstance(nonce, str) and self.store.dpop_nonces.is_live(nonce, self.now())):
            raise self.use_dpop_nonce()

    def use_dpop_nonce(self) -> OAuthError:
        """RFC9449-8-a: status 400 use_dpop_nonce with exactly one DPoP-Nonce header."""
        headers = {"DPoP-Nonce": self.fresh_dpop_nonce()}
        return OAuthError("use_dpop_nonce", "put the nonce of the DPoP-Nonce header into the proof", 400, headers)

    def fresh_dpop_nonce(self) -> str:
        """RFC9449-8-a: an unpredictable nonce that lives for `nonce_lifetime` seconds at most."""
        return self.store.dpop_nonces.current(self.now(), self.config.dpop.nonce_lifetime)

    def check_dpop_jti_is_fresh(self, proof: DpopProof) -> None:
        """RFC9449-11.1-a: a jti is used once by a key for as long as its proof would be accepted."""
        forget_at = int(proof.claims["iat"]) + self.config.dpop.proof_lifetime + 1
        if not self.store.replays.first_use("dpop", self.dpop_proof_identity(proof), forget_at):
            raise self.invalid_dpop_proof("this DPoP proof was used before")

    def dpop_proof_identity(self, proof: DpopProof) -> str:
        """RFC9449-11.1-a: what must not come twice: the key with the jti, hashed so that its length is bounded."""
        return hashlib.sha256(f"{self.dpop_thumbprint(proof)} {proof.claims['jti']}".encode()).hexdigest()

    def dpop_thumbprint(self, proof: DpopProof) -> str:
        """RFC9449-6-a: JWK SHA-256 thumbprint of the proof's key (RFC 7638)."""
        return import_key(proof.header["jwk"]).thumbprint()
