"""Other ways to judge assertions, all of them right."""

from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.access_token import TokenGrant
from reference_impl.authorization_server.rules.grant_assertion import GrantAssertion
from reference_impl.authorization_server.rules.token import TokenAnswer, TokenRequest
from reference_impl.mutants.registry import variation


@variation(story="A workload's assertion is good once too.")
class WorkloadAssertionsAreGoodOnce(Rules):
    def grant_workload(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        self.check_id_jag_is_fresh(assertion)
        return super().grant_workload(assertion, request)


@variation(story="A token for an ID-JAG lives a minute.")
class TokensForIdJagsAreBrief(Rules):
    def access_token_lifetime(self, grant: TokenGrant) -> int:
        return 60 if grant.subject.startswith("https://idp.example|") else super().access_token_lifetime(grant)


@variation(story="The identity provider's name for the user is the subject of the token.")
class SubjectOfTheProvider(Rules):
    def federated_subject(self, assertion: GrantAssertion) -> str:
        return assertion.subject


@variation(story="A request that names another resource than the ID-JAG gets a token for the one of the ID-JAG.")
class OtherResourcesAreLeftOut(Rules):
    def grant_id_jag(self, assertion: GrantAssertion, request: TokenRequest) -> TokenAnswer:
        named = tuple(pair for pair in request.parameters.pairs() if pair[0] != "resource")
        parameters = type(request.parameters)(named)
        return super().grant_id_jag(assertion, TokenRequest(parameters, request.client, request.jkt))
