"""One DPoP proof, check by check (RFC 9449 section 4.3)."""

import hashlib
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reference_impl.mcp_server.http_request import AccessToken, Credentials, HttpRequest
from reference_impl.mcp_server.jose import (
    MalformedError,
    SignedJwt,
    VerificationKey,
    encode_base64url,
    import_public_key,
    signature_is_valid,
)
from reference_impl.mcp_server.rules.challenge import ChallengeRules
from reference_impl.mcp_server.rules.jwt_format import JwtFormatRules
from reference_impl.mcp_server.state import ProofReplayStore

DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_PROOF_IDENTIFIER_LENGTH = 256
_PERCENT_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class PresentedProof:
    """A decoded proof with its public key, beside the request and the token that it came with."""

    jwt: SignedJwt
    key: VerificationKey
    request: HttpRequest
    credentials: Credentials
    token: AccessToken


class DpopProofRules(JwtFormatRules, ChallengeRules):
    """Every check of a proof is one method; each failure is `invalid_dpop_proof` unless it says otherwise."""

    proof_replays: ProofReplayStore

    def proof_steps(self) -> tuple[Callable[[PresentedProof], None], ...]:
        """The judgements of a decoded proof, in order; the replay store is written last, for good proofs only."""
        return (
            self.check_proof_signature,
            self.check_proof_method,
            self.check_proof_target,
            self.check_proof_age,
            self.check_proof_token_hash,
            self.check_proof_key_binding,
            self.check_proof_is_new,
        )

    def presented_proof(self, request: HttpRequest, credentials: Credentials, token: AccessToken) -> PresentedProof:
        """Find and decode the proof of a request. Raises RefusalError."""
        jwt = self.decoded_proof(self.single_proof_header(request))
        self.check_proof_type(jwt)
        self.check_proof_algorithm(jwt)
        return PresentedProof(jwt, self.proof_key(jwt), request, credentials, token)

    def single_proof_header(self, request: HttpRequest) -> str:
        """RFC9449-4.3-a, RFC9449-7.1-a: exactly one DPoP header field with one value."""
        values = request.headers.getlist("dpop")
        if not values:
            raise self.invalid_dpop_proof("a DPoP proof is missing")
        if len(values) > 1 or "," in values[0]:
            raise self.invalid_dpop_proof("more than one DPoP proof")
        if len(values[0]) > self.config.max_token_bytes:
            raise self.invalid_dpop_proof("the DPoP proof is too long")
        return values[0].strip(" ")

    def decoded_proof(self, raw: str) -> SignedJwt:
        """RFC9449-4.3-b: one well-formed JWT."""
        try:
            return self.decode_jwt(raw)
        except MalformedError:
            raise self.invalid_dpop_proof("the DPoP proof is malformed") from None

    def check_proof_type(self, jwt: SignedJwt) -> None:
        """RFC9449-4.3-b, RFC8725-3.11-a: `typ` is dpop+jwt."""
        if str(jwt.header.get("typ")).lower() not in ("dpop+jwt", "application/dpop+jwt"):
            raise self.invalid_dpop_proof("the JWT is not a DPoP proof")

    def check_proof_algorithm(self, jwt: SignedJwt) -> None:
        """RFC9449-4.3-c: an asymmetric algorithm of the configured list."""
        if jwt.header.get("alg") not in self.config.dpop_algorithms:
            raise self.invalid_dpop_proof("the DPoP proof is not signed with an accepted algorithm")

    def proof_key(self, jwt: SignedJwt) -> VerificationKey:
        """RFC9449-4.3-d: `jwk` is a public key and nothing more."""
        try:
            return import_public_key(self.proof_jwk(jwt))
        except MalformedError:
            raise self.invalid_dpop_proof("the DPoP proof has no usable public key") from None

    def proof_jwk(self, jwt: SignedJwt) -> dict[str, Any]:
        """RFC9449-4.3-b: the `jwk` header member as an object."""
        jwk = jwt.header.get("jwk")
        if not isinstance(jwk, dict):
            raise MalformedError("no jwk")
        return jwk

    def check_proof_signature(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-d: the signature verifies with the key in the header."""
        jwt = proof.jwt
        if not signature_is_valid(str(jwt.header["alg"]), proof.key.key, jwt.signing_input, jwt.signature):
            raise self.invalid_dpop_proof("the signature of the DPoP proof is not valid")

    def check_proof_method(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-e: `htm` is the method of this request, in its case."""
        if proof.jwt.claims.get("htm") != proof.request.method:
            raise self.invalid_dpop_proof("the DPoP proof is for another method")

    def check_proof_target(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-e: `htu` is the URL of this resource; the Host header has no say in what that is."""
        target = proof.jwt.claims.get("htu")
        expected = self.comparable_target(proof.request.resource.uri)
        if not isinstance(target, str) or self.comparable_target(target) != expected:
            raise self.invalid_dpop_proof("the DPoP proof is for another URL")

    def comparable_target(self, url: str) -> tuple[str, str, int | None, str] | None:
        """RFC9449-4.3-e: without query and fragment, normalised as RFC 3986 sections 6.2.2 and 6.2.3 say."""
        try:
            parts = urlsplit(url)
            port = parts.port or DEFAULT_PORTS.get(parts.scheme)
        except ValueError:
            return None
        path = _PERCENT_ENCODED.sub(_without_needless_encoding, parts.path) or "/"
        return None if "@" in parts.netloc else (parts.scheme, parts.hostname or "", port, path)

    def check_proof_age(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-f, RFC9449-11.1-a, EXTDPOP-02: `iat` within five minutes either way."""
        issued_at = proof.jwt.claims.get("iat")
        if isinstance(issued_at, bool) or not isinstance(issued_at, (int, float)):
            raise self.invalid_dpop_proof("the DPoP proof has no usable iat claim")
        if not abs(issued_at) < 2**53 or abs(time.time() - issued_at) > self.config.dpop_window_seconds:
            raise self.invalid_dpop_proof("the DPoP proof is too old or from the future")

    def check_proof_token_hash(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-g: `ath` is the hash of the token that came with the proof."""
        digest = hashlib.sha256(proof.credentials.token.encode("ascii")).digest()
        if proof.jwt.claims.get("ath") != encode_base64url(digest):
            raise self.invalid_dpop_proof("the DPoP proof is for another access token")

    def check_proof_key_binding(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-h: the token is bound to the key that signed the proof."""
        if self.bound_thumbprint(proof.token) != proof.key.key.thumbprint():
            raise self.invalid_token("the access token is bound to another key")

    def bound_thumbprint(self, token: AccessToken) -> str | None:
        """The `jkt` confirmation of a token (RFC 9449 section 6.1), None when it is not DPoP-bound."""
        confirmation = token.claims.get("cnf")
        thumbprint = confirmation.get("jkt") if isinstance(confirmation, dict) else None
        return thumbprint if isinstance(thumbprint, str) else None

    def check_proof_is_new(self, proof: PresentedProof) -> None:
        """RFC9449-4.3-b, RFC9449-11.1-a, EXTDPOP-07: `jti` is there and was not used by this key before."""
        jti = proof.jwt.claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= MAX_PROOF_IDENTIFIER_LENGTH:
            raise self.invalid_dpop_proof("the DPoP proof has no usable jti claim")
        if not self.remember_proof(proof.key.key.thumbprint(), jti):
            raise self.invalid_dpop_proof("the DPoP proof was used before")

    def remember_proof(self, thumbprint: str, jti: str) -> bool:
        """RFC9449-11.1-a: note the proof for as long as it could pass the age check; False if it is known."""
        return self.proof_replays.remember(thumbprint, jti, math.ceil(2 * self.config.dpop_window_seconds))


def _without_needless_encoding(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()
