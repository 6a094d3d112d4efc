"""Dynamic client registration (RFC 7591) as the judge uses it."""

import json
from collections.abc import Mapping
from typing import Any

from conformance.client.identity import ClientIdentity
from conformance.vocabulary import Inconclusive
from conformance.wire import HttpRequest, Response, Wire

_JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))


def registration_metadata(
    grant_type: str, auth_method: str, redirect_uris: tuple[str, ...], scope: str | None
) -> dict[str, Any]:
    """A good registration request (RFC 7591, 2) for a native client of that grant."""
    grants = [grant_type, *(["refresh_token"] if grant_type == "authorization_code" else [])]
    metadata: dict[str, Any] = {
        "client_name": "MCP OAuth conformance",
        "grant_types": grants,
        "token_endpoint_auth_method": auth_method,
        "application_type": "native",
    }
    if grant_type == "authorization_code":
        metadata |= {"redirect_uris": list(redirect_uris), "response_types": ["code"]}
    else:
        metadata |= {"redirect_uris": [], "response_types": []}
    if scope:
        metadata["scope"] = scope
    return metadata


def registration_request(endpoint: str, metadata: Mapping[str, Any], change: str = "") -> HttpRequest:
    """The request that registers that metadata; `change` says how it departs from a good one."""
    body = json.dumps(metadata).encode()
    return HttpRequest("POST", endpoint, _JSON, body, (change,) if change else (), label="client registration")


def register(wire: Wire, server: Mapping[str, Any], metadata: Mapping[str, Any]) -> ClientIdentity:
    """Register a client. `server` is the AS metadata. Raises Inconclusive when that isn't offered or is refused."""
    endpoint = server.get("registration_endpoint")
    if not isinstance(endpoint, str):
        raise Inconclusive(
            "the target file gives no fitting client and the server offers no registration",
            root="registration",
            remedy="add a client under clients in the target file",
        )
    return registered_client(wire.send(registration_request(endpoint, metadata)), metadata)


def registered_client(response: Response, wanted: Mapping[str, Any]) -> ClientIdentity:
    """The client that a registration response describes. Raises Inconclusive when it describes none."""
    answer = response.json_object() or {}
    client_id = answer.get("client_id")
    if response.status not in (200, 201) or not isinstance(client_id, str):
        error = answer.get("error")
        said = f" with error {error!r}" if isinstance(error, str) else ""
        raise Inconclusive(
            f"registration of a client was answered {response.status}{said}",
            root="registration",
            remedy="open registration for the harness, or give clients in the target file",
        )
    return ClientIdentity(
        client_id=client_id,
        auth_method=str(answer.get("token_endpoint_auth_method") or wanted["token_endpoint_auth_method"]),
        client_secret=_text(answer, "client_secret"),
        redirect_uris=tuple(str(u) for u in answer.get("redirect_uris") or wanted.get("redirect_uris") or ()),
        grant_types=tuple(str(g) for g in answer.get("grant_types") or wanted["grant_types"]),
        scope=_text(answer, "scope"),
        registration_client_uri=_text(answer, "registration_client_uri"),
        registration_access_token=_text(answer, "registration_access_token"),
    )


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None
