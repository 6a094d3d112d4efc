"""Secrets become names at capture: `<access_token#2>` is the same token wherever it shows up again.

Recognised are parameters, JSON members, form inputs, cookies and credentials by where they stand, and from then on the
same value anywhere, also inside another word, percent-encoded, escaped for JSON or HTML, or cut at the end.
"""

import html
import json
import re
from base64 import b64decode
from collections.abc import Iterable
from itertools import islice
from threading import Lock
from urllib.parse import quote, quote_plus, unquote_plus

_KINDS = {
    "code": "code",
    "device_code": "device_code",
    "code_verifier": "code_verifier",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
    "id_token": "id_token",
    "id_token_hint": "id_token",
    "token": "token",
    "client_secret": "client_secret",
    "client_assertion": "client_assertion",
    "assertion": "assertion",
    "subject_token": "subject_token",
    "actor_token": "actor_token",
    "password": "password",
    "passwd": "password",
    "registration_access_token": "registration_access_token",
}
_NAMES = "|".join(_KINDS)
_PAIR = re.compile(  # in a query, or in a query inside another one
    rf"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-F]{{2}}))({_NAMES})(?:(=)([^&\s\"'<>#]+)|(%3D)((?:(?!%26)[^&\s\"'<>#])+))",
    re.I,
)
_PAIR_MARKS = tuple(f"{name}{equals}" for name in _KINDS for equals in ("=", "%3d"))
"""What every such pair has in it: to look for these is quicker than the expression."""
_MEMBER = re.compile(rf'("({_NAMES})\\?"\s*:\s*\\?")((?:[^"\\]|\\(?!")[\s\S])+)')
_INPUT = re.compile(r"<input\b[^>]*>", re.I)
_ATTRIBUTE = re.compile(r"\b(name|value)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_USERINFO = re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]*(?=@)")
_WORD = re.compile(r"[^\s\"'<>&,;(){}\[\]\\]{16,}")
_HEAD = 16
"""Secrets of at least so many characters are found inside other words, by their first ones."""
_GRAM = _HEAD // 2
_GRAMS = tuple(slice(place, place + _GRAM) for place in range(0, 4096, _GRAM))
"""One of these pieces of a word lies wholly within any 16 characters of it."""
_SHORTEST = 4
"""Shorter values are named where they stand but not looked for elsewhere."""
_MOST_PASSING = 256
"""So many short or oddly spelt values of the wire are looked for everywhere; those of the target file always are."""
_MEMORABLE = 300
_MOST_HARMLESS = 500
_TELLING_NOTHING = re.compile(r"[a-z_ ]{1,15}")
_LOOKS_THE_SAME = re.compile(r"[A-Za-z0-9._~-]+")
"""Nothing of this is ever escaped, as in most tokens."""
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "dpop", "cookie", "set-cookie"}


