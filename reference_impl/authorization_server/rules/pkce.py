"""Proof key for code exchange (RFC 7636; OAuth 2.1, 4.1.1 and 4.1.3): S256, always."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase
from reference_impl.authorization_server.store.codes import AuthorizationCode

_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class PkceRules(RulesBase):
    """The client that redeems a code is the one that asked for it."""

    # Authorization request

    def check_code_challenge_present(self, parameters: Parameters) -> None:
        """RFC7636-4.4.1-a, RFC7636-4.4.1-b, OAUTH21-4.1.1-b, OAUTH21-4.1.2.1-c, RFC8252-6-a."""
        if parameters.get("code_challenge") is None:
            raise OAuthError("invalid_request", "code_challenge is required (PKCE, RFC 7636)")

    def check_code_challenge_method(self, parameters: Parameters) -> None:
        """RFC7636-4.4.1-c, RFC7636-4.4.1-d, RFC7636-7.2-b, OAUTH21-4.1.1-c, OAUTH21-4.1.2.1-d."""
        if parameters.get("code_challenge_method") not in self.accepted_challenge_methods():
            raise OAuthError("invalid_request", "code_challenge_method must be S256")

    def accepted_challenge_methods(self) -> tuple[str | None, ...]:
        """OAUTH21-4.1.1-c: None would stand for a request without code_challenge_method."""
        return ("S256",)

    def check_code_challenge_form(self, parameters: Parameters) -> None:
        """RFC7636-4.2-b: a SHA-256 in base64url is 43 characters long."""
        if not _S256_CHALLENGE.fullmatch(parameters.get("code_challenge") or ""):
            raise OAuthError("invalid_request", "code_challenge is no S256 challenge (43 base64url characters)")

    # Token request

    def check_code_verifier(self, code: AuthorizationCode, parameters: Parameters) -> None:
        """RFC7636-4.4-a, RFC9700-2.1.1-c, OAUTH21-4.1.3-b: a verifier if, and only if, there was a challenge."""
        verifier = parameters.get("code_verifier")
        if code.code_challenge is None:
            self.check_no_code_verifier(verifier)
        elif verifier is None:
            raise self.missing_code_verifier()
        elif not self.verifier_is_well_formed(verifier) or not self.verifier_matches(code, verifier):
            raise self.wrong_code_verifier()

    def check_no_code_verifier(self, verifier: str | None) -> None:
        """RFC9700-2.1.1-d, OAUTH21-3.2.4-d: a verifier without a challenge is a sign of PKCE downgrade."""
        if verifier is not None:
            raise OAuthError("invalid_request", "the authorization request had no code_challenge")

    def missing_code_verifier(self) -> OAuthError:
        """OAUTH21-4.1.3-b."""
        return OAuthError("invalid_request", "code_verifier is required")

    def wrong_code_verifier(self) -> OAuthError:
        """RFC7636-4.6-b."""
        return OAuthError("invalid_grant", "code_verifier does not match code_challenge")

    def verifier_is_well_formed(self, verifier: str) -> bool:
        """RFC7636-4.1-c: 43 to 128 unreserved characters."""
        return _VERIFIER.fullmatch(verifier) is not None

    def verifier_matches(self, code: AuthorizationCode, verifier: str) -> bool:
        """RFC7636-4.5-b, RFC7636-4.6-a: by the method that the code is bound to."""
        expected = self.challenge_for(verifier, code.code_challenge_method)
        return hmac.compare_digest(expected.encode(), (code.code_challenge or "").encode())

    def challenge_for(self, verifier: str, _method: str | None) -> str:
        """RFC7636-4.2-b: base64url of the SHA-256 of the verifier, without padding."""
        return s256(verifier)


def s256(code_verifier: str) -> str:
    """The code_challenge of a code_verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
