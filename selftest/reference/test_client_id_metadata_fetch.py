"""How a document is fetched: status, type, size, time, cache, addresses; and keys behind jwks_uri."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from typing import Any

import pytest
from document_host import DocumentHost, client_at, refused, rules_for
from joserfc import jws
from joserfc.jwk import ECKey

from reference_impl.authorization_server import client_id_metadata_fetch
from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules


@pytest.mark.parametrize("status", [201, 202, 204, 206, 301, 302, 307, 308, 404, 500])
def test_only_status_200_is_a_document_and_no_redirect_is_followed(
    fetching_rules: Rules, host: DocumentHost, status: int
) -> None:
    body = b"" if status == 204 else json.dumps(host.document()).encode()
    host.serves(body, status, headers={"Location": host.url("/other.json")})
    assert "status 200" in refused(fetching_rules, host.url())
    assert host.paths == ["/client.json"]


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/x+yaml", "", "text/x+json"])
def test_another_media_type_is_refused(fetching_rules: Rules, host: DocumentHost, media_type: str) -> None:
    host.serves(json.dumps(host.document()).encode(), media_type=media_type)
    assert "JSON" in refused(fetching_rules, host.url())


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/client+json", "Application/JSON"]
)
def test_a_structured_media_type_is_accepted(fetching_rules: Rules, host: DocumentHost, media_type: str) -> None:
    host.serves(json.dumps(host.document()).encode(), media_type=media_type)
    assert client_at(fetching_rules, host.url()).client_name == "App"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"x": "\\ud800"}', b"[" * 5000])
def test_a_body_that_is_no_json_object_is_refused(fetching_rules: Rules, host: DocumentHost, body: bytes) -> None:
    host.serves(body)
    assert "JSON" in refused(fetching_rules, host.url())


def test_a_document_beyond_the_limit_is_refused(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(host.document(padding="x" * 6000)).encode())
    assert "exceeds" in refused(fetching_rules, host.url())


def test_a_body_without_end_is_cut_off(fetching_rules: Rules, host: DocumentHost) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * 1024)
        except OSError:
            pass

    host.answer = endless
    assert "exceeds" in refused(fetching_rules, host.url())


def test_a_compressed_document_is_refused(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(host.document()).encode(), headers={"Content-Encoding": "gzip"})
    assert "compressed" in refused(fetching_rules, host.url())


def test_a_silent_host_is_given_up_in_time(host: DocumentHost) -> None:
    gone = threading.Event()
    host.answer = lambda _: gone.wait(10) and None
    try:
        assert "in time" in refused(rules_for(host, fetch_timeout=0.2), host.url())
    finally:
        gone.set()


# Caching


@pytest.mark.parametrize(
    ("headers", "fetches"),
    [
        ({}, 1),
        ({"Cache-Control": "max-age=60"}, 1),
        ({"Cache-Control": "max-age=60", "Age": "60"}, 2),
        ({"Cache-Control": "no-store"}, 2),
        ({"Cache-Control": "private, No-Cache"}, 2),
        ({"Cache-Control": "max-age=0"}, 2),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 2),
        ({"Expires": "0"}, 2),
        ({"Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}, 1),
    ],
)
def test_the_headers_decide_whether_a_document_is_fetched_again(
    fetching_rules: Rules, host: DocumentHost, headers: dict[str, str], fetches: int
) -> None:
    host.serves_document(headers=headers)
    assert client_at(fetching_rules, host.url()) == client_at(fetching_rules, host.url())
    assert len(host.paths) == fetches


def test_a_cache_lifetime_has_an_upper_bound(fetching_rules: Rules) -> None:
    assert fetching_rules.document_cache_lifetime({"cache-control": "max-age=999999999"}) == 86400
    assert fetching_rules.document_cache_lifetime({"cache-control": "max-age=" + "9" * 5000}) == 0
    assert fetching_rules.document_cache_lifetime({"cache-control": 'max-age="x"'}) == 0


def test_errors_and_invalid_documents_are_not_cached(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves(b"", 500)
    refused(fetching_rules, host.url())
    host.serves_document(client_name=None, headers={"Cache-Control": "max-age=60"})
    refused(fetching_rules, host.url())
    host.serves_document()
    assert client_at(fetching_rules, host.url()).client_name == "App"


# Where the server does not go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104 - judged, not bound
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::1", "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_special_use_addresses_are_not_fetched(host: DocumentHost, address: str) -> None:
    assert not rules_for(host, allow_loopback=False).is_fetchable_address(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_fetched(fetching_rules: Rules, address: str) -> None:
    assert fetching_rules.is_fetchable_address(ip_address(address))


def test_in_development_only_loopback_is_added(fetching_rules: Rules) -> None:
    assert fetching_rules.is_fetchable_address(ip_address("127.0.0.1"))
    assert fetching_rules.is_fetchable_address(ip_address("::1"))
    assert not fetching_rules.is_fetchable_address(ip_address("10.0.0.1"))


def test_a_host_on_loopback_sees_no_connection_unless_allowed(host: DocumentHost) -> None:
    for name in ("127.0.0.1", "localhost"):
        assert "public address" in refused(rules_for(host, allow_loopback=False), host.url(host=name))
    assert host.paths == []


def test_one_private_address_among_several_is_enough_to_refuse(
    host: DocumentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def both(*_: object) -> list[Any]:
        return [ip_address("8.8.8.8"), ip_address("10.0.0.1")]

    monkeypatch.setattr(client_id_metadata_fetch, "_resolve", both)
    assert "public address" in refused(rules_for(host), "https://rebinding.test/client.json")


# Keys behind jwks_uri

KEY = ECKey.generate_key("P-256", auto_kid=True)
JWKS = {"keys": [KEY.as_dict(private=False)]}
ASSERTION = jws.serialize_compact({"alg": "ES256", "kid": KEY.kid}, b"{}", KEY)


def keyed_client(host: DocumentHost) -> Client:
    return Client("c", token_endpoint_auth_method="private_key_jwt", jwks_uri=host.url("/jwks"))


def test_keys_behind_a_jwks_uri_are_fetched_and_cached(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(JWKS).encode(), media_type="application/jwk-set+json")
    for _ in range(2):
        keys = asyncio.run(fetching_rules.client_keys(keyed_client(host), ASSERTION))
        assert [key.kid for key in keys.keys] == [JWKS["keys"][0]["kid"]]
    assert host.paths == ["/jwks"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 200), (b"[]", 200), (b"{", 200), (b"\xff", 200), (json.dumps(JWKS).encode(), 404)]
)
def test_without_keys_the_client_cannot_authenticate_and_nothing_is_cached(
    fetching_rules: Rules, host: DocumentHost, body: bytes, status: int
) -> None:
    host.serves(body, status)
    for _ in range(2):
        with pytest.raises(OAuthError, match="invalid_client"):
            asyncio.run(fetching_rules.client_keys(keyed_client(host), ASSERTION))
    assert host.paths == ["/jwks", "/jwks"]


def test_a_jwks_uri_on_loopback_sees_no_connection_unless_allowed(host: DocumentHost) -> None:
    with pytest.raises(OAuthError, match="invalid_client"):
        asyncio.run(rules_for(host, allow_loopback=False).client_keys(keyed_client(host), ASSERTION))
    assert host.paths == []


def test_registered_keys_need_no_fetch(fetching_rules: Rules, host: DocumentHost) -> None:
    client = Client("c", token_endpoint_auth_method="private_key_jwt", jwks=JWKS)
    assert len(asyncio.run(fetching_rules.client_keys(client, ASSERTION)).keys) == 1
    assert host.paths == []


def test_an_unknown_key_is_looked_for_once_in_a_while(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(JWKS).encode())
    newer = ECKey.generate_key("P-256", auto_kid=True)
    unknown = jws.serialize_compact({"alg": "ES256", "kid": newer.kid}, b"{}", newer)
    asyncio.run(fetching_rules.client_keys(keyed_client(host), ASSERTION))
    host.serves(json.dumps({"keys": [newer.as_dict(private=False)]}).encode())
    for _ in range(2):
        keys = asyncio.run(fetching_rules.client_keys(keyed_client(host), unknown))
        assert [key.kid for key in keys.keys] == [newer.kid]
    for _ in range(2):
        asyncio.run(fetching_rules.client_keys(keyed_client(host), ASSERTION))
    assert host.paths == ["/jwks", "/jwks"]
