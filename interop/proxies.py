"""MCP proxies made of other people's libraries: the harness plays the third party to which they send their users."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from interop.deployment import Certificates, Deployment, running
from interop.environments import FOLDER, python_of
from interop.peers import free_port

_CLIENT_ID = "interop-proxy"
PROXIES = {"fastmcp-proxy": "", "fastmcp-proxy-remember": "remember", "fastmcp-proxy-external": "external"}
"""Each with its variant: how fastmcp's OAuthProxy asks for consent."""


def proxy_launcher(name: str) -> Callable[[Path], AbstractContextManager[Deployment]]:
    """What starts that proxy; its logs and certificates go to the directory that it is given.

    It raises LaunchError when the libraries can't be installed or the server ends at once.
    """

    def launch(directory: Path) -> AbstractContextManager[Deployment]:
        return _launched(name, directory)

    return launch


@contextmanager
def _launched(name: str, directory: Path) -> Iterator[Deployment]:
    certificates, port, secret = Certificates.write(directory), free_port(), secrets.token_urlsafe(32)
    # -E: a PYTHONPATH that was meant for us would mix our libraries into its environment.
    command = [str(python_of("fastmcp")), "-E", str(FOLDER / "fastmcp_proxy_server.py")]
    command += ["--issuer", f"http://127.0.0.1:{port}", "--variant", PROXIES[name]]
    command += ["--cert", str(certificates.chain), "--key", str(certificates.key)]
    log_file = directory / f"{name}.log"
    environment = {"PROXY_CLIENT_ID": _CLIENT_ID, "PROXY_CLIENT_SECRET": secret}
    with running(command, environment, log_file) as (_, mcp_url):
        yield Deployment(
            name=name,
            issuer=mcp_url.removesuffix("mcp"),
            mcp_url=mcp_url,
            resources=(mcp_url,),
            scopes=(),
            ca_file=certificates.ca,
            clients=(),
            logins=(),
            tools={},
            log_file=log_file,
            profiles=("interop-proxy",),
            third_party={"listen": f"127.0.0.1:{port}", "client_id": _CLIENT_ID, "client_secret": secret},
        )
