"""Client authentication by a signed JWT (RFC 7523, 3, and its revision rfc7523bis, 4)."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeGuard

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.client import ClientRules

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_ASSERTION_LENGTH = 16 * 1024
Claims = dict[str, Any]


def is_time(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a NumericDate (RFC 7519, 2)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class ClientAssertionRules(ClientRules):
    """What an assertion must be like. Whatever is wrong with it, the answer is invalid_client (RFC7523-3.2-a)."""

    def invalid_client(self) -> OAuthError:
        """OAUTH21-3.2.4-b: 401 with a challenge, as RFC 6749, 5.2, and RFC 9110, 15.5.2, have it. Gives no reason."""
        status = self.invalid_client_status()
        headers = {"WWW-Authenticate": self.client_challenge()} if status == 401 else {}
        return OAuthError("invalid_client", "client authentication failed", status, headers)

    def invalid_client_status(self) -> int:
        """OAUTH21-3.2.4-b."""
        return 401

    def client_challenge(self) -> str:
        """OAUTH21-3.2.4-b: names the scheme that a client may use in the Authorization header."""
        return 'Basic realm="token endpoint"'

    def check_assertion_type(self, kind: str | None) -> None:
        """RFC 7521, 4.2: the one type of assertion that is understood."""
        if kind != JWT_BEARER:
            raise self.invalid_client()

    def asserted_client_id(self, assertion: str) -> str:
        """RFC7523-3-a: `sub` of an assertion that is not verified yet: it says whose keys to use."""
        subject = self.unverified_claims(assertion).get("sub")
        if not isinstance(subject, str) or not subject:
            raise self.invalid_client()
        return subject

    def unverified_claims(self, assertion: str) -> Claims:
        """Claims of a JWT in compact form."""
        try:
            if len(assertion) > MAX_ASSERTION_LENGTH:
                raise ValueError
            claims = json.loads(jws.extract_compact(assertion.encode("ascii")).payload)
        except (JoseError, ValueError, RecursionError):
            raise self.invalid_client() from None
        if not isinstance(claims, dict):
            raise self.invalid_client()
        return claims

    async def client_keys(self, client: Client, _: str) -> KeySet:
        """The client's public keys. Awaited, since keys behind jwks_uri may have to be fetched for that assertion."""
        return self.parse_client_keys(client.jwks)

    def parse_client_keys(self, document: Any) -> KeySet:
        """The keys of a JWK Set document; invalid_client if it is none."""
        try:
            return KeySet.import_key_set(document)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise self.invalid_client() from None

    def check_client_assertion(self, assertion: str, client: Client, keys: KeySet) -> None:
        """RFC7523-3-a: signature, claims, single use, in this order; only good assertions are remembered."""
        self.check_assertion_signature(assertion, client, keys)
        claims = self.unverified_claims(assertion)
        for step in self.assertion_steps():
            step(claims, client)
        self.check_assertion_is_fresh(assertion, claims, client)

    def check_assertion_signature(self, assertion: str, client: Client, keys: KeySet) -> None:
        """RFC7523-3-a: by a key of the client, with an asymmetric algorithm that the metadata lists."""
        registry = jws.JWSRegistry(algorithms=self.assertion_algorithms(client), strict_check_header=False)
        try:
            jws.deserialize_compact(assertion, keys, registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            raise self.invalid_client() from None

    def assertion_algorithms(self, client: Client) -> list[str]:
        """RFC8414-2-o, RFC8725-3.1-a: never none, never a MAC; only the registered one if the client has said so."""
        supported = list(self.config.client_assertion.algorithms)
        registered = client.token_endpoint_auth_signing_alg
        return [algorithm for algorithm in supported if registered in (None, algorithm)]

    def assertion_steps(self) -> tuple[Callable[[Claims, Client], None], ...]:
        """The judgements of the claims, in order."""
        return (
            self.check_assertion_issuer,
            self.check_assertion_subject,
            self.check_assertion_audience,
            self.check_assertion_expiry,
            self.check_assertion_not_before,
        )

    def check_assertion_issuer(self, claims: Claims, client: Client) -> None:
        """RFC7523-3-a: iss is the client."""
        if claims.get("iss") != client.client_id:
            raise self.invalid_client()

    def check_assertion_subject(self, claims: Claims, client: Client) -> None:
        """RFC7523-3-a: sub is the client."""
        if claims.get("sub") != client.client_id:
            raise self.invalid_client()

    def check_assertion_audience(self, claims: Claims, _: Client) -> None:
        """RFC7523-3-b, RFC7523BIS-4-b, OAUTH21-2.4-a: exactly one audience, and it is this server."""
        audience = claims.get("aud")
        values = audience if isinstance(audience, list) else [audience]
        if len(values) != 1 or values[0] not in self.accepted_assertion_audiences():
            raise self.invalid_client()

    def accepted_assertion_audiences(self) -> tuple[str, ...]:
        """RFC7523BIS-4-b: the issuer; the token endpoint's URL only where the operator allows the older rule."""
        if self.config.client_assertion.accept_token_endpoint_audience:
            return (self.config.issuer, self.config.endpoint("/oauth/token"))
        return (self.config.issuer,)

    def check_assertion_expiry(self, claims: Claims, _: Client) -> None:
        """RFC7523-3-c: exp is required, ahead of now, but not by more than the configured maximum."""
        options, expiry = self.config.client_assertion, claims.get("exp")
        if not is_time(expiry) or not -options.clock_skew < expiry - self.now() <= options.max_lifetime:
            raise self.invalid_client()

    def check_assertion_not_before(self, claims: Claims, _: Client) -> None:
        """RFC7523-3-c: nbf is honoured, and iat is not in the future."""
        latest = self.now() + self.config.client_assertion.clock_skew
        for name in ("nbf", "iat"):
            if name in claims and not (is_time(claims[name]) and claims[name] <= latest):
                raise self.invalid_client()

    def check_assertion_is_fresh(self, assertion: str, claims: Claims, client: Client) -> None:
        """RFC7523-3-d: an assertion counts once, by its jti, or by itself if it has none."""
        identity = f"{client.client_id} {claims.get('jti') or assertion}"
        value = hashlib.sha256(identity.encode()).hexdigest()
        forget_at = int(claims["exp"]) + self.config.client_assertion.clock_skew + 1
        if not self.store.replays.first_use("client_assertion", value, forget_at):
            raise self.invalid_client()
