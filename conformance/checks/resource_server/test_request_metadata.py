"""Headers that say what a message is about: MCP Transports, Request Metadata and Server Validation."""

from dataclasses import replace

from conformance.catalogue import requirement
from conformance.client.mcp import McpDialect, encoded_header_value, error_of, is_result
from conformance.client.resource_server import ResourceServer
from conformance.expect import expect
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, Response

_HEADER_MISMATCH = -32020
_UNSUPPORTED_VERSION = -32022
_NO_SUCH_VERSION = "9999-12-31"
_OLDER_VERSION = "2025-11-25"


@requirement("MCP-TR-04")
def test_an_unsupported_protocol_version_is_refused(resource_server: ResourceServer) -> None:
    """A request in a protocol version that the server doesn't speak gets 400.

    Control: the same request in the version of the profile is processed.
    Means: client and server read messages by different rules without noticing.
    Fix: answer 400 when MCP-Protocol-Version names a version that isn't supported.
    """
    expect(_in_an_unknown_version(resource_server)).has_status(400)


@requirement("MCP-TR-04")
def test_the_refusal_lists_the_supported_versions(resource_server: ResourceServer) -> None:
    """The refusal is error -32022 with the supported versions, among them the one that was just spoken.

    Control: the same request in the version of the profile is processed.
    Means: a newer client can't find a version that both sides speak, and gives up.
    Fix: answer UnsupportedProtocolVersion, code -32022, with all supported versions in data.supported.
    """
    _require_stateless(resource_server)
    error = error_of(_in_an_unknown_version(resource_server))
    if error.get("code") != _UNSUPPORTED_VERSION or resource_server.version not in _supported(error):
        expected = f"error {_UNSUPPORTED_VERSION} with data.supported holding {resource_server.version}"
        observed = f"code {error.get('code')!r}, supported {_supported(error)!r}"
        raise Violation("the refusal doesn't help", expected=expected, observed=observed)


@requirement("MCP-TR-05")
def test_a_request_without_the_method_header_is_refused(resource_server: ResourceServer) -> None:
    """A request without Mcp-Method gets 400 and the error -32020.

    Control: the same request with the header is processed.
    Means: a gateway that decides by the header is passed by leaving it out.
    Fix: require Mcp-Method on every request.
    """
    good = _processed(resource_server)
    _expect_mismatch(resource_server.send(good.without_header("Mcp-Method")))


@requirement("MCP-TR-05")
def test_a_method_header_that_differs_from_the_body_is_refused(resource_server: ResourceServer) -> None:
    """A request whose Mcp-Method names another method than the body gets 400 and the error -32020.

    Control: the same request with the right header is processed.
    Means: a gateway that decides by the header lets through what it was told to stop.
    Fix: compare Mcp-Method with the method of the message, with regard to case.
    """
    good = _processed(resource_server)
    change = "Mcp-Method names another method than the body"
    _expect_mismatch(resource_server.send(good.with_header("Mcp-Method", "server/discover", change)))


@requirement("MCP-TR-05")
def test_a_tool_call_without_the_name_header_is_refused(resource_server: ResourceServer) -> None:
    """A tools/call without Mcp-Name gets 400 and the error -32020.

    Control: the same call with the header is processed.
    Means: a gateway that decides by the name of the tool is passed by leaving the header out.
    Fix: require Mcp-Name on tools/call, prompts/get and resources/read.
    """
    call, _ = _processed_call(resource_server)
    _expect_mismatch(resource_server.send(call.without_header("Mcp-Name")))


@requirement("MCP-TR-05")
def test_a_name_header_that_differs_from_the_body_is_refused(resource_server: ResourceServer) -> None:
    """A tools/call whose Mcp-Name names another tool than the body gets 400 and the error -32020.

    Control: the same call with the right header is processed.
    Means: a gateway lets a forbidden tool through under the name of a permitted one.
    Fix: compare Mcp-Name with the name in the message.
    """
    call, tool = _processed_call(resource_server)
    change = "Mcp-Name names another tool than the body"
    _expect_mismatch(resource_server.send(call.with_header("Mcp-Name", f"not-{tool}", change)))


@requirement("MCP-TR-05")
def test_an_encoded_name_header_is_decoded_before_the_comparison(resource_server: ResourceServer) -> None:
    """A tools/call whose Mcp-Name has the name in the Base64 form is processed.

    Control: the same call with the plain name is processed.
    Means: tools whose names a header can't carry can't be called at all.
    Fix: decode =?base64?...?= before comparing Mcp-Name with the message.
    """
    call, tool = _processed_call(resource_server)
    answer = resource_server.send(call.with_header("Mcp-Name", encoded_header_value(tool), "Mcp-Name in Base64"))
    if not is_result(answer):
        observed = f"{expect(answer).described()}, error {error_of(answer).get('code')!r}"
        raise Violation("an encoded Mcp-Name is refused", expected="the call is processed", observed=observed)


