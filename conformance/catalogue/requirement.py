"""The decorator that ties a check to its catalogue rows."""

from collections.abc import Callable
from typing import TypeVar

from conformance.catalogue.loader import catalogue

CheckFunction = TypeVar("CheckFunction", bound=Callable[..., None])

ATTRIBUTE = "__conformance_requirements__"
_DEEP = "__conformance_deep__"
_WAITS = "__conformance_waits__"


class UnknownRequirementError(LookupError):
    """A check names an id that no catalogue row has."""


def requirement(
    *requirement_ids: str, deep: bool = False, waits: bool = False
) -> Callable[[CheckFunction], CheckFunction]:
    """Bind a check to the catalogue rows that it judges: one, or several documents' rows that state the same rule.

    A `deep` check explores with generated examples, and runs only when that is asked for (--deep). One that `waits` for
    something to expire runs after all others, which gives it time to. An unknown or
    excluded id fails the import, on the right line.
    """
    for requirement_id in requirement_ids:
        row = catalogue().rows.get(requirement_id)
        if row is None:
            near = catalogue().nearest(requirement_id)
            raise UnknownRequirementError(f"no catalogue row {requirement_id!r}; nearest: {near or 'none'}")
        if row.excluded:
            reason = f"{requirement_id} is excluded ({row.excluded})"
            raise UnknownRequirementError(f"{reason}; drop the check or the exclusion")

    def bind(function: CheckFunction) -> CheckFunction:
        setattr(function, ATTRIBUTE, requirement_ids)
        setattr(function, _DEEP, deep)
        setattr(function, _WAITS, waits)
        return function

    return bind


def requirements_of(function: object) -> tuple[str, ...]:
    """The ids a check function is bound to; none if it is no check."""
    value = getattr(function, ATTRIBUTE, ())
    return value if isinstance(value, tuple) else ()


def is_waiting(function: object) -> bool:
    """Whether a check function waits for something to expire."""
    return getattr(function, _WAITS, False) is True


def is_deep(function: object) -> bool:
    """Whether a check function runs with --deep only."""
    return getattr(function, _DEEP, False) is True
