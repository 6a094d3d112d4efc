"""Reads a results.json that somebody hands in."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.reporting.text import one_line


class ResultsFileError(ValueError):
    """The file can't be read as results.json; the message says why in one line."""


def read_results(path: Path) -> dict[str, Any]:
    """The content of a results.json, checked against the schema. Raises ResultsFileError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsFileError(f"{path}: {error.strerror or error}") from None
    except RecursionError:
        raise ResultsFileError(f"{path}: not a results.json: nested too deeply") from None
    except ValueError as error:
        raise ResultsFileError(f"{path}: not JSON: {one_line(str(error), 200)}") from None
    problem = best_match(_validator().iter_errors(data))
    if problem is not None:
        place = "/".join(str(part) for part in problem.absolute_path) or "top level"
        raise ResultsFileError(f"{path}: not a results.json: at {place}: {one_line(problem.message, 200)}")
    checked: dict[str, Any] = data
    return checked


@cache
def _validator() -> Draft202012Validator:
    schema = files("conformance.reporting").joinpath("results.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(schema))
