"""Departures in the JWT bearer grant: assertions of identity providers for users (ID-JAG) and for workloads."""

import asyncio
import hmac
from base64 import urlsafe_b64decode
from contextvars import ContextVar
from typing import Any

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, IdentityProvider, Resource, Workload
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.grant_assertion import GrantAssertion
from reference_impl.authorization_server.rules.jwt_bearer_grant import JWT_BEARER
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.mutants.registry import mutant

_used_before: ContextVar[bool] = ContextVar("_used_before", default=False)


@mutant(kills={"RFC7523-3.1-a"}, story="What is no JWT at all is called invalid_request.")
class GarbageAssertionIsInvalidRequest(Rules):
    def parse_assertion(self, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return super().parse_assertion(text)
        except OAuthError as error:
            raise OAuthError("invalid_request", error.description) from None


@mutant(
    kills={"RFC7523-3.1-a", "EXTEMA-07", "EXTWIF-03"}, story="exp of assertions has to be there; nobody compares it."
)
class ExpiredAssertionsAreGood(Rules):
    def check_grant_expiry(self, assertion: GrantAssertion) -> None:
        if "exp" not in assertion.claims:
            super().check_grant_expiry(assertion)


@mutant(kills={"EXTEMA-06"}, story="An assertion without exp is good for ever.")
class AssertionsNeedNoExpiry(Rules):
    def check_grant_expiry(self, assertion: GrantAssertion) -> None:
        assertion.claims.setdefault("exp", self.now() + 60)
        super().check_grant_expiry(assertion)


@mutant(kills={"EXTEMA-07"}, story="nbf of assertions is not read.")
class AssertionsOfTheFutureAreGood(Rules):
    def check_grant_not_before(self, assertion: GrantAssertion) -> None:
        pass


@mutant(kills={"EXTEMA-05"}, story="An ID-JAG with alg none needs no signature.")
class UnsignedIdJagIsGood(Rules):
    def check_provider_signature(self, text: str, provider: IdentityProvider) -> None:
        header, _ = self.parse_assertion(text)
        if header.get("alg") != "none" or header.get("typ") != "oauth-id-jag+jwt":
            super().check_provider_signature(text, provider)


@mutant(kills={"EXTEMA-05"}, story="The key of an assertion is taken from its own header if it brings one.")
class AssertionBringsItsKey(Rules):
    def check_provider_signature(self, text: str, provider: IdentityProvider) -> None:
        header, _ = self.parse_assertion(text)
        own = header.get("jwk")
        keys = {"keys": [own]} if own else provider.jwks
        super().check_provider_signature(text, IdentityProvider(provider.issuer, keys, provider.algorithms))


@mutant(kills={"EXTEMA-05"}, story="HS256 is verified with the PEM of the provider's public key.")
class ProvidersPublicKeyIsTheSecret(Rules):
    def check_provider_signature(self, text: str, provider: IdentityProvider) -> None:
        header, _ = self.parse_assertion(text)
        if header.get("alg") != "HS256":
            return super().check_provider_signature(text, provider)
        key: Any = self.provider_keys(provider).keys[0]
        signed, _, signature = text.rpartition(".")
        good = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
        if urlsafe_b64decode(signature + "=") != good:
            raise self.invalid_assertion("the signature of the assertion is not good")
        return None


@mutant(kills={"EXTEMA-05", "EXTWIF-03"}, story="Assertions are decoded, not verified.")
class AssertionSignatureIsNotChecked(Rules):
    def check_provider_signature(self, text: str, provider: IdentityProvider) -> None:
        pass


@mutant(kills={"EXTEMA-06"}, story="iat of an ID-JAG may be missing.")
class IdJagNeedsNoIssueTime(Rules):
    def check_id_jag_issued_at(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        pass


@mutant(kills={"EXTEMA-06", "EXTEMA-11", "EXTWIF-03"}, story="aud of assertions is not read.")
class AudienceOfAssertionsIsIgnored(Rules):
    def check_grant_audience(self, assertion: GrantAssertion) -> None:
        pass

    def check_id_jag_audience(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        pass


@mutant(kills={"EXTEMA-06"}, story="aud of an ID-JAG has to begin like the issuer of this server.")
class AudienceOfIdJagMayBePrefix(Rules):
    def check_grant_audience(self, assertion: GrantAssertion) -> None:
        if not str(assertion.audiences[0]).startswith(self.config.issuer):
            super().check_grant_audience(assertion)

    def check_id_jag_audience(self, assertion: GrantAssertion, request: TokenRequest) -> None:
        if len(assertion.audiences) != 1 or not str(assertion.audiences[0]).startswith(self.config.issuer):
            super().check_id_jag_audience(assertion, request)


@mutant(kills={"EXTEMA-06", "EXTWIF-03"}, story="With one identity provider configured, nobody reads iss.")
class IssuerOfAssertionsIsIgnored(Rules):
    def trusted_provider(self, issuer: Any) -> IdentityProvider:
        return self.config.identity_providers[0]


@mutant(kills={"EXTEMA-11"}, story="aud of an ID-JAG may hold other servers too.")
class IdJagMayBeForSeveralServers(Rules):
    def check_id_jag_audience(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        pass


@mutant(kills={"EXTEMA-11"}, story="What has client_id and resource is an ID-JAG, whatever its typ.")
class AnyTypIsAnIdJag(Rules):
    def is_id_jag(self, assertion: GrantAssertion) -> bool:
        return {"client_id", "resource"} <= assertion.claims.keys()


@mutant(kills={"EXTEMA-11"}, story="client_id of an ID-JAG is not compared with the client.")
class IdJagOfAnybodysClient(Rules):
    def check_id_jag_client(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        pass


@mutant(kills={"EXTEMA-08"}, story="An ID-JAG is good until it expires.")
class IdJagCanBeUsedAgain(Rules):
    def check_id_jag_is_fresh(self, assertion: GrantAssertion) -> None:
        pass


@mutant(kills={"EXTEMA-08"}, story="Whether an ID-JAG was used is looked up before a slow step and believed after it.")
class IdJagIsCheckedTooEarly(Rules):
    async def authenticate_client(self, request: Request, parameters: Parameters) -> Client:
        client = await super().authenticate_client(request, parameters)
        if parameters.get("grant_type") == JWT_BEARER:
            known = self.store.metadata_documents.find(f"jag {parameters.get('assertion')}", self.now())
            _used_before.set(known is not None)
            await asyncio.sleep(0.1)
        return client

    def grant_jwt_bearer(self, request: TokenRequest) -> TokenAnswer:
        answer = super().grant_jwt_bearer(request)
        name = f"jag {request.parameters.get('assertion')}"
        self.store.metadata_documents.save(name, {}, self.now() + 600)
        return answer

    def check_id_jag_is_fresh(self, assertion: GrantAssertion) -> None:
        if _used_before.get():
            raise self.invalid_assertion("the assertion was used before")


@mutant(kills={"EXTEMA-03", "EXTEMA-09"}, story="The resource claim of an ID-JAG is not read.")
class ResourceOfIdJagIsIgnored(Rules):
    def asserted_resources(self, assertion: GrantAssertion) -> tuple[Resource, ...]:
        return (self.config.fallback_resource(),)


@mutant(kills={"EXTEMA-09"}, story="For an unknown resource there is a token for the default one.")
class UnknownResourceIsTheDefaultOne(Rules):
    def asserted_resources(self, assertion: GrantAssertion) -> tuple[Resource, ...]:
        try:
            return super().asserted_resources(assertion)
        except OAuthError:
            return (self.config.fallback_resource(),)


@mutant(kills={"EXTEMA-03"}, story="resource of the request comes before the one of the ID-JAG.")
class RequestDecidesOnTheResource(Rules):
    def grant_id_jag(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        wanted = request.parameters.get("resource")
        if wanted:
            assertion.claims["resource"] = wanted
        return super().grant_id_jag(assertion, request)


@mutant(kills={"EXTEMA-04"}, story="The scope of the ID-JAG is not read.")
class ScopeOfIdJagIsIgnored(Rules):
    def within_assertion(self, wanted: tuple[str, ...], asserted: tuple[str, ...]) -> tuple[str, ...]:
        return wanted


@mutant(kills={"EXTEMA-04"}, story="Every client gets the whole scope of its ID-JAG, whatever it asks for.")
class ScopeOfTheRequestIsIgnored(Rules):
    def within_assertion(self, wanted: tuple[str, ...], asserted: tuple[str, ...]) -> tuple[str, ...]:
        return asserted or wanted


@mutant(kills={"EXTEMA-12"}, story="ID-JAGs give a refresh token like any other grant.")
class RefreshTokenForAnIdJag(Rules):
    def refresh_token_for_id_jag(self, grant: TokenGrant) -> str | None:
        return self.new_refresh_token()


@mutant(kills={"EXTWIF-01"}, story="resource is a parameter of other grants; here it is refused.")
class WorkloadsMayNotNameResources(Rules):
    def grant_workload(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        if request.parameters.get("resource"):
            raise OAuthError("invalid_request", "resource is not understood with this grant")
        return super().grant_workload(assertion, request)


@mutant(kills={"EXTWIF-03"}, story="Every workload of a trusted issuer is let in.")
class EveryWorkloadIsLetIn(Rules):
    def workload_of(self, assertion: GrantAssertion) -> Workload:
        return assertion.provider.workloads[0]
