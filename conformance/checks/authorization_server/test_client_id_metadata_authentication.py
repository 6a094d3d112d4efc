"""How a client with a metadata document proves who it is (client ID metadata document draft, 4.1 and 8.2)."""

from dataclasses import replace
from typing import Any

from joserfc.jwk import ECKey

from conformance.catalogue import requirement
from conformance.client.authorization_server import unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.metadata_client import MetadataClients
from conformance.expect import expect
from conformance.vocabulary import NotApplicable, Violation

_METHODS = "token_endpoint_auth_methods_supported"


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
    stranger = {**_new_key(), "kid": published["kid"]}
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


def _flow_with_keys(documents: MetadataClients) -> AuthorizationFlow:
    if not documents.server.supports(_METHODS, "private_key_jwt"):
        raise NotApplicable("the server does not list private_key_jwt among its authentication methods")
    key = _new_key()
    public = {name: value for name, value in key.items() if name != "d"}
    url = documents.host.new_url()
    method = "private_key_jwt"
    flow = documents.served(url, documents.answer(url, jwks={"keys": [public]}, token_endpoint_auth_method=method))
    client = ClientIdentity(url, method, private_jwk=key, redirect_uris=flow.client.redirect_uris)
    return flow.by(client)


def _new_key() -> dict[str, Any]:
    return {**ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True), "alg": "ES256", "use": "sig"}
