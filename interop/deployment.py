"""What every launcher of a third party's server shares: the facts, throw-away certificates, and a process that ends."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

REPOSITORY = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
STOP_SECONDS = 5


class LaunchError(RuntimeError):
    """A server did not start; the message says which and quotes the end of its log."""


@dataclass(frozen=True)
class Deployment:
    """What a judge has to know of a running server: everything that its target file says.

    `issuer` None: the server trusts the harness's own issuer, and `token_issuer` says where that shall listen. With
    `third_party` the server sends users on to an authorization server that the harness plays, as that section says.
    """

    name: str
    issuer: str | None
    mcp_url: str | None
    resources: tuple[str, ...]
    scopes: tuple[str, ...]
    ca_file: Path
    clients: tuple[dict[str, Any], ...]
    logins: tuple[dict[str, str], ...]
    tools: dict[str, dict[str, Any]]
    log_file: Path
    profiles: tuple[str, ...] = ()
    token_issuer: dict[str, Any] = field(default_factory=dict)
    third_party: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Certificates:
    """PEM files of a throw-away authority and of a certificate for 127.0.0.1 that it issued."""

    ca: Path
    chain: Path
    key: Path

    @classmethod
    def write(cls, directory: Path) -> "Certificates":
        files = cls(directory / "ca.pem", directory / "server.pem", directory / "server.key")
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(str(files.ca))
        files.chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        certificate.private_key_pem.write_to_path(str(files.key))
        files.key.chmod(0o600)
        return files


@contextmanager
def running(command: list[str], environment: dict[str, str], log_file: Path) -> Iterator[list[str]]:
    """Run `command` from the repository and yield the words after `ready` of the line that it prints."""
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield _wait_until_ready(process, log_file)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], log_file: Path) -> list[str]:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        text = log_file.read_text("utf-8", "replace")
        for line in text.splitlines(keepends=True):
            if line.startswith("ready ") and line.endswith("\n"):
                return line.split()[1:]
        if ended:
            raise LaunchError(f"{log_file.stem} ended with status {process.returncode}:\n{text[-2000:]}")
        time.sleep(0.05)
    tail = log_file.read_text("utf-8", "replace")[-2000:]
    raise LaunchError(f"{log_file.stem} was not ready within {READY_SECONDS} seconds:\n{tail}")
