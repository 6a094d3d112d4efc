"""The section token_issuer of a target file: every mistake is one line with file and line."""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.client.facts import TargetFacts
from conformance.client.jose import unverified_jwt
from conformance.targets import ConfigurationError
from conformance.targets.target_file import read_target_file
from conformance.targets.token_issuer import token_issuer_plan
from conformance.targets.url import target_from_file

GOOD = "mcp_server: {url: https://mcp.example/mcp}\n"


def written(folder: Path, section: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(GOOD + section, encoding="utf-8")
    return file


def test_without_the_section_there_is_no_issuer(tmp_path: Path) -> None:
    assert token_issuer_plan(written(tmp_path, "")) is None
    assert target_from_file(written(tmp_path, "")).start().token_issuer is None


def test_the_target_starts_the_issuer_and_stops_it(tmp_path: Path) -> None:
    target = target_from_file(
        written(tmp_path, "token_issuer: {listen: '127.0.0.1:0', subject: alice, claims: {tenant: acme}}\n")
    )
    try:
        issuer = target.start().token_issuer
        assert issuer is not None
        assert (issuer.subject, issuer.algorithm, dict(issuer.claims)) == ("alice", "RS256", {"tenant": "acme"})
    finally:
        target.stop()


def test_the_issuer_travels_to_workers(tmp_path: Path) -> None:
    target = target_from_file(written(tmp_path, "token_issuer: {listen: '127.0.0.1:0'}\n"))
    try:
        facts = target.start()
        assert TargetFacts.from_json(facts.as_json()) == facts
    finally:
        target.stop()


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("token_issuer: {listen: everywhere}\n", r":2: listen has to be host:port"),
        ("token_issuer: {listen: '127.0.0.1:99999'}\n", r":2: listen has to be host:port"),
        ("token_issuer: {url: issuer}\n", r":2: url has to be an absolute"),
        ("token_issuer: {algorithm: HS256}\n", r":2: algorithm has to be ES256 or RS256"),
        ("token_issuer: {lisen: '127.0.0.1:0'}\n", r":2: unknown key 'lisen'; did you mean 'listen'"),
        ("token_issuer: {tokens: some}\n", r":2: tokens has to be jwt, opaque, both, not 'some'"),
        ("token_issuer: {subject: 7}\n", r":2: subject has to be text"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, section: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as raised:
        token_issuer_plan(written(tmp_path, section))
    assert "\n" not in str(raised.value)


def test_an_unreadable_certificate_is_one_line(tmp_path: Path) -> None:
    target = target_from_file(written(tmp_path, "token_issuer: {certificate: missing.pem}\n"))
    with pytest.raises(ConfigurationError, match=r"token_issuer: certificate .*missing\.pem can't be used"):
        target.start()


def test_without_an_authorization_server_the_tokens_of_a_run_are_minted(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    lines = ["mcp_server: {url: https://mcp.example/mcp}", "scope: one two", "narrow_scope: one"]
    lines += ["second_resource: https://mcp.example/other", "tokens: {second_user: mine}", "token_issuer: {}"]
    file.write_text("\n".join(lines))
    plan = token_issuer_plan(file)
    assert plan is not None
    issuer = plan.start()
    try:
        facts = plan.added_to(read_target_file(file), issuer)
        beside = plan.added_to(replace(facts, issuer="https://as.example", tokens={}), issuer)
    finally:
        issuer.stop()
    claims = {name: unverified_jwt(token) for name, token in facts.tokens.items()}
    said = {name: (jwt.claims["aud"], jwt.claims["scope"]) for name, jwt in claims.items() if jwt}
    assert said == {
        "access_token": ("https://mcp.example/mcp", "one two"),
        "narrow_scope": ("https://mcp.example/mcp", "one"),
        "second_resource": ("https://mcp.example/other", "one two"),
    }
    assert facts.tokens["second_user"] == "mine"
    assert beside.tokens == {}


def test_the_tool_that_asks_upstream_is_one_of_the_tools(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("mcp_server: {url: https://mcp.example/mcp, tools: {report: {}}, upstream_tool: report}\n")
    assert read_target_file(file).upstream_tool == "report"
    file.write_text("mcp_server: {url: https://mcp.example/mcp, tools: {report: {}}, upstream_tool: repotr}\n")
    with pytest.raises(ConfigurationError, match=r":1: upstream_tool 'repotr' is not among the tools"):
        read_target_file(file)
