"""How a client with a metadata document proves who it is (client ID metadata document draft, 4.1 and 8.2)."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.authorization_server import unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.metadata_client import MetadataClients
from conformance.client.published_keys import METHOD, key_set, new_key, public_part
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_METHODS = "token_endpoint_auth_methods_supported"
_SPECIAL_USE = ("0.0.0.0", "0")  # noqa: S104 - addresses that must not be used


@requirement("CIMD-8.2-a")
def test_a_client_with_keys_has_to_authenticate(documents: MetadataClients) -> None:
    """A code of a client whose document says private_key_jwt isn't redeemed without a client assertion.

    Control: the same client redeems a code with an assertion by its published key.
    Means: a client that publishes its key is no safer than one without: whoever has a code gets the token.
    Fix: require client authentication by the document's keys when it says private_key_jwt.
    """
    flow = _flow_with_keys(documents)
    flow.control_redeem(flow.code_for())
    request = flow.code_for()
    proof = ("client_assertion", "client_assertion_type")
    expect(flow.redeem(request.without(*proof).with_("", client_id=flow.client.client_id))).issues_no_token()


@requirement("CIMD-8.2-a")
def test_an_assertion_by_another_key_is_refused(documents: MetadataClients) -> None:
    """A code of a client whose document publishes a key isn't redeemed with an assertion by another key.

    Control: the same client redeems a code with an assertion by its published key.
    Means: anybody can authenticate as that client.
    Fix: verify client assertions with the keys of the document.
    """
    flow = _flow_with_keys(documents)
    flow.control_redeem(flow.code_for())
    published = flow.client.private_jwk or {}
    stranger = {**new_key(), "kid": published["kid"]}
    forged = flow.by(replace(flow.client, private_jwk=stranger)).code_for()
    expect(flow.redeem(forged.with_("client_assertion signed by another key"))).issues_no_token()


@requirement("CIMD-4.1-a")
def test_a_secret_in_a_document_is_no_secret(documents: MetadataClients) -> None:
    """A document with client_secret and client_secret_post is refused, or its secret proves nothing.

    Control: a client with a good document gets a code.
    Means: the server calls a client authenticated by something that everybody can read.
    Fix: refuse documents with client_secret or with an authentication method that shares a secret.
    """
    documents.control()
    secret = unguessable()
    method = "client_secret_post"
    flow = documents.published(client_secret=secret, token_endpoint_auth_method=method)
    answer = flow.send(flow.authorization_request().with_("the document holds a client_secret"))
    if answer.code is None:
        return
    by_secret = flow.by(replace(flow.client, auth_method=method, client_secret=secret))
    with_secret = by_secret.redeem(by_secret.code_for())
    without = flow.redeem(flow.code_for())
    if with_secret.access_token and not without.access_token:
        expected = "the document refused, or the same treatment without the secret"
        raise Violation("the public secret is required", expected=expected, observed=without.described())


@requirement("CIMD-8.6-c")
def test_no_keys_are_fetched_from_a_special_use_address(documents: MetadataClients) -> None:
    """A jwks_uri at 0.0.0.0, a special-use address beyond loopback, makes the server open no connection.

    Control: a client whose jwks_uri is at the document host's usual address redeems a code by the key there.
    Means: anybody can make the server send requests to the inner network that it stands in.
    Fix: judge every address that a document leads to as you judge that of the document itself.
    """
    host = documents.host
    if not host.is_on_loopback:
        raise NotApplicable("what the server does at special-use addresses is seen only by a document host on loopback")
    usual, bare = host.new_url("keys.json"), host.bare_connections
    answer = _sent_with_keys_at(documents, usual)
    if answer is None or not answer.access_token or not host.fetches(usual):
        raise NotApplicable("the server does not use the jwks_uri of documents")
    spare = host.bare_connections - bare  # of a server that opens more connections than it uses these tell nothing
    for address in _SPECIAL_USE:
        own, bare = host.new_url("keys.json"), host.bare_connections
        _sent_with_keys_at(documents, own.replace(split_url(own).netloc.rpartition(":")[0], address, 1))
        if host.fetches(own) or (not spare and host.bare_connections > bare):
            expected = f"no connection to {address}"
            raise Violation("a connection was opened for keys", expected=expected, observed="one arrived")


def _sent_with_keys_at(documents: MetadataClients, jwks_uri: str) -> TokenAnswer | None:
    """The answer to a good token request of a client with that jwks_uri; None when it gets no code."""
    key, url = new_key(), documents.host.new_url()
    documents.host.serve(jwks_uri, key_set(key))
    document = documents.answer(url, jwks_uri=jwks_uri, token_endpoint_auth_method=METHOD)
    flow = documents.served(url, document)
    flow = flow.by(ClientIdentity(url, METHOD, private_jwk=dict(key), redirect_uris=flow.client.redirect_uris))
    request = flow.authorization_request().with_(f"the document's jwks_uri is at {split_url(jwks_uri).hostname}")
    answer = flow.send(request)
    return flow.redeem(flow.token_request(request, answer)) if answer.code else None


def _flow_with_keys(documents: MetadataClients) -> AuthorizationFlow:
    if not documents.server.supports(_METHODS, METHOD):
        raise NotApplicable("the server does not list private_key_jwt among its authentication methods")
    key, url = new_key(), documents.host.new_url()
    flow = documents.served(
        url, documents.answer(url, jwks={"keys": [public_part(key)]}, token_endpoint_auth_method=METHOD)
    )
    client = ClientIdentity(url, METHOD, private_jwk=dict(key), redirect_uris=flow.client.redirect_uris)
    return flow.by(client)
