"""The client credentials grant (RFC 6749, 4.4)."""

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.resource_indicator import ResourceIndicatorRules
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest, TokenRules


class ClientCredentialsRules(ResourceIndicatorRules, TokenRules):
    """EXTCC-04: tokens for clients that act for themselves; there is no refresh token (RFC 6749, 4.4.3)."""

    def grant_client_credentials(self, request: TokenRequest) -> TokenAnswer:
        """A token whose subject is the client."""
        self.check_client_is_confidential(request.client)
        self.check_client_is_vouched_for(request.client)
        return self.answer_to_machine(request)

    def answer_to_machine(self, request: TokenRequest) -> TokenAnswer:
        """A token for the client itself, for what it asks and may have."""
        requested = self.requested_scope(request.parameters)
        resources = self.resources_or_default(self.requested_resources(request.parameters), requested)
        scope = self.grantable_scope(requested, request.client, resources)
        self.check_audience_unambiguous(resources, scope)
        grant = TokenGrant(
            client=request.client,
            subject=self.machine_subject(request.client),
            scope=scope,
            resources=tuple(resource.uri for resource in resources),
            jkt=request.jkt,
        )
        return self.token_answer(grant)

    def check_client_is_confidential(self, client: Client) -> None:
        """OAUTH21-4.2-a."""
        if client.is_public:
            raise self.unauthorized_client()

    def check_client_is_vouched_for(self, client: Client) -> None:
        """RFC7591-5-c: who registered itself may ask users, but gets nothing in its own name."""
        if client.source != "static":
            raise self.invalid_scope("a client that registered itself has no scope of its own")

    def machine_subject(self, client: Client) -> str:
        """RFC9068-2.2-f."""
        return client.client_id
