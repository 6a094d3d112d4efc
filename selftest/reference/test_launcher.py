"""The reference on real sockets: TLS, both servers, variations, a clean end."""

import socket
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from reference_impl.launcher import LaunchError, LaunchOptions, ReferenceFacts, launch
from reference_impl.mutants.registry import load_mutants, load_variations


def http(facts: ReferenceFacts) -> httpx2.Client:
    trusted: Any = ssl.create_default_context(cadata=facts.ca_pem) if facts.ca_pem else True
    return httpx2.Client(verify=trusted)


def machine_token(client: httpx2.Client, facts: ReferenceFacts) -> str:
    machine = next(launched for launched in facts.clients if launched.client.client_id == "demo-machine")
    form = {"grant_type": "client_credentials", "scope": "mcp:echo", "resource": facts.mcp_url}
    auth = ("demo-machine", machine.client_secret or "")
    answer = client.post(facts.issuer + "/oauth/token", data=form, auth=auth)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def initialize(client: httpx2.Client, facts: ReferenceFacts, token: str) -> Any:
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    return client.post(facts.mcp_url, json=message, headers=headers)


@pytest.mark.parametrize(
    "options",
    [
        LaunchOptions(),
        LaunchOptions(tls=False, issuer_path="/t1"),
        LaunchOptions(mutant="opaque-access-tokens"),
        LaunchOptions(mutant="rsa-signing-key"),
        LaunchOptions(mutant="ed25519-signing-key"),
        LaunchOptions(mutant="issuer-with-path"),
    ],
    ids=lambda options: options.mutant or f"tls={options.tls}",
)
def test_a_token_of_the_one_server_opens_the_other(options: LaunchOptions) -> None:
    running = launch(options)
    try:
        with http(running.facts) as client:
            assert initialize(client, running.facts, "garbage").status_code == 401
            answer = initialize(client, running.facts, machine_token(client, running.facts))
            assert answer.status_code == 200
            assert "demo-server" in answer.text
    finally:
        running.stop()


def test_stopping_twice_leaves_no_thread_and_no_socket() -> None:
    before = set(threading.enumerate())
    running = launch()
    running.stop()
    running.stop()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(running.facts.issuer).port or 0), timeout=1)


def test_a_wrong_name_and_a_taken_port_are_told_in_one_line() -> None:
    with pytest.raises(LaunchError, match="did you mean opaque-access-tokens"):
        launch(LaunchOptions(mutant="opaque-access-token"))
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LaunchError, match="choose another one"):
        launch(LaunchOptions(as_port=taken.getsockname()[1]))


def test_variations_break_nothing_by_definition_and_mutants_something() -> None:
    assert all(not variation.kills for variation in load_variations().values())
    assert all(mutant.kills or mutant.deep_kills for mutant in load_mutants().values())
    assert not set(load_mutants()) & set(load_variations())
