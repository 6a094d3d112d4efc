"""Generated sequences of requests about grants: what they need is tried first, then they are explored."""

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.introspection import Introspection
from conformance.client.revocation import Revocation
from conformance.client.second_client import other_flow
from conformance.deep.bookkeeping import Aspect, World
from conformance.deep.exploring import Explorer
from conformance.deep.life_cycle import LifeCycle
from conformance.vocabulary import Inconclusive, NotApplicable

_STEPS = 40
"""So many steps at most has one sequence."""


class GrantSequences:
    """Sequences against one authorization server."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server

    def judge_codes(self) -> None:
        """A code gives tokens once. Raises Violation."""
        self._explore(Aspect.CODE_ONCE, self._flow(), needs_refresh=False)

    def judge_code_replays(self) -> None:
        """The refresh tokens that came of a replayed code are worth nothing. Raises Violation, NotApplicable."""
        self._explore(Aspect.CODE_REPLAY, self._flow())

    def judge_rotation(self) -> None:
        """Of a public client's refresh tokens only the newest works, until a used one comes again.

        Raises Violation, NotApplicable.
        """
        self._explore(Aspect.ROTATION, self.server.public_flow())

    def judge_revocation(self) -> None:
        """A revoked refresh token never works again. Raises Violation, NotApplicable."""
        flow = self._flow()
        Revocation.of(self.server, flow).control()
        self._explore(Aspect.REVOCATION, flow)

    def judge_introspection(self) -> None:
        """A revoked access token is never active again. Raises Violation, NotApplicable."""
        introspection = Introspection.of(self.server)
        if not self._revokes_access_tokens(introspection):
            raise NotApplicable("the server does not revoke access tokens, as introspection shows it")
        self._explore(Aspect.INTROSPECTION, introspection.flow, needs_refresh=False, introspection=introspection)

    def judge_survival(self) -> None:
        """Nothing that happens to one client's grants ends those of another. Raises Violation, Inconclusive."""
        flow = self._flow()
        self._explore(Aspect.SURVIVAL, flow, other_flow(self.server, flow, public=False))

    def _flow(self) -> AuthorizationFlow:
        return self.server.flow()

    def _explore(
        self,
        aspect: Aspect,
        *flows: AuthorizationFlow,
        needs_refresh: bool = True,
        introspection: Introspection | None = None,
    ) -> None:
        for flow in flows:
            self._control(flow, needs_refresh=needs_refresh)
        endpoint = self.server.metadata().value.get("revocation_endpoint")
        world = World(
            explorer=Explorer(self.server),
            aspect=aspect,
            flows=flows,
            revocation_endpoint=endpoint if isinstance(endpoint, str) else None,
            introspection=introspection,
        )
        world.explorer.run_machine(type("GrantLifeCycle", (LifeCycle,), {"world": world}), _STEPS)

    def _control(self, flow: AuthorizationFlow, *, needs_refresh: bool) -> None:
        """Two grants one after the other work side by side, and can be refreshed where that is needed."""
        first, second = flow.grant(), flow.grant()
        if not needs_refresh:
            return
        if not (first.token.refresh_token and second.token.refresh_token):
            raise NotApplicable("the server gives this client no refresh token")
        for grant in (first, second):
            if not flow.redeem(flow.refresh_request(grant.token.refresh_token or "")).access_token:
                raise Inconclusive("of two grants of the same user and client, one ends the other", root="refresh")

    def _revokes_access_tokens(self, introspection: Introspection) -> bool:
        token = introspection.granted().access_token or ""
        introspection.active(token)
        revocation = Revocation.of(self.server, introspection.flow)
        revocation.send(revocation.request(token))
        answer = introspection.send(introspection.request(token))
        return (answer.json_object() or {}).get("active") is not True
