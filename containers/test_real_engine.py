"""`--target container:FILE` with a real engine. Run by judge.sh, which names an image with Python in BASE_IMAGE."""

import os
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import docker
import docker.errors
import pytest
import yaml

from conformance.targets import ConfigurationError
from conformance.targets.container import ContainerTarget

BASE_IMAGE = os.environ["BASE_IMAGE"]
HTTP_SERVER = ["python3", "-u", "-m", "http.server"]
HTTPS_SERVER = """
import http.server, ssl
server = http.server.ThreadingHTTPServer(("", 8443), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/run/tls/chain.pem", "/run/tls/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


@pytest.fixture(autouse=True)
def engine() -> Iterator[docker.DockerClient]:
    """Yield the engine; afterwards no container may be there that was not there before."""
    client = docker.from_env()
    before = {container.id for container in client.containers.list(all=True)}
    yield client
    left = {container.id for container in client.containers.list(all=True)} - before
    assert not left, "a container was left behind"
    client.close()


def target(directory: Path, container: dict[str, object], scheme: str = "http") -> ContainerTarget:
    """Return the target of a file with that container section, an issuer on its port `web`."""
    path = directory / "target.yaml"
    issuer = {"issuer": scheme + "://127.0.0.1:${port.web}"}
    ports = {"web": "same"}
    document = {"container": {"image": BASE_IMAGE, "ports": ports} | container, "authorization_server": issuer}
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return ContainerTarget(path)


def test_a_container_answers_at_loopback_only(tmp_path: Path, engine: docker.DockerClient) -> None:
    """The issuer of the file answers, every port is bound to 127.0.0.1, and no reaper runs beside it."""
    running = target(tmp_path, {"command": [*HTTP_SERVER, "${port.web}"], "ports": {"web": "same", "spare": 9000}})
    try:
        facts = running.start()
        assert urllib.request.urlopen(str(facts.issuer)).status == 200  # noqa: S310  # the issuer is ours
        (container,) = engine.containers.list()
        bindings = [binding for port in container.ports.values() for binding in port]
        assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}
        assert len({binding["HostPort"] for binding in bindings}) == 2
    finally:
        running.stop()


def test_the_log_is_kept_when_the_container_is_removed(tmp_path: Path) -> None:
    """What the container wrote is in the log file after stop, which may be called twice."""
    running = target(tmp_path, {"command": [*HTTP_SERVER, "${port.web}"], "log_file": "kept.log"})
    running.start()
    running.stop()
    running.stop()
    assert "GET / HTTP/1.1" in (tmp_path / "kept.log").read_text("utf-8")


def test_a_certificate_from_a_new_authority_is_put_into_the_container(tmp_path: Path) -> None:
    """TLS verifies against the authority that the facts name, for the address 127.0.0.1."""
    section = {
        "command": ["python3", "-c", HTTPS_SERVER],
        "ports": {"web": 8443},
        "certificate": {"chain": "/run/tls/chain.pem", "key": "/run/tls/key.pem"},
    }
    running = target(tmp_path, section, "https")
    try:
        facts = running.start()
        trusting = ssl.create_default_context(cadata=facts.ca_pem)
        assert urllib.request.urlopen(str(facts.issuer), context=trusting).status == 200  # noqa: S310  # the issuer is ours
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(str(facts.issuer))  # noqa: S310  # the issuer is ours
    finally:
        running.stop()


def test_environment_and_dockerfile_and_the_images_own_health_check(tmp_path: Path) -> None:
    """An image built from a Dockerfile starts with the file's environment once its HEALTHCHECK says so."""
    dockerfile = """
        ARG BASE
        FROM ${BASE}
        HEALTHCHECK --interval=1s CMD test -e /tmp/ready
        CMD ["sh", "-c", "sleep 1; touch /tmp/ready; echo greeting=$GREETING; exec python3 -m http.server $PORT"]
    """
    (tmp_path / "Dockerfile").write_text(dockerfile, "utf-8")
    section = {
        "build": {"args": {"BASE": BASE_IMAGE}},
        "environment": {"GREETING": "hello", "PORT": "${port.web}"},
        "health": {"image": True},
    }
    running = target(tmp_path, section)
    running.path.write_text(running.path.read_text("utf-8").replace(f"  image: {BASE_IMAGE}\n", ""), "utf-8")
    running.start()
    running.stop()
    assert "greeting=hello" in (tmp_path / "target.container.log").read_text("utf-8")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"command": ["sh", "-c", "echo broken; exit 7"]}, "ended with exit status 7"),
        ({"command": ["sleep", "60"], "health": {"port": "web", "seconds": 1}}, "not ready within 1 seconds"),
        ({"command": ["sleep", "60"], "health": {"log": "never said", "seconds": 1}}, "not ready within 1 seconds"),
        ({"command": ["sleep", "60"], "health": {"image": True}}, "No health check configured"),
        ({"command": ["no-such-program"]}, "no-such-program"),
        ({"image": "conformance.invalid/no/such:image"}, "no/such:image"),
    ],
)
def test_what_does_not_start_is_one_line_and_is_removed(tmp_path: Path, section: dict[str, object], words: str) -> None:
    """The reason is one line; the fixture sees that nothing is left."""
    with pytest.raises(ConfigurationError) as caught:
        target(tmp_path, section).start()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes the port between the choice and the start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("conformance.targets.container.free_ports", lambda _: {"web": port})
        with pytest.raises(ConfigurationError, match="address already in use"):
            target(tmp_path, {"command": ["sleep", "60"]}).start()
