"""Reads profile YAML files; every mistake is one line with file, line and the nearest valid name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from conformance.catalogue import catalogue
from conformance.catalogue.marked_yaml import Marked, MarkedYamlError, load_marked
from conformance.profiles.model import Params, Profile, Raise
from conformance.vocabulary import Level

_KEYS = ("id", "title", "mcp_version", "extends", "requires", "raises", "not_scored", "params")
_SHAPES: Mapping[str, type] = {"extends": list, "requires": list, "raises": dict, "not_scored": dict, "params": dict}
_ID = re.compile(r"[a-z0-9][a-z0-9.\-]{2,60}")


class ProfileError(ValueError):
    """A profile can't be used; the message says where and what to do."""


@dataclass(frozen=True)
class _Raw:
    marked: Marked
    id: str
    extends: tuple[str, ...]
    own: Mapping[str, Any] = field(default_factory=dict)


def shipped_folder() -> Path:
    """Where the profiles of this distribution are: inside the wheel, or at the top of a checkout."""
    inside = Path(__file__).parents[1] / "_shipped_profiles"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "profiles"


def load_profiles(extra_folder: Path | None = None) -> dict[str, Profile]:
    """All shipped profiles and those of `extra_folder`, by id. Raises ProfileError."""
    read = list(_shipped())
    if extra_folder is not None:
        if not extra_folder.is_dir():
            raise ProfileError(f"--profiles {extra_folder}: no such folder; give one that holds profile YAML files")
        read += map(_read, sorted(extra_folder.glob("*.yaml")))
    raws: dict[str, _Raw] = {}
    for raw in read:
        if raw.id in raws:
            raise ProfileError(
                f"{raw.marked.where('id')}: profile id {raw.id!r} is already taken by {raws[raw.id].marked.file}"
            )
        raws[raw.id] = raw
    _refuse_ambiguous(raws)
    built: dict[str, Profile] = {}
    for profile_id in raws:
        _build(profile_id, raws, built, ())
    return built


@cache
def _shipped() -> tuple[_Raw, ...]:
    return tuple(map(_read, sorted(shipped_folder().glob("*.yaml"))))


def _read(file: Path) -> _Raw:
    try:
        marked = load_marked(file.read_text(encoding="utf-8"), str(file))
    except (MarkedYamlError, OSError, UnicodeDecodeError) as error:
        raise ProfileError(str(error)) from None
    for key in marked.value:
        if key not in _KEYS:
            raise ProfileError(f"{marked.where(key)}: unknown key {key!r}{_nearest(key, _KEYS)}")
    for key in ("id", "title", "requires"):
        if key not in marked.value:
            raise ProfileError(f"{marked.where()}: a profile needs the key {key!r}")
    if not isinstance(marked["id"], str) or not _ID.fullmatch(marked["id"]):
        raise ProfileError(f"{marked.where('id')}: id has to be lower-case letters, digits, dots and hyphens")
    for key, kind in _SHAPES.items():
        value = marked.value.get(key)
        if value is not None and not _has_shape(value, kind):
            wanted = "a list of words" if kind is list else "keys and values"
            raise ProfileError(f"{marked.where(key)}: {key} has to be {wanted}")
    _check_ids(marked)
    return _Raw(marked, marked["id"], tuple(marked.value.get("extends") or ()), marked.value)


