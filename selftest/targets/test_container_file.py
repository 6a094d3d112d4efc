"""Every mistake in the `container` section is one line with file and line, before any engine is asked."""

import sys
from pathlib import Path

import pytest
import trustme

from conformance.targets import ConfigurationError, locate
from conformance.targets.container import ContainerTarget, free_ports
from conformance.targets.container_file import described_by_container, read_container_file

GOOD = """\
name: probe
container:
  image: probe:1
  command: [serve, --port, "${port.issuer}"]
  ports: {issuer: same, mcp: 8000}
  environment: {ISSUER: "https://127.0.0.1:${port.issuer}", WORKERS: 2}
  certificate: {chain: /run/tls/chain.pem, key: /run/tls/key.pem}
  health: {port: issuer, path: /.well-known/oauth-authorization-server, seconds: 5}
authorization_server:
  issuer: https://127.0.0.1:${port.issuer}
mcp_server:
  url: https://127.0.0.1:${port.mcp}/mcp
"""
PORTS = {"issuer": 41001, "mcp": 41002}


@pytest.fixture(autouse=True)
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")


def written(directory: Path, text: str) -> Path:
    path = directory / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_placeholders_stand_for_the_ports_outside(tmp_path: Path) -> None:
    plan, facts = read_container_file(written(tmp_path, GOOD), PORTS)
    assert facts.issuer == "https://127.0.0.1:41001"
    assert facts.mcp_url == "https://127.0.0.1:41002/mcp"
    assert facts.kind == "container"
    assert plan.command == ("serve", "--port", "41001")
    assert plan.environment == {"ISSUER": "https://127.0.0.1:41001", "WORKERS": "2"}


def test_a_plan_says_what_to_start_and_when_it_is_ready(tmp_path: Path) -> None:
    plan, _ = read_container_file(written(tmp_path, GOOD), PORTS)
    assert (plan.image, plan.build) == ("probe:1", None)
    assert plan.ports == {"issuer": None, "mcp": 8000}
    assert (plan.chain, plan.key) == ("/run/tls/chain.pem", "/run/tls/key.pem")
    assert (plan.health.port, plan.health.path) == ("issuer", "/.well-known/oauth-authorization-server")
    assert (plan.health.https, plan.health.seconds) == (True, 5.0)
    assert plan.log_file == tmp_path / "target.container.log"


def test_the_environment_stays_out_of_the_plans_repr(tmp_path: Path) -> None:
    plan, _ = read_container_file(written(tmp_path, GOOD.replace("WORKERS: 2", "KEY: hush")), PORTS)
    assert "hush" not in repr(plan)


