"""Rich authorization requests (RFC 9396): asking for the one object that the target file names, and for others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.flow import AuthorizationFlow, Grant
from conformance.client.requests import AuthorizationRequest
from conformance.expect import AuthorizationAnswer, expect
from conformance.vocabulary import NotApplicable

_TYPES = "authorization_details_types_supported"
INVALID = "invalid_authorization_details"


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


def rich_requests(server: AuthorizationServer) -> RichRequests:
    """For the object of the target file. Raises NotApplicable where there is none, or the metadata names no types."""
    listed = server.metadata().value.get(_TYPES)
    good = server.context.facts.authorization_details
    if good is None:
        raise NotApplicable("the target file names no authorization_details that the server grants")
    if not isinstance(listed, list) or good.get("type") not in listed:
        raise NotApplicable(f"{_TYPES} of the metadata does not list the type of the target file")
    return RichRequests(server.flow(), good)


def details_parameter(detail: Mapping[str, Any]) -> dict[str, str]:
    """That one object as request parameter."""
    return {"authorization_details": _text(detail)}


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps([dict(detail)])
