"""A login at which the wrong password was never typed proves nothing."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client.wrong_password import judge_wrong_password
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import Response

LOGIN = Response(200, (("Content-Type", "text/html"),), b"<form><input type=password name=p></form>", "http://as/login")


@dataclass
class Flow:
    """The right password gives a code; what a mistyped one leads to is `outcome`."""

    outcome: Any
    user_agent: Any = field(default_factory=lambda: SimpleNamespace(fresh=lambda: "fresh", mistyping=lambda: "wrong"))

    def authorization_request(self) -> None:
        return None

    def control(self, _: None) -> Any:
        return SimpleNamespace(pages=(LOGIN,))

    def send(self, _: None) -> Any:
        assert self.user_agent == "wrong"
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def judge(outcome: Any, *changed: str) -> None:
    server: Any = SimpleNamespace(
        context=SimpleNamespace(facts=SimpleNamespace(safe=False)),
        flow=lambda: Flow(outcome),
        wire=SimpleNamespace(transcript=SimpleNamespace(changed=changed)),
    )
    judge_wrong_password(server)


@pytest.mark.parametrize("outcome", [SimpleNamespace(code=None), Inconclusive("refused", root="login")])
def test_a_refusal_passes_when_the_wrong_password_was_sent(outcome: Any) -> None:
    judge(outcome, "another last character of the password")
    with pytest.raises(Inconclusive, match="no wrong one was typed"):
        judge(outcome)


def test_a_code_for_a_wrong_password_fails() -> None:
    with pytest.raises(Violation, match="accepted"):
        judge(SimpleNamespace(code="c"), "another last character of the password")


def test_silence_is_no_refusal() -> None:
    with pytest.raises(Inconclusive, match="no answer"):
        judge(Inconclusive("no answer"), "another last character of the password")