def test_a_dockerfile_is_looked_for_beside_the_target_file(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "Dockerfile.probe").write_text("FROM scratch\n", encoding="utf-8")
    text = GOOD.replace("image: probe:1", "build: {context: image, dockerfile: Dockerfile.probe, args: {BASE: b}}")
    plan, _ = read_container_file(written(tmp_path, text), PORTS)
    assert plan.build is not None
    assert (plan.build.context, plan.build.dockerfile) == (tmp_path / "image", "Dockerfile.probe")
    assert plan.build.args == {"BASE": "b"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  image: probe:1\n", "", 3, "either image or build"),
        ("image: probe:1", "imgae: probe:1", 3, "did you mean 'image'"),
        ("image: probe:1", "build: {dockerfile: Nowhere}", 3, "no Dockerfile at"),
        ("image: probe:1", "image: [probe]", 3, "image has to be text"),
        ("{issuer: same, mcp: 8000}", "{}", 5, "container.ports is empty"),
        ("mcp: 8000", "mcp: 80000", 5, "port mcp is a number inside the container, or `same`"),
        ("mcp: 8000", "mcp: true", 5, "port mcp is a number"),
        ("WORKERS: 2", "WORKERS: [2]", 6, "environment WORKERS has to be text"),
        ("WORKERS: 2", "WORKERS: '${port.isuer}'", 6, "unknown placeholder ${port.isuer}"),
        ("WORKERS: 2", "WORKERS: '${HOME}'", 6, "unknown placeholder ${HOME}"),
        ("/run/tls/key.pem", "key.pem", 7, "absolute path inside the container"),
        (", key: /run/tls/key.pem", "", 7, "key has to be an absolute path inside the container"),
        ("port: issuer, path", "port: isuer, path", 8, "health.port is one of issuer, mcp"),
        ("port: issuer, path", "image: true, port: issuer, path", 8, "exactly one of"),
        ("port: issuer, path: /.well-known/oauth-authorization-server", "log: '('", 8, "no regular expression"),
        ("seconds: 5", "seconds: soon", 8, "seconds has to be number"),
        ("  ports:", "  target_file: target.yaml\n  ports:", 5, "absolute path inside the container"),
        ("  ports:", "  target_file: /t.yaml\n  ports:", 10, "authorization_server is for the container to say"),
        (GOOD[GOOD.index("authorization_server") :], "", 1, "names nothing to judge"),
        (GOOD[GOOD.index("container:") : GOOD.index("authorization_server:")], "", 1, "has no section `container`"),
    ],
)
def test_a_mistake_is_one_line_that_says_where(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as caught:
        ContainerTarget(path).start()
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert words in message
    assert "\n" not in message


def test_locate_knows_the_kind(tmp_path: Path) -> None:
    assert isinstance(locate(f"container:{written(tmp_path, GOOD)}"), ContainerTarget)


def test_free_ports_are_all_different() -> None:
    ports = free_ports(dict.fromkeys(map(str, range(20))))
    assert len(set(ports.values())) == 20


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker.errors", None)
    target = ContainerTarget(written(tmp_path, GOOD))
    with pytest.raises(ConfigurationError, match=r"pip install .*\[containers\]"):
        target.start()


def test_no_engine_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    target = ContainerTarget(written(tmp_path, GOOD))
    with pytest.raises(ConfigurationError, match=r"no container engine answers.*DOCKER_HOST") as caught:
        target.start()
    assert "\n" not in str(caught.value)
    target.stop()


DESCRIBED = """\
name: inside
container:
  image: probe:1
  ports: {issuer: same}
  target_file: /run/target.yaml
profiles: [oauth-2.1]
"""


def test_a_container_may_describe_itself(tmp_path: Path) -> None:
    plan, outside = read_container_file(written(tmp_path, DESCRIBED), {"issuer": 41001})
    assert plan.target_file == "/run/target.yaml"
    written_inside = {
        "target.yaml": "name: x\nauthorization_server: {issuer: 'https://127.0.0.1:41001'}\ntls: {ca_file: ca.pem}\n",
        "ca.pem": trustme.CA().cert_pem.bytes().decode(),
    }

    def fetch(name: str, destination: Path) -> None:
        destination.write_text(written_inside[name], encoding="utf-8")

    facts = described_by_container(outside, tmp_path, "target.yaml", fetch)
    assert facts.issuer == "https://127.0.0.1:41001"
    assert facts.ca_pem == written_inside["ca.pem"]
    assert (facts.name, facts.kind, facts.profiles) == ("inside", "container", ("oauth-2.1",))


@pytest.mark.parametrize("ca_file", ["../ca.pem", "/etc/ca.pem", "sub/ca.pem", "[ca.pem]"])
def test_a_container_that_describes_itself_names_files_beside_its_own(tmp_path: Path, ca_file: str) -> None:
    _, outside = read_container_file(written(tmp_path, DESCRIBED), {"issuer": 41001})

    def fetch(name: str, destination: Path) -> None:
        assert name == "target.yaml", "a file elsewhere was asked for"
        destination.write_text(f"tls: {{ca_file: {ca_file}}}\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"ca_file has to lie beside the target file"):
        described_by_container(outside, tmp_path, "target.yaml", fetch)
