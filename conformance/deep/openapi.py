"""An OpenAPI document of an authorization server's endpoints, made from its own metadata.

Values that lead somewhere (a known client, its redirect URI, the grants on offer) stand beside any string at all, so
that generated requests get past the first check of a server.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MARKUP = '"><svg/onload=conformance>'
"""What no page may hold unescaped. It comes in values and as the name of a parameter."""
TAG = "<svg/onload=conformance>"
FORM = "application/x-www-form-urlencoded"
ODD = "\u00e9\u4e2d\U0001f600\x00"
ODD_CREDENTIALS = (
    "Basic",
    "Basic ====",
    "Basic Og==",
    "Basic OjpA",
    "bearer x",
    "Bearer",
    "DPoP x",
    "Digest a=b",
    ", ,",
)
"""Authorization headers; they are dealt out to the requests, since a schema's enum is drawn too unevenly."""
_ENDPOINTS = {
    "authorization_endpoint": "get",
    "token_endpoint": "post",
    "revocation_endpoint": "post",
    "introspection_endpoint": "post",
    "pushed_authorization_request_endpoint": "post",
    "registration_endpoint": "post",
}


@dataclass(frozen=True)
class Known:
    """What good requests to this server say."""

    client_id: str
    redirect_uri: str
    scope: str | None
    resource: str | None


def endpoints_of(metadata: Mapping[str, Any], *, registration: bool) -> dict[str, str]:
    """The URLs of the endpoints to try by the names of their members; registration only where clients may register."""
    named = {name: metadata[name] for name in _ENDPOINTS if isinstance(metadata.get(name), str)}
    return {name: url for name, url in named.items() if registration or name != "registration_endpoint"}


def document(endpoints: Iterable[str], metadata: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """The OpenAPI 3.1 document; each endpoint's path is the name of its member of the metadata."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "OAuth endpoints", "version": "1"},
        "paths": {f"/{name}": {_ENDPOINTS[name]: _operation(name, metadata, known)} for name in endpoints},
    }


def _operation(name: str, metadata: Mapping[str, Any], known: Known) -> dict[str, Any]:
    common = {"operationId": name, "responses": {"default": {"description": "anything but a server error"}}}
    if name == "authorization_endpoint":
        query = _authorization(metadata, known)
        parameters = [{"name": n, "in": "query", "required": False, "schema": s} for n, s in query.items()]
        return {**common, "parameters": parameters}
    if name == "registration_endpoint":
        return {**common, "requestBody": _body("application/json", _registration(known))}
    properties = {
        "token_endpoint": _token(metadata, known),
        "pushed_authorization_request_endpoint": _authorization(metadata, known),
    }.get(name, _about_a_token(known))
    return {**common, "requestBody": _body(FORM, properties, "client_id")}


def _body(media_type: str, properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "required": list(required), "minProperties": 1}
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _authorization(metadata: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {
        "response_type": _text("code", *_listed(metadata, "response_types_supported")),
        "client_id": {"const": known.client_id},
        "redirect_uri": _text(known.redirect_uri),
        "scope": _text(known.scope, "a  b", " "),
        "state": _text("x" * 3000),
        "code_challenge": _text("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        "code_challenge_method": _text("S256", "plain"),
        "resource": _text(known.resource, "http://[", "//"),
        "response_mode": _text("query", "fragment"),
        "prompt": _text("none", "login"),
        "max_age": _text("0", "-1", "9" * 30),
        MARKUP: _text(),
    }


def _token(metadata: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {
        "grant_type": _text("authorization_code", "refresh_token", *_listed(metadata, "grant_types_supported")),
        "client_id": {"const": known.client_id},
        "redirect_uri": _text(known.redirect_uri),
        "scope": _text(known.scope, "a  b"),
        "resource": _text(known.resource, "http://[", "//"),
        "code_verifier": _text("x" * 43),
        "client_assertion_type": _text("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        "subject_token_type": _text("urn:ietf:params:oauth:token-type:access_token"),
        **{
            name: _text("a.b.c") for name in ("code", "refresh_token", "client_assertion", "assertion", "subject_token")
        },
    }


def _about_a_token(known: Known) -> dict[str, Any]:
    return {
        "token": _text("a.b.c", "x" * 3000),
        "token_type_hint": _text("access_token", "refresh_token"),
        "client_id": {"const": known.client_id},
    }


def _registration(known: Known) -> dict[str, Any]:
    """No URLs that a server might fetch: what is generated must not send it anywhere."""
    anything: dict[str, Any] = {}
    texts = ("client_name", "token_endpoint_auth_method", "application_type", "scope", "software_id", "contacts")
    return {
        "redirect_uris": {"anyOf": [{"const": [known.redirect_uri]}, {"type": "array", "items": _text()}, anything]},
        "grant_types": {"anyOf": [{"type": "array", "items": _text("authorization_code")}, anything]},
        "response_types": {"anyOf": [{"type": "array", "items": _text("code")}, anything]},
        **{name: {"anyOf": [_text(), anything]} for name in texts},
    }


def _text(*values: str | None) -> dict[str, Any]:
    """One of these strings, markup, what is no ASCII, or any short string at all."""
    named = [value for value in dict.fromkeys((*values, MARKUP, ODD)) if value is not None]
    return {"anyOf": [{"enum": named}, {"type": "string", "maxLength": 40}]}


def _listed(metadata: Mapping[str, Any], name: str) -> list[str]:
    value = metadata.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
