"""Rich authorization requests (RFC 9396): permissions as JSON objects, beside scope."""

import json
from typing import Any

from reference_impl.authorization_server.config import AuthorizationDetailsType
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase

Detail = dict[str, Any]


class AuthorizationDetailsRules(RulesBase):
    """What an authorization_details parameter must be like. Kept and passed on as JSON text, None for no details."""

    def invalid_authorization_details(self, description: str) -> OAuthError:
        """RFC9396-5-a, RFC9396-8-a."""
        return OAuthError("invalid_authorization_details", description)

    def requested_authorization_details(self, parameters: Parameters) -> str | None:
        """RFC9396-5-a: the details of a request, every one of them of a known type and as that type wants it."""
        text = parameters.get("authorization_details")
        if text is None:
            return None
        details = self.parse_authorization_details(text)
        for detail in details:
            self.check_authorization_detail(detail)
        return json.dumps(details)

    def parse_authorization_details(self, text: str) -> list[Detail]:
        """RFC9396-2-a: a JSON array of objects."""
        try:
            details = json.loads(text)
        except (ValueError, RecursionError):
            details = None
        if not isinstance(details, list) or not details or not all(isinstance(item, dict) for item in details):
            raise self.invalid_authorization_details("authorization_details must be a JSON array of objects")
        return details

    def check_authorization_detail(self, detail: Detail) -> None:
        """RFC9396-5-a: one object."""
        known = self.authorization_details_type(detail)
        self.check_detail_members(detail, known)
        self.check_detail_values(detail, known)

    def authorization_details_type(self, detail: Detail) -> AuthorizationDetailsType:
        """RFC9396-2-a, RFC9396-5-a, RFC9396-12-a: the type that it names."""
        for known in self.config.authorization_details_types:
            if known.type == detail.get("type"):
                return known
        raise self.invalid_authorization_details("a type of authorization_details is missing or unknown")

    def check_detail_members(self, detail: Detail, known: AuthorizationDetailsType) -> None:
        """RFC9396-5-a: no member that the type does not define."""
        if detail.keys() - {"type", "actions", "locations"}:
            raise self.invalid_authorization_details(f"{known.type} has no such member")

    def check_detail_values(self, detail: Detail, known: AuthorizationDetailsType) -> None:
        """RFC9396-5-a: actions is required and names actions of the type; locations, if any, are resources."""
        actions, locations = detail.get("actions"), detail.get("locations", [])
        if not isinstance(actions, list) or not actions or any(action not in known.actions for action in actions):
            raise self.invalid_authorization_details(f"actions of {known.type} must be some of its actions")
        uris = [resource.uri for resource in self.config.resources]
        if not isinstance(locations, list) or any(location not in uris for location in locations):
            raise self.invalid_authorization_details("locations must be resources of this server")

    def narrowed_authorization_details(self, parameters: Parameters, granted: str | None) -> str | None:
        """RFC9396-6-a, RFC9396-8-a: of what was granted, the objects that the token request names, else all of them."""
        requested = self.requested_authorization_details(parameters)
        if requested is None:
            return granted
        allowed = json.loads(granted or "[]")
        if any(detail not in allowed for detail in json.loads(requested)):
            raise self.invalid_authorization_details("authorization_details exceed what was granted")
        return requested

    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        """RFC9396-7-a: what the client learns of it."""
        return {"authorization_details": json.loads(details)} if details else {}

    def details_claim(self, details: str | None) -> dict[str, Any]:
        """RFC9396-9.1-a: what a JWT says of it."""
        return self.details_for_resource_server(details)

    def introspected_details(self, details: str | None) -> dict[str, Any]:
        """RFC9396-9.2-a, RFC9396-9.2-b: what introspection says of it."""
        return self.details_for_resource_server(details)

    def details_for_resource_server(self, details: str | None) -> dict[str, Any]:
        """RFC9396-9-a: what a resource server learns of it, in the token or by introspection."""
        return {"authorization_details": json.loads(details)} if details else {}