class SecretBook:
    """Knows every secret of a run by value and gives each one name. One a process; safe between threads."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._heads: dict[str, list[str]] = {}
        self._grams: set[str] = set()
        self._others: dict[str, re.Pattern[str]] = {}
        self._looked_for: set[str] = set()
        self._passing: list[str] = []
        self._counts: dict[str, int] = {}
        self._lock = Lock()
        self._harmless: set[str] = set()
        self._all_harmless = ""
        self._version = 0

    def learn(self, kind: str, value: str) -> str:
        """Remember a secret, which is redacted wherever it shows up from now on; returns its name, like `<code#3>`."""
        return self._named(kind, value, everywhere=len(value) >= _SHORTEST, lasting=True)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The same headers with every credential replaced by its name."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def text(self, text: str) -> str:
        """The same text with every secret replaced by its name."""
        if text in self._harmless:
            return text
        version = self._version
        redacted = self._redacted(text)
        if redacted == text and len(text) <= _MEMORABLE:
            self._remember_harmless(text, version)
        return redacted

    def _redacted(self, text: str) -> str:
        if ("=" in text or "%" in text) and any(map(text.lower().__contains__, _PAIR_MARKS)):
            text = _PAIR.sub(self._pair, text)
        if '"' in text:
            text = _MEMBER.sub(self._member, text)
        if "://" in text:
            text = _USERINFO.sub("<userinfo>", text)
        if "<input" in text.lower():
            text = _INPUT.sub(self._input, text)
        if len(text) >= _HEAD:
            text = _WORD.sub(self._word, text)
        for value, pattern in tuple(self._others.items()):
            if value in text:
                text = pattern.sub(self._names[value], text)
        return text

    def _named(self, kind: str, value: str, *, everywhere: bool, lasting: bool = False) -> str:
        with self._lock:
            name = self._names.get(value)
            if name is None:
                if not value:
                    return "<empty>"
                self._counts[kind] = self._counts.get(kind, 0) + 1
                name = self._names[value] = f"<{kind}#{self._counts[kind]}>"
            if everywhere and value not in self._looked_for:
                self._looked_for.add(value)
                for form in _forms(value):
                    self._names[form] = name
                    self._look_for(form, lasting=lasting)
            return name

    def _remember_harmless(self, text: str, version: int) -> None:
        """Headers and URLs repeat themselves: what holds no secret is known by sight until a new one says otherwise."""
        with self._lock:
            if version != self._version:  # somebody has learned a secret meanwhile
                return
            if len(self._harmless) >= _MOST_HARMLESS:
                self._harmless, self._all_harmless = set(), ""
            self._harmless.add(text)
            self._all_harmless += f"\n{text}"

    def _look_for(self, value: str, *, lasting: bool) -> None:
        self._version += 1
        if value[:_HEAD] in self._all_harmless:
            self._harmless, self._all_harmless = set(), ""
        if _WORD.fullmatch(value):
            known = self._heads.setdefault(value[:_HEAD], [])
            if value not in known:
                known.append(value)
                self._grams.update(value[place : place + _GRAM] for place in range(_GRAM))
        elif value not in self._others:
            start = r"(?<!\w)" if value[0].isalnum() else ""
            end = r"(?!\w)" if value[-1].isalnum() else ""
            self._others[value] = re.compile(start + re.escape(value) + end)
            if not lasting:
                self._passing.append(value)
            if len(self._passing) > _MOST_PASSING:
                self._others.pop(self._passing.pop(0))
                self._looked_for.clear()  # so that it is looked for again when it is met again

    def _met(self, kind: str, value: str) -> str:
        """The name of a secret met on the wire; a plain word such as `wrong` is not looked for elsewhere."""
        return self._named(kind, value, everywhere=len(value) >= _SHORTEST and not _TELLING_NOTHING.fullmatch(value))

    def _pair(self, match: re.Match[str]) -> str:
        key, equals, value, encoded_equals, encoded_value = match.groups()
        return f"{key}{equals or encoded_equals}{self._met(_KINDS[key.lower()], unquote_plus(value or encoded_value))}"

    def _member(self, match: re.Match[str]) -> str:
        lead, key, value = match.groups()
        if value.startswith("<") or (key == "code" and len(value) < _HEAD):  # "code" is also how errors are called
            return match.group(0)
        return lead + self._met(_KINDS[key], _unescaped(value))

    def _input(self, match: re.Match[str]) -> str:
        tag = match.group(0)
        found = {key.lower(): (one or two or three) for key, one, two, three in _ATTRIBUTE.findall(tag)}
        kind, value = _KINDS.get(found.get("name", "").lower()), found.get("value", "")
        if not kind or not value or value.startswith("<"):
            return tag
        before, _, after = tag.rpartition(value)
        return before + self._met(kind, html.unescape(value)) + after

    def _word(self, match: re.Match[str]) -> str:
        word = match.group(0)
        if word in self._names:
            return self._names[word]
        grams = len(word) // _GRAM
        if grams <= len(_GRAMS) and self._grams.isdisjoint(map(word.__getitem__, islice(_GRAMS, grams))):
            return word  # most words: found out without a loop of our own
        pieces, start, place = [], 0, 0
        while place <= len(word) - _HEAD:
            candidates = self._heads.get(word[place : place + _HEAD])
            found = _longest(candidates, word, place) if candidates else None
            if found is None:
                place += 1
                continue
            pieces += [word[start:place], self._names[found]]
            start = place = min(place + len(found), len(word))
        return "".join(pieces) + word[start:] if pieces else word

    def _header(self, name: str, value: str) -> str:
        lowered = name.lower()
        if lowered not in _CREDENTIAL_HEADERS:
            return self.text(value)
        if lowered == "dpop":
            return self._met("dpop_proof", value)
        if lowered == "cookie":
            return "; ".join(self._cookie(pair) for pair in value.split("; "))
        if lowered == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._cookie(pair) + semicolon + attributes
        return self._authorization(value)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals or not value:
            return pair
        return f"{name}={self._named('cookie', value, everywhere=len(value) >= _HEAD)}"

    def _authorization(self, value: str) -> str:
        scheme, space, credentials = value.partition(" ")
        if not space:
            return self.text(value)
        if scheme.lower() == "basic":
            self._learn_basic(credentials.strip())
            return f"{scheme} {self._met('basic_credentials', credentials.strip())}"
        return f"{scheme} {self._met('access_token', credentials.strip())}" if credentials.strip() else value

    def _learn_basic(self, credentials: str) -> None:
        try:
            secret = b64decode(credentials).decode().partition(":")[2]
        except ValueError:
            return
        if secret:
            self._met("client_secret", unquote_plus(secret))


def _forms(value: str) -> Iterable[str]:
    """The value and how it looks in URLs, forms, JSON and HTML."""
    if _LOOKS_THE_SAME.fullmatch(value):
        return (value,)
    escaped = json.dumps(value)[1:-1]
    forms = (value, quote(value, safe=""), quote(value), quote_plus(value), escaped, escaped.replace("/", r"\/"))
    return dict.fromkeys((*forms, html.escape(value), repr(value)[1:-1]))


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"'))
    except ValueError:
        return value


def _longest(candidates: Iterable[str], word: str, place: int) -> str | None:
    """The longest secret that stands at this place, or else one that begins with all the rest of the word."""
    whole = max((c for c in candidates if word.startswith(c, place)), key=len, default=None)
    return whole or next((c for c in candidates if c.startswith(word[place:])), None)
