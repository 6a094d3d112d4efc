"""Reading a compact signed JWT, strictly (RFC 7515, RFC 7519, RFC 8725)."""

from typing import Any

from reference_impl.mcp_server.jose import MalformedError, SignedJwt, decode_base64url, parse_unique_object


class JwtFormatRules:
    """What counts as a JWT at all; used for access tokens and for DPoP proofs."""

    def decode_jwt(self, raw: str) -> SignedJwt:
        """Three base64url segments, the first two JSON objects. Raises MalformedError."""
        header, payload, signature = self.jwt_segments(raw)
        return SignedJwt(
            self.parse_jwt_object(decode_base64url(header)),
            self.parse_jwt_object(decode_base64url(payload)),
            f"{header}.{payload}".encode("ascii"),
            decode_base64url(signature),
        )

    def jwt_segments(self, raw: str) -> tuple[str, str, str]:
        """Exactly three segments: neither a JWE (five) nor the JSON serialisation is read."""
        segments = raw.split(".")
        if len(segments) != 3:
            raise MalformedError("not a compact JWS")
        return segments[0], segments[1], segments[2]

    def parse_jwt_object(self, data: bytes) -> dict[str, Any]:
        """A JSON object whose member names are unique, so that no two readers see different claims."""
        return parse_unique_object(data)
