"""Departures in rich authorization requests (RFC 9396)."""

from typing import Any

from reference_impl.authorization_server.config import AuthorizationDetailsType
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_details import Detail
from reference_impl.mutants.registry import mutant


@mutant(kills={"RFC9396-5-a", "RFC9396-8-a"}, story="authorization_details of an unknown type are left out.")
class UnknownDetailsAreLeftOut(Rules):
    def parse_authorization_details(self, text: str) -> list[Detail]:
        known = {kind.type for kind in self.config.authorization_details_types}
        return [detail for detail in super().parse_authorization_details(text) if detail.get("type") in known]


@mutant(kills={"RFC9396-5-a"}, story="Members that a type does not define are let through.")
class UnknownMembersOfDetailsAreGood(Rules):
    def check_detail_members(self, detail: Detail, known: AuthorizationDetailsType) -> None:
        pass


@mutant(kills={"RFC9396-5-a", "RFC9396-8-a"}, story="Bad authorization_details are an invalid_request.")
class BadDetailsAreInvalidRequest(Rules):
    def invalid_authorization_details(self, description: str) -> OAuthError:
        return OAuthError("invalid_request", description)


@mutant(kills={"RFC9396-7-a"}, story="The token response says scope and nothing of authorization_details.")
class TokenResponseWithoutDetails(Rules):
    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        return {}


@mutant(kills={"RFC9396-8-a"}, story="authorization_details of token requests are not read.")
class DetailsOfTokenRequestsAreIgnored(Rules):
    def narrowed_authorization_details(self, parameters: Parameters, granted: str | None) -> str | None:
        return granted


@mutant(kills={"RFC9396-9-a"}, story="Resource servers are told scope and nothing of authorization_details.")
class ResourceServerLearnsNoDetails(Rules):
    def details_for_resource_server(self, details: str | None) -> dict[str, Any]:
        return {}
