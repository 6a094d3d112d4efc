"""WWW-Authenticate, parsed to the letter of RFC 9110, 11.6.1, with every departure kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SCHEME = re.compile(rf"({_NAME})(?=$|[ \t,])")
_PARAMETER = re.compile(rf'({_NAME})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_NAME}))(?=$|[ \t]*(?:,|$))')
_TOKEN68 = re.compile(r"([A-Za-z0-9\-._~+/]+=*)(?=$|[ \t]*(?:,|$))")
_SPACE = re.compile(r"[ \t]+")
_COMMAS = re.compile(r"(?:[ \t]*,)+[ \t]*")


class ChallengeSyntaxError(ValueError):
    """The header is not a list of challenges."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: the scheme as sent, and its auth-params in order with duplicates kept."""

    scheme: str
    parameters: tuple[tuple[str, str], ...] = ()
    token68: str | None = None

    def get(self, name: str) -> str | None:
        """The first value of that parameter (names are case-insensitive), or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that parameter."""
        return tuple(value for key, value in self.parameters if key.lower() == name.lower())

    def is_scheme(self, scheme: str) -> bool:
        """Whether this challenge is of that scheme (case-insensitive)."""
        return self.scheme.lower() == scheme.lower()


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of every header line. Raises ChallengeSyntaxError naming the place."""
    return tuple(challenge for value in values for challenge in _parse(value))


def _parse(value: str) -> list[Challenge]:
    found: list[Challenge] = []
    position = _skip(_COMMAS, value, _skip(_SPACE, value, 0))
    while position < len(value):
        scheme = _SCHEME.match(value, position)
        if not scheme:
            raise ChallengeSyntaxError(f"no auth-scheme at position {position} of {value[:200]!r}")
        position = scheme.end()
        parameters: list[tuple[str, str]] = []
        token68 = None
        after_space = _skip(_SPACE, value, position)
        if after_space > position and after_space < len(value) and value[after_space] != ",":
            position, parameters, token68 = _credentials(value, after_space)
        found.append(Challenge(scheme.group(1), tuple(parameters), token68))
        position = _separator(value, position)
    return found


def _credentials(value: str, position: int) -> tuple[int, list[tuple[str, str]], str | None]:
    parameters: list[tuple[str, str]] = []
    match = _PARAMETER.match(value, position)
    if not match:
        token68 = _TOKEN68.match(value, position)
        if not token68:
            raise ChallengeSyntaxError(f"neither auth-param nor token68 at position {position} of {value[:200]!r}")
        return token68.end(), [], token68.group(1)
    while match:
        quoted = match.group(2)
        parameters.append((match.group(1), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match.group(3)))
        position = match.end()
        following = _skip(_COMMAS, value, position)
        match = _PARAMETER.match(value, following) if following > position else None
        if match:
            position = following
    return position, parameters, None


def _separator(value: str, position: int) -> int:
    rest = _skip(_SPACE, value, position)
    if rest >= len(value):
        return rest
    after = _skip(_COMMAS, value, position)
    if after == position:
        raise ChallengeSyntaxError(f"expected a comma at position {position} of {value[:200]!r}")
    return after


def _skip(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return match.end() if match else position
