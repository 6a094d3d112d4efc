"""Departures in client authentication by assertion: RFC 7523, 3; RFC 8725, 3; RFC 7523bis, 4 and 5."""

import hashlib
import hmac
from base64 import urlsafe_b64decode

from joserfc.jwk import KeySet

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_assertion import Claims
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC7523-3-a"}, story="iss of a client assertion is not compared: sub says who it is.")
class IssOfAssertionIsNotCompared(Rules):
    def check_assertion_issuer(self, claims: Claims, _: Client) -> None:
        pass


@mutant(kills={"RFC7523-3-a"}, story="The client is taken from client_id, and sub of its assertion is not looked at.")
class SubOfAssertionIsNotCompared(Rules):
    def asserted_client_id(self, assertion: str) -> str:
        return str(self.unverified_claims(assertion).get("iss"))

    def check_assertion_subject(self, claims: Claims, _: Client) -> None:
        pass


@mutant(kills={"RFC7523-3-a"}, story="An assertion without aud is for whoever reads it.")
class AssertionWithoutAudienceIsGood(Rules):
    def check_assertion_audience(self, claims: Claims, client: Client) -> None:
        if "aud" in claims:
            super().check_assertion_audience(claims, client)


@mutant(kills={"RFC7523-3-a"}, story="An assertion without exp never expires.")
class AssertionWithoutExpiryIsGood(Rules):
    def check_assertion_expiry(self, claims: Claims, client: Client) -> None:
        if "exp" in claims:
            super().check_assertion_expiry(claims, client)

    def check_assertion_is_fresh(self, assertion: str, claims: Claims, client: Client) -> None:
        super().check_assertion_is_fresh(assertion, {"exp": self.now() + 60, **claims}, client)


@mutant(
    kills={"CIMD-8.2-a", "OIDCC-10.1.1-d", "RFC7523-3-a", "RFC7523-3.2-a", "RFC8725-3.1-a", "RFC8725-3.8-a"},
    story="Client assertions are read without verifying their signature.",
)
class AssertionIsNotVerified(Rules):
    def check_assertion_signature(self, assertion: str, client: Client, keys: KeySet) -> None:
        pass


@mutant(kills={"RFC7523-3-a"}, story="A client assertion with alg none needs no signature.")
class UnsignedAssertionIsGood(Rules):
    def check_assertion_signature(self, assertion: str, client: Client, keys: KeySet) -> None:
        if not assertion.endswith("."):
            super().check_assertion_signature(assertion, client, keys)


@mutant(kills={"RFC8725-3.1-a"}, story="A client assertion by HS256 is verified with the client's public key, as PEM.")
class PublicKeyVerifiesHmac(Rules):
    def check_assertion_signature(self, assertion: str, client: Client, keys: KeySet) -> None:
        if not any(self._is_mac_by(key.as_pem(private=False), assertion) for key in keys.keys):  # type: ignore[union-attr]
            super().check_assertion_signature(assertion, client, keys)

    def _is_mac_by(self, secret: bytes, assertion: str) -> bool:
        signed, _, signature = assertion.rpartition(".")
        given = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        return hmac.compare_digest(hmac.digest(secret, signed.encode(), hashlib.sha256), given)


@mutant(
    kills={"RFC7523-3-b", "RFC7523BIS-4-b", "RFC7523BIS-5-a", "OAUTH21-2.4-a"},
    story="aud of a client assertion has to be there, and its value does not matter.",
)
class AnyAudienceOfAssertionIsGood(Rules):
    def check_assertion_audience(self, claims: Claims, _: Client) -> None:
        if not claims.get("aud"):
            raise self.invalid_client()


@mutant(kills={"RFC7523BIS-4-b"}, story="The issuer has to be among the audiences of a client assertion.")
class IssuerAmongOtherAudiencesIsGood(Rules):
    def check_assertion_audience(self, claims: Claims, client: Client) -> None:
        audience = claims.get("aud")
        if not (isinstance(audience, list) and self.config.issuer in audience):
            super().check_assertion_audience(claims, client)


@mutant(kills={"RFC7523-3-c"}, story="exp of a client assertion is not compared with the clock.")
class ExpiredAssertionIsGood(Rules):
    def check_assertion_expiry(self, claims: Claims, client: Client) -> None:
        if "exp" not in claims:
            raise self.invalid_client()

    def check_assertion_is_fresh(self, assertion: str, claims: Claims, client: Client) -> None:
        super().check_assertion_is_fresh(assertion, {**claims, "exp": self.now() + 60}, client)


@mutant(kills={"RFC7523-3-c"}, story="nbf of a client assertion is not looked at.")
class EarlyAssertionIsGood(Rules):
    def check_assertion_not_before(self, claims: Claims, _: Client) -> None:
        pass


@mutant(
    kills={"RFC7523-3.2-a", "RFC7523BIS-4-b", "RFC7523BIS-5-a"},
    story="A bad client assertion is called invalid_grant, as the assertions of the JWT bearer grant are.",
)
class BadAssertionIsInvalidGrant(Rules):
    def check_client_assertion(self, assertion: str, client: Client, keys: KeySet) -> None:
        try:
            super().check_client_assertion(assertion, client, keys)
        except OAuthError as error:
            raise OAuthError("invalid_grant", error.description, 400) from None


@mutant(kills={"RFC7523-3-d"}, story="Client assertions have a jti, and nobody remembers it.")
class AssertionsCanBeReplayed(Rules):
    def check_assertion_is_fresh(self, assertion: str, claims: Claims, client: Client) -> None:
        pass
