"""Which members of the authorization server's metadata a check reads, by the reader that all checks share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conformance.client.context import Context
from conformance.client.discovery import AUTHORIZATION_SERVER_SUFFIX, OPENID_SUFFIX, Document
from conformance.wire import Wire
from selftest.reach.comparing import WHOLE, Comparing

_SAID_BY_OTHER_RULES = ("status", "header", "all_headers", "headers", "media_type", "url", "exchange")


@contextmanager
def noted_reading(comparing: Comparing) -> Iterator[None]:
    """Note what is read of metadata documents meanwhile, in the notes being taken."""
    original = Context.document

    def document(self: Context, wire: Wire, url: str) -> Document:
        comparing.is_shared_reading = True
        try:
            found = original(self, wire, url)
        finally:
            comparing.is_shared_reading = False
        is_metadata = AUTHORIZATION_SERVER_SUFFIX in url or OPENID_SUFFIX in url
        return _NotedDocument(found, comparing) if is_metadata else found  # type: ignore[return-value] # looks like one

    Context.document = document  # type: ignore[method-assign]
    try:
        yield
    finally:
        Context.document = original  # type: ignore[method-assign]


@dataclass(frozen=True)
class _NotedDocument:
    """A document that notes what is read of it."""

    found: Document
    comparing: Comparing

    @property
    def members(self) -> "dict[str, Any] | None":
        members = self.found.members
        return None if members is None else _NotedMembers(members, self.comparing)

    @property
    def response(self) -> Any:
        return _NotedAnswer(self.found.response, self.comparing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)


class _NotedAnswer:
    def __init__(self, response: Any, comparing: Comparing) -> None:
        self._response, self._comparing = response, comparing

    def __getattr__(self, name: str) -> Any:
        if name not in _SAID_BY_OTHER_RULES:
            self._comparing.notes.members.add(WHOLE)
        return getattr(self._response, name)


class _NotedMembers(dict[str, Any]):
    """The members as a dict; reading one notes it, looking through them notes them all."""

    def __init__(self, members: Any, comparing: Comparing) -> None:
        super().__init__(members)
        self._comparing = comparing

    def __getitem__(self, name: str) -> Any:
        self._comparing.notes.members.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._comparing.notes.members.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._comparing.notes.members.add(name)
        return super().get(name, default)

    def _whole(self) -> None:
        self._comparing.notes.members.add(WHOLE)

    def __iter__(self) -> Iterator[str]:
        self._whole()
        return super().__iter__()

    def keys(self) -> Any:
        self._whole()
        return super().keys()

    def values(self) -> Any:
        self._whole()
        return super().values()

    def items(self) -> Any:
        self._whole()
        return super().items()

    def copy(self) -> Any:
        self._whole()
        return super().copy()

    def __eq__(self, other: object) -> bool:
        self._whole()
        return super().__eq__(other)

    def __or__(self, other: Any) -> Any:
        self._whole()
        return super().__or__(other)

    __hash__ = None  # type: ignore[assignment] # as of any dict
