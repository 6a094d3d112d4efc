"""A certificate that a key signs for itself, in the form that x5c of a JWK has it (RFC 7517, 4.7)."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey


def certificate_of(key: ECKey) -> str:
    """Base64 of DER; good from yesterday on for a month."""
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signing key")]), datetime.now(UTC)
    private = key.private_key
    if private is None:
        raise ValueError("only a private key can sign its certificate")
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(private, SHA256())
    )
    return b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
