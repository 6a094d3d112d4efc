"""Endpoints that publish: metadata, keys, health."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reference_impl.authorization_server.rules import Rules


def _document(content: object, rules: Rules, media_type: str, status: int = 200) -> Response:
    headers = {"Cache-Control": rules.metadata_cache_control()}
    return JSONResponse(content, status, headers, media_type)


async def get_authorization_server_metadata(_: Request, rules: Rules) -> Response:
    """RFC8414-3.2-a, RFC8414-3.2-b: 200 and a JSON object."""
    return _document(rules.rfc8414_document(), rules, rules.metadata_media_type(), rules.metadata_status())


async def get_openid_configuration(_: Request, rules: Rules) -> Response:
    """OIDCD-4-a, OIDCD-4.2-a: the same document under the name that OpenID Connect clients look for."""
    return _document(rules.openid_configuration(), rules, rules.openid_configuration_media_type())


async def get_jwks(_: Request, rules: Rules) -> Response:
    """The public keys."""
    return _document(rules.jwks_document(), rules, rules.json_media_type())


async def get_health(_: Request, __: Rules) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def get_ready(_: Request, rules: Rules) -> Response:
    """The database answers as well."""
    ready = rules.store.is_ready()
    status = "ok" if ready else "unavailable"
    return JSONResponse({"status": status}, 200 if ready else 503, {"Cache-Control": "no-store"})
