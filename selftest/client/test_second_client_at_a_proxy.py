"""When a later client counts as put before the user, by what became of its request."""

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client.facts import ThirdPartyFacts
from conformance.client.mcp_proxy import McpProxy
from conformance.client.proxy_consent import judge_second_client_is_asked_for
from conformance.client.user_agent import Arrival
from conformance.vocabulary import Inconclusive, Violation
from conformance.wire import Response

THERE = ThirdPartyFacts("http://127.0.0.1:8798")
AWAY = f"{THERE.authorization_endpoint}?client_id=static"
NAME = "Client 0123abcd"


def _page(text: str) -> Response:
    body = f"<html><body>{text}<form method=post><button>Allow</button></form></body></html>"
    return Response(200, (("Content-Type", "text/html"),), body.encode(), "https://mcp.example/consent")


def _judge(arrival: Arrival, approved: str | None = AWAY) -> None:
    class Proxy(McpProxy):
        def journey(self) -> Any:
            return SimpleNamespace(flow=SimpleNamespace(user_agent=None))

        def newcomer(self, browser: object = None) -> Any:
            return None, NAME

        def open(self, *_: object, **__: object) -> Arrival:
            return arrival

        def approved(self, *_: object) -> Arrival:
            return Arrival(arrival.response, approved, ())

    nobody: Any = None
    judge_second_client_is_asked_for(Proxy(nobody, THERE))


def test_a_page_whose_approval_leads_on_is_what_is_wanted() -> None:
    _judge(Arrival(_page(NAME), None, (_page(NAME),)))


def test_a_departure_without_a_page_is_a_violation() -> None:
    with pytest.raises(Violation, match="without asking"):
        _judge(Arrival(Response(302, (), b"", "https://mcp.example/authorize"), AWAY, ()))


def test_a_login_that_names_the_client_is_a_question() -> None:
    _judge(Arrival(_page(""), AWAY, (_page(f"Log in for {NAME}"),)))


def test_a_login_that_names_nobody_is_no_question() -> None:
    with pytest.raises(Violation, match="without asking"):
        _judge(Arrival(_page(""), AWAY, (_page("Log in"),)))


@pytest.mark.parametrize("back", ["https://client.example/callback?error=access_denied", None])
def test_a_request_that_comes_to_nothing_is_no_question(back: str | None) -> None:
    nothing = Response(400, (("Content-Type", "text/plain"),), b"no", "https://mcp.example/authorize")
    with pytest.raises(Inconclusive):
        _judge(Arrival(nothing, back, ()))


def test_an_approval_that_leads_nowhere_is_no_control() -> None:
    with pytest.raises(Inconclusive, match="did not lead to the third party"):
        _judge(Arrival(_page(NAME), None, (_page(NAME),)), approved=None)
