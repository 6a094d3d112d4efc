"""Cookies by which a proxy remembers what users have approved (MCP, Consent Cookie Security)."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.client.flow import AuthorizationFlow
from conformance.client.mcp_proxy import McpProxy, cookies_of
from conformance.client.page_safety import form_of
from conformance.vocabulary import Exchange, Inconclusive, NotApplicable, Violation

Keep = Callable[[str, str], str | None]

_PREFIX = "__Host-"
_WANTED = (("secure", "Secure"), ("httponly", "HttpOnly"), ("samesite=lax|samesite=strict", "SameSite=Lax"))
_ENCODED = re.compile(r"[A-Za-z0-9_+/-]{16,}={0,2}")


def judge_consent_cookies(proxy: McpProxy) -> None:
    """Cookies without which an approved client is put before the user again are safe, and of that client alone.

    Control: with them it is not. Raises Violation, NotApplicable, Inconclusive.
    """
    flow = proxy.journey().flow
    if not flow.endpoint("authorization_endpoint").startswith("https://"):
        raise NotApplicable(f"cookies called {_PREFIX}... need https, and this server speaks plain http")
    if _is_asked(proxy, flow):
        raise NotApplicable("the user is asked each time, so no cookie tracks what was approved")
    held = cookies_of(flow.user_agent)
    tracking = [name for name in held if _is_asked(proxy, _holding(flow, _all_but(name)))]
    if not tracking:
        raise NotApplicable("what was approved is remembered with the user, not by a cookie")
    set_by = _set_cookies(proxy.journey().exchanges)
    for name in tracking:
        _judge_attributes(name, set_by.get(name, ""))
    other, _ = proxy.newcomer(flow.user_agent)
    _refuse_other(proxy, other, "the cookie says that some client was approved, not which one")
    for name in tracking:
        value = with_other_client(held[name], flow.client.client_id, other.client.client_id)
        if value is not None:
            forged = _holding(other, _with_value(name, value))
            _refuse_other(proxy, forged, f"the cookie {name} was believed with another client_id in it")


def with_other_client(value: str, client_id: str, other: str) -> str | None:
    """That cookie value with another client_id, also inside base64; None when it doesn't have the first one."""

    def swapped(match: re.Match[str]) -> str:
        text = match.group().rstrip("=")
        try:
            inner = urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
        except (Base64Error, ValueError):
            return match.group()
        if client_id.encode() not in inner:
            return match.group()
        encoded = urlsafe_b64encode(inner.replace(client_id.encode(), other.encode())).decode()
        return encoded if match.group().endswith("=") else encoded.rstrip("=")

    changed = value.replace(client_id, other) if client_id in value else _ENCODED.sub(swapped, value)
    return None if changed == value else changed


def _is_asked(proxy: McpProxy, flow: AuthorizationFlow) -> bool:
    arrival = proxy.open(flow)
    if proxy.departs(arrival):
        return False
    if arrival.redirected_to is not None or form_of(arrival.response) is None:
        raise Inconclusive("the browser got neither to a page that asks nor to the third party", root="third party")
    return True


def _refuse_other(proxy: McpProxy, other: AuthorizationFlow, what: str) -> None:
    if not _is_asked(proxy, other):
        raise Violation(what, expected="a page that asks the user", observed="a redirect to the third party")


def _judge_attributes(name: str, line: str) -> None:
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    missing = [shown for fits, shown in _WANTED if not attributes & set(fits.split("|"))]
    if not name.startswith(_PREFIX):
        missing.append(f"the prefix {_PREFIX}")
    if missing:
        expected = f"{_PREFIX}..., {', '.join(shown for _, shown in _WANTED)}"
        observed = f"the cookie {name} without {', '.join(missing)}"
        raise Violation("a cookie that tracks consent is not safe", expected=expected, observed=observed)


def _set_cookies(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """The latest Set-Cookie line by name, its value redacted."""
    responses = [exchange.response for exchange in exchanges if exchange.response]
    lines = [value for each in responses for name, value in each.headers if name.lower() == "set-cookie"]
    return {line.partition("=")[0].strip(): line for line in lines}


def _holding(flow: AuthorizationFlow, keep: Keep) -> AuthorizationFlow:
    return replace(flow, user_agent=flow.user_agent.with_cookies(keep))


def _all_but(unwanted: str) -> Keep:
    return lambda name, value: None if name == unwanted else value


def _with_value(wanted: str, other: str) -> Keep:
    return lambda name, value: other if name == wanted else value
