"""The decorator that ties a check to its catalogue row."""

from collections.abc import Callable
from typing import TypeVar

from conformance.catalogue.loader import catalogue

CheckFunction = TypeVar("CheckFunction", bound=Callable[..., None])

ATTRIBUTE = "__conformance_requirement__"


class UnknownRequirementError(LookupError):
    """A check names an id that no catalogue row has."""


def requirement(requirement_id: str) -> Callable[[CheckFunction], CheckFunction]:
    """Bind a check function to one catalogue row; an unknown or excluded id fails the import, on the right line."""
    row = catalogue().rows.get(requirement_id)
    if row is None:
        near = catalogue().nearest(requirement_id)
        raise UnknownRequirementError(f"no catalogue row {requirement_id!r}; nearest: {near or 'none'}")
    if row.excluded:
        raise UnknownRequirementError(f"{requirement_id} is excluded ({row.excluded}); drop the check or the exclusion")

    def bind(function: CheckFunction) -> CheckFunction:
        setattr(function, ATTRIBUTE, requirement_id)
        return function

    return bind


def requirement_of(function: object) -> str | None:
    """The id a check function is bound to, or None."""
    value = getattr(function, ATTRIBUTE, None)
    return value if isinstance(value, str) else None
