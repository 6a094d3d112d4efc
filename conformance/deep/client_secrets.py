"""A property of client authentication: no secret is accepted that is nearly the right one."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.registrar import registrar
from conformance.client.requests import FormRequest, form
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import Slip, secret_slips
from conformance.expect import TokenAnswer, expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

_REFUSED = "invalid_client"


class GeneratedSecrets:
    """Secrets of clients that register themselves, a new one for each example, so that guesses lock nobody out."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.explorer = Explorer(server)

    def judge_nearly_right_secrets(self) -> None:
        """No secret works that is nearly a client's own. Raises Violation, NotApplicable, Inconclusive."""
        flow = self._new_client(self.server)
        if _asked(flow).error == _REFUSED:
            raise Inconclusive("a client that registered itself is refused with its own secret", root="registration")
        if _asked(flow.by(replace(flow.client, client_secret=unguessable()))).error != _REFUSED:
            raise NotApplicable("a wrong secret is not answered by invalid_client, which another check judges")

        def judge(trial: Trial, slip: Slip) -> None:
            here = self._new_client(replace(self.server, wire=trial.wire))
            secret = here.client.client_secret or ""
            altered = slip.of(secret)
            if altered == secret or not altered:
                return
            trial.tell(f"client_secret altered: {slip}")
            answer = _asked(here.by(replace(here.client, client_secret=altered)))
            if answer.error != _REFUSED:
                raise Violation(
                    "an altered client_secret is accepted",
                    expected=f"error={_REFUSED}, as for a quite wrong secret",
                    observed=expect(answer).described(),
                )

        hand = secret_slips(Random(self.explorer.facts.seed), self.explorer.facts.examples)  # noqa: S311 - repeatable
        self.explorer.for_all(st.sampled_from(hand), judge)

    def _new_client(self, server: AuthorizationServer) -> AuthorizationFlow:
        register = registrar(server)
        return register.flow(register.confidential())


def with_unknown_code(flow: AuthorizationFlow) -> FormRequest:
    """A token request with a code that nobody issued: its answer says whether the client was refused before it."""
    pairs = [
        ("grant_type", "authorization_code"),
        ("code", unguessable()),
        ("redirect_uri", flow.client.redirect_uri),
        ("code_verifier", "v" * 43),
    ]
    return flow.authenticated(form(flow.endpoint("token_endpoint"), pairs))


def _asked(flow: AuthorizationFlow) -> TokenAnswer:
    return flow.redeem(with_unknown_code(flow))
