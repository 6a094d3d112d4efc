"""An invented run with every verdict and a hostile server, for looking at the reports.

`python selftest/reporting/sample.py` rewrites data/results.json from the catalogue of today.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.catalogue import Catalogue, catalogue
from conformance.reporting.coverage import plan
from conformance.reporting.results import Result, Run, RunInfo, TargetInfo
from conformance.vocabulary import Exchange, Level, Message, Requirement, Role, Verdict

SAMPLE = Path(__file__).parent / "data" / "results.json"

HOSTILE = (
    "<script>alert(document.domain)</script><img src=x onerror=alert(1)>\x1b[2J\x1b]0;owned\x07 \u202etxt.exe\u202c "
    "]]> </title></pre>{{ 7*7 }} \u200b\ufeff\ud800 z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358algo "
    "`| $(reboot) @all"
)

STALE = ("RFC9207-2-a passes now; remove the entry",)
PROFILE = "mcp-2026-07-28"
_DOCUMENTS = ("MCP Authorization", "RFC 6750", "RFC 7636", "RFC 8414", "RFC 8707", "RFC 9207", "RFC 9728")
_FOLDERS = {
    Role.AUTHORIZATION_SERVER: ("AS", "authorization_server"),
    Role.RESOURCE_SERVER: ("RS", "resource_server"),
}


@dataclass(frozen=True)
class SampleProfile:
    """A profile of invented scope over real rows."""

    id: str
    title: str
    requires: tuple[str, ...]

    def level_of(self, row: Requirement) -> Level:
        """The level in the newest version."""
        return row.level_in("2026-07-28")


def exchange(number: int, query: str = "", *, status: int | None = 302, body: str = "", label: str = "") -> Exchange:
    """An authorization request to an invented server, and its answer."""
    target = f"/authorize?response_type=code&client_id=s6Bhd&redirect_uri=http%3A%2F%2F127.0.0.1%3A8931%2Fcb{query}"
    answer = Message(
        f"HTTP/1.1 {status}",
        (
            ("date", "Sun, 22 Nov 2026 09:30:12 GMT"),
            ("location", "http://127.0.0.1:8931/cb?code=<code#2>&state=af0if"),
            ("cache-control", "no-store"),
        ),
        body,
    )
    return Exchange(
        number=number,
        method="GET",
        url=f"https://as.example{target}",
        request=Message(
            f"GET {target} HTTP/1.1",
            (("Host", "as.example"), ("Accept", "text/html"), ("Cookie", "session=<cookie#1>")),
        ),
        response=answer if status else None,
        status=status,
        duration_seconds=0.0312,
        error=None if status else "the connection was closed before a response came",
        label=label,
    )


def told_results(titles: dict[str, Requirement]) -> dict[str, Result]:
    """The results that have something to tell, by requirement id."""
    granted = exchange(1, "&code_challenge=E9Melhoa2Ow&code_challenge_method=S256", label="control")
    bare = exchange(2, label="code_challenge and code_challenge_method removed")
    told = [
        _result(
            titles["RFC7636-4.4.1-a"],
            Verdict.FAIL,
            check="authorization_server.test_pkce::test_a_request_without_code_challenge_is_refused",
            changed="code_challenge and code_challenge_method removed from a request that was granted (exchange 1)",
            expected="302 to the redirect_uri with error=invalid_request",
            observed="302 to the redirect_uri with code=<code#2>",
            message="a code was granted without PKCE",
            means="an app that intercepts a code can redeem it: PKCE can be switched off by leaving it out",
            fix="reject authorization requests of public clients that carry no code_challenge",
            again=("conformance run as.yaml --only RFC7636-4.4.1-a",),
            exchanges=(granted, bare),
        ),
        _result(
            titles["RFC7636-4.6-b"],
            Verdict.INCONCLUSIVE,
            message="PKCE isn't enforced, so a wrong verifier proves nothing",
            root_cause="authorization_server.test_pkce::test_a_request_without_code_challenge_is_refused",
        ),
        _result(
            titles["RFC8707-2-c"],
            Verdict.FAIL,
            message="a resource with a fragment was accepted",
            changed="resource=https://mcp.example/mcp#admin in the authorization request",
            expected="error=invalid_target",
            observed=f"200 with an error_description of {HOSTILE}",
            means="two names for one resource: what is granted for one may be used at the other",
            fix="refuse resource values with a fragment with invalid_target",
            again=("conformance run as.yaml --only RFC8707-2-c",),
            exchanges=(exchange(1, "&resource=https%3A%2F%2Fmcp.example", status=200, body=HOSTILE * 40),),
        ),
        _result(
            titles["RFC8707-2-h"],
            Verdict.WARN,
            message="the audience of the access token isn't the resource that was asked for",
            expected="aud is or contains https://mcp.example/mcp",
            observed="aud is https://as.example",
            means="an MCP server that gets this token can use it at every other one",
            fix="put the resource of the request into aud",
            exchanges=(exchange(1, "&resource=https%3A%2F%2Fmcp.example%2Fmcp"),),
        ),
        _result(
            titles["RFC8707-2-g"],
            Verdict.NOTE,
            message="another error code",
            expected="invalid_target",
            observed="invalid_request",
        ),
        _result(
            titles["RFC9728-3.3-a"],
            Verdict.INCONCLUSIVE,
            message="the protected resource metadata could not be read: connection closed",
            fix="check mcp_url in the target file; nothing answers at https://mcp.example",
            exchanges=(exchange(1, status=None),),
        ),
        _result(
            titles["RFC8414-3.2-a"],
            Verdict.ERROR,
            message="KeyError: 'jwks_uri' in the check; this is our fault",
        ),
        _result(
            titles["RFC6750-2.2-c"],
            Verdict.NOT_APPLICABLE,
            message="bearer_methods_supported doesn't list body",
        ),
        _result(
            titles["RFC6750-3-c"],
            Verdict.FAIL,
            message="a challenge without parameters",
            expected="WWW-Authenticate: Bearer with at least one parameter",
            observed="WWW-Authenticate: Bearer",
            means="a client isn't told where to get a token",
            known_failure="gateway 4.2 strips the parameters; its vendor has confirmed the bug",
        ),
    ]
    return {result.requirement: result for result in told}


def sample_run(texts: Catalogue | None = None, *, without: tuple[Verdict, ...] = ()) -> Run:
    """The whole run: most rows pass, some are planned or excluded, and told_results are mixed in."""
    texts = texts or catalogue()
    rows = [row for row in texts.rows.values() if row.document in _DOCUMENTS]
    told = {i: r for i, r in told_results(dict(texts.rows)).items() if r.verdict not in without}
    checked = [row for place, row in enumerate(rows) if row.id in told or (not row.excluded and place % 5)]
    judged = [row for row in checked if _role(row)]
    results = [told.get(row.id) or _result(row, Verdict.PASS) for row in judged]
    profiles = [
        SampleProfile(PROFILE, "MCP authorization, revision 2026-07-28", tuple(row.id for row in rows)),
        SampleProfile(
            "rfc-baseline",
            "RFC baseline",
            tuple(row.id for row in rows if row.document in ("RFC 7636", "RFC 8707")),
        ),
    ]
    twice = [replace(r, profile="rfc-baseline") for r in results if r.requirement in profiles[1].requires]
    target = TargetInfo(
        name="as.example",
        kind="url",
        issuer="https://as.example",
        resource="https://mcp.example/mcp",
        waivers=("http instead of https is accepted, because the redirect URI is on this machine",),
    )
    info = RunInfo(
        target=target,
        plan=plan(profiles, texts, {row.id for row in judged}),
        started=datetime(2026, 11, 22, 9, 30, 11, tzinfo=UTC),
    )
    return Run(info=info, results=[*results, *twice], duration_seconds=9.84, stale=STALE)


def _role(row: Requirement) -> Role | None:
    return next((role for role in row.roles if role in _FOLDERS), None)


def _result(row: Requirement, verdict: Verdict, *, check: str = "", **told: object) -> Result:
    judged_as = _role(row)
    role, folder = _FOLDERS[judged_as] if judged_as else ("deployment", "deployment")
    words = row.id.lower().replace("-", "_").replace(".", "_")
    name = check or f"{folder}.test_{words.partition('_')[0]}::test_{words}"
    return Result(
        requirement=row.id,
        check=name,
        profile=PROFILE,
        role=role,
        level=row.level_in("2026-07-28"),
        verdict=verdict,
        duration_seconds=0.0123,
        node_id=f"conformance/checks/{name.replace('.', '/').replace('::', '.py::')}[{PROFILE}]",
        **told,  # type: ignore[arg-type]
    )


if __name__ == "__main__":
    sample_run().write(SAMPLE)