def _has_shape(value: object, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _check_ids(marked: Marked) -> None:
    rows = catalogue().rows
    seen: set[str] = set()
    groups = (("requires", marked["requires"] or []), ("raises", marked.value.get("raises") or {}))
    for key, ids in (*groups, ("not_scored", marked.value.get("not_scored") or {})):
        for requirement_id in ids:
            if requirement_id not in rows:
                hint = _nearest(str(requirement_id), rows)
                raise ProfileError(
                    f"{_line_of(marked, key, requirement_id)}: unknown requirement {requirement_id!r}{hint}"
                )
            if rows[requirement_id].excluded and key == "requires":
                raise ProfileError(
                    f"{_line_of(marked, key, requirement_id)}: {requirement_id} is excluded from judging"
                )
            if key != "raises" and requirement_id in seen:
                raise ProfileError(f"{_line_of(marked, key, requirement_id)}: {requirement_id} is listed twice")
            if key != "raises":
                seen.add(requirement_id)


def _line_of(marked: Marked, key: str, value: object) -> str:
    start = marked.lines.get(key, 1)
    try:
        lines = Path(marked.file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{marked.file}:{start}"
    pattern = re.compile(rf"(?<![\w.-]){re.escape(str(value))}(?![\w.-])")
    return (
        f"{marked.file}:{next((n for n, text in enumerate(lines[start - 1 :], start) if pattern.search(text)), start)}"
    )


def _build(profile_id: str, raws: Mapping[str, _Raw], built: dict[str, Profile], path: tuple[str, ...]) -> Profile:
    if profile_id in built:
        return built[profile_id]
    raw = raws[profile_id]
    if profile_id in path:
        raise ProfileError(
            f"{raw.marked.where('extends')}: profiles extend each other in a circle: {' -> '.join(path)}"
        )
    for parent in raw.extends:
        if parent not in raws:
            raise ProfileError(
                f"{raw.marked.where('extends')}: extends unknown profile {parent!r}{_nearest(parent, raws)}"
            )
    parents = [_build(parent, raws, built, (*path, profile_id)) for parent in raw.extends]
    own_requires = tuple(raw.own["requires"] or ())
    not_scored = _union(parent.not_scored for parent in parents) | dict(raw.own.get("not_scored") or {})
    not_scored = {k: str(v) for k, v in not_scored.items() if k not in own_requires}
    requires = dict.fromkeys([*(i for parent in parents for i in parent.requires), *own_requires])
    built[profile_id] = Profile(
        id=profile_id,
        title=str(raw.own["title"]),
        requires=tuple(i for i in requires if i not in not_scored),
        mcp_version=raw.own.get("mcp_version"),
        raises=_union(parent.raises for parent in parents) | _raises(raw),
        not_scored=not_scored,
        params=_params(raw, parents),
        file=raw.marked.file,
    )
    return built[profile_id]


def _raises(raw: _Raw) -> dict[str, Raise]:
    raises: dict[str, Raise] = {}
    for requirement_id, value in (raw.own.get("raises") or {}).items():
        where = _line_of(raw.marked, "raises", requirement_id)
        if not isinstance(value, dict) or set(value) != {"to", "source"} or not value["source"]:
            raise ProfileError(f"{where}: {requirement_id} needs `to: LEVEL` and `source: document and section`")
        try:
            level = Level(value["to"])
        except ValueError:
            raise ProfileError(
                f"{where}: unknown level {value['to']!r}{_nearest(str(value['to']), list(Level))}"
            ) from None
        row = catalogue().rows[requirement_id]
        if level.strength <= row.level_in(raw.own.get("mcp_version")).strength:
            raise ProfileError(
                f"{where}: a profile may only strengthen a level; {requirement_id} is {row.level} already"
            )
        raises[requirement_id] = Raise(level, str(value["source"]))
    return raises


def _params(raw: _Raw, parents: list[Profile]) -> Params:
    params = parents[-1].params if parents else Params()
    given: dict[str, Any] = dict(raw.own.get("params") or {})
    if raw.own.get("mcp_version"):
        given.setdefault("mcp_version", raw.own["mcp_version"])
    for name, value in given.items():
        where = _line_of(raw.marked, "params", name)
        if name not in Params.names():
            raise ProfileError(f"{where}: unknown parameter {name!r}{_nearest(name, Params.names())}")
        problem = Params.problem(name, value)
        if problem:
            raise ProfileError(f"{where}: {problem}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return replace(params, **values)


def _refuse_ambiguous(raws: Mapping[str, _Raw]) -> None:
    """`-k ID` has to select exactly that profile, so an id may not hide in another id or in a module's name."""
    checks = Path(__file__).parents[1] / "checks"
    names = {path.name for path in checks.rglob("*") if path.is_dir() or path.match("test_*.py")}
    for one in raws:
        for other in raws:
            if one != other and one in other:
                raise ProfileError(
                    f"{raws[one].marked.where('id')}: id {one!r} is part of id {other!r}, so -k can't tell them apart"
                )
        for name in sorted(names):
            if one in name:
                raise ProfileError(
                    f"{raws[one].marked.where('id')}: id {one!r} is part of the name {name!r}; choose another"
                )


def _union(mappings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    union: dict[str, Any] = {}
    for mapping in mappings:
        union |= mapping
    return union


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, [str(n) for n in names], n=1, cutoff=0.4)
    return f"; did you mean {near[0]!r}?" if near else ""
