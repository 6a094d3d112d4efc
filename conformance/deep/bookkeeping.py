"""What a sequence of steps has come to: grants, claims about them, and what to conclude from each answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.client.flow import AuthorizationFlow
from conformance.client.introspection import Introspection
from conformance.client.pkce import new_proof_key
from conformance.client.requests import FormRequest, form
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grants import Credential, End, Grant, Life
from conformance.expect import TokenAnswer
from conformance.vocabulary import Violation


class Aspect(StrEnum):
    """What a check judges; the words say what has to hold."""

    CODE_ONCE = "a redeemed code is worth nothing"
    CODE_REPLAY = "what came of a code ends when it is replayed"
    ROTATION = "a used refresh token is worth nothing, and its family ends when it comes again"
    REVOCATION = "what its client has revoked is worth nothing"
    INTROSPECTION = "introspection calls a revoked access token inactive"
    SURVIVAL = "what nobody has ended goes on working"


_ASPECTS: Mapping[End, Aspect] = {
    End.REDEEMED: Aspect.CODE_ONCE,
    End.CODE_REPLAYED: Aspect.CODE_REPLAY,
    End.ROTATED: Aspect.ROTATION,
    End.FAMILY_REPLAYED: Aspect.ROTATION,
    End.REVOKED: Aspect.REVOCATION,
}


@dataclass(frozen=True)
class World:
    """What sequences act on: flows of one or two clients, and what the server offers beside them."""

    explorer: Explorer
    aspect: Aspect
    flows: tuple[AuthorizationFlow, ...]
    revocation_endpoint: str | None = None
    introspection: Introspection | None = None


class Bookkeeping:
    """The grants of one sequence. What breaks another aspect than the judged one makes it give that grant up.

    So one fault of a server fails exactly the checks that are about it.
    """

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.trial: Trial | None = self.world.explorer.new_trial()
        self.grants: list[Grant] = []
        self._disturbed: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be tried."""
        return self.trial is None

    def usable(self) -> list[Grant]:
        """Grants that were not given up; none once exploring is over."""
        return [] if self.is_over else [grant for grant in self.grants if not grant.given_up]

    # Steps

    def authorized(self, client: int) -> None:
        """One more grant, of which there is a code. Raises Inconclusive when it isn't granted."""
        flow = self._here(self.world.flows[client])
        number = len(self.grants) + 1
        self.tell(f"grant {number} authorized for client {client + 1}")
        request = flow.authorization_request()
        self.grants.append(Grant.of(number, client, flow, request, flow.control(request)))

    def redeemed(self, grant: Grant) -> None:
        """The code with all that belongs to it, the first time or again."""
        self.tell(f"{grant.code.name} redeemed")
        answer = self._redeem(grant, grant.flow.token_request(grant.request, grant.answer))
        if answer.access_token:
            if grant.code.life is Life.ENDED:
                self.claim_ended(grant, grant.code, answer.described())
                return
            grant.code.ended_by(End.REDEEMED)
            grant.issued(answer)
        elif grant.code.life is Life.GOOD:
            self._claim_good(grant, grant.code, answer)
        elif grant.code.end is End.REDEEMED:
            grant.refresh_tokens_ended(End.CODE_REPLAYED)
            self.disturbed(grant)
        else:
            self.disturbed(grant)
            grant.shaken()

    def refreshed(self, grant: Grant, token: Credential) -> None:
        """A refresh token used by its client, for the first time or again."""
        self.tell(f"{token.name} used")
        answer = self._redeem(grant, grant.flow.refresh_request(token.value))
        if answer.access_token:
            if token.life is Life.ENDED:
                self.claim_ended(grant, token, answer.described())
            else:
                grant.refreshed(token, answer)
        elif token.life is Life.GOOD:
            self._claim_good(grant, token, answer)
        elif token.end is End.ROTATED:
            grant.refresh_tokens_ended(End.FAMILY_REPLAYED)
            self.disturbed(grant)
        else:
            self.disturbed(grant)
            grant.shaken()

    def redeemed_wrongly(self, grant: Grant) -> None:
        """The code by somebody who has nothing else. Whether that costs the code is up to the server."""
        self.tell(f"{grant.code.name} redeemed with a wrong code_verifier")
        good = grant.flow.token_request(grant.request, grant.answer)
        self._redeem(grant, good.with_("wrong code_verifier", code_verifier=new_proof_key().verifier))
        self.disturbed(grant)
        grant.shaken()

    def revoked(self, grant: Grant, token: Credential) -> None:
        """A token revoked by its client. What else of the grant ends with it is up to the server (RFC 7009, 2.1)."""
        self.tell(f"{token.name} revoked")
        assert self.world.revocation_endpoint is not None
        request = grant.flow.authenticated(form(self.world.revocation_endpoint, [("token", token.value)]))
        if grant.flow.wire.send(request.as_post()).status == 200:
            token.ended_by(End.REVOKED)
        self.disturbed(grant)
        grant.shaken()

    def introspected(self, grant: Grant, token: Credential) -> None:
        """An access token that may have been revoked."""
        self.tell(f"{token.name} introspected")
        assert self.world.introspection is not None
        introspection = replace(self.world.introspection, flow=grant.flow)
        answer = introspection.send(introspection.request(token.value))
        if (answer.json_object() or {}).get("active") is True and token.end is End.REVOKED:
            self._claim(Aspect.INTROSPECTION, grant, f"{token.name} is called active", token, "active: true")

    def raced(self, grant: Grant, spent: Credential, end: End, answers: Sequence[TokenAnswer]) -> None:
        """What was good once came several times at once: one at most may have won, and the grant may end by it."""
        winners = [answer for answer in answers if answer.access_token]
        if winners:
            spent.ended_by(end)
        self.disturbed(grant)
        grant.shaken()
        for winner in winners:
            grant.issued(winner, Life.OPEN)
        if len(winners) > 1:
            self.claim_ended(grant, spent, f"{len(winners)} of {len(answers)} simultaneous requests gave a token")

    # Claims

    def claim_ended(self, grant: Grant, credential: Credential, observed: str) -> None:
        """It was accepted although it must not work any more."""
        assert credential.end is not None
        self._claim(_ASPECTS[credential.end], grant, f"{credential.name} was accepted", credential, observed)

    def _claim_good(self, grant: Grant, credential: Credential, answer: TokenAnswer) -> None:
        """It was refused although nobody has ended it."""
        if grant.is_fresh and grant.client not in self._disturbed:
            self._claim(Aspect.SURVIVAL, grant, f"{credential.name} was refused", credential, answer.described())
        grant.given_up = True

    def _claim(self, aspect: Aspect, grant: Grant, found: str, credential: Credential, observed: str) -> None:
        if aspect is not self.world.aspect:
            grant.given_up = True
            return
        why = f" although {credential.end}" if credential.end else ""
        raise Violation(f"{found}{why}", expected=f"after any sequence of requests, {aspect}", observed=observed)

    def disturbed(self, grant: Grant) -> None:
        """Something happened at this client after which a server may end more than it must."""
        self._disturbed.add(grant.client)

    def tell(self, step: str) -> None:
        """Note a step for the report."""
        assert self.trial is not None
        self.trial.tell(f"{len(self.trial.story) + 1}. {step}")

    def _redeem(self, grant: Grant, request: FormRequest) -> TokenAnswer:
        answer = grant.flow.redeem(request)
        if not answer.access_token:
            grant.refused()
        return answer

    def _here(self, flow: AuthorizationFlow) -> AuthorizationFlow:
        assert self.trial is not None
        return replace(flow, wire=self.trial.wire)
