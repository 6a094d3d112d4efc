"""A token for another resource: a real one of the same authorization server, else a minted one."""

from dataclasses import dataclass

from conformance.client.forged_token import WrongToken
from conformance.client.granted_token import token_for_second_resource
from conformance.client.resource_server import ResourceServer
from conformance.client.token_trial import TokenTrial
from conformance.issuer.expired import fitting_mint
from conformance.vocabulary import NotApplicable

_FLAW = "for another resource"
_ELSEWHERE = "https://other.example/mcp"


@dataclass(frozen=True)
class ForeignToken:
    """The wrong token and the trial that it belongs to."""

    trial: TokenTrial
    token: WrongToken

    def is_refused(self) -> None:
        """Raises Violation when the token is accepted."""
        self.trial.refusals([self.token])

    def is_unauthorized(self) -> None:
        """Raises Violation when the token is answered otherwise than by 401."""
        self.trial.unauthorized([self.token])


def foreign_token(server: ResourceServer) -> ForeignToken:
    """A token whose audience is another resource. Raises NotApplicable when none can be had."""
    try:
        return ForeignToken(TokenTrial(server), WrongToken(_FLAW, token_for_second_resource(server)))
    except NotApplicable:
        mint = fitting_mint(server)
        if mint is None:
            raise
        wrong = mint.saying(_FLAW, aud=server.context.facts.second_resource or _ELSEWHERE)
        return ForeignToken(TokenTrial(server, mint.good()), wrong)
