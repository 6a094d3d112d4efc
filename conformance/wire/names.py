"""Looks up the addresses of a host name within a deadline: the system's resolver has no time-out of its own."""

import queue
import socket
import threading

from conformance.wire.addresses import is_address


def addresses_of(host: str, port: int, seconds: float) -> tuple[str, ...]:
    """The addresses of a host in the resolver's order; an address is its own. Raises OSError, TimeoutError."""
    if is_address(host):
        return (host,)
    answers: queue.Queue[tuple[str, ...] | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(f"{host!r} is no host name"))
        else:
            answers.put(tuple(dict.fromkeys(str(address[0]) for *_, address in found)))

    threading.Thread(target=look_up, daemon=True, name=f"looking up {host}").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"the name {host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
