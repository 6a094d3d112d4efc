"""Client authentication (RFC 6749, 2.3; OAuth 2.1, 2.4): one method a request, and the one that is registered."""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.client_assertion import ClientAssertionRules
from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.throttle import ThrottleRules

CREDENTIAL_PARAMETERS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request presents: `method` as in token_endpoint_auth_method, `value` a secret or an assertion."""

    method: str
    client_id: str
    value: str = ""


class ClientAuthenticationRules(ThrottleRules, ClientAssertionRules, HttpRules):
    """The same at the token, revocation and introspection endpoints."""

    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        """OAUTH21-3.2.1-a: the client that the request is from, proven by its registered method.

        Raises OAuthError invalid_client (401), invalid_request for contradictory credentials, slow_down (429).
        """
        self.check_no_credentials_in_url(request)
        presented = self.presented_credentials(request, parameters)
        self.check_client_id_agrees(presented, parameters)
        address = self.remote_address(request)
        self.check_not_throttled(f"client {presented.client_id}", address)
        client = await self.resolve_client(presented.client_id)
        if client is None:
            raise self.invalid_client()
        try:
            self.check_registered_method(client, presented)
            await self.verify_credentials(client, presented)
        except OAuthError:
            self.count_failure(f"client {presented.client_id}", address)
            raise
        return client

    # What is presented

    def check_no_credentials_in_url(self, request: Request) -> None:
        """OAUTH21-2.4.1-c: a secret in a URL ends up in logs; it is refused so that nobody relies on it."""
        in_url = Parameters.parse(request.scope["query_string"])
        if any(in_url.get(name) for name in CREDENTIAL_PARAMETERS):
            raise OAuthError("invalid_request", "client credentials must not be in the URL")

    def presented_credentials(self, request: Request, parameters: Parameters) -> Credentials:
        """The one set of credentials of a request; a client_id alone is that of a public client."""
        found = [credentials for read in self.credential_readers() if (credentials := read(request, parameters))]
        if len(found) > 1:
            raise self.several_methods()
        if found:
            return found[0]
        client_id = parameters.get("client_id")
        if client_id is None:
            raise self.invalid_client()
        return Credentials("none", client_id)

    def credential_readers(self) -> tuple[Callable[[Request, Parameters], Credentials | None], ...]:
        """Ways to present credentials."""
        return (self.basic_credentials, self.post_credentials, self.assertion_credentials)

    def several_methods(self) -> OAuthError:
        """RFC 6749, 2.3: a client uses one method a request."""
        return OAuthError("invalid_request", "use one client authentication method, not several")

    def basic_credentials(self, request: Request, _: Parameters) -> Credentials | None:
        """RFC6749-2.3.1-a, OAUTH21-2.4.1-b: HTTP Basic with form-encoded id and secret."""
        values = request.headers.getlist("authorization")
        if not values:
            return None
        scheme, _separator, encoded = values[0].partition(" ")
        if len(values) > 1 or scheme.lower() != "basic":
            raise self.invalid_client()
        try:
            client_id, separator, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise self.invalid_client() from None
        if not separator:
            raise self.invalid_client()
        return Credentials("client_secret_basic", self.form_decoded(client_id), self.form_decoded(secret))

    def form_decoded(self, text: str) -> str:
        """OAUTH21-2.4.1-b: application/x-www-form-urlencoded, so a space comes as + or as %20."""
        return unquote_plus(text)

    def post_credentials(self, _: Request, parameters: Parameters) -> Credentials | None:
        """OAUTH21-2.4.1-a: client_id and client_secret in the request body."""
        secret, client_id = parameters.get("client_secret"), parameters.get("client_id")
        if secret is None:
            return None
        if client_id is None:
            raise self.invalid_client()
        return Credentials("client_secret_post", client_id, secret)

    def assertion_credentials(self, _: Request, parameters: Parameters) -> Credentials | None:
        """OAUTH21-2.4-b: private_key_jwt (RFC 7523, 2.2)."""
        assertion, kind = parameters.get("client_assertion"), parameters.get("client_assertion_type")
        if assertion is None and kind is None:
            return None
        self.check_assertion_type(kind)
        client_id = self.asserted_client_id(assertion or "")
        return Credentials("private_key_jwt", client_id, assertion or "")

    # Judging it

    def check_client_id_agrees(self, presented: Credentials, parameters: Parameters) -> None:
        """RFC7523-3-a: a client_id beside other credentials names the same client."""
        if parameters.get("client_id") not in (None, presented.client_id):
            raise OAuthError("invalid_request", "client_id contradicts the client authentication")

    def check_registered_method(self, client: Client, presented: Credentials) -> None:
        """CIMD-8.2-a, OAUTH21-3.2.1-a: no client gets in by another, perhaps weaker, way than it registered."""
        if presented.method != client.token_endpoint_auth_method:
            raise self.invalid_client()

    async def verify_credentials(self, client: Client, presented: Credentials) -> None:
        """Check secret or assertion; a public client has neither."""
        if presented.method in ("client_secret_basic", "client_secret_post"):
            self.check_client_secret(client, presented.value)
        elif presented.method == "private_key_jwt":
            self.check_client_assertion(presented.value, client, await self.client_keys(client, presented.value))

    def check_client_secret(self, client: Client, secret: str) -> None:
        """OAUTH21-3.2.1-a: the right secret, not expired, compared in constant time."""
        expired = 0 < client.client_secret_expires_at <= self.now()
        if expired or not hmac.compare_digest(hash_secret(secret), client.secret_hash or ""):
            raise self.invalid_client()
