"""The life of grants as a state machine: authorize, redeem, refresh, revoke, introspect, replay, race in any order.

One rule chooses among all moves that make sense. With a rule for each, Hypothesis would leave some of them out of every
example, and a sequence without any refresh, say, shows little.
"""

from collections.abc import Callable, Iterator
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from conformance.client.races import at_once
from conformance.deep.bookkeeping import Bookkeeping
from conformance.deep.grants import Credential, End, Grant, Life

Move = Callable[[], None]
_COPIES = 3
_CHOICE = st.integers(0, 59)


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
    @rule(choice=_CHOICE)
    def step(self, choice: int) -> None:
        """What a client does next, what comes again or at once, or what its client ends."""
        moves = [*self._good_moves(), *self._bad_moves(), *self._ending_moves()]
        with self.world.explorer.noting(self.trial):
            moves[choice % len(moves)]()

    def _good_moves(self) -> Iterator[Move]:
        for grant in self.usable():
            if grant.code.life is not Life.ENDED:
                yield partial(self.redeemed, grant)
            if grant.refresh_tokens:
                yield from [partial(self.refreshed, grant, grant.refresh_tokens[-1])] * 2
            if self.world.introspection:
                yield from (partial(self.introspected, grant, token) for token in grant.access_tokens[-3:])
        for client in range(len(self.world.flows)):
            if not any(grant.client == client for grant in self.usable()):
                yield partial(self.authorized, client)

    def _bad_moves(self) -> Iterator[Move]:
        for grant in self._of_the_first_client():
            yield from (partial(self.refreshed, grant, token) for token in grant.refresh_tokens[-4:-1])
            if grant.code.life is Life.ENDED:
                yield partial(self.redeemed, grant)
            else:
                yield partial(self.redeemed_wrongly, grant)
                yield partial(self._race_for_code, grant)
            if grant.rotates:
                yield partial(self._race_for_refresh, grant, grant.refresh_tokens[-1])

    def _ending_moves(self) -> Iterator[Move]:
        for grant in self._of_the_first_client() if self.world.revocation_endpoint else ():
            tokens = grant.access_tokens[-2:] if self.world.introspection else ()
            for token in (*grant.refresh_tokens[-1:], *tokens):
                if token.life is not Life.ENDED:
                    yield partial(self.revoked, grant, token)

    def _of_the_first_client(self) -> list[Grant]:
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
