"""A certificate that a key signs for itself, as for `x5c` or a document behind `x5u` (RFC 7515, 4.1.5 and 4.1.6)."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.client.forged_token import ForeignKey


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """One certificate in the form of `x5c` (base64 of DER) and of a document behind `x5u` (PEM)."""

    x5c: str
    pem: str


def self_signed(key: ForeignKey) -> SelfSigned:
    """A certificate for that key, good from yesterday until tomorrow."""
    private = key.private.private_key
    assert isinstance(private, EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "conformance")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(private, SHA256())
    )
    return SelfSigned(
        b64encode(certificate.public_bytes(Encoding.DER)).decode(), certificate.public_bytes(Encoding.PEM).decode()
    )
