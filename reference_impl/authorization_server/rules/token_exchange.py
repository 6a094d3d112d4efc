"""Token exchange (RFC 8693): an access token of this server for another one, for the same user and no more scope."""

from collections.abc import Callable

from reference_impl.authorization_server.config import Resource
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.client_credentials import ClientCredentialsRules
from reference_impl.authorization_server.rules.issued_token import IssuedToken, IssuedTokenRules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.authorization_server.store.tokens import AccessToken

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type
SubjectStep = Callable[[AccessToken, TokenRequest], None]


class TokenExchangeRules(IssuedTokenRules, ClientCredentialsRules):
    """Impersonation only: no actor tokens, no foreign tokens."""

    def exchange_token(self, request: TokenRequest) -> TokenAnswer:
        """RFC8693-2.2.1-a: a token for the requested target."""
        self.check_client_is_confidential(request.client)
        for check in self.exchange_request_steps():
            check(request.parameters)
        subject = self.subject_token(request.parameters)
        for step in self.subject_token_steps():
            step(subject, request)
        resources = self.exchange_targets(request.parameters) or self.narrowed_resources((), subject.resources)
        scope = self.narrowed_scope(self.requested_scope(request.parameters), subject.scope, resources)
        self.check_audience_unambiguous(resources, scope)
        grant = TokenGrant(
            client=request.client,
            subject=subject.subject,
            scope=scope,
            resources=tuple(resource.uri for resource in resources),
            grant_id=subject.grant_id,
            auth_time=subject.auth_time,
            jkt=request.jkt,
        )
        return self.exchange_answer(self.token_answer(grant))

    def exchange_answer(self, answer: TokenAnswer) -> TokenAnswer:
        """RFC8693-2.2.1-a: what kind of token it is, beside the members of every token answer."""
        return {**answer, "issued_token_type": self.issued_token_type()}

    def issued_token_type(self) -> str:
        """RFC8693-2.2.1-a."""
        return ACCESS_TOKEN

    def invalid_exchange(self, description: str) -> OAuthError:
        """RFC8693-2.2.2-a: invalid_request, not invalid_grant."""
        return OAuthError("invalid_request", description)

    # The request

    def exchange_request_steps(self) -> tuple[Callable[[Parameters], None], ...]:
        """The judgements of the parameters, in order."""
        return (self.check_subject_token_type, self.check_requested_token_type, self.check_no_actor)

    def check_subject_token_type(self, parameters: Parameters) -> None:
        """RFC8693-2.1-a: it is required, and access tokens are what is understood."""
        if parameters.get("subject_token_type") != ACCESS_TOKEN:
            raise self.invalid_exchange("subject_token_type must be access_token")

    def check_requested_token_type(self, parameters: Parameters) -> None:
        """RFC 8693, 2.1: another type than access tokens can't be had."""
        if parameters.get("requested_token_type") not in (None, ACCESS_TOKEN):
            raise self.invalid_exchange("requested_token_type must be access_token")

    def check_no_actor(self, parameters: Parameters) -> None:
        """RFC 8693, 2.1: delegation does not exist here, and is not silently left out."""
        if parameters.get("actor_token") or parameters.get("actor_token_type"):
            raise self.invalid_exchange("actor tokens are not supported")

    def exchange_targets(self, parameters: Parameters) -> tuple[Resource, ...]:
        """RFC8693-2.2.2-b: the resources that resource and audience name; invalid_target for unknown ones."""
        audiences = tuple(self.audience_target(name) for name in parameters.all("audience"))
        return tuple(dict.fromkeys((*self.requested_resources(parameters), *audiences)))

    def audience_target(self, name: str) -> Resource:
        """RFC8693-2.2.2-b: audiences are called by their resource URI."""
        return self.registered_resource(name)

    # The subject token

    def subject_token(self, parameters: Parameters) -> AccessToken:
        """RFC8693-2.1-b: an access token that this server has issued."""
        value = parameters.get("subject_token")
        if value is None:
            raise self.invalid_exchange("subject_token is required")
        found = self.exchangeable_token(value)
        if not isinstance(found, AccessToken):
            raise self.invalid_exchange("the subject token is not valid")
        return found

    def exchangeable_token(self, value: str) -> IssuedToken | None:
        """RFC8693-2.1-b: by its very value, so that nothing in it has to be believed."""
        return self.find_issued_token(value, "access_token")

    def subject_token_steps(self) -> tuple[SubjectStep, ...]:
        """The judgements of a known subject token, in order."""
        return (self.check_subject_is_live, self.check_subject_concerns_client, self.check_subject_key)

    def check_subject_is_live(self, subject: AccessToken, _: TokenRequest) -> None:
        """RFC8693-2.1-b: neither expired nor revoked."""
        if not self.is_live(subject):
            raise self.invalid_exchange("the subject token is not valid")

    def check_subject_concerns_client(self, subject: AccessToken, request: TokenRequest) -> None:
        """RFC8693-2.1-b: the client has it by right, as its own or as a server that it was sent to."""
        served = (self.config.resource(uri) for uri in subject.resources)
        is_server = any(found and request.client.client_id in found.introspection_clients for found in served)
        if subject.client_id != request.client.client_id and not is_server:
            raise self.invalid_exchange("the subject token was not meant for this client")

    def check_subject_key(self, subject: AccessToken, request: TokenRequest) -> None:
        """A bound token is exchanged with a proof of its key, or its binding would be lost."""
        if subject.jkt is not None and subject.jkt != request.jkt:
            raise self.invalid_exchange("the subject token is bound to another DPoP key")
