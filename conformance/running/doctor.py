"""Looks at the target before the first verdict, so that a wrong target file is not taken for non-conformance."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.context import Context
from conformance.client.discovery import metadata_candidates, protected_resource_candidates
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import HttpRequest, NoAnswer


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `fatal` findings mean that nothing could be judged: exit status 2."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""
    fatal: bool = False

    @property
    def line(self) -> str:
        """The finding as printed."""
        mark = "ok  " if self.ok else ("FAIL" if self.fatal else "warn")
        return f"{mark}  {self.subject}: {self.message}" + (f" ({self.remedy})" if self.remedy and not self.ok else "")


def reachability(context: Context) -> Iterator[Finding]:
    """Whether the target answers at all: the part of the doctor that every run starts with."""
    facts = context.facts
    if facts.issuer:
        yield _reachable(context, "authorization server", metadata_candidates(facts.issuer)[0])
    if facts.mcp_url:
        yield _reachable(context, "MCP server", facts.mcp_url)


def examine(context: Context) -> Iterator[Finding]:
    """Everything: reachability, documents, client credentials, one login."""
    findings = list(reachability(context))
    yield from findings
    if any(finding.fatal for finding in findings):
        return
    facts = context.facts
    if facts.mcp_url:
        yield _resource_metadata(context, facts.mcp_url)
    if facts.issuer:
        yield from login_findings(context)


def login_findings(context: Context) -> Iterator[Finding]:
    """Whether metadata is there, a client can be had and one login succeeds with a token at the end."""
    facts = context.facts
    assert facts.issuer is not None
    server = AuthorizationServer(context, context.wire(), facts.issuer, facts.resource or facts.mcp_url)
    try:
        yield Finding("metadata", True, f"found at {server.metadata_document().url}")
        client = server.client()
        yield Finding("client", True, f"{client.client_id[:60]} ({client.auth_method})")
        server.flow(client).grant()
        yield Finding("login", True, "one authorization code grant succeeded")
    except (Inconclusive, NotApplicable) as problem:
        remedy = problem.remedy if isinstance(problem, Inconclusive) else ""
        root = problem.root if isinstance(problem, Inconclusive) and problem.root else "login"
        yield Finding(root, False, problem.message, remedy)


def _reachable(context: Context, what: str, url: str) -> Finding:
    wire = context.wire()
    try:
        response = wire.send(HttpRequest("GET", url, (("Accept", "application/json"),)))
    except NoAnswer as problem:
        return Finding(what, False, problem.message, "see host and port in the target file, and whether it runs", True)
    return Finding(what, True, f"answers ({response.status} at {url})")


def _resource_metadata(context: Context, mcp_url: str) -> Finding:
    wire = context.wire()
    for url in protected_resource_candidates(mcp_url):
        if context.document(wire, url).members:
            return Finding("protected resource metadata", True, f"found at {url}")
    return Finding("protected resource metadata", False, "at no well-known URL")
