"""A client_id that is a URL: which URLs are accepted and what their document must say."""

import asyncio
from typing import Any

import pytest
from document_host import REDIRECT_URI, DocumentHost, client_at, refused, rules_for
from joserfc.jwk import ECKey

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules import Rules


def test_a_document_makes_a_public_client(fetching_rules: Rules, host: DocumentHost) -> None:
    client = client_at(fetching_rules, host.url())
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


def test_a_registered_client_wins_over_a_document(fetching_rules: Rules, host: DocumentHost) -> None:
    fetching_rules.store.clients.save(Client(host.url(), "Registered"))
    assert client_at(fetching_rules, host.url()).client_name == "Registered"
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
def test_a_malformed_client_id_url_is_refused_without_a_fetch(
    fetching_rules: Rules, host: DocumentHost, url: str
) -> None:
    filled = url.replace("{port}", str(host.port))
    host.serves_document(client_id=filled)
    assert "could not be fetched" not in refused(fetching_rules, filled)
    assert host.paths == []


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
    fetching_rules: Rules, host: DocumentHost, members: dict[str, Any]
) -> None:
    host.serves_document(**members)
    refused(fetching_rules, host.url())


def test_urls_are_compared_as_strings(fetching_rules: Rules, host: DocumentHost) -> None:
    for spelling in (host.url("/client.json?"), host.url("/%63lient.json")):
        assert "not its URL" in refused(fetching_rules, spelling)


def test_what_a_document_says_for_other_servers_is_left_out(fetching_rules: Rules, host: DocumentHost) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    grant_types = ["authorization_code", "refresh_token", device]
    host.serves_document(grant_types=grant_types, response_types=["code", "token"], unknown=1)
    client = client_at(fetching_rules, host.url())
    assert client.grant_types == ("authorization_code", "refresh_token")
    assert client.response_types == ("code",)


def test_links_of_the_document_host_are_shown_and_others_are_not(fetching_rules: Rules, host: DocumentHost) -> None:
    host.serves_document(client_uri=host.url("/about"), logo_uri="https://evil.test/logo.png")
    assert client_at(fetching_rules, host.url()).metadata == {"client_uri": host.url("/about")}
