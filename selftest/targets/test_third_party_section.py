"""The section third_party_authorization_server of a target file, and a proxy that is judged by it."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli import main
from conformance.client.facts import TargetFacts
from conformance.targets import container
from conformance.targets.bundled import BundledTarget, ServeOptions
from conformance.targets.container_file import ContainerPlan
from conformance.targets.errors import ConfigurationError
from conformance.targets.third_party import third_party_plan
from conformance.targets.url import target_from_file
from reference_impl.authorization_server.config import ThirdParty
from reference_impl.launcher import LaunchOptions, launch

SECTION: dict[str, Any] = {"listen": "127.0.0.1:0", "client_id": "proxy", "client_secret": "it-is-a-secret"}
ROWS = [f"MCP-SBP-0{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8)] + ["MCP-SEC-16"]
COOKIES = "MCP-SBP-05"


def written(folder: Path, **section: object) -> Path:
    file = folder / "target.yaml"
    content = {"authorization_server": {"issuer": "https://as.example"}, "third_party_authorization_server": section}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_the_section_reaches_the_workers_and_the_browser(tmp_path: Path) -> None:
    target = target_from_file(written(tmp_path, **SECTION, scope="cal", scope_texts={"events": "Read events"}))
    try:
        facts = TargetFacts.from_json(json.loads(json.dumps(target.start().as_json())))
    finally:
        target.stop()
    assert facts.third_party is not None
    assert (facts.third_party.scope, facts.third_party.scope_texts) == ("cal", {"events": "Read events"})
    assert facts.third_party.authorization_endpoint == f"{facts.users[0].origins[0]}/authorize"
    assert "it-is-a-secret" not in repr(third_party_plan(tmp_path / "target.yaml"))


def test_without_the_section_there_is_no_third_party(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("authorization_server: {issuer: 'https://as.example'}\n", encoding="utf-8")
    assert third_party_plan(file) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_secret": None}, "client_secret has to be text"),
        ({"client_secret": ""}, "needs client_secret"),
        ({"listen": "127.0.0.1"}, "listen has to be host:port"),
        ({"url": "example"}, "url has to be an absolute"),
        ({"callback": "/callback"}, "callback has to be an http"),
        ({"klient_id": "x"}, "did you mean 'client_id'"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        third_party_plan(written(tmp_path, **SECTION | change))
    assert "\n" not in str(caught.value)


def test_a_proxy_is_judged_by_its_target_file(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    there = f"http://{listen}"
    known = ThirdParty("Calendar", f"{there}/authorize", f"{there}/token", "proxy", "it-is-a-secret", ("events",))
    running = launch(LaunchOptions(tls=False, third_party=known))
    scope, resource = running.facts.third_party or ("", "")
    (name, password), (other, others) = running.facts.users
    target = {
        "authorization_server": {"issuer": running.facts.issuer},
        "user_agent": {"fields": {"username": name, "password": password}},
        "second_user": {"fields": {"username": other, "password": others}},
        "scope": scope,
        "resource": resource,
        "tls": {"allow_loopback_http": True},
        "third_party_authorization_server": {**SECTION, "listen": listen},
    }
    file = tmp_path / "target.yaml"
    file.write_text(yaml.safe_dump(target), encoding="utf-8")
    chosen = [f"--only={row}" for row in ROWS]
    try:
        status = main(["run", str(file), "--profile=mcp-2026-07-28", *chosen, f"--out={tmp_path / 'out'}"])
    finally:
        running.stop()
    judged = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["results"]
    wrong = [r["message"] for r in judged if r["verdict"] != "PASS" and r["requirement"] != COOKIES]
    assert not wrong
    assert {result["requirement"] for result in judged} == set(ROWS)
    assert status == 0


def test_the_reference_is_served_as_a_proxy_and_judged_by_the_file_that_was_written(tmp_path: Path) -> None:
    served = BundledTarget(None, ServeOptions(third_party=f"http://127.0.0.1:{free_port()}"))
    file, out = tmp_path / "mine.yaml", tmp_path / "out"
    try:
        served.start()
        served.write_target_file(str(file))
        chosen = [f"--only={row}" for row in ROWS]
        assert main(["run", str(file), "--profile=mcp-2026-07-28", *chosen, f"--out={out}"]) == 0
    finally:
        served.stop()
    judged = json.loads((out / "results.json").read_text(encoding="utf-8"))["results"]
    assert {result["requirement"] for result in judged} == set(ROWS)
    not_by_cookies = {r["requirement"] for r in judged if r["verdict"] == "NOT-APPLICABLE"}
    assert not_by_cookies <= {COOKIES}
    assert {result["verdict"] for result in judged} <= {"PASS", "NOT-APPLICABLE"}


@pytest.mark.parametrize("place", ["https://127.0.0.1:8798", "http://third.example:8798", "http://127.0.0.1:0", "8798"])
def test_a_run_can_listen_on_loopback_only(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--third-party", place])
    assert caught.value.code == 2
    assert "is no place for the harness to listen" in capsys.readouterr().err


def test_the_third_party_is_up_before_the_container_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[ContainerPlan] = []
    listen = f"127.0.0.1:{free_port()}"

    class Engine:
        """Stands in for a container: asks the third party when it is started, as a server would."""

        def start(self) -> None:
            with socket.create_connection(("127.0.0.1", int(listen.rpartition(":")[2])), timeout=5):
                pass

        def get_logs(self) -> tuple[bytes, bytes]:
            return b"", b""

        def stop(self) -> None:
            given.clear()

    def prepared(plan: ContainerPlan, _ports: object) -> tuple[Engine, None]:
        given.append(plan)
        return Engine(), None

    monkeypatch.setattr(container, "_container", prepared)
    monkeypatch.setattr(container, "_wait_until_ready", lambda *_: None)
    target = container.ContainerTarget(in_a_container(tmp_path, listen))
    facts = target.start()
    try:
        known = {"THIRD_PARTY": f"http://{listen}", "CLIENT_ID": "proxy", "CLIENT_SECRET": "it-is-a-secret"}
        assert [dict(plan.environment) for plan in given] == [known]
        assert facts.third_party is not None
        assert facts.third_party.authorization_endpoint == f"{known['THIRD_PARTY']}/authorize"
        assert facts.users[0].origins == (known["THIRD_PARTY"],)
    finally:
        target.stop()
    assert not given
    with pytest.raises(ConnectionRefusedError):
        Engine().start()


def in_a_container(folder: Path, listen: str) -> Path:
    file = folder / "container.yaml"
    environment = {"THIRD_PARTY": f"http://{listen}", "CLIENT_ID": "proxy", "CLIENT_SECRET": "it-is-a-secret"}
    content = {
        "container": {
            "image": "proxy:1",
            "ports": {"issuer": "same"},
            "environment": environment,
            "health": {"port": "issuer", "path": "/"},
        },
        "authorization_server": {"issuer": "http://127.0.0.1:${port.issuer}"},
        "tls": {"allow_loopback_http": True},
        "third_party_authorization_server": {**SECTION, "listen": listen},
    }
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file
