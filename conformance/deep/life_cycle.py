"""The life of grants as a state machine: authorize, redeem, refresh, revoke, introspect, replay, race in any order.

One rule draws the kind of move. With a rule for each, Hypothesis would leave some of them out of every example, and a
sequence without any refresh, say, shows little. A move that makes no sense yet is passed over, so that a sequence stays
what it is when Hypothesis leaves out a part of it to find a shorter one.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from conformance.client.races import at_once
from conformance.deep.bookkeeping import Aspect, Bookkeeping
from conformance.deep.grants import Credential, End, Grant, Life

Moves = list[Callable[[], None]]
_COPIES = 3
_PARTS = 120
"""A step is drawn as one of so many parts, which the kinds of moves share by their weights."""
_OLD_TOKENS = 3
"""So many of the used refresh tokens of a grant are tried again, the last ones."""


class LifeCycle(Bookkeeping, RuleBasedStateMachine):
    """Clients that do as they should, clients and others that don't, and clients that end what they have."""

    @initialize()
    def begin(self) -> None:
        """A grant with its first tokens, since there is little to be seen before."""
        if not self.is_over:
            with self.world.explorer.noting(self.trial):
                self.authorized(0)
                self.redeemed(self.grants[0])

    @precondition(lambda self: not self.is_over)
    @rule(part=st.integers(0, _PARTS - 1), pick=st.integers(0, 3))
    def step(self, part: int, pick: int) -> None:
        """What a client does next, what comes again or at once, or what its client ends."""
        kinds = _kinds_for(self.world.aspect)
        moves = kinds[part * len(kinds) // _PARTS](self)
        if moves:
            with self.world.explorer.noting(self.trial):
                moves[pick % len(moves)]()

    def next_refresh(self) -> Moves:
        """The newest refresh token of a grant."""
        return [partial(self.refreshed, grant, grant.refresh_tokens[-1]) for grant in self._holding("refresh_tokens")]

    def first_redemption(self) -> Moves:
        """A code that may be good."""
        return [partial(self.redeemed, grant) for grant in self.usable() if grant.code.life is not Life.ENDED]

    def authorization(self) -> Moves:
        """A grant for a client that has none."""
        idle = [c for c in range(len(self.world.flows)) if not any(grant.client == c for grant in self.usable())]
        return [partial(self.authorized, client) for client in idle]

    def introspection(self) -> Moves:
        """An access token, revoked or not."""
        grants = self._holding("access_tokens") if self.world.introspection else ()
        return [partial(self.introspected, grant, token) for grant in grants for token in grant.access_tokens[:-4:-1]]

    def code_replay(self) -> Moves:
        """A code that was redeemed."""
        return [partial(self.redeemed, grant) for grant in self._misused() if grant.code.life is Life.ENDED]

    def refresh_token_replay(self) -> Moves:
        """A refresh token that is not the newest."""
        last = slice(-2, -2 - _OLD_TOKENS, -1)
        return [
            partial(self.refreshed, grant, token) for grant in self._misused() for token in grant.refresh_tokens[last]
        ]

    def wrong_verifier(self) -> Moves:
        """A code in the hands of somebody who has nothing else."""
        return [partial(self.redeemed_wrongly, grant) for grant in self._misused() if grant.code.life is Life.GOOD]

    def race(self) -> Moves:
        """A code, or a refresh token that is rotated, several times at once."""
        codes = [grant for grant in self._misused() if grant.code.life is Life.GOOD]
        rotating = [grant for grant in self._misused() if grant.rotates]
        return [
            *(partial(self._race_for_code, grant) for grant in codes),
            *(partial(self._race_for_refresh, grant, grant.refresh_tokens[-1]) for grant in rotating),
        ]

    def revocation(self) -> Moves:
        """The newest refresh token of a grant."""
        grants = self._misused() if self.world.revocation_endpoint else ()
        return [partial(self.revoked, grant, token) for grant in grants for token in _alive(grant.refresh_tokens[-1:])]

    def access_token_revocation(self) -> Moves:
        """One of the newest access tokens; where nobody introspects them it can't be seen."""
        grants = self._misused() if self.world.revocation_endpoint and self.world.introspection else ()
        return [partial(self.revoked, grant, token) for grant in grants for token in _alive(grant.access_tokens[-2:])]

    def _holding(self, what: str) -> list[Grant]:
        return [grant for grant in self.usable() if getattr(grant, what)]

    def _misused(self) -> list[Grant]:
        """What goes wrong, goes wrong at the first client; the second one's grants have nothing to do with it."""
        return [grant for grant in self.usable() if grant.client == 0]

    def _race_for_code(self, grant: Grant) -> None:
        self.tell(f"{grant.code.name} redeemed {_COPIES} times at once")
        requests = [grant.flow.token_request(grant.request, grant.answer) for _ in range(_COPIES)]
        self.raced(grant, grant.code, End.REDEEMED, at_once(grant.flow.wire, requests))

    def _race_for_refresh(self, grant: Grant, token: Credential) -> None:
        self.tell(f"{token.name} used {_COPIES} times at once")
        requests = [grant.flow.refresh_request(token.value) for _ in range(_COPIES)]
        self.raced(grant, token, End.ROTATED, at_once(grant.flow.wire, requests))


_WEIGHTS: Mapping[Callable[[LifeCycle], Moves], int] = {
    LifeCycle.next_refresh: 4,
    LifeCycle.first_redemption: 2,
    LifeCycle.authorization: 2,
    LifeCycle.introspection: 2,
    LifeCycle.code_replay: 1,
    LifeCycle.refresh_token_replay: 2,
    LifeCycle.revocation: 1,
    LifeCycle.access_token_revocation: 1,
    LifeCycle.wrong_verifier: 1,
    LifeCycle.race: 1,
}
_MORE: Mapping[Aspect, Mapping[Callable[[LifeCycle], Moves], int]] = {
    Aspect.CODE_ONCE: {LifeCycle.code_replay: 3, LifeCycle.revocation: 2, LifeCycle.race: 1},
    Aspect.CODE_REPLAY: {LifeCycle.code_replay: 3, LifeCycle.next_refresh: 2},
    Aspect.ROTATION: {LifeCycle.refresh_token_replay: 4},
    Aspect.REVOCATION: {LifeCycle.revocation: 2, LifeCycle.refresh_token_replay: 1},
    Aspect.INTROSPECTION: {
        LifeCycle.introspection: 4,
        LifeCycle.access_token_revocation: 3,
        LifeCycle.next_refresh: 4,
    },
    Aspect.SURVIVAL: {LifeCycle.refresh_token_replay: 2, LifeCycle.code_replay: 1},
}
"""What is worth more steps where one aspect is judged; none of the others is left out."""


@cache
def _kinds_for(aspect: Aspect) -> tuple[Callable[[LifeCycle], Moves], ...]:
    more = _MORE[aspect]
    return tuple(kind for kind, weight in _WEIGHTS.items() for _ in range(weight + more.get(kind, 0)))


def _alive(tokens: list[Credential]) -> list[Credential]:
    return [token for token in tokens if token.life is not Life.ENDED]
