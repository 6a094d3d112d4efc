"""Whom the judge trusts: the system's authorities, and those that a target file names.

To read the system's authorities takes as long as many exchanges, and can be done beside other work.
"""

import ssl

_USED_BY_A_PROCESS = 2
"""One for all exchanges, one for handshakes alone, whose versions are changed."""
_READY: list[ssl.SSLContext] = []


def prepare_trust() -> None:
    """Read the system's authorities ahead, as often as one process wants them; processes forked later share it."""
    _READY.extend(ssl.create_default_context() for _ in range(_USED_BY_A_PROCESS))


def trusting(ca_pem: str | None) -> ssl.SSLContext:
    """A context of the caller's own that trusts the system's authorities, and `ca_pem` (PEM text) beside them."""
    context = _READY.pop() if _READY else ssl.create_default_context()
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    return context
