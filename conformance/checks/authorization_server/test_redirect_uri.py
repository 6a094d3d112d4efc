"""redirect_uri of authorization requests is compared exactly: MCP, Open Redirection; OAuth 2.1, 2.3.1."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.expect import AuthorizationAnswer, expect
from conformance.profiles import Params
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import is_loopback

_MARK = "conformance-extra"


@requirement("MCP-SEC-12")
def test_a_redirect_uri_with_another_path_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a URI whose path begins like the registered one, leads back from it, or differs in a slash.

    Control: the request with the registered redirect URI is granted.
    Means: any page of the client's host that forwards its visitors hands the code to an attacker.
    Fix: compare redirect_uri with the registered values character by character.
    """
    registered = flow.client.redirect_uri
    parts = urlsplit(registered)
    other_slash = parts.path.rstrip("/") if parts.path.endswith("/") else f"{parts.path}/"
    paths = {
        "with a path below the registered one": f"{parts.path.rstrip('/')}/{_MARK}",
        "with a path that begins like the registered one": f"{parts.path}{_MARK}",
        "with dot segments": f"{parts.path}/../{_MARK}",
        "with encoded dot segments": f"{parts.path}/%2e%2e/{_MARK}",
        "with the root as path": "/" if parts.path != "/" else f"/{_MARK}",
        "with a slash more or less at the end": other_slash or "/",
    }
    _expect_refused(flow, {what: parts._replace(path=path).geturl() for what, path in paths.items()})


