"""What values look like, so that two can be compared whatever they are, and a change inside one can be told."""

from collections.abc import Callable, Mapping
from typing import Any

_PLAIN = (str, bytes, int, float, bool, type(None))
_DEPTH = 6


def shape(value: Any, depth: int = _DEPTH) -> Any:
    """A plain picture of the value: equal pictures, equal values. What can't be looked into is only equal to itself."""
    if isinstance(value, _PLAIN):
        return type(value), value
    if depth == 0:
        return type(value), id(value)
    if isinstance(value, BaseException):
        return type(value), shape(value.args, depth - 1), shape(vars(value), depth - 1)
    if isinstance(value, Mapping):
        return type(value), tuple((shape(k, depth - 1), shape(v, depth - 1)) for k, v in value.items())
    if isinstance(value, (tuple, list)):
        return type(value), tuple(shape(item, depth - 1) for item in value)
    if isinstance(value, (set, frozenset)):
        return type(value), frozenset(shape(item, depth - 1) for item in value)
    if isinstance(value, (type, Callable)):  # type: ignore[arg-type] # calls of it are compared when they happen
        return type(value), getattr(value, "__qualname__", id(value))
    members = _members(value)
    return (type(value), id(value)) if members is None else (type(value), shape(members, depth - 1))


def _members(value: Any) -> dict[str, Any] | None:
    """The attributes of a value of the reference's own classes or a response; None for anything else."""
    if not type(value).__module__.startswith(("reference_impl.", "starlette.responses", "selftest.reach")):
        return None
    slots = [name for klass in type(value).__mro__ for name in vars(klass).get("__slots__", ()) if hasattr(value, name)]
    own = vars(value) if hasattr(value, "__dict__") else {}
    return {**own, **{name: getattr(value, name) for name in slots}}
