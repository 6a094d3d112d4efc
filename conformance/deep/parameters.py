"""Properties of single parameters: whatever a grammar allows works, and whatever is nearly right does not."""

from dataclasses import replace

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow
from conformance.client.pkce import ProofKey, s256
from conformance.client.redirect_uris import went_to
from conformance.client.resource_indicators import ResourceIndicators
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import (
    Slip,
    illegal_verifiers,
    legal_verifiers,
    other_resources,
    redirect_uri_slips,
    verifier_slips,
)
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire.addresses import is_loopback, split_url

_TIMES = 3
"""An example is one value in a few requests, where other deep checks send dozens."""
_REFUSALS = ("invalid_grant", "invalid_request")
_VERIFIER = "".join(f"Verifier.of~a-good_length-{number}" for number in range(2))


class Parameters:
    """Parameters of one authorization server's requests."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.explorer = Explorer(server, times=_TIMES)

    def judge_legal_verifiers(self) -> None:
        """Every code_verifier of the grammar works. Raises Violation, or Inconclusive without a working flow."""
        self.server.flow().grant()

        def judge(trial: Trial, verifier: str) -> None:
            trial.tell(_described(verifier))
            token = self._redeemed(trial, ProofKey(verifier, s256(verifier)), verifier)
            if token.error not in (None, *_REFUSALS):
                raise Inconclusive(f"the token request was refused with {token.error!r}, not for its verifier")
            expect(token).issues_token()

        self.explorer.for_all(legal_verifiers(), judge)

    def judge_illegal_verifiers(self) -> None:
        """No code_verifier outside the grammar works, though it matches its challenge. Raises Violation."""
        self.server.flow().grant()

        def judge(trial: Trial, verifier: str) -> None:
            trial.tell(_described(verifier))
            token = self._redeemed(trial, ProofKey(verifier, s256(verifier)), verifier)
            expect(token).refuses_with(*_REFUSALS)

        self.explorer.for_all(illegal_verifiers(), judge)

    def judge_nearly_right_verifiers(self) -> None:
        """No code_verifier works that is nearly the right one. Raises Violation."""
        key = ProofKey(_VERIFIER, s256(_VERIFIER))
        flow = self.server.flow()
        flow.grant(flow.authorization_request(key))

        def judge(trial: Trial, slip: Slip) -> None:
            wrong = slip.of(key.verifier)
            if wrong != key.verifier:
                trial.tell(f"code_verifier altered: {slip}")
                expect(self._redeemed(trial, key, wrong)).refuses_with(*_REFUSALS)

        self.explorer.for_all(verifier_slips(self.explorer.facts, _TIMES), judge)

    def judge_redirect_uris(self) -> None:
        """Nothing is sent to a redirect URI that is nearly a registered one. Raises Violation."""
        flow = self.server.flow()
        flow.control(flow.authorization_request())
        registered = flow.client.redirect_uri

        def judge(trial: Trial, slip: Slip) -> None:
            altered = slip.of(registered)
            if not altered or altered in flow.client.redirect_uris or _differs_by_port(altered, registered):
                return
            trial.tell(f"redirect_uri {altered!r} ({slip})")
            here = self._flow(trial)
            answer = here.send(here.authorization_request().with_(f"redirect_uri {altered!r}", redirect_uri=altered))
            if answer.code or went_to(answer, altered, registered):
                raise Violation(
                    f"an authorization response went out for the redirect_uri {altered!r}",
                    expected="an error page of the server, no redirect",
                    observed=expect(answer).described(),
                )

        self.explorer.for_all(redirect_uri_slips(), judge)

    def judge_resources(self) -> None:
        """No code for a resource that is nearly a known one. Raises Violation, NotApplicable."""
        flow = self.server.flow()
        indicators = ResourceIndicators(self.server, flow)
        request = flow.authorization_request(resource=indicators.first)
        flow.control(request)
        unknown = request.with_("resource set to an unknown one", resource=indicators.unknown())
        if flow.send(unknown).code:
            raise NotApplicable("the server takes no notice of an unknown resource, which another check judges")
        parts = split_url(indicators.first)

        def judge(trial: Trial, pattern: tuple[str, str]) -> None:
            origin, path = pattern
            host = parts.netloc if origin == "{}" else origin.format(parts.hostname)
            altered = f"{parts.scheme}://{host}{path.format(parts.path)}"
            trial.tell(f"resource {altered!r}")
            here = self._flow(trial)
            answer = here.send(here.authorization_request().with_(f"resource {altered!r}", resource=altered))
            expect(answer).grants_no_code()

        self.explorer.for_all(other_resources(), judge)

    def _flow(self, trial: Trial) -> AuthorizationFlow:
        return replace(self.server, wire=trial.wire).flow()

    def _redeemed(self, trial: Trial, key: ProofKey, verifier: str) -> TokenAnswer:
        flow = self._flow(trial)
        request = flow.authorization_request(key)
        good = flow.token_request(request, flow.control(request))
        return flow.redeem(good.with_("code_verifier as generated", code_verifier=verifier))


def _described(verifier: str) -> str:
    """A generated verifier in words, since the report names it like any other."""
    return f"code_verifier of {len(verifier)} characters, made of {''.join(sorted(set(verifier)))!r}"


def _differs_by_port(altered: str, registered: str) -> bool:
    """Whether only the port of a loopback URI differs, as it may (RFC 8252, 7.3)."""
    one, other = split_url(altered), split_url(registered)
    hosts = one.hostname == other.hostname and is_loopback(one.hostname or "")
    return hosts and one._replace(netloc="") == other._replace(netloc="") and "@" not in one.netloc
