"""A stranger's strings on their way into a report: what can't be seen is made visible, what is endless is cut."""

import unicodedata

LONGEST = 4000
"""No string of a report is longer than this many characters, unless its place allows less."""

_HARMLESS = "\n\t"
_COMBINING_RUN = 2


def visible(text: str, most: int = LONGEST) -> str:
    r"""The text cut to `most` characters, with control, bidi and other invisible characters as `\u{202E}`.

    Line feeds and tabs stay. Lone surrogates and noncharacters, which no encoding carries, become visible too, and
    so does everything past the second combining mark in a row.
    """
    kept = text if len(text) <= most else text[:most]
    shown = kept if kept.isascii() and kept.isprintable() else "".join(_shown(kept))
    left_out = len(text) - len(kept)
    return shown + (f" [cut: {left_out:,} more characters]" if left_out else "")


def one_line(text: str, most: int = LONGEST) -> str:
    """The same on a single line."""
    return visible(" ".join(text.split("\n")).replace("\t", " "), most)


def shortened(text: str, most: int) -> str:
    """A single line for a heading, with an ellipsis where it was cut; the whole stands elsewhere."""
    return one_line(text) if len(text) <= most else one_line(text[:most]) + "…"


def _shown(text: str) -> list[str]:
    shown: list[str] = []
    combining = 0
    for character in text:
        category = unicodedata.category(character)
        combining = combining + 1 if category in ("Mn", "Me") else 0
        hidden = category[0] == "C" or category in ("Zl", "Zp") or combining > _COMBINING_RUN
        shown.append(f"\\u{{{ord(character):X}}}" if hidden and character not in _HARMLESS else character)
    return shown
