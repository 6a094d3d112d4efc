"""Redirect URIs that are nearly the registered one, and whether an answer went out to them (OAuth 2.1, 4.1.1)."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import SplitResult

from conformance.client.flow import AuthorizationFlow
from conformance.expect import AuthorizationAnswer, expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import is_loopback, split_url

MARK = "conformance-extra"
OTHER_PORT = 8766


def other_paths(registered: str) -> dict[str, str]:
    """URIs whose path begins like the registered one, leads back from it, or differs in a slash, by description."""
    parts = split_url(registered)
    other_slash = parts.path.rstrip("/") if parts.path.endswith("/") else f"{parts.path}/"
    paths = {
        "with a path below the registered one": f"{parts.path.rstrip('/')}/{MARK}",
        "with a path that begins like the registered one": f"{parts.path}{MARK}",
        "with dot segments": f"{parts.path}/../{MARK}",
        "with encoded dot segments": f"{parts.path}/%2e%2e/{MARK}",
        "with the root as path": "/" if parts.path != "/" else f"/{MARK}",
        "with a slash more or less at the end": other_slash or "/",
    }
    return {what: parts._replace(path=path).geturl() for what, path in paths.items()}


def other_endings(registered: str) -> dict[str, str]:
    """The registered URI with a parameter or a fragment added, by description."""
    separator = "&" if "?" in registered else "?"
    endings = {"with a parameter added": f"{separator}{MARK}=1", "with a fragment added": f"#{MARK}"}
    return {what: registered + ending for what, ending in endings.items()}


def other_hosts(registered: str) -> dict[str, str]:
    """URIs on hosts that look like the registered one, by description."""
    parts = split_url(registered)
    hosts = {
        "with a sub-domain of the host": f"{MARK}.{parts.netloc}",
        "with a host that begins like the registered one": _with_host(parts, f"{parts.hostname}.{MARK}.example"),
        "with a host that ends like the registered one": f"{MARK}{parts.netloc}",
        "with the registered host as user information": f"{parts.netloc.replace(':', '%3A')}@{MARK}.example",
        "with user information": f"{MARK}@{parts.netloc}",
        "with another host": f"{MARK}.example",
    }
    return {what: parts._replace(netloc=netloc).geturl() for what, netloc in hosts.items()}


def other_origins(registered: str) -> dict[str, str]:
    """An https URI with another port, and with plain http, by description."""
    parts = split_url(registered)
    port = (parts.port or 443) + 4000
    return {
        "with another port": parts._replace(netloc=f"{parts.hostname}:{port}").geturl(),
        "with plain http": parts._replace(scheme="http").geturl(),
    }


def other_spellings(registered: str) -> dict[str, str]:
    """The registered URI in other spellings. Raises NotApplicable when it has no letters to spell differently."""
    parts = split_url(registered)
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
    return {what: altered.geturl() for what, altered in spellings.items()}


def loopback_flow(flow: AuthorizationFlow) -> AuthorizationFlow:
    """The flow by the client's redirect URI on a loopback address. Raises NotApplicable when it has none."""
    loopback = next((uri for uri in flow.client.redirect_uris if _is_loopback(uri)), None)
    if loopback is None:
        raise NotApplicable("the client has no redirect URI on a loopback address")
    return flow.by(replace(flow.client, redirect_uris=(loopback,)))


def with_other_port(loopback: str) -> str:
    """The loopback URI with another port."""
    parts = split_url(loopback)
    return parts._replace(netloc=_with_host(parts, parts.hostname or "", OTHER_PORT)).geturl()


def more_than_another_port(loopback: str) -> dict[str, str]:
    """Loopback URIs that differ in the port and in something else, by description."""
    moved = split_url(with_other_port(loopback))
    return {
        "with another port and another path": moved._replace(path=f"{moved.path}/{MARK}").geturl(),
        "with another port and a parameter": moved._replace(query=f"{MARK}=1").geturl(),
        "with another port and another loopback address": moved._replace(netloc=f"127.0.0.2:{OTHER_PORT}").geturl(),
    }


def judge_any_port(flow: AuthorizationFlow) -> None:
    """A code goes to the flow's loopback redirect URI with another port as well. Raises Violation."""
    flow.control(flow.authorization_request())
    uri = with_other_port(flow.client.redirect_uri)
    answer = flow.send(flow.authorization_request().with_(f"redirect_uri with another port: {uri}", redirect_uri=uri))
    expect(answer).grants_code()


def judge_refused(flow: AuthorizationFlow, altered: Mapping[str, str], **others: str) -> None:
    """Each altered redirect URI gets neither code nor error, after the registered one was granted (the control).

    `others` are parameters that are altered too. Raises Violation.
    """
    flow.control(flow.authorization_request())
    for what, uri in altered.items():
        request = flow.authorization_request().with_(f"redirect_uri {what}: {uri}", redirect_uri=uri)
        answer = flow.send(request.with_(**others) if others else request)
        if answer.code or went_to(answer, uri, flow.client.redirect_uri):
            raise Violation(
                f"an authorization response went out for a redirect_uri {what}",
                expected="an error page of the server, no redirect",
                observed=expect(answer).described(),
            )


def went_to(answer: AuthorizationAnswer, altered: str, registered: str) -> bool:
    """Whether the answer left for the altered URI; a page of the server's own, wherever it is, does not count."""
    target = answer.redirected_to
    if target is None:
        return False
    if target.startswith(registered) and target[len(registered) :][:1] in ("?", "&") and MARK not in target:
        return False
    return _origin(target) in (None, _origin(altered))


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = split_url(url)
        return parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None


def _with_host(parts: SplitResult, host: str, port: int | None = None) -> str:
    host = f"[{host}]" if ":" in host else host
    given = port or parts.port
    return f"{host}:{given}" if given else host


def _is_loopback(uri: str) -> bool:
    parts = split_url(uri)
    return parts.scheme == "http" and parts.hostname != "localhost" and is_loopback(parts.hostname or "")
