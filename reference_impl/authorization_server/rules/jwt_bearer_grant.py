"""The JWT bearer grant (RFC 7523, 2.1) for two kinds of assertions of a trusted identity provider.

An ID-JAG (typ oauth-id-jag+jwt) lets an authenticated client act for a user, as the identity provider decides. Any
other JWT is a workload's own credential: the operator has said which client that workload is.
"""

import hashlib
from collections.abc import Callable

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, Resource, Workload
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.client import ClientRules
from reference_impl.authorization_server.rules.client_authentication import CREDENTIAL_PARAMETERS
from reference_impl.authorization_server.rules.client_credentials import ClientCredentialsRules
from reference_impl.authorization_server.rules.grant_assertion import GrantAssertion, GrantAssertionRules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ID_JAG_TYP = "oauth-id-jag+jwt"


class JwtBearerGrantRules(ClientCredentialsRules, GrantAssertionRules, ClientRules):
    """EXTEMA-03 to EXTEMA-12 and EXTWIF-01 to EXTWIF-03."""

    def grant_jwt_bearer(self, request: TokenRequest) -> TokenAnswer:
        """A token for an assertion."""
        assertion = self.verified_assertion(request.parameters.get("assertion"))
        if self.is_id_jag(assertion):
            return self.grant_id_jag(assertion, request)
        return self.grant_workload(assertion, request)

    def is_id_jag(self, assertion: GrantAssertion) -> bool:
        """EXTEMA-11, RFC8725-3.11-a: by its typ alone."""
        return assertion.header.get("typ") == ID_JAG_TYP

    # Identity assertions for users (ID-JAG)

    def grant_id_jag(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        """EXTEMA-03, EXTEMA-04: for the resource and within the scope that the provider names."""
        self.check_client_is_confidential(request.client)
        for step in self.id_jag_steps():
            step(assertion, request)
        granted = self.asserted_resources(assertion)
        resources = self.narrowed_resources(
            self.requested_resources(request.parameters), tuple(resource.uri for resource in granted)
        )
        scope = self.id_jag_scope(assertion, request, resources)
        self.check_audience_unambiguous(resources, scope)
        self.check_id_jag_is_fresh(assertion)
        grant = TokenGrant(
            client=request.client,
            subject=self.federated_subject(assertion),
            scope=scope,
            resources=tuple(resource.uri for resource in resources),
            jkt=request.jkt,
        )
        return self.token_answer(grant, self.refresh_token_for_id_jag(grant))

    def id_jag_steps(self) -> tuple[Callable[[GrantAssertion, TokenRequest], None], ...]:
        """The judgements that only ID-JAGs need, in order."""
        return (
            self.check_id_jag_audience,
            self.check_id_jag_client,
            self.check_id_jag_issued_at,
            self.check_id_jag_identifier,
        )

    def check_id_jag_audience(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        """EXTEMA-06, EXTEMA-11: the issuer of this server and nobody else."""
        if assertion.audiences != (self.config.issuer,):
            raise self.invalid_assertion("aud of the assertion must be the issuer of this server alone")

    def check_id_jag_client(self, assertion: GrantAssertion, request: TokenRequest) -> None:
        """EXTEMA-11: made for the client that has authenticated."""
        if assertion.claims.get("client_id") != request.client.client_id:
            raise self.invalid_assertion("the assertion was made for another client")

    def check_id_jag_issued_at(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        """EXTEMA-06."""
        if "iat" not in assertion.claims:
            raise self.invalid_assertion("the assertion has no iat")

    def check_id_jag_identifier(self, assertion: GrantAssertion, _: TokenRequest) -> None:
        """EXTEMA-08: without jti no replay could be noticed."""
        identifier = assertion.claims.get("jti")
        if not isinstance(identifier, str) or not identifier:
            raise self.invalid_assertion("the assertion has no jti")

    def asserted_resources(self, assertion: GrantAssertion) -> tuple[Resource, ...]:
        """EXTEMA-03, EXTEMA-09: the registered resources that the provider has decided on."""
        value = assertion.claims.get("resource")
        uris = value if isinstance(value, list) else [value]
        try:
            found = tuple(dict.fromkeys(self.registered_resource(uri) for uri in uris if isinstance(uri, str)))
        except OAuthError:
            found = ()
        if not found:
            raise self.invalid_assertion("the resource of the assertion is unknown here")
        return found

    def id_jag_scope(
        self, assertion: GrantAssertion, request: TokenRequest, resources: tuple[Resource, ...]
    ) -> tuple[str, ...]:
        """EXTEMA-04: what is asserted, asked for, understood by the resources and within the client's ceiling."""
        asserted = self.asserted_scope(assertion)
        wanted = self.requested_scope(request.parameters) or asserted or self.default_scope(request.client, resources)
        understood = {scope for resource in resources for scope in resource.scopes}
        scope = tuple(
            name
            for name in self.within_assertion(wanted, asserted)
            if name in understood and self.client_may_have(name, request.client)
        )
        if not scope:
            raise self.invalid_scope("nothing of the requested scope is in the assertion")
        return scope

    def asserted_scope(self, assertion: GrantAssertion) -> tuple[str, ...]:
        """EXTEMA-04: the scope of the assertion, () if it names none."""
        value = assertion.claims.get("scope")
        return tuple(value.split()) if isinstance(value, str) else ()

    def within_assertion(self, wanted: tuple[str, ...], asserted: tuple[str, ...]) -> tuple[str, ...]:
        """EXTEMA-04: the intersection; an assertion without scope sets no limit of its own."""
        return tuple(name for name in wanted if name in asserted) if asserted else wanted

    def check_id_jag_is_fresh(self, assertion: GrantAssertion) -> None:
        """EXTEMA-08: counts once, and is remembered until it has expired."""
        identity = f"{assertion.provider.issuer} {assertion.claims['jti']}"
        forget_at = int(assertion.claims["exp"]) + self.config.client_assertion.clock_skew + 1
        value = hashlib.sha256(identity.encode()).hexdigest()
        if not self.store.replays.first_use("id_jag", value, forget_at):
            raise self.invalid_assertion("the assertion was used before")

    def federated_subject(self, assertion: GrantAssertion) -> str:
        """Unique here, since two providers may know the same name."""
        return f"{assertion.provider.issuer}|{assertion.subject}"

    def refresh_token_for_id_jag(self, _: TokenGrant) -> str | None:
        """EXTEMA-12: none, so that the identity provider is asked again."""
        return None

    # Workloads

    def client_of_workload(self, parameters: Parameters) -> Client | None:
        """EXTWIF-01: the client that a workload's assertion stands for, None if it is no workload's."""
        assertion = self.verified_assertion(parameters.get("assertion"))
        return None if self.is_id_jag(assertion) else self.known_client(self.workload_of(assertion).client_id)

    def names_a_client(self, request: Request, parameters: Parameters) -> bool:
        """Whether the request says anything of a client."""
        named = any(parameters.get(name) for name in (*CREDENTIAL_PARAMETERS, "client_id"))
        return named or "authorization" in request.headers

    def grant_workload(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        """EXTWIF-01: a token for the client that this workload is."""
        if self.workload_of(assertion).client_id != request.client.client_id:
            raise self.invalid_assertion("this workload is another client")
        return self.answer_to_machine(request)

    def workload_of(self, assertion: GrantAssertion) -> Workload:
        """EXTWIF-03: the one that the operator has let in by its sub."""
        for workload in assertion.provider.workloads:
            if workload.subject == assertion.subject:
                return workload
        raise self.invalid_assertion("this workload is unknown here")
