"""Other ways to exchange tokens, all of them right."""

from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.token import TokenAnswer
from reference_impl.mutants.registry import variation


@variation(story="Exchanged tokens are said to be JWTs, which they are.")
class ExchangeGivesJwts(Rules):
    def issued_token_type(self) -> str:
        return "urn:ietf:params:oauth:token-type:jwt"


@variation(story="The answer to an exchange says no scope, since it is the one that was asked for.")
class ExchangeLeavesScopeOut(Rules):
    def exchange_answer(self, answer: TokenAnswer) -> TokenAnswer:
        said = super().exchange_answer(answer)
        return {name: value for name, value in said.items() if name != "scope"}


@variation(story="JWT is accepted as the type of subject tokens too.")
class SubjectTokensMayBeCalledJwts(Rules):
    def check_subject_token_type(self, parameters: Parameters) -> None:
        if parameters.get("subject_token_type") != "urn:ietf:params:oauth:token-type:jwt":
            super().check_subject_token_type(parameters)


@variation(story="The answer to an exchange also says its lifetime as text for people.")
class ExchangeSaysMore(Rules):
    def exchange_answer(self, answer: TokenAnswer) -> TokenAnswer:
        return {**super().exchange_answer(answer), "note": "exchanged"}
