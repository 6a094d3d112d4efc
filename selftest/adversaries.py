"""Miniature servers that look right where that is easy: for each, what it may pass at most and what it has to fail.

None of them may ever make the judge itself fail, take long, or come out conformant.
"""

import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from selftest.void_servers import Behaviour

_SILENT_SECONDS = 20.0
_DOCUMENTS = r"test_(?!client_id|registration)(.*metadata.*|openid_discovery|jwks|transport.*|.*discovery)::.*"
_DOCUMENTS += r"|.*::test_plain_is_not_advertised"
_DOCUMENTS += r"|test_token_endpoint::test_the_\w+_endpoint_has_no_fragment"
_REGISTRATION = r"test_registration\w*::.*|test_jwt_access_token_content::test_clients_do_not_choose_their_client_id"
"""What a server shows that registers whatever it is sent."""
_CHALLENGES = r"test_(challenge.*|anonymous_requests|http_authentication|origin)::.*"


@dataclass(frozen=True)
class Adversary:
    """`may_pass` is a pattern for the checks ("module::function") it may pass, `has_to_fail` are requirement ids."""

    behaviour: Behaviour
    may_pass: str
    has_to_fail: frozenset[str] = frozenset()


def metadata_then_silence(connection: socket.socket, request: bytes, base: str) -> None:
    """Says what a good server says about itself, and hangs wherever that would have to be true."""
    if _documents(connection, request, base):
        return
    if request.startswith(b"GET /mcp "):
        _send(connection, "405 Method Not Allowed", {})
    else:
        time.sleep(_SILENT_SECONDS)


def documents_then_401(connection: socket.socket, request: bytes, base: str) -> None:
    """Good documents and a good challenge, and nobody ever gets in."""
    if not _documents(connection, request, base):
        metadata = f'Bearer resource_metadata="{base}/.well-known/oauth-protected-resource/mcp"'
        _send(connection, "401 Unauthorized", {"error": "invalid_token"}, f"WWW-Authenticate: {metadata}")


def accepts_everything(connection: socket.socket, request: bytes, base: str) -> None:
    """Every authorization request is granted, every code is good, every token opens every door."""
    if _documents(connection, request, base):
        return
    path, query = _target(request)
    if path == "/authorize":
        back = query.get("redirect_uri", "http://127.0.0.1:8765/callback")
        _send(connection, "302 Found", {}, f"Location: {back}?code=x&state={query.get('state', '')}&iss={base}")
    elif path == "/register":
        wanted = _body(request)
        _send(connection, "201 Created", {**wanted, "client_id": "anybody", "client_id_issued_at": 1})
    elif path == "/token":
        _send(connection, "200 OK", {"access_token": "x", "token_type": "Bearer", "expires_in": 60})
    else:
        _send(connection, "200 OK", {"jsonrpc": "2.0", "id": _body(request).get("id"), "result": {"tools": []}})


def unreadable_urls(connection: socket.socket, request: bytes, base: str) -> None:
    """Every URL that it names breaks the parser of whoever reads it."""
    bad = ("http://[bad", "https://127.0.0.1:99999/x", "http://\x00/", "//", "https://[::1", "javascript:alert(1)")
    members: dict[str, Any] = dict.fromkeys(_metadata(base), bad[0]) | {"issuer": base, "jwks_uri": bad[1]}
    members |= {
        "resource": bad[4],
        "authorization_servers": list(bad),
        "token_endpoint": bad[2],
        "scopes_supported": bad,
    }
    members |= {"response_types_supported": ["code"], "authorization_endpoint": f"{base}/authorize"}
    if _target(request)[0] == "/authorize":
        _send(connection, "302 Found", {}, f"Location: {bad[0]}")
    elif b"/.well-known/" in request.split(b"\r\n")[0]:
        _send(connection, "200 OK", members)
    else:
        _send(connection, "401 Unauthorized", {}, f'WWW-Authenticate: Bearer resource_metadata="{bad[4]}"')


