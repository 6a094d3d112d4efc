"""Looks at the target before the first verdict, so that a wrong target file is not taken for non-conformance."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.context import Context
from conformance.client.discovery import metadata_candidates, protected_resource_candidates
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.identity import ClientIdentity
from conformance.client.requests import FormRequest, form
from conformance.expect import TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import NoAnswer


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `fatal`: the target file alone explains it, so no run may start; exit status 2."""

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


def before_a_run(context: Context) -> Iterator[Finding]:
    """What every run starts with: does the target answer, and do password and client credentials of its file work?

    Costs one login at most, whose token serves the run. The bundled target, and a file that gives neither clients nor
    a login, are not asked for a token.
    """
    yield from reachability(context)
    facts = context.facts
    gives_a_way_in = bool(facts.clients) or any(user.fields for user in facts.users)
    if facts.issuer and facts.kind != "bundled" and gives_a_way_in:
        yield from access(context)


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
        yield from access(context)


def reachability(context: Context) -> Iterator[Finding]:
    """Whether the target answers at all."""
    facts = context.facts
    if facts.issuer:
        yield _reachable(context, "authorization server", metadata_candidates(facts.issuer)[0])
    if facts.mcp_url:
        yield _reachable(context, "MCP server", facts.mcp_url)


def access(context: Context) -> Iterator[Finding]:
    """Whether metadata is there, a client can be had, one login ends with a token, and every client is known."""
    facts = context.facts
    assert facts.issuer is not None
    server = AuthorizationServer(context, context.wire(), facts.issuer, facts.resource or facts.mcp_url)
    try:
        yield Finding("metadata", True, f"found at {server.metadata_document().url}")
        flow = server.flow()
        yield Finding("client", True, f"{flow.client.client_id[:60]} ({flow.client.auth_method})")
        yield _login(context, flow)
        yield from _credentials(context, flow)
    except (Inconclusive, NotApplicable) as problem:
        yield _finding(problem)


def _login(context: Context, flow: AuthorizationFlow) -> Finding:
    """One authorization code grant; its token is the run's shared one."""
    request = flow.authorization_request()
    try:
        authorization = flow.control(request)
    except Inconclusive as problem:
        return _finding(problem, fatal=problem.root == "login" and not isinstance(problem, NoAnswer))
    token_request = flow.token_request(request, authorization)
    token = flow.redeem(token_request)
    if _is_refused_client(token) and flow.client in context.facts.clients and not flow.client.is_public:
        return _wrong_credentials(flow.client)
    if not token.access_token:
        return Finding("token", False, f"the token request was answered {token.status} with error {token.error!r}")
    grant = Grant(request, authorization, token_request, token)
    context.once("access token", lambda: grant.access_token)
    return Finding("login", True, "one authorization code grant succeeded")


def _credentials(context: Context, flow: AuthorizationFlow) -> Iterator[Finding]:
    """Whether the other clients of the target file authenticate; told by invalid_client alone.

    A code that nobody issued is as good as any to see that. A server which calls that invalid_client too, as the client
    that has just logged in shows, tells nothing.
    """
    others = [c for c in context.facts.clients if not c.is_public and c.client_id != flow.client.client_id]
    codes = [c for c in others if "client_credentials" not in c.grant_types]
    if codes and _is_refused(flow, flow.client):
        others = [c for c in others if c not in codes]
    for client in others:
        if _is_refused(flow, client):
            yield _wrong_credentials(client)
        else:
            yield Finding("client credentials", True, f"{client.client_id[:60]} is not refused ({client.auth_method})")


def _is_refused(flow: AuthorizationFlow, client: ClientIdentity) -> bool:
    """Whether these credentials are refused, also with the client_id in the body, which some servers want beside Basic.

    That is a fault of such a server and not of the target file.
    """
    theirs, request = flow.by(client), _probe(flow, client)
    if not _is_refused_client(theirs.redeem(request)):
        return False
    return request.get("client_id") is not None or _is_refused_client(
        theirs.redeem(request.with_("client_id in the body too", client_id=client.client_id))
    )


def _probe(flow: AuthorizationFlow, client: ClientIdentity) -> FormRequest:
    theirs = flow.by(client)
    if "client_credentials" in client.grant_types:
        return theirs.client_credentials_request()
    pairs = [
        ("grant_type", "authorization_code"),
        ("code", unguessable()),
        ("redirect_uri", client.redirect_uri or None),
        ("code_verifier", unguessable("nobody-has-this-challenge-")),
    ]
    return theirs.authenticated(form(flow.endpoint("token_endpoint"), pairs))


def _is_refused_client(answer: TokenAnswer) -> bool:
    return answer.error == "invalid_client"


def _wrong_credentials(client: ClientIdentity) -> Finding:
    secret = "private_jwk" if client.auth_method == "private_key_jwt" else "client_secret"
    return Finding(
        "client credentials",
        False,
        f"the token endpoint refuses the client {client.client_id[:60]} with invalid_client",
        f"see client_id, {secret} and auth_method ({client.auth_method}) of this client in the target file",
        fatal=True,
    )


def _finding(problem: Inconclusive | NotApplicable, *, fatal: bool = False) -> Finding:
    remedy = problem.remedy if isinstance(problem, Inconclusive) else ""
    root = problem.root if isinstance(problem, Inconclusive) and problem.root else "login"
    return Finding(root, False, problem.message, remedy, fatal)


def _reachable(context: Context, what: str, url: str) -> Finding:
    try:
        response = context.document(context.wire(), url).response  # the checks will want it, if it is one
    except NoAnswer as problem:
        return Finding(what, False, problem.message, "see host and port in the target file, and whether it runs", True)
    return Finding(what, True, f"answers ({response.status} at {url})")


def _resource_metadata(context: Context, mcp_url: str) -> Finding:
    wire = context.wire()
    for url in protected_resource_candidates(mcp_url):
        if context.document(wire, url).members:
            return Finding("protected resource metadata", True, f"found at {url}")
    return Finding("protected resource metadata", False, "at no well-known URL")
