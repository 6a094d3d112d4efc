"""A client that registered a jwks_uri (RFC 7591, 2): the judge serves its keys, and exchanges them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.jwk import ECKey

from conformance.client.document_host import DocumentHost, HostedAnswer
from conformance.client.flow import AuthorizationFlow
from conformance.client.registrar import Registrar, Registration
from conformance.client.waiting import comes_true
from conformance.expect import TokenAnswer
from conformance.vocabulary import NotApplicable
from conformance.wire.addresses import is_loopback, split_url

Key = Mapping[str, Any]
METHOD = "private_key_jwt"
PATIENCE_SECONDS = 35.0
"""Libraries rest for up to half a minute between two looks at a key set."""
_PAUSE_SECONDS = 5.0


def new_key() -> Key:
    """A private JWK for ES256."""
    return {**ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True), "alg": "ES256", "use": "sig"}


def public_part(key: Key) -> Key:
    """The same JWK without its private member."""
    return {name: value for name, value in key.items() if name != "d"}


def key_set(*keys: Key) -> HostedAnswer:
    """The public parts of these keys, to be served."""
    return HostedAnswer(json.dumps({"keys": [public_part(key) for key in keys]}).encode())


@dataclass(frozen=True)
class PublishedKeys:
    """The client of `flow`, whose keys are what `host` serves at `url`; `key` was the first of them."""

    flow: AuthorizationFlow
    host: DocumentHost
    url: str
    key: Key = field(repr=False)

    @property
    def fetches(self) -> int:
        """How often the key set was fetched so far."""
        return self.host.fetches(self.url)

    def publish(self, *keys: Key) -> None:
        """These are the client's keys from now on."""
        self.host.serve(self.url, key_set(*keys))

    def sent_by(self, key: Key, change: str = "") -> TokenAnswer:
        """The answer to a token request for a fresh code, authenticated by an assertion of that key."""
        client = replace(self.flow.client, private_jwk=dict(key))
        request = self.flow.by(client).code_for()
        return self.flow.redeem(request.with_(change) if change else request)

    def control(self) -> None:
        """The first key authenticates the client. Raises NotApplicable where it doesn't, which has a row of its own."""
        if self.sent_by(self.key).access_token is None:
            raise NotApplicable("the client can't authenticate by a key behind its jwks_uri, see RFC7591-2-e")

    def becomes_good(self, key: Key) -> bool:
        """Whether an assertion by that key is accepted before patience runs out."""
        change = "an assertion by a key that was just published"
        return comes_true(lambda: bool(self.sent_by(key, change).access_token), PATIENCE_SECONDS, _PAUSE_SECONDS)


def registered_by_uri(registrar: Registrar) -> tuple[DocumentHost, str, Key, Registration]:
    """A client that asked for private_key_jwt and a jwks_uri, at which its key is served; what the server made of it.

    Raises NotApplicable where the method is not offered, no host serves keys to this server, or it refuses.
    """
    server = registrar.server
    if not server.supports("token_endpoint_auth_methods_supported", METHOD):
        raise NotApplicable(f"the metadata does not list {METHOD}")
    if server.context.facts.document_host is None:
        raise NotApplicable("the target file gives no document host that could serve keys")
    host = server.context.document_host()
    if host.is_on_loopback and not is_loopback(split_url(server.issuer).hostname or ""):
        raise NotApplicable("the document host is on loopback and the server is not, so it can't fetch keys there")
    url, key = host.new_url("keys.json"), new_key()
    host.serve(url, key_set(key))
    registration = registrar.send(registrar.metadata(token_endpoint_auth_method=METHOD, jwks_uri=url))
    if registration.is_refused:
        raise NotApplicable("the server registers no client with jwks_uri, which is optional")
    return host, url, key, registration


def published_keys(registrar: Registrar) -> PublishedKeys:
    """A new client with a jwks_uri. Raises NotApplicable where the server takes none, Inconclusive."""
    host, url, key, registration = registered_by_uri(registrar)
    flow = registrar.flow(registration)
    if flow.client.auth_method != METHOD or registration.members.get("jwks_uri", url) != url:
        raise NotApplicable("the server registers such a client without its jwks_uri, or for another method")
    return PublishedKeys(flow, host, url, key)
