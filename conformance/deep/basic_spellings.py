"""Properties of HTTP Basic for clients: every legal spelling of the same credentials is understood."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from conformance.client.authorization_server import AuthorizationServer, unguessable
from conformance.client.flow import AuthorizationFlow
from conformance.client.second_client import client_by
from conformance.deep.client_secrets import with_unknown_code
from conformance.deep.exploring import Explorer, Trial
from conformance.deep.grammars import form_spellings, spellings_of
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation

T = TypeVar("T")
_TIMES = 3
"""An example is one request."""
_REFUSED = "invalid_client"


class BasicSpellings:
    """The Authorization header of a client with a secret, at the token endpoint of one server."""

    def __init__(self, server: AuthorizationServer) -> None:
        self.server = server
        self.explorer = Explorer(server, times=_TIMES)

    def judge_schemes(self) -> None:
        """Every spelling of Basic is understood, with one space behind it or more. Raises Violation, Inconclusive."""
        good = dict(with_unknown_code(self._controlled()).headers)["Authorization"]
        encoded = good.removeprefix("Basic ")
        spellings = st.tuples(spellings_of("Basic"), st.integers(1, 3))
        self._judge(spellings, lambda spelt: f"{spelt[0]}{' ' * spelt[1]}{encoded}")

    def judge_encodings(self) -> None:
        """Every way to form-encode identifier and secret is understood. Raises Violation, NotApplicable."""
        client = self._controlled().client
        parts = (client.client_id, client.client_secret or "")
        if all(part.isalnum() for part in parts):
            raise NotApplicable("the client's identifier and secret have no character that could be encoded")
        spellings = st.tuples(*(form_spellings(part) for part in parts))
        self._judge(spellings, lambda spelt: "Basic " + b64encode(":".join(spelt).encode()).decode())

    def _judge(self, spellings: st.SearchStrategy[T], header: Callable[[T], str]) -> None:
        flow = self._flow()

        def judge(trial: Trial, spelt: T) -> None:
            here = replace(flow, wire=trial.wire)
            trial.tell("client credentials spelt in another way, which means the same")
            value = ("Authorization", header(spelt))
            answer = here.redeem(with_unknown_code(here).with_headers("Authorization spelt in another way", value))
            if answer.error == _REFUSED:
                raise Violation(
                    "a legal spelling of the right credentials is refused",
                    expected="the same answer as to the usual spelling, which is not invalid_client",
                    observed=expect(answer).described(),
                )

        self.explorer.for_all(spellings, judge)

    def _controlled(self) -> AuthorizationFlow:
        """The client of `_flow`, which is let in with its secret and not with another one."""
        flow = self._flow()
        if flow.redeem(with_unknown_code(flow)).error == _REFUSED:
            raise Inconclusive("the client is refused with its own secret by HTTP Basic", root="client authentication")
        wrong = flow.by(replace(flow.client, client_secret=unguessable()))
        if flow.redeem(with_unknown_code(wrong)).error != _REFUSED:
            raise NotApplicable("a wrong secret is not answered by invalid_client, which another check judges")
        return flow

    def _flow(self) -> AuthorizationFlow:
        return self.server.flow(client_by(self.server, "client_secret_basic"))