@requirement("MCP-TR-05")
def test_a_version_header_that_differs_from_the_body_is_refused(resource_server: ResourceServer) -> None:
    """A request whose MCP-Protocol-Version differs from the version in its body is refused with 400.

    Reading: an older version in the header may send the message to that version's rules, which know no -32020.

    Control: the same request with the right header is processed.
    Means: gateway and server read one message by two sets of rules.
    Fix: compare MCP-Protocol-Version with io.modelcontextprotocol/protocolVersion in the message.
    """
    good = _processed(resource_server)
    change = "an older MCP-Protocol-Version than the version in the body"
    expect(resource_server.send(good.with_header("MCP-Protocol-Version", _OLDER_VERSION, change))).has_status(400)


@requirement("MCP-TR-05")
def test_a_version_in_the_body_that_differs_from_the_header_is_refused(resource_server: ResourceServer) -> None:
    """A request of this version by its header, but of an older one by its body, gets 400 and the error -32020.

    Reading: -32022 is as good, for the order of the two rules is nowhere fixed.

    Control: the same request with the right version in its body is processed.
    Means: gateway and server read one message by two sets of rules.
    Fix: compare MCP-Protocol-Version with io.modelcontextprotocol/protocolVersion in the message.
    """
    good = _processed(resource_server)
    older = good.body.replace(resource_server.version.encode(), _OLDER_VERSION.encode())
    answer = resource_server.send(good.with_body(older, "an older version in the body than in MCP-Protocol-Version"))
    _expect_mismatch(answer, _HEADER_MISMATCH, _UNSUPPORTED_VERSION)


@requirement("MCP-TR-06")
def test_methods_of_earlier_revisions_are_not_allowed(resource_server: ResourceServer) -> None:
    """A server that speaks this revision only answers GET and DELETE on the endpoint with 405.

    Control: the server says which versions it speaks, and answers POST.
    Means: clients of earlier revisions wait for a stream or an end of session that never comes.
    Fix: answer 405 with Allow: POST to GET and DELETE.
    """
    _require_stateless(resource_server)
    supported = _supported(error_of(_in_an_unknown_version(resource_server)))
    if not supported:
        raise NotApplicable("the server doesn't say which versions it speaks, see MCP-TR-04")
    if any(version < resource_server.version for version in supported):
        raise NotApplicable("the server speaks earlier revisions too, which have GET and DELETE")
    good = resource_server.with_token(resource_server.token()).without_header("Mcp-Method").without_header("Accept")
    for method in ("GET", "DELETE"):
        request = replace(good.with_method(method), body=b"").with_header("Accept", "text/event-stream")
        expect(resource_server.send(request)).has_status(405)


def _require_stateless(resource_server: ResourceServer) -> None:
    if not resource_server.mcp.is_stateless:
        raise NotApplicable(f"this rule came after MCP {resource_server.version}")


def _processed(resource_server: ResourceServer) -> HttpRequest:
    """The probe with a good token, after it was processed; stateless versions only."""
    _require_stateless(resource_server)
    return resource_server.with_token(resource_server.control())


def _processed_call(resource_server: ResourceServer) -> tuple[HttpRequest, str]:
    """A tool call with a good token, after it was processed, and the name of the tool."""
    _require_stateless(resource_server)
    for tool, (arguments, _) in resource_server.context.facts.tools.items():
        call = resource_server.mcp.call(tool, dict(arguments))
        return resource_server.with_token(resource_server.control(call), call), tool
    raise NotApplicable("the target file names no tool to call")


def _in_an_unknown_version(resource_server: ResourceServer) -> Response:
    """The answer to a good request in a version that nobody speaks; the same in a known version is the control."""
    token = resource_server.token()
    if resource_server.mcp.is_stateless:
        resource_server.control()
        unknown = McpDialect(resource_server.url, _NO_SUCH_VERSION).probe()
        change = f"protocol version {_NO_SUCH_VERSION} in header and body"
        return resource_server.send(resource_server.with_token(token, unknown, change))
    good = resource_server.open_session(token).request("tools/list")
    answer = resource_server.send(resource_server.with_token(token, good))
    if not is_result(answer):
        raise Inconclusive(f"tools/list in a fresh session was answered {answer.status}", root="token")
    request = good.with_header("MCP-Protocol-Version", _NO_SUCH_VERSION)
    return resource_server.send(resource_server.with_token(token, request, f"MCP-Protocol-Version {_NO_SUCH_VERSION}"))


def _supported(error: dict[str, object]) -> list[str]:
    data = error.get("data")
    listed = data.get("supported") if isinstance(data, dict) else None
    return [version for version in listed if isinstance(version, str)] if isinstance(listed, list) else []


def _expect_mismatch(answer: Response, *codes: int) -> None:
    allowed, code = codes or (_HEADER_MISMATCH,), error_of(answer).get("code")
    if answer.status != 400 or code not in allowed:
        expected = f"400 with the error {' or '.join(str(allowed_code) for allowed_code in allowed)}"
        observed = f"{expect(answer).described()}, error {code!r}"
        raise Violation("a header that doesn't fit the body is not refused", expected=expected, observed=observed)