@requirement("MCP-SEC-12")
def test_a_redirect_uri_with_more_at_its_end_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to the registered URI with a query parameter or a fragment added.

    Control: the request with the registered redirect URI is granted.
    Means: an attacker steers the client's callback with parameters of his own, such as another code or a next page.
    Fix: compare redirect_uri with the registered values character by character, query and fragment included.
    """
    registered = flow.client.redirect_uri
    separator = "&" if "?" in registered else "?"
    endings = {"with a parameter added": f"{separator}{_MARK}=1", "with a fragment added": f"#{_MARK}"}
    _expect_refused(flow, {what: registered + ending for what, ending in endings.items()})


@requirement("MCP-SEC-12")
def test_a_redirect_uri_with_another_host_is_refused(flow: AuthorizationFlow) -> None:
    """Nothing is sent to a host that looks like the registered one: sub-domain, longer name, or user information.

    Control: the request with the registered redirect URI is granted.
    Means: the code goes straight to an attacker's server, who only has to make a victim click on a link.
    Fix: compare redirect_uri with the registered values character by character; no patterns, no prefixes.
    """
    parts = urlsplit(flow.client.redirect_uri)
    hosts = {
        "with a sub-domain of the host": f"{_MARK}.{parts.netloc}",
        "with a host that begins like the registered one": _with_host(parts, f"{parts.hostname}.{_MARK}.example"),
        "with a host that ends like the registered one": f"{_MARK}{parts.netloc}",
        "with the registered host as user information": f"{parts.netloc.replace(':', '%3A')}@{_MARK}.example",
        "with user information": f"{_MARK}@{parts.netloc}",
        "with another host": f"{_MARK}.example",
    }
    _expect_refused(flow, {what: parts._replace(netloc=netloc).geturl() for what, netloc in hosts.items()})


@requirement("MCP-SEC-12")
def test_a_redirect_uri_with_another_port_or_scheme_is_refused(authorization_server: AuthorizationServer) -> None:
    """Of an https redirect URI, neither port nor scheme may vary.

    Control: the request with the registered redirect URI is granted.
    Means: another service on the client's host, or anybody on the network by plain http, receives the code.
    Fix: let only the port of http URIs on loopback addresses vary, and compare everything else exactly.
    """
    flow = authorization_server.flow(authorization_server.web_client())
    parts = urlsplit(flow.client.redirect_uri)
    port = (parts.port or 443) + 4000
    altered = {
        "with another port": parts._replace(netloc=f"{parts.hostname}:{port}").geturl(),
        "with plain http": parts._replace(scheme="http").geturl(),
    }
    _expect_refused(flow, altered)


@requirement("MCP-SEC-12")
def test_a_redirect_uri_in_another_spelling_is_refused(flow: AuthorizationFlow, params: Params) -> None:
    """The registered URI in another spelling (case, percent encoding) is not taken for it.

    Control: the request with the registered redirect URI is granted.
    Means: comparison by normalised URIs invites parser differences, by which codes have been stolen before.
    Fix: compare strings (RFC 3986, 6.2.1); don't parse, decode or normalise before.
    """
    if params.mcp_version == "2025-03-26":
        raise NotApplicable("MCP 2025-03-26 asks for validation, not for exact comparison")
    parts = urlsplit(flow.client.redirect_uri)
    spellings: dict[str, SplitResult] = {}
    if parts.path.swapcase() != parts.path:
        letter = next(c for c in parts.path if c.isalpha())
        spellings["with the case of its path swapped"] = parts._replace(path=parts.path.swapcase())
        encoded = parts.path.replace(letter, f"%{ord(letter):02x}", 1)
        spellings["with a letter of its path percent-encoded"] = parts._replace(path=encoded)
    if parts.netloc.upper() != parts.netloc:
        spellings["with its host in capitals"] = parts._replace(netloc=parts.netloc.upper())
    if not spellings:
        raise NotApplicable("the registered redirect URI has no letters whose spelling could vary")
    _expect_refused(flow, {what: altered.geturl() for what, altered in spellings.items()})


@requirement("MCP-SEC-12")
def test_only_the_port_of_a_loopback_redirect_uri_may_vary(flow: AuthorizationFlow) -> None:
    """The exception for loopback addresses covers the port alone, not path, query or host.

    Control: the request with the registered loopback URI is granted.
    Means: any page of a local program, or of one that listens on another address, receives the code.
    Fix: when scheme and address match and are loopback, ignore the port and compare all the rest exactly.
    """
    loopback = next((uri for uri in flow.client.redirect_uris if _is_loopback(uri)), None)
    if loopback is None:
        raise NotApplicable("the client has no redirect URI on a loopback address")
    parts = urlsplit(loopback)
    moved = parts._replace(netloc=_with_host(parts, parts.hostname or "", 8766))
    altered = {
        "with another port and another path": moved._replace(path=f"{parts.path}/{_MARK}"),
        "with another port and a parameter": moved._replace(query=f"{_MARK}=1"),
        "with another port and another loopback address": moved._replace(netloc="127.0.0.2:8766"),
    }
    native = flow.by(replace(flow.client, redirect_uris=(loopback,)))
    _expect_refused(native, {what: uri.geturl() for what, uri in altered.items()})


def _expect_refused(flow: AuthorizationFlow, altered: Mapping[str, str]) -> None:
    """Each altered redirect URI gets neither code nor error, after the registered one was granted (the control)."""
    registered = flow.client.redirect_uri
    flow.control(flow.authorization_request())
    for what, uri in altered.items():
        answer = flow.send(flow.authorization_request().with_(f"redirect_uri {what}: {uri}", redirect_uri=uri))
        if answer.code or _went_to(answer, uri, registered):
            raise Violation(
                f"an authorization response went out for a redirect_uri {what}",
                expected="an error page of the server, no redirect",
                observed=expect(answer).described(),
            )


def _went_to(answer: AuthorizationAnswer, altered: str, registered: str) -> bool:
    """Whether the answer left for the altered URI; a page of the server's own, wherever it is, does not count."""
    target = answer.redirected_to
    if target is None:
        return False
    if target.startswith(registered) and target[len(registered) :][:1] in ("?", "&") and _MARK not in target:
        return False
    return _origin(target) in (None, _origin(altered))


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None


def _with_host(parts: SplitResult, host: str, port: int | None = None) -> str:
    host = f"[{host}]" if ":" in host else host
    given = port or parts.port
    return f"{host}:{given}" if given else host


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname != "localhost" and is_loopback(parts.hostname or "")
