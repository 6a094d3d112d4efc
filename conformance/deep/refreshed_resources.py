"""Properties of resource at refresh (RFC 8707, 2.2): nothing beyond the grant, and all of it in any order."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.requests import FormRequest
from conformance.client.resource_indicators import ResourceIndicators
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import other_resources
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import NotApplicable, Violation
from conformance.wire.addresses import split_url

_MOST_REFRESHES = 3
_MOST_RESOURCES = 2
_GRANT_ENDED = "invalid_grant"


class RefreshedResources:
    """The resource parameter of refreshes at one authorization server that knows two resources."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.explorer = Explorer(server)

    def judge_beyond_the_grant(self) -> None:
        """No refresh gives a token for a resource that was not granted. Raises Violation, NotApplicable."""
        known = self._at(self.server)
        granted, ungranted = known.first, known.second
        outside = known.audience_for(ungranted) - known.audience_for(granted)
        if not outside:
            raise NotApplicable("tokens for the two resources have the same audience")
        _refresh_token(known.grant(granted).token)

        def judge(trial: Trial, refreshes: list[list[tuple[str, str]]]) -> None:
            here = self._at(replace(self.server, wire=trial.wire))
            token = _refresh_token(here.grant(granted).token)
            for patterns in refreshes:
                named = [_named(pattern, granted, ungranted) for pattern in patterns]
                trial.tell(f"refreshed for {_listed(named)}, granted for {granted}")
                answer = here.flow.redeem(_refresh(here.flow, token, named))
                token = answer.refresh_token or token
                if answer.access_token:
                    _within(here.audience(answer), outside | _elsewhere(named, granted), granted)
                elif answer.error == _GRANT_ENDED:
                    return

        other = st.just(("other", ""))
        one = st.one_of(st.just(("granted", "")), other, other, other_resources())
        several = st.lists(one, max_size=_MOST_RESOURCES)
        self.explorer.for_all(st.lists(several, min_size=2, max_size=_MOST_REFRESHES), judge)

    def judge_within_the_grant(self) -> None:
        """Each refresh for one of two granted resources works, whatever came before.

        Raises Violation, NotApplicable.
        """
        known = self._at(self.server)
        resources = (known.first, known.second)
        audiences = {resource: known.audience_for(resource) for resource in resources}
        for resource in resources:
            flow, token = known.flow, self._granted_together(known)
            if not flow.redeem(_refresh(flow, token, [resource])).access_token:
                raise NotApplicable(
                    "a first refresh for one of two granted resources fails, which another check judges"
                )

        def judge(trial: Trial, order: list[int]) -> None:
            here = self._at(replace(self.server, wire=trial.wire))
            token = self._granted_together(here)
            for number in order:
                resource, elsewhere = resources[number], resources[1 - number]
                trial.tell(f"refreshed for {resource}, granted for both")
                answer = here.flow.redeem(_refresh(here.flow, token, [resource]))
                expect(answer).issues_token()
                here.not_meant_for(answer, audiences[elsewhere] - audiences[resource], resource)
                token = answer.refresh_token or token

        order = st.lists(st.sampled_from((0, 1)), min_size=1, max_size=_MOST_REFRESHES + 1)
        self.explorer.for_all(order, judge)

    def _at(self, server: AuthorizationServer) -> ResourceIndicators:
        return ResourceIndicators(server, server.flow())

    def _granted_together(self, here: ResourceIndicators) -> str:
        request, answer = here.granted_together()
        token_request = here.flow.token_request(request, answer).with_(resource=here.first).as_control()
        return _refresh_token(here.flow.control_redeem(token_request))


def _refresh_token(answer: TokenAnswer) -> str:
    if answer.refresh_token is None:
        raise NotApplicable("the server gives this client no refresh token")
    return answer.refresh_token


def _refresh(flow: AuthorizationFlow, token: str, resources: Sequence[str]) -> FormRequest:
    request = flow.refresh_request(token).without("resource")
    for resource in resources:
        request = request.repeated("resource", resource)
    return replace(request, changes=(f"resource: {_listed(resources)}",))


def _named(pattern: tuple[str, str], granted: str, other: str) -> str:
    match pattern:
        case ("granted", _):
            return granted
        case ("other", _):
            return other
    parts, (origin, path) = split_url(granted), pattern
    host = parts.netloc if origin == "{}" else origin.format(parts.hostname)
    return f"{parts.scheme}://{host}{path.format(parts.path)}"


def _listed(resources: Sequence[str]) -> str:
    return " and ".join(resources) or "no resource"


def _elsewhere(named: Sequence[str], granted: str) -> frozenset[str]:
    """Those on another host: what lies below a granted resource may count as part of it."""
    return frozenset(name for name in named if split_url(name).netloc != split_url(granted).netloc)


def _within(audience: frozenset[str], forbidden: frozenset[str], granted: str) -> None:
    beyond = sorted(audience & forbidden)
    if beyond:
        raise Violation(
            "a refresh gave a token beyond its grant",
            expected=f"a refusal, or a token for {granted} alone",
            observed=f"aud {sorted(audience)!r}",
        )
