"""Secrets become names at capture: `<access_token#2>` is the same token wherever it shows up again."""

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock
from typing import Any
from urllib.parse import unquote, unquote_plus

_SECRET_PARAMETERS = {
    "code": "code",
    "code_verifier": "code_verifier",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
    "id_token": "id_token",
    "token": "token",
    "client_secret": "client_secret",
    "client_assertion": "client_assertion",
    "assertion": "assertion",
    "subject_token": "subject_token",
    "actor_token": "actor_token",
    "password": "password",
    "registration_access_token": "registration_access_token",
}
_PAIR = re.compile(r"(?<![A-Za-z0-9_])(" + "|".join(_SECRET_PARAMETERS) + r")=([^&\s\"'<>#]+)")
_LONG_WORD = re.compile(r"[A-Za-z0-9_\-.~+/%]{16,}")
_SHORTEST_WORD = 16
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "dpop", "cookie", "set-cookie"}


class SecretBook:
    """Knows every secret of a run by value and gives each one name. One a process; safe between threads."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._short: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._recent: list[str] = []
        self._lock = Lock()

    def learn(self, kind: str, value: str) -> str:
        """Remember a secret and return its name, such as `<code#3>`."""
        with self._lock:
            known = self._names.get(value)
            if known or not value:
                return known or "<empty>"
            self._counts[kind] = self._counts.get(kind, 0) + 1
            name = self._names[value] = f"<{kind}#{self._counts[kind]}>"
            if len(value) < _SHORTEST_WORD:
                self._short[value] = name
            else:
                self._recent = [*self._recent[-63:], value]
            return name

    def learn_json(self, value: Any) -> None:
        """Remember the secrets among the members of a JSON document (token and registration responses)."""
        if isinstance(value, dict):
            for key, member in value.items():
                kind = _SECRET_PARAMETERS.get(key)
                if kind and isinstance(member, str):
                    self.learn(kind, member)
                elif isinstance(member, dict | list):
                    self.learn_json(member)
        elif isinstance(value, list):
            for member in value[:100]:
                self.learn_json(member)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The same headers with every credential replaced by its name."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def text(self, text: str) -> str:
        """The same text with every secret replaced by its name."""
        text = _PAIR.sub(self._pair, text)
        text = _LONG_WORD.sub(self._word, text)
        for value, name in self._short.items():
            if value in text:
                text = re.sub(rf"(?<![\w]){re.escape(value)}(?![\w])", name.replace("\\", ""), text)
        return text

    def body(self, text: str, media_type: str) -> str:
        """A body with its secrets learned (JSON members) and replaced."""
        if "json" in media_type and text[:1] in "{[":
            with suppress(ValueError, RecursionError):  # not JSON after all: its words are looked at below
                self.learn_json(json.loads(text))
        return self.text(text)

    def _pair(self, match: re.Match[str]) -> str:
        key, value = match.groups()
        if value.startswith("<") or (key == "code" and len(value) < 4):
            return match.group(0)
        return f"{key}={self.learn(_SECRET_PARAMETERS[key], unquote_plus(value))}"

    def _word(self, match: re.Match[str]) -> str:
        word = match.group(0)
        name = self._names.get(word) or (self._names.get(unquote(word)) if "%" in word else None)
        if name:
            return name
        for secret in self._recent:
            if secret in word:
                word = word.replace(secret, self._names[secret])
        return word

    def _header(self, name: str, value: str) -> str:
        lowered = name.lower()
        if lowered not in _CREDENTIAL_HEADERS:
            return self.text(value)
        if lowered == "dpop":
            return self.learn("dpop_proof", value)
        if lowered == "cookie":
            return "; ".join(self._cookie(pair) for pair in value.split("; "))
        if lowered == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._cookie(pair) + semicolon + attributes
        return self._authorization(value)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        return f"{name}={self.learn('cookie', value)}" if equals and value else pair

    def _authorization(self, value: str) -> str:
        scheme, space, credentials = value.partition(" ")
        if not space:
            return self.text(value)
        if scheme.lower() == "basic":
            self._learn_basic(credentials.strip())
            return f"{scheme} {self.learn('basic_credentials', credentials.strip())}"
        return f"{scheme} {self.learn('access_token', credentials.strip())}" if credentials.strip() else value

    def _learn_basic(self, credentials: str) -> None:
        try:
            secret = b64decode(credentials).decode().partition(":")[2]
        except ValueError:
            return
        if secret:
            self.learn("client_secret", unquote_plus(secret))
