"""Cross-origin access to the authorization endpoint, which no script may have (RFC 9700, 2.6; OAuth 2.1, 3.1)."""

from conformance.client.flow import AuthorizationFlow
from conformance.vocabulary import Violation
from conformance.wire import HttpRequest, Response

_ORIGIN = "https://conformance-extra.example"


def judge_no_cross_origin_access(flow: AuthorizationFlow) -> None:
    """Neither a request from another origin nor its preflight is allowed to a script. Raises Violation.

    Control: the same request is granted in a browser.
    """
    request = flow.authorization_request()
    flow.control(request)
    cross = flow.authorization_request().as_get().with_header("Origin", _ORIGIN, "sent by a script of another origin")
    _expect_no_access(flow.wire.browser().send(cross))
    headers = (("Origin", _ORIGIN), ("Access-Control-Request-Method", "GET"))
    preflight = HttpRequest("OPTIONS", request.endpoint, headers, changes=("preflight of another origin",))
    _expect_no_access(flow.wire.browser().send(preflight))


def _expect_no_access(response: Response) -> None:
    allowed = response.header("access-control-allow-origin")
    if allowed is not None:
        raise Violation(
            "the authorization endpoint allows cross-origin access",
            expected="no Access-Control-Allow-Origin",
            observed=f"{response.status} with Access-Control-Allow-Origin: {allowed}",
        )
