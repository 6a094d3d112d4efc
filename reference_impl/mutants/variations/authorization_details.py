"""Other ways to grant authorization_details, all of them right."""

import json
from typing import Any

from reference_impl.authorization_server.rules import Rules
from reference_impl.mutants.registry import variation


@variation(story="Granted authorization_details are enriched with where they count.")
class DetailsAreEnriched(Rules):
    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        members = [{**item, "locations": [self.config.resources[0].uri]} for item in json.loads(details or "[]")]
        return {"authorization_details": members} if members else {}


@variation(story="authorization_details come back even where there are none, as an empty array.")
class NoDetailsAreAnEmptyArray(Rules):
    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        return {"authorization_details": json.loads(details or "[]")}


@variation(story="Actions in granted authorization_details are sorted, and doubled ones dropped.")
class ActionsOfDetailsAreSorted(Rules):
    def granted_details_member(self, details: str | None) -> dict[str, Any]:
        members = [{**item, "actions": sorted(set(item["actions"]))} for item in json.loads(details or "[]")]
        return {"authorization_details": members} if members else {}


@variation(story="Resource servers get the type and actions of authorization_details only.")
class ResourceServerLearnsWhatItNeeds(Rules):
    def details_for_resource_server(self, details: str | None) -> dict[str, Any]:
        members = [{"type": item["type"], "actions": item["actions"]} for item in json.loads(details or "[]")]
        return {"authorization_details": members} if members else {}


@variation(story="Resource servers learn authorization_details from the JWT alone, introspection has none.")
class DetailsByTheTokenOnly(Rules):
    def introspected_details(self, details: str | None) -> dict[str, Any]:
        return {}
