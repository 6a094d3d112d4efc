"""Properties of scope: no token has more than was asked for, or than its grant gave, however the request spells it."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.token_content import effective_scope
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import near_scope_words, scope_requests
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_MOST_REFRESHES = 3
_LEAST_WORDS = 2
_REFUSALS = ("invalid_scope", "invalid_request")


class GeneratedScopes:
    """The scope parameter of requests to one authorization server."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.explorer = Explorer(server)

    def judge_granted(self) -> None:
        """No token has a scope that was not asked for. Raises Violation, NotApplicable, Inconclusive."""
        words = self._known_words()

        def judge(trial: Trial, asked: tuple[str, str | None]) -> None:
            first, with_code = asked
            trial.tell(f"scope {first!r}" + ("" if with_code is None else f", and {with_code!r} with the code"))
            flow = self._flow(trial)
            request = flow.authorization_request().with_("scope as generated", scope=first)
            granted = flow.send(request)
            if granted.code is None:
                return
            redeemed = flow.token_request(request, granted)
            if with_code is not None:
                redeemed = redeemed.with_("scope with the code", scope=with_code)
            answer = flow.redeem(redeemed)
            if answer.access_token:
                self._within(trial, flow, answer, self._implied(first.split()))

        wider = st.one_of(st.none(), st.just(" ".join(sorted(words))))
        self.explorer.for_all(st.tuples(scope_requests(words), wider), judge)

    def judge_refreshed(self) -> None:
        """No refresh gives a scope that its grant has not. Raises Violation, NotApplicable, Inconclusive."""
        words = self._known_words()
        grant = self._granted(self.server.flow(), sorted(words))
        if grant.refresh_token is None:
            raise NotApplicable("the server gives this client no refresh token")

        def judge(trial: Trial, example: tuple[list[str], list[str]]) -> None:
            first, later = example
            flow = self._flow(trial)
            trial.tell(f"granted with scope {' '.join(first)!r}")
            answer = self._granted(flow, first)
            limit, token = self._scope_of(flow, answer), answer.refresh_token or ""
            for scope in later:
                trial.tell(f"refreshed with scope {scope!r}")
                refreshed = flow.redeem(flow.refresh_request(token).with_("scope as generated", scope=scope))
                if refreshed.access_token is None:
                    expect(refreshed).refuses_with(*_REFUSALS)
                    return
                self._within(trial, flow, refreshed, limit)
                token = refreshed.refresh_token or token

        some = st.lists(st.sampled_from(sorted(words)), min_size=1, max_size=len(words) - 1, unique=True)
        asked = st.one_of(scope_requests(words), near_scope_words(words))
        self.explorer.for_all(st.tuples(some, st.lists(asked, min_size=1, max_size=_MOST_REFRESHES)), judge)

    def _known_words(self) -> frozenset[str]:
        """Scope words of which each can be granted alone, two at least. Raises NotApplicable, Inconclusive."""
        facts, flow = self.server.context.facts, self.server.flow()
        words = frozenset((flow.scope or "").split()) | frozenset((facts.narrow_scope or "").split())
        if len(words) < _LEAST_WORDS:
            raise NotApplicable("the target file names no two scopes to combine")
        for word in sorted(words):
            granted = self._scope_of(flow, self._granted(flow, [word]))
            if not granted <= self._implied([word]):
                raise Inconclusive(f"a grant for {word} alone has more scope, which another check judges")
        return words

    def _granted(self, flow: AuthorizationFlow, words: Iterable[str]) -> TokenAnswer:
        return flow.grant(flow.authorization_request(scope=" ".join(words))).token

    def _scope_of(self, flow: AuthorizationFlow, answer: TokenAnswer) -> frozenset[str]:
        scope = effective_scope(self.server, flow, answer)
        if scope is None:
            raise NotApplicable("nothing says which scope a token has")
        return scope

    def _within(self, trial: Trial, flow: AuthorizationFlow, answer: TokenAnswer, limit: frozenset[str]) -> None:
        here = replace(self.server, wire=trial.wire)
        granted = effective_scope(here, flow, answer) or frozenset()
        if not granted <= limit:
            raise Violation(
                f"the token has the scope {' '.join(sorted(granted - limit))}",
                expected=f"at most {' '.join(sorted(limit))}",
                observed=f"scope {' '.join(sorted(granted))}",
            )

    def _implied(self, words: Iterable[str]) -> frozenset[str]:
        """These words, and what they include by the target file."""
        hierarchy = self.server.context.facts.scope_hierarchy
        found = frozenset(words)
        return found | frozenset(hierarchy[word] for word in found if word in hierarchy)

    def _flow(self, trial: Trial) -> AuthorizationFlow:
        return replace(self.server, wire=trial.wire).flow()
