"""MCP servers made of other people's libraries: resource servers only, which trust the issuer of the harness."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from interop.deployment import Certificates, Deployment, running
from interop.environments import FOLDER, python_of

_SCOPES = ("mcp:echo", "mcp:add")
_SECOND_RESOURCE = "https://second.resource.test/mcp"


@dataclass(frozen=True)
class Peer:
    """A server: which libraries it is made of (`environment`), in which variant, and by which profiles it is judged."""

    environment: str
    profiles: tuple[str, ...]
    variant: str = ""

    @property
    def script(self) -> Path:
        return FOLDER / f"{self.environment.replace('-', '_')}_server.py"


_UNTIL_2025 = ("interop-2025-11-25",)
PEERS = {
    "fastmcp": Peer("fastmcp", ("interop-2026-07-28",)),
    "authplane-mcp": Peer("authplane-mcp", _UNTIL_2025),
    "authplane-mcp-enforced-scopes": Peer("authplane-mcp", ("interop-scopes",), "enforced-scopes"),
    "authplane-mcp-dpop-required": Peer("authplane-mcp", ("interop-dpop",), "dpop-required"),
    "authplane-fastmcp": Peer("authplane-fastmcp", _UNTIL_2025),
    "authplane-fastmcp-dpop-required": Peer("authplane-fastmcp", ("interop-dpop",), "dpop-required"),
}


def launcher(name: str) -> Callable[[Path], AbstractContextManager[Deployment]]:
    """What starts that peer; its logs and certificates go to the directory that it is given.

    It raises LaunchError when the libraries can't be installed or the server ends at once.
    """

    def launch(directory: Path) -> AbstractContextManager[Deployment]:
        return _launched(name, PEERS[name], directory)

    return launch


@contextmanager
def _launched(name: str, peer: Peer, directory: Path) -> Iterator[Deployment]:
    certificates = Certificates.write(directory)
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    # -E: a PYTHONPATH that was meant for us would mix our libraries into its environment.
    command = [str(python_of(peer.environment)), "-E", str(peer.script), "--issuer", issuer]
    command += ["--cert", str(certificates.chain), "--key", str(certificates.key), "--variant", peer.variant]
    log_file = directory / f"{name}.log"
    with running(command, {}, log_file) as (_, mcp_url):
        yield Deployment(
            name=name,
            issuer=None,
            mcp_url=mcp_url,
            resources=(mcp_url, _SECOND_RESOURCE),
            scopes=_SCOPES,
            ca_file=certificates.ca,
            clients=(),
            logins=(),
            tools={
                "echo": {"arguments": {"text": "interop"}, "scope": _SCOPES[0]},
                "add_numbers": {"arguments": {"a": 2, "b": 3}, "scope": _SCOPES[1]},
            },
            log_file=log_file,
            profiles=peer.profiles,
            token_issuer={"listen": f"127.0.0.1:{port}"},
        )


def free_port() -> int:
    """A port that is free now: the server has to know its issuer before the harness starts it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert isinstance(port, int)
        return port
