"""Which fields of a configuration are read, and which ones a mutant changes; a field of a field is called `a.b`."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any


def noting(config: Any, note: Callable[[str], None], prefix: str = "") -> Any:
    """The same configuration, which notes each field that is read of it."""
    kind = type(config)

    def read(self: Any, name: str) -> Any:
        value = kind.__getattribute__(self, name)
        if name in names and not is_dataclass(value):
            note(prefix + name)
        return value

    names = frozenset(field.name for field in fields(config))
    watched = object.__new__(type(kind.__name__, (kind,), {"__getattribute__": read}))
    for name in names:
        value = getattr(config, name)
        inner = (
            noting(value, note, f"{prefix}{name}.") if is_dataclass(value) and not isinstance(value, type) else value
        )
        object.__setattr__(watched, name, inner)
    return watched


def changed_fields(usual: Any, other: Any, prefix: str = "") -> set[str]:
    """The fields in which two configurations differ."""
    if not is_dataclass(usual) or type(usual) is not type(other):
        return set() if usual == other else {prefix.rstrip(".")}
    changed: set[str] = set()
    for field in fields(usual):
        changed |= changed_fields(getattr(usual, field.name), getattr(other, field.name), f"{prefix}{field.name}.")
    return changed


def meet(changed: set[str], read: set[str]) -> bool:
    """Whether something that is read has changed, as a whole or in part."""
    return any(c == r or c.startswith(f"{r}.") or r.startswith(f"{c}.") for c in changed for r in read)
