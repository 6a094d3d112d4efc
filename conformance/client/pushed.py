"""Pushed authorization requests (RFC 9126): pushing one, referring to it, and waiting for one to expire."""

import time
from dataclasses import dataclass, replace
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import AuthorizationRequest, FormRequest, form
from conformance.client.waiting import LONGEST_LIFETIME_SECONDS, begin_early, short_lived_client, wait_until
from conformance.expect import AuthorizationAnswer, TokenAnswer
from conformance.vocabulary import Inconclusive, NotApplicable

ENDPOINT = "pushed_authorization_request_endpoint"
_MARGIN_SECONDS = 1.0


@dataclass(frozen=True)
class Push:
    """A push, its answer, and the authorization request that was pushed."""

    wanted: AuthorizationRequest
    request: FormRequest
    answer: TokenAnswer

    @property
    def request_uri(self) -> str | None:
        """The reference that came back, if any."""
        value = self.answer.members.get("request_uri")
        return value if isinstance(value, str) and value and self.answer.status < 300 else None

    @property
    def expires_in(self) -> Any:
        """The lifetime as the server says it, of whatever type."""
        return self.answer.members.get("expires_in")


@dataclass(frozen=True)
class PushedRequests:
    """The pushed requests of one client (the one of `flow`) at one server."""

    flow: AuthorizationFlow

    @property
    def endpoint(self) -> str:
        """Where requests are pushed. Raises NotApplicable when the server has no such endpoint."""
        url = self.flow.metadata.get(ENDPOINT)
        if not isinstance(url, str) or not url:
            raise NotApplicable(f"the metadata has no {ENDPOINT}: the server takes no pushed authorization requests")
        return url

    def request(self, wanted: AuthorizationRequest) -> FormRequest:
        """The good push of an authorization request, with the client's authentication; its changes are kept."""
        pairs = [pair for pair in wanted.parameters if pair[0] != "client_id"]
        push = self.flow.authenticated(form(self.endpoint, pairs))
        if push.get("client_id") is None:
            push = push.with_(client_id=self.flow.client.client_id)
        return replace(push, changes=wanted.changes)

    def send(self, wanted: AuthorizationRequest | None = None) -> Push:
        """Push a request (default: a good one), whatever comes of it."""
        wanted = wanted or self.flow.authorization_request()
        request = self.request(wanted)
        return Push(wanted, request, self.flow.redeem(request))

    def control(self, wanted: AuthorizationRequest | None = None) -> Push:
        """Push a request that must be taken. Raises Inconclusive when it is not."""
        push = self.send(wanted)
        if push.request_uri is None:
            raise Inconclusive(f"the unaltered push was refused: {push.answer.described()}", root="pushed request")
        return push

    def reference(self, push: Push) -> AuthorizationRequest:
        """The authorization request that brings the reference: client_id and request_uri (RFC 9126, 4)."""
        pairs = (("client_id", self.flow.client.client_id), ("request_uri", push.request_uri or ""))
        return AuthorizationRequest(push.wanted.endpoint, pairs, proof_key=push.wanted.proof_key)

    def visit(
        self, push: Push, request: AuthorizationRequest | None = None, *, fresh: bool = False
    ) -> AuthorizationAnswer:
        """Open the reference (or `request`) in the user's browser, or in one that was never here before."""
        flow = replace(self.flow, user_agent=self.flow.user_agent.fresh()) if fresh else self.flow
        request = request or self.reference(push)
        redirect_uri = push.wanted.get("redirect_uri") or flow.client.redirect_uri
        arrival = flow.user_agent.visit(flow.wire, request.as_get(), redirect_uri=redirect_uri)
        return AuthorizationAnswer.from_response(arrival.response, arrival.redirected_to)

    def granted(self, push: Push | None = None) -> AuthorizationAnswer:
        """The code for a good pushed request. Raises Inconclusive when none is granted."""
        push = push or self.control()
        answer = self.visit(push)
        if answer.code is None:
            raise Inconclusive(
                f"the unaltered pushed request was not granted: {self._seen(answer)}", root="pushed request"
            )
        return answer

    def outcome(self, wanted: AuthorizationRequest) -> tuple[Push, AuthorizationAnswer | None]:
        """What comes of a request that is pushed and, if the push is taken, referred to."""
        push = self.send(wanted)
        if push.request_uri is None:
            return push, None
        return push, self.visit(push, replace(self.reference(push), changes=wanted.changes))

    def _seen(self, answer: AuthorizationAnswer) -> str:
        return self.flow.wire.transcript.redact(answer.described())


def pushed_requests(server: AuthorizationServer, flow: AuthorizationFlow | None = None) -> PushedRequests:
    """The pushed requests of that flow's client, by default the shared one's. Raises NotApplicable without PAR."""
    server.metadata().present(ENDPOINT)
    pushed = PushedRequests(flow or server.flow())
    _push_early(server)
    return pushed


@dataclass(frozen=True)
class _Expiring:
    pushed: PushedRequests
    push: Push
    expires_at: float  # of the monotonic clock


def expired_push(server: AuthorizationServer) -> tuple[PushedRequests, Push]:
    """A push whose lifetime has passed; it is waited for. Raises NotApplicable when that would take too long."""
    expiring = _expiring(server)
    wait_until(expiring.expires_at + _MARGIN_SECONDS)
    return PushedRequests(server.flow(expiring.pushed.flow.client)), expiring.push


def _push_early(server: AuthorizationServer) -> None:
    """Push what has to expire while other checks run, if a client is known whose things expire soon."""
    if server.context.facts.short_lived_client:
        begin_early(lambda: _expiring(server))


def _expiring(server: AuthorizationServer) -> _Expiring:
    def push() -> _Expiring:
        own = replace(server, wire=server.context.wire())
        pushed = PushedRequests(own.flow(short_lived_client(server.context.facts)))
        made = pushed.control()
        seconds = made.expires_in
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds > LONGEST_LIFETIME_SECONDS:
            raise NotApplicable(f"no request_uri expires within {LONGEST_LIFETIME_SECONDS:.0f} s")
        return _Expiring(pushed, made, time.monotonic() + seconds)

    return server.context.once("request_uri that expires", push)