def wrong_types(connection: socket.socket, request: bytes, base: str) -> None:
    """Every member of every document has a JSON type that nobody expects there."""
    odd: list[Any] = [None, 7, True, [[]], {"a": []}, [None, 1, {}], 1e300, "", [], {}]
    names = (*_metadata(base), *_resource(base), "error", "access_token", "scope", "keys")
    shift = len(request) % len(odd)
    members = {name: odd[(place + shift) % len(odd)] for place, name in enumerate(names)} | {"issuer": base}
    _send(connection, "200 OK", members)


def hostile_strings(connection: socket.socket, request: bytes, base: str) -> None:
    """Escape sequences, markup, overlong lines and look-alikes of the judge's own words wherever a string may be."""
    text = "\x1b[2J\u202e</script><img src=x>" + "A" * 5000 + "\x00\r\nPASS <code#1>"
    members = dict.fromkeys((*_metadata(base), *_resource(base), "error", "error_description"), text)
    challenge = 'WWW-Authenticate: Bearer error="' + "\\" * 999 + '", realm=' + "," * 2000
    _send(connection, "401 Unauthorized" if b"/mcp " in request else "200 OK", {**members, "issuer": base}, challenge)


def login_without_end(connection: socket.socket, request: bytes, base: str) -> None:
    """A login page that leads to the same login page, for ever."""
    if _documents(connection, request, base):
        return
    if _target(request)[0] == "/register":
        _send(connection, "201 Created", {**_body(request), "client_id": "somebody"})
        return
    page = b'<form method="post" action="/again"><input name="u"><input type="password" name="p"><button>Go</button>'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
    connection.sendall(head.encode() + page)


ADVERSARIES: dict[str, Adversary] = {
    "metadata_then_silence": Adversary(metadata_then_silence, _DOCUMENTS),
    "documents_then_401": Adversary(documents_then_401, f"{_DOCUMENTS}|{_CHALLENGES}"),
    "accepts_everything": Adversary(
        accepts_everything,
        ".*",
        frozenset({"RFC7636-4.6-b", "RFC7636-4.4.1-a", "RFC7636-4.4-a", "MCP-TOK-05", "MCP-TOK-12"}),
    ),
    "unreadable_urls": Adversary(unreadable_urls, f"{_DOCUMENTS}|{_CHALLENGES}"),
    "wrong_types": Adversary(wrong_types, f"{_DOCUMENTS}|{_CHALLENGES}"),
    "hostile_strings": Adversary(hostile_strings, f"{_DOCUMENTS}|{_CHALLENGES}"),
    "login_without_end": Adversary(login_without_end, f"{_DOCUMENTS}|{_CHALLENGES}|{_REGISTRATION}"),
}


def _documents(connection: socket.socket, request: bytes, base: str) -> bool:
    path = _target(request)[0]
    if "/oauth-protected-resource" in path:
        _send(connection, "200 OK", _resource(base))
    elif path == "/.well-known/oauth-authorization-server":
        _send(connection, "200 OK", _metadata(base))
    elif "/.well-known/" in path:
        _send(connection, "404 Not Found", {})
    else:
        return False
    return True


def _metadata(base: str) -> dict[str, Any]:
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "registration_endpoint": f"{base}/register",
        "jwks_uri": f"{base}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _resource(base: str) -> dict[str, Any]:
    return {"resource": f"{base}/mcp", "authorization_servers": [base], "bearer_methods_supported": ["header"]}


def _target(request: bytes) -> tuple[str, Mapping[str, str]]:
    words = request.split(b"\r\n")[0].decode("latin-1").split(" ")
    parts = urlsplit(words[1] if len(words) > 1 else "/")
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def _body(request: bytes) -> dict[str, Any]:
    try:
        value = json.loads(re.split(rb"\r\n\r\n", request, maxsplit=1)[-1])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _send(connection: socket.socket, status: str, members: Mapping[str, Any], *headers: str) -> None:
    body = json.dumps(members).encode()
    lines = (f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers)
    connection.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body)
