"""YAML that remembers on which line each key stands, so that errors can say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MarkedYamlError(ValueError):
    """Not YAML, or not of the expected shape; the message has file and line."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mapping of a YAML file with the lines of its keys (1-based)."""

    value: dict[str, Any]
    file: str
    line: int
    lines: dict[str, int]
    _nodes: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.value[key]

    def where(self, key: str | None = None) -> str:
        """`file:line` of that key, or of the mapping itself."""
        return f"{self.file}:{self.lines.get(key, self.line) if key else self.line}"

    def child(self, key: str) -> "Marked":
        """The mapping under a key. Raises MarkedYamlError if it is something else."""
        return _mapping(self._nodes[key], self.value[key], self.file)

    def items(self, key: str) -> Iterator["Marked"]:
        """The mappings of the list under a key. Raises MarkedYamlError if it is something else."""
        node, values = self._nodes.get(key), self.value.get(key)
        if node is None or not isinstance(values, list):
            raise MarkedYamlError(f"{self.where(key)}: {key!r} has to be a list")
        for item_node, item in zip(node.value, values, strict=True):
            yield _mapping(item_node, item, self.file)


def load_marked(text: str, file: str) -> Marked:
    """Parse one YAML mapping. Raises MarkedYamlError with file and line on bad YAML, duplicate keys or another type."""
    loader: Any = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise MarkedYamlError(f"{file}:1: the file is empty")
        value = loader.construct_document(node)
    except MarkedYamlError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise MarkedYamlError(f"{file}:{line}: not valid YAML: {problem}") from None
    except (ValueError, RecursionError) as error:
        raise MarkedYamlError(f"{file}:1: not valid YAML: {error}") from None
    finally:
        if loader is not None:
            loader.dispose()
    return _mapping(node, value, file)


def _mapping(node: Any, value: Any, file: str) -> Marked:
    line = node.start_mark.line + 1
    if not isinstance(value, dict):
        raise MarkedYamlError(f"{file}:{line}: expected keys and values here, found {type(value).__name__}")
    lines: dict[str, int] = {}
    nodes: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in lines:
            raise MarkedYamlError(
                f"{file}:{key_node.start_mark.line + 1}: key {key!r} stands twice (first on line {lines[key]})"
            )
        lines[key] = key_node.start_mark.line + 1
        nodes[key] = value_node
    return Marked({str(k): v for k, v in value.items()}, file, line, lines, nodes)
