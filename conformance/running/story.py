"""A check's docstring, read as data: what it says, what a failure means and how to mend it."""

import inspect
import re
from dataclasses import dataclass

_PART = re.compile(r"^(Control|Means|Fix|Reading):\s*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Story:
    """The first sentence and the labelled parts of a docstring; empty strings for parts that aren't there."""

    sentence: str
    control: str
    means: str
    fix: str


def story_of(function: object) -> Story:
    """The story that a check function's docstring tells."""
    text = inspect.getdoc(function) or ""
    pieces = _PART.split(text)
    parts = {label: " ".join(body.split()) for label, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    sentence = " ".join(pieces[0].split())
    return Story(sentence, parts.get("Control", ""), parts.get("Means", ""), parts.get("Fix", ""))
