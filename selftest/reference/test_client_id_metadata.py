"""A client_id that is a URL: which URLs are fetched, how, and what a document must say."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest
import trustme
from joserfc.jwk import ECKey
from server_in_process import configuration, rules_of

from reference_impl.authorization_server import client_id_metadata_fetch
from reference_impl.authorization_server.config import Client, ClientIdMetadataOptions
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules

REDIRECT_URI = "http://127.0.0.1/callback"


@dataclass
class DocumentHost:
    """A host of documents on loopback: `answer` writes the next answers, `paths` are those that were asked for."""

    port: int
    ca_pem: str
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: None
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str = "/client.json", host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}{path}"

    def serves(
        self,
        body: bytes,
        status: int = 200,
        media_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            all_headers = {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}
            for name, value in all_headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer

    def serves_document(self, headers: dict[str, str] | None = None, **members: Any) -> None:
        self.serves(json.dumps(self.document(**members)).encode(), headers=headers)

    def document(self, **members: Any) -> dict[str, Any]:
        good = {"client_id": self.url(), "client_name": "App", "redirect_uris": [REDIRECT_URI]}
        return {name: value for name, value in {**good, **members}.items() if value is not None}


@pytest.fixture(scope="module")
def running_host() -> Iterator[DocumentHost]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.paths.append(self.path)
            host.headers.append({name.lower(): value for name, value in self.headers.items()})
            host.answer(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    host = DocumentHost(server.server_address[1], authority.cert_pem.bytes().decode())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def host(running_host: DocumentHost) -> DocumentHost:
    running_host.paths.clear()
    running_host.headers.clear()
    running_host.serves_document()
    return running_host


def rules_for(host: DocumentHost, **options: Any) -> Rules:
    usual = {"allow_loopback": True, "ca_pem": host.ca_pem, "fetch_timeout": 5.0}
    return rules_of(configuration(client_id_metadata=ClientIdMetadataOptions(**{**usual, **options})))


@pytest.fixture
def rules(host: DocumentHost) -> Rules:
    return rules_for(host)


def client_at(rules: Rules, url: str) -> Client:
    client = asyncio.run(rules.resolve_client(url))
    assert client is not None
    return client


def refused(rules: Rules, url: str) -> str:
    with pytest.raises(OAuthError) as caught:
        client_at(rules, url)
    assert (caught.value.error, caught.value.status) == ("invalid_client", 400)
    return caught.value.description


def test_a_document_makes_a_public_client(rules: Rules, host: DocumentHost) -> None:
    client = client_at(rules, host.url())
    assert client.client_id == host.url()
    assert client.redirect_uris == (REDIRECT_URI,)
    assert client.is_public
    assert client.source == "metadata_document"
    assert client.scope == ("mcp:echo", "mcp:add", "other:read")
    assert host.paths == ["/client.json"]
    assert host.headers[0]["host"] == f"127.0.0.1:{host.port}"


def test_the_name_of_the_host_is_verified_although_the_address_is_dialled(host: DocumentHost) -> None:
    host.serves_document(client_id=host.url(host="localhost"))
    assert client_at(rules_for(host), host.url(host="localhost")).client_name == "App"
    assert host.headers[0]["host"] == f"localhost:{host.port}"
    assert "could not be reached" in refused(rules_for(host, ca_pem=None), host.url())


def test_a_registered_client_wins_over_a_document(rules: Rules, host: DocumentHost) -> None:
    rules.store.clients.save(Client(host.url(), "Registered"))
    assert client_at(rules, host.url()).client_name == "Registered"
    assert host.paths == []


def test_without_the_feature_a_url_is_an_unknown_client(host: DocumentHost) -> None:
    assert asyncio.run(rules_for(host, enabled=False).resolve_client(host.url())) is None
    assert host.paths == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/client.json",
        "https://127.0.0.1:{port}",
        "https://127.0.0.1:{port}?x=/client.json",
        "https://127.0.0.1:{port}/a/../client.json",
        "https://127.0.0.1:{port}/./client.json",
        "https://127.0.0.1:{port}/a/%2e%2E/client.json",
        "https://127.0.0.1:{port}/client.json#part",
        "https://127.0.0.1:{port}/client.json#",
        "https://user@127.0.0.1:{port}/client.json",
        "https://user:password@127.0.0.1:{port}/client.json",
        "https:///client.json",
        "https:/client.json",
        "https://127.0.0.1:999999/client.json",
        "https://127.0.0.1:{port}/client json",
        "https://127.0.0.1:{port}\\@127.0.0.1/client.json",
        "https://[::1/client.json",
        "https://127.0.0.1:{port}/" + "a" * 2100,
    ],
)
def test_a_malformed_client_id_url_is_refused_without_a_fetch(rules: Rules, host: DocumentHost, url: str) -> None:
    filled = url.replace("{port}", str(host.port))
    host.serves_document(client_id=filled)
    refused(rules, filled)
    assert host.paths == []


@pytest.mark.parametrize("status", [201, 202, 204, 206, 301, 302, 307, 308, 404, 500])
def test_only_status_200_is_a_document_and_no_redirect_is_followed(
    rules: Rules, host: DocumentHost, status: int
) -> None:
    body = b"" if status == 204 else json.dumps(host.document()).encode()
    host.serves(body, status, headers={"Location": host.url("/other.json")})
    assert "status 200" in refused(rules, host.url())
    assert host.paths == ["/client.json"]


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/x+yaml", "", "text/x+json"])
def test_another_media_type_is_refused(rules: Rules, host: DocumentHost, media_type: str) -> None:
    host.serves(json.dumps(host.document()).encode(), media_type=media_type)
    assert "JSON" in refused(rules, host.url())


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/client+json", "Application/JSON"]
)
def test_a_structured_media_type_is_accepted(rules: Rules, host: DocumentHost, media_type: str) -> None:
    host.serves(json.dumps(host.document()).encode(), media_type=media_type)
    assert client_at(rules, host.url()).client_name == "App"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"x": "\\ud800"}', b"[" * 5000])
def test_a_body_that_is_no_json_object_is_refused(rules: Rules, host: DocumentHost, body: bytes) -> None:
    host.serves(body)
    assert "JSON" in refused(rules, host.url())


def test_a_document_beyond_the_limit_is_refused(rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(host.document(padding="x" * 6000)).encode())
    assert "exceeds" in refused(rules, host.url())


def test_a_body_without_end_is_cut_off(rules: Rules, host: DocumentHost) -> None:
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
    assert "exceeds" in refused(rules, host.url())


def test_a_compressed_document_is_refused(rules: Rules, host: DocumentHost) -> None:
    host.serves(json.dumps(host.document()).encode(), headers={"Content-Encoding": "gzip"})
    assert "compressed" in refused(rules, host.url())


def test_a_silent_host_is_given_up_in_time(host: DocumentHost) -> None:
    gone = threading.Event()
    host.answer = lambda _: gone.wait(10) and None
    try:
        assert "in time" in refused(rules_for(host, fetch_timeout=0.2), host.url())
    finally:
        gone.set()


@pytest.mark.parametrize(
    "members",
    [
        {"client_id": None},
        {"client_id": "https://127.0.0.1/client.json"},
        {"client_name": None},
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": ["http://app.test/cb"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"client_secret": "secret"},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"jwks": {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}},
        {"logo_uri": "javascript:alert(1)"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": []},
    ],
)
def test_a_document_that_cannot_describe_a_client_is_refused(
    rules: Rules, host: DocumentHost, members: dict[str, Any]
) -> None:
    host.serves_document(**members)
    refused(rules, host.url())


def test_urls_are_compared_as_strings(rules: Rules, host: DocumentHost) -> None:
    for spelling in (host.url("/client.json?"), host.url("/%63lient.json")):
        assert "not its URL" in refused(rules, spelling)


def test_what_a_document_says_for_other_servers_is_left_out(rules: Rules, host: DocumentHost) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    grant_types = ["authorization_code", "refresh_token", device]
    host.serves_document(grant_types=grant_types, response_types=["code", "token"], unknown=1)
    client = client_at(rules, host.url())
    assert client.grant_types == ("authorization_code", "refresh_token")
    assert client.response_types == ("code",)


def test_links_of_the_document_host_are_shown_and_others_are_not(rules: Rules, host: DocumentHost) -> None:
    host.serves_document(client_uri=host.url("/about"), logo_uri="https://evil.test/logo.png")
    assert client_at(rules, host.url()).metadata == {"client_uri": host.url("/about")}


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
    rules: Rules, host: DocumentHost, headers: dict[str, str], fetches: int
) -> None:
    host.serves_document(headers=headers)
    assert client_at(rules, host.url()) == client_at(rules, host.url())
    assert len(host.paths) == fetches


def test_a_cache_lifetime_has_an_upper_bound(rules: Rules) -> None:
    assert rules.document_cache_lifetime({"cache-control": "max-age=999999999"}) == 86400
    assert rules.document_cache_lifetime({"cache-control": "max-age=" + "9" * 5000}) == 0
    assert rules.document_cache_lifetime({"cache-control": 'max-age="x"'}) == 0


def test_errors_and_invalid_documents_are_not_cached(rules: Rules, host: DocumentHost) -> None:
    host.serves(b"", 500)
    refused(rules, host.url())
    host.serves_document(client_name=None, headers={"Cache-Control": "max-age=60"})
    refused(rules, host.url())
    host.serves_document()
    assert client_at(rules, host.url()).client_name == "App"


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
def test_public_addresses_are_fetched(rules: Rules, address: str) -> None:
    assert rules.is_fetchable_address(ip_address(address))


def test_in_development_only_loopback_is_added(rules: Rules) -> None:
    assert rules.is_fetchable_address(ip_address("127.0.0.1"))
    assert rules.is_fetchable_address(ip_address("::1"))
    assert not rules.is_fetchable_address(ip_address("10.0.0.1"))


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
