"""Rich authorization requests (RFC 9396): asking for the one object that the target file names, and for others."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer, expect
from conformance.vocabulary import NotApplicable, Violation

TYPES = "authorization_details_types_supported"
INVALID = "invalid_authorization_details"
_ARRAYS = ("actions", "datatypes", "privileges", "locations")


@dataclass(frozen=True)
class RichRequests:
    """Requests by the client of `flow` with `good`, an object that the server grants."""

    flow: AuthorizationFlow
    good: Mapping[str, Any]

    def request(self, detail: Mapping[str, Any] | None = None, change: str = "") -> AuthorizationRequest:
        """A good request with one object (default: the good one); `change` says how that departs from the good one."""
        request = self.flow.authorization_request(authorization_details=_text(detail or self.good))
        return request.with_(change) if change else request

    def grant(self) -> Grant:
        """A whole grant with the good object. Raises Inconclusive."""
        return self.flow.grant(self.request())

    def judge_refused(self, detail: Mapping[str, Any], change: str) -> AuthorizationAnswer:
        """The good object is granted, that one earns invalid_authorization_details. Raises Violation, Inconclusive."""
        self.flow.control(self.request())
        answer = self.flow.send(self.request(detail, change))
        expect(answer).grants_no_code().redirects_with(error=INVALID)
        return answer


def rich_requests(server: AuthorizationServer, flow: AuthorizationFlow | None = None) -> RichRequests:
    """For the object of the target file, by the client of `flow` or the usual one.

    Raises NotApplicable where there is no such object, or the metadata does not list its type.
    """
    listed = server.metadata().value.get(TYPES)
    good = server.context.facts.authorization_details
    if good is None:
        raise NotApplicable("the target file names no authorization_details that the server grants")
    if not isinstance(listed, list) or good.get("type") not in listed:
        raise NotApplicable(f"{TYPES} of the metadata does not list the type of the target file")
    return RichRequests(flow or server.flow(), good)


def of_another_type(good: Mapping[str, Any]) -> tuple[str, Any] | None:
    """A common member (RFC 9396, 2.2) that the good object has as defined there, and a wrong value for it."""
    for name in _ARRAYS:
        if isinstance(good.get(name), list):
            return name, 7
    return ("identifier", 7) if isinstance(good.get("identifier"), str) else None


def with_added_text(good: Mapping[str, Any], added: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The good object with `added` behind one of its strings, alone or first of an array; and which member that is."""
    for name, value in good.items():
        if isinstance(value, str):
            yield name, {**good, name: value + added}
        elif isinstance(value, list) and value and isinstance(value[0], str):
            yield name, {**good, name: [value[0] + added, *value[1:]]}


def details_parameter(detail: Mapping[str, Any]) -> dict[str, str]:
    """That one object as request parameter."""
    return {"authorization_details": _text(detail)}


def judge_holds(good: Mapping[str, Any], value: Any, source: str) -> None:
    """`value`, which `source` has, is an array with an object of the good one's type. Raises Violation."""
    listed = value if isinstance(value, list) else []
    if not any(isinstance(item, dict) and item.get("type") == good["type"] for item in listed):
        raise Violation(
            f"{source}: the granted authorization_details are missing",
            expected=f"authorization_details with an object of type {good['type']!r}",
            observed=f"authorization_details: {repr(value)[:200]}" if value is not None else "no authorization_details",
        )


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps([dict(detail)])
