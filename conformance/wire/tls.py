"""TLS as the judge probes it: one bounded handshake, with the versions and suites that a check wants to offer."""

import socket
import ssl
import warnings
from dataclasses import dataclass
from enum import Enum
from functools import cache

from conformance.wire.trust import trusting

_PROBLEMS_OF_OUR_OWN = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "NO_CIPHER_MATCH")
_SUITES_WITHOUT_PROTECTION = "eNULL:aNULL@SECLEVEL=0"
_EVERY_SUITE = "ALL@SECLEVEL=0"


class Offer(Enum):
    """What the judge offers in a handshake."""

    MODERN = "TLS 1.2 or newer with a trusted certificate"
    TLS_1_2 = "TLS 1.2 with a trusted certificate"
    OLD = "TLS 1.1 and older only"
    UNPROTECTED = "suites without encryption or without authentication only"


@dataclass(frozen=True, slots=True)
class TlsSession:
    """What a handshake ended in: protocol version such as "TLSv1.3", suite by its OpenSSL name."""

    version: str
    suite: str


class TlsRefusedError(Exception):
    """The server refused the handshake; the message is the reason in a few words."""


class TlsUnavailableError(Exception):
    """The handshake can't be judged: nothing listens, time ran out, or the local TLS library can't make this offer."""


def handshake(host: str, port: int, offer: Offer, *, ca_pem: str | None, deadline_seconds: float) -> TlsSession:
    """Shake hands once and close. `ca_pem` (PEM text) is extra trust where certificates are looked at.

    Raises TlsRefusedError when the server turns the offer down, TlsUnavailableError when nothing can be said.
    """
    context = _context(offer, ca_pem)
    try:
        with socket.create_connection((host, port), timeout=deadline_seconds) as plain:
            plain.settimeout(deadline_seconds)
            with context.wrap_socket(plain, server_hostname=host) as secured:
                suite = secured.cipher()
                return TlsSession(secured.version() or "", suite[0] if suite else "")
    except ssl.SSLError as error:
        if error.reason in _PROBLEMS_OF_OUR_OWN:
            raise TlsUnavailableError(f"the local TLS library does not offer {offer.value}") from None
        raise TlsRefusedError(error.reason or "the handshake failed") from None
    except ConnectionResetError:
        raise TlsRefusedError("the server closed the connection during the handshake") from None
    except OSError as error:
        reason = error.strerror or "no answer in time"
        raise TlsUnavailableError(f"no handshake with {host}:{port} ({reason})") from None


@cache
def _looking(ca_pem: str | None) -> ssl.SSLContext:
    return trusting(ca_pem)


def _context(offer: Offer, ca_pem: str | None) -> ssl.SSLContext:
    if offer in (Offer.MODERN, Offer.TLS_1_2):
        context = _looking(ca_pem)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        only_1_2 = offer is Offer.TLS_1_2
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if only_1_2 else ssl.TLSVersion.MAXIMUM_SUPPORTED
        return context
    # Only whether the server agrees is of interest, so its certificate is not looked at: old suites may come without.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        if offer is Offer.OLD:
            _only_old_versions(context)
        else:
            context.maximum_version = ssl.TLSVersion.TLSv1_2  # TLS 1.3 has no such suites
            context.set_ciphers(_SUITES_WITHOUT_PROTECTION)
    except (ssl.SSLError, ValueError):
        raise TlsUnavailableError(f"the local TLS library does not offer {offer.value}") from None
    return context


def _only_old_versions(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # being deprecated is the point
        context.set_ciphers(_EVERY_SUITE)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
