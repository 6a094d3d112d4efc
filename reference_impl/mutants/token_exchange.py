"""Departures in token exchange (RFC 8693)."""

from typing import Any

from reference_impl.authorization_server.config import Resource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.issued_token import IssuedToken
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.rules.token_exchange import ACCESS_TOKEN
from reference_impl.authorization_server.store.tokens import AccessToken
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC8693-2.1-b"}, story="Subject tokens are looked up by the jti that they claim.")
class SubjectTokenIsBelieved(Rules):
    def exchangeable_token(self, value: str) -> IssuedToken | None:
        found = super().exchangeable_token(value)
        if found is not None or value.count(".") != 2:
            return found
        _, claims = self.parse_assertion(value)
        row = self.store.connection.execute(
            "SELECT token_hash FROM access_tokens WHERE jti = ?", (claims.get("jti"),)
        ).fetchone()
        if row is None:
            return None
        return self.store.access_tokens.find(row["token_hash"])


@mutant(kills={"RFC8693-2.1-b"}, story="Any token of the client is good as subject token, whatever its type.")
class RefreshTokenIsExchanged(Rules):
    def exchangeable_token(self, value: str) -> IssuedToken | None:
        found = super().exchangeable_token(value)
        if found is None or isinstance(found, AccessToken):
            return found
        return AccessToken(
            jti=found.token_hash,
            grant_id=found.grant_id,
            client_id=found.client_id,
            subject=found.subject,
            scope=found.scope,
            resources=found.resources,
            auth_time=found.auth_time,
            jkt=found.jkt,
            issued_at=found.issued_at,
            expires_at=found.expires_at,
        )


@mutant(
    kills={"RFC8693-2.1-b", "RFC8693-2.2.2-a"}, story="For an unknown subject token there is a token of the first user."
)
class UnknownSubjectIsTheFirstUser(Rules):
    def subject_token(self, parameters: Parameters) -> AccessToken:
        try:
            return super().subject_token(parameters)
        except OAuthError:
            if parameters.get("subject_token") is None:
                raise
            row = self.store.connection.execute(
                "SELECT token_hash FROM access_tokens ORDER BY expires_at DESC"
            ).fetchone()
            found = self.store.access_tokens.find(row["token_hash"]) if row else None
            if found is None:
                raise
            return found

    def check_subject_concerns_client(self, subject: AccessToken, request: Any) -> None:
        pass


@mutant(kills={"RFC8693-2.2.1-a"}, story="An exchange is answered like any other grant.")
class ExchangeDoesNotSayWhatItGives(Rules):
    def exchange_answer(self, answer: TokenAnswer) -> TokenAnswer:
        return answer


@mutant(kills={"RFC8693-2.2.2-a"}, story="A bad subject token is an invalid_grant, as a bad code is.")
class BadSubjectTokenIsInvalidGrant(Rules):
    def invalid_exchange(self, description: str) -> OAuthError:
        return OAuthError("invalid_grant", description)


@mutant(kills={"RFC8693-2.2.2-a"}, story="Without subject_token_type an access token is meant.")
class SubjectTokenTypeIsGuessed(Rules):
    def check_subject_token_type(self, parameters: Parameters) -> None:
        if parameters.get("subject_token_type") not in (None, ACCESS_TOKEN):
            super().check_subject_token_type(parameters)


@mutant(kills={"RFC8693-2.2.2-b"}, story="An unknown target of an exchange is an invalid_request.")
class UnknownTargetOfExchangeIsInvalidRequest(Rules):
    def exchange_targets(self, parameters: Parameters) -> tuple[Resource, ...]:
        try:
            return super().exchange_targets(parameters)
        except OAuthError as error:
            raise self.invalid_exchange(error.description) from None


@mutant(kills={"RFC8693-2.2.2-b"}, story="audience is not read.")
class AudienceOfExchangeIsIgnored(Rules):
    def exchange_targets(self, parameters: Parameters) -> tuple[Resource, ...]:
        return self.requested_resources(parameters)


@mutant(kills={"RFC8693-2.1-b"}, story="A subject token is looked up, and nobody looks whether it was revoked.")
class RevokedTokenIsExchanged(Rules):
    def check_subject_is_live(self, subject: AccessToken, request: TokenRequest) -> None:
        pass
