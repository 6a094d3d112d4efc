"""What takes long and waits for nobody, made in a thread while the command reads its profiles and target."""

from threading import Thread

from conformance.issuer.keys import prepare_key
from conformance.wire.trust import prepare_trust


def make_ahead() -> Thread:
    """Begin. A process that forks others joins the thread before, and they share what it made."""
    thread = Thread(target=_make, name="ahead", daemon=True)
    thread.start()
    return thread


def _make() -> None:
    prepare_trust()
    prepare_key()
