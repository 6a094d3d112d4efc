"""Reads the catalogue: one YAML file a document, one row a normative statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.catalogue.marked_yaml import Marked, MarkedYamlError, load_marked
from conformance.vocabulary import Level, Requirement, Role

_ROW_KEYS = {
    "id",
    "level",
    "roles",
    "section",
    "link",
    "summary",
    "observe",
    "needs",
    "versions",
    "reading",
    "excluded",
    "partly",
}
_REQUIRED_ROW_KEYS = ("id", "level", "roles", "section", "link", "summary")


class CatalogueError(ValueError):
    """A catalogue file is malformed; the message has file and line."""


@dataclass(frozen=True, slots=True)
class Document:
    """A specification that the catalogue draws on."""

    name: str
    title: str
    url: str
    file: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows by id, in file order, and their documents by name."""

    rows: Mapping[str, Requirement]
    documents: Mapping[str, Document]

    def nearest(self, requirement_id: str) -> str | None:
        """The existing id that is spelled most like this one."""
        return next(iter(get_close_matches(requirement_id, self.rows, n=1, cutoff=0.5)), None)


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once a process. Raises CatalogueError."""
    rows: dict[str, Requirement] = {}
    documents: dict[str, Document] = {}
    folder = files("conformance.catalogue")
    for file in sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name):
        try:
            content = load_marked(file.read_text(encoding="utf-8"), file.name)
        except MarkedYamlError as error:
            raise CatalogueError(str(error)) from error
        document = _document(content, file.name)
        documents[document.name] = document
        for raw in content.items("rows"):
            row = _row(raw, document)
            if row.id in rows:
                raise CatalogueError(f"{raw.where()}: id {row.id} is already taken by a row of {rows[row.id].document}")
            rows[row.id] = row
    return Catalogue(rows, documents)


def _document(content: Marked, file: str) -> Document:
    try:
        return Document(str(content["document"]), str(content["title"]), str(content["url"]), file)
    except KeyError as error:
        raise CatalogueError(f"{file}: key {error} is missing at the top level") from None


def _row(raw: Marked, document: Document) -> Requirement:
    unknown = set(raw.value) - _ROW_KEYS
    if unknown:
        raise CatalogueError(
            f"{raw.where(min(unknown))}: unknown key {min(unknown)!r} (known: {', '.join(sorted(_ROW_KEYS))})"
        )
    missing = [key for key in _REQUIRED_ROW_KEYS if not raw.value.get(key)]
    if missing:
        raise CatalogueError(f"{raw.where()}: {raw.value.get('id', 'a row')} lacks {', '.join(missing)}")
    value: dict[str, Any] = raw.value
    try:
        return Requirement(
            id=str(value["id"]),
            document=document.name,
            section=str(value["section"]),
            level=Level(value["level"]),
            roles=tuple(Role(role) for role in value["roles"]),
            summary=str(value["summary"]),
            link=str(value["link"]),
            observe=str(value.get("observe", "")),
            needs=tuple(value.get("needs", ())),
            versions={str(k): Level(v) for k, v in (value.get("versions") or {}).items()},
            reading=value.get("reading"),
            excluded=value.get("excluded"),
            partly=value.get("partly"),
        )
    except ValueError as error:
        raise CatalogueError(f"{raw.where()}: {value['id']}: {error}") from None
