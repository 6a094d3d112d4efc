"""What is wrong on the command line, in a target file or on the disk: one line that says so, exit status 2."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.targets.bundled import BundledTarget

MOST_SECONDS = 60
COMMAND = (sys.executable, "-m", "conformance.cli")


def told(folder: Path, *arguments: str, **more: Any) -> str:
    """Run the command in that folder, where it has to fail as bad input does; returns its one line."""
    done = subprocess.run(
        (*COMMAND, *arguments), cwd=folder, capture_output=True, text=True, timeout=MOST_SECONDS, check=False, **more
    )
    assert done.returncode == 2, (done.returncode, done.stdout[-500:], done.stderr[-500:])
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("conformance"), lines[0]
    return lines[0]


@pytest.fixture(scope="module")
def target_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The target file of a running reference."""
    running = BundledTarget()
    running.start()
    file = tmp_path_factory.mktemp("reference") / "good.yaml"
    running.write_target_file(str(file))
    yield file
    running.stop()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--profile", "mcp-2026-07-82"), ("mcp-2026-07-82", "did you mean mcp-2026-07-28?")),
        (("run", "--only", "RFC7636-4.4.1-z"), ("RFC7636-4.4.1-z", "did you mean")),
        (("run", "--target", "bundlet"), ("bundlet",)),
        (("run", "--target", "bundled:pkce-is-optionall"), ("pkce-is-optionall",)),
        (("run", "--target", "url:nowhere.yaml"), ("nowhere.yaml",)),
        (("run", "nowhere.yaml"), ("nowhere.yaml",)),
        (("run", "--as-url", "as.example"), ("as.example",)),
        (("run", "-n", "many"), ("-n many",)),
        (("run", "-k", "mcp-2026-07-28 and"), ("-k 'mcp-2026-07-28 and'", "end of input")),
        (("run", "-n", "2", "-k", "(pkce"), ("-k '(pkce'",)),
        (("run", "-k", "mcp-2026-07-28 and nothing_like_that"), ("no check fits",)),
        (("run", "--profiles", "nowhere"), ("nowhere",)),
        (("explain", "RFC7636-4.4.1-z"), ("RFC7636-4.4.1-z",)),
        (("list", "--profile", "mcp-2026-07-82"), ("mcp-2026-07-82",)),
        (("doctor", "nowhere.yaml"), ("nowhere.yaml",)),
        (("report", "nowhere.json", "--out", "out"), ("nowhere.json",)),
        (("serve", "--mutant", "no-such-mutant"), ("no-such-mutant",)),
        (("serve", "--host", "999.1.1.1"), ("999.1.1.1",)),
    ],
)
def test_a_wrong_word_is_one_line(tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    line = told(tmp_path, *arguments)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"scpoe": "mcp:echo"}, ("scpoe", "scope")),
        ({"scope": ["mcp:echo"]}, ("scope",)),
        ({"clients": {"client_id": "x"}}, ("clients",)),
        ({"user_agent": {"kind": "telepathy"}}, ("telepathy",)),
        ({"authorization_server": {"issuer": "not a url"}}, ("issuer",)),
        ({"authorization_server": {"issuer": "https://127.0.0.1:1"}, "clients": []}, ("127.0.0.1:1",)),
        ({"tls": {"ca_file": "missing.pem"}}, ("missing.pem",)),
        ({"profiles": ["mcp-1999"]}, ("mcp-1999",)),
    ],
)
def test_a_wrong_target_file_is_one_line(
    tmp_path: Path, target_file: Path, changed: dict[str, Any], words: tuple[str, ...]
) -> None:
    line = told(tmp_path, "run", str(altered(target_file, tmp_path, **changed)))
    assert "bad.yaml" in line
    assert all(word in line for word in words), line


def test_text_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: x\nscope: [mcp:echo\n", encoding="utf-8")
    assert "bad.yaml:" in told(tmp_path, "run", "bad.yaml")


def test_a_wrong_client_secret_ends_the_run_before_the_first_verdict(tmp_path: Path, target_file: Path) -> None:
    clients = yaml.safe_load(target_file.read_text(encoding="utf-8"))["clients"]
    secret = next(c for c in clients if c.get("auth_method") == "client_secret_basic")
    bad = altered(target_file, tmp_path, clients=[{**secret, "client_secret": "not-the-secret"}], registration="given")
    line = told(tmp_path, "run", str(bad), "--profile", "rfc-baseline")
    assert secret["client_id"] in line
    assert "not-the-secret" not in line


def test_a_wrong_password_ends_the_run_before_the_first_verdict(tmp_path: Path, target_file: Path) -> None:
    user = yaml.safe_load(target_file.read_text(encoding="utf-8"))["user_agent"]
    user["fields"]["password"] = "not-the-password"
    line = told(tmp_path, "run", str(altered(target_file, tmp_path, user_agent=user)))
    assert "user_agent" in line
    assert "not-the-password" not in line


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in told(tmp_path, "serve", "--as-port", port)
        assert port in told(tmp_path, "issuer", "--port", port)


def test_a_results_folder_that_is_a_file_is_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    line = told(tmp_path, "run", "--only", "RFC7636-4.6-b", "--out", "out")
    assert "--out out" in line
    assert "choose another folder" in line


def test_a_full_disk_costs_the_files_and_not_the_verdict(tmp_path: Path) -> None:
    def fill_up() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    arguments = (*COMMAND, "run", "--only", "RFC7636-4.6-b", "--out", "out")
    done = subprocess.run(
        arguments, cwd=tmp_path, capture_output=True, text=True, timeout=MOST_SECONDS, check=False, preexec_fn=fill_up
    )
    assert done.returncode == 2
    assert "\nCONFORMANT AS FAR AS IT WAS RUN\n" in done.stdout
    assert done.stderr.startswith("conformance: results could not be written")
    assert len(done.stderr.strip().splitlines()) == 1


def altered(target_file: Path, folder: Path, **changed: Any) -> Path:
    """The good target file with other top-level values, in that folder."""
    content = yaml.safe_load(target_file.read_text(encoding="utf-8"))
    content["tls"] = {"ca_file": str(target_file.with_suffix(".ca.pem"))}
    content.pop("document_host", None)
    bad = folder / "bad.yaml"
    bad.write_text(yaml.safe_dump({**content, **changed}), encoding="utf-8")
    return bad
