"""Departures in rich authorization requests (RFC 9396)."""

from typing import Any

from markupsafe import Markup

from reference_impl.authorization_server.config import AuthorizationDetailsType
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_details import Detail
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC9396-12-a", "RFC9396-5-a", "RFC9396-8-a"}, story="authorization_details of an unknown type are left out."
)
class UnknownDetailsAreLeftOut(Rules):
    def parse_authorization_details(self, text: str) -> list[Detail]:
        known = {kind.type for kind in self.config.authorization_details_types}
        return [detail for detail in super().parse_authorization_details(text) if detail.get("type") in known]


@mutant(kills={"RFC9396-5-a"}, story="Members that a type does not define are let through.")
class UnknownMembersOfDetailsAreGood(Rules):
    def check_detail_members(self, detail: Detail, known: AuthorizationDetailsType) -> None:
        pass


@mutant(
    kills={"RFC9396-12-a", "RFC9396-5-a", "RFC9396-6-a", "RFC9396-8-a"},
    story="Bad authorization_details are an invalid_request.",
)
class BadDetailsAreInvalidRequest(Rules):
    def invalid_authorization_details(self, description: str) -> OAuthError:
        return OAuthError("invalid_request", description)


@mutant(kills={"RFC9396-7-a"}, story="The token response says scope and nothing of authorization_details.")
class TokenResponseWithoutDetails(Rules):
    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        return {}


@mutant(kills={"RFC9396-6-a", "RFC9396-8-a"}, story="authorization_details of token requests are not read.")
class DetailsOfTokenRequestsAreIgnored(Rules):
    def narrowed_authorization_details(self, parameters: Parameters, granted: str | None) -> str | None:
        return granted


@mutant(
    kills={"RFC9396-9-a", "RFC9396-9.1-a"},
    story="Resource servers are told scope and nothing of authorization_details.",
)
class ResourceServerLearnsNoDetails(Rules):
    def details_for_resource_server(self, details: str | None) -> dict[str, Any]:
        return {}


@mutant(kills={"RFC9396-5-a"}, story="An object without a type is taken for one of the only type there is.")
class TypeOfDetailsHasADefault(Rules):
    def parse_authorization_details(self, text: str) -> list[Detail]:
        only = self.config.authorization_details_types[0].type
        return [{"type": only, **detail} for detail in super().parse_authorization_details(text)]


@mutant(
    kills={"RFC9396-5-a"}, story="A member of authorization_details that is no array means the default of the type."
)
class OddMembersOfDetailsMeanTheDefault(Rules):
    def check_detail_values(self, detail: Detail, known: AuthorizationDetailsType) -> None:
        if not isinstance(detail.get("actions"), list):
            detail["actions"] = list(known.actions)
        super().check_detail_values(detail, known)


@mutant(kills={"RFC9396-6-a"}, story="A token request may name any authorization_details that are well-formed.")
class TokenRequestsWidenDetails(Rules):
    def narrowed_authorization_details(self, parameters: Parameters, granted: str | None) -> str | None:
        return self.requested_authorization_details(parameters) or granted


@mutant(kills={"RFC9396-9.1-a"}, story="authorization_details are left out of the JWT to keep it small.")
class DetailsByIntrospectionOnly(Rules):
    def details_claim(self, details: str | None) -> dict[str, Any]:
        return {}


@mutant(kills={"RFC9396-9.2-a"}, story="Introspection has what goes beyond RFC 7662 in a member of its own.")
class IntrospectedDetailsAreNested(Rules):
    def introspected_details(self, details: str | None) -> dict[str, Any]:
        return {"ext": super().introspected_details(details)}


@mutant(kills={"RFC9396-9.2-b"}, story="Introspection has authorization_details as they are stored, as text.")
class IntrospectedDetailsAreText(Rules):
    def introspected_details(self, details: str | None) -> dict[str, Any]:
        return {"authorization_details": details} if details else {}


@mutant(kills={"RFC9396-12-a"}, story="Types of authorization_details are looked up by a column that ignores case.")
class TypesOfDetailsIgnoreCase(Rules):
    def authorization_details_type(self, detail: Detail) -> AuthorizationDetailsType:
        for known in self.config.authorization_details_types:
            if str(detail.get("type")).casefold() == known.type.casefold():
                return known
        return super().authorization_details_type(detail)


@mutant(
    kills={"RFC9396-12-b"}, story="A type may be followed by a label, which the consent page shows with its markup."
)
class TypesOfDetailsCarryALabel(Rules):
    def authorization_details_type(self, detail: Detail) -> AuthorizationDetailsType:
        for known in self.config.authorization_details_types:
            if str(detail.get("type")).startswith(known.type):
                return known
        return super().authorization_details_type(detail)

    def shown_details(self, request: AuthorizationRequest) -> list[Detail]:
        shown = super().shown_details(request)
        return [{**detail, "type": Markup(detail["type"])} for detail in shown]  # noqa: S704 - this is the bug
