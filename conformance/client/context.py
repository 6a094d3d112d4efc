"""What lasts for a whole run in one process: transport, users, documents read once, clients registered once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conformance.client.discovery import Document
from conformance.client.document_host import DocumentHost
from conformance.client.facts import TargetFacts
from conformance.client.identity import ClientIdentity
from conformance.client.user_agent import UserAgent
from conformance.vocabulary import Inconclusive, Outcome
from conformance.wire import NoAnswer, SecretBook, Transcript, Transport, Wire

T = TypeVar("T")


@dataclass
class Context:
    """One a process. `remembered` holds documents and clients by name, or the Outcome that obtaining them ended in."""

    facts: TargetFacts
    transport: Transport
    secrets: SecretBook
    users: tuple[UserAgent, ...]
    remembered: dict[str, Any] = field(default_factory=dict)

    def wire(self) -> Wire:
        """A wire with an empty transcript, for one check."""
        return Wire(self.transport, Transcript(self.secrets))

    def once(self, key: str, make: Callable[[], T]) -> T:
        """The value made once for this process. An Outcome is remembered too, so a dead end is met only once.

        NoAnswer is not: a moment's silence says nothing of later ones, and the wire bounds how often it is met.
        """
        if key not in self.remembered:
            try:
                self.remembered[key] = make()
            except NoAnswer:
                raise
            except Outcome as outcome:
                self.remembered[key] = outcome
        value = self.remembered[key]
        if isinstance(value, Outcome):
            raise value
        return value  # type: ignore[no-any-return]

    def document(self, wire: Wire, url: str) -> Document:
        """GET a document once for all checks and show its exchange as evidence in this one. Raises NoAnswer."""

        def fetch() -> Document:
            own = self.wire()
            response = own.get(url, ("Accept", "application/json"))
            return Document(url, response, own.transcript.exchanges[-1])

        found = self.once(f"document {url}", fetch)
        wire.transcript.include(found.exchange)
        return found

    def document_host(self) -> DocumentHost:
        """The host of documents that the AS fetches, started at first use. Raises Inconclusive without one."""
        facts = self.facts.document_host
        if facts is None:
            raise Inconclusive(
                "the target file gives no document host, so the server can't be shown any client ID metadata document",
                root="document host",
                remedy="add document_host to the target file (see docs/targets.md)",
            )
        return self.once("document host", lambda: DocumentHost(facts))

    def close(self) -> None:
        """Stop what runs and close every connection; safe to call twice."""
        host = self.remembered.get("document host")
        if isinstance(host, DocumentHost):
            host.stop()
        self.transport.close()

    def given_client(self, fits: Callable[[ClientIdentity], bool], what: str) -> ClientIdentity:
        """The first client of the target file that fits. Raises Inconclusive."""
        for client in self.facts.clients:
            if fits(client):
                return client
        raise Inconclusive(f"the target file gives no {what}", root="client", remedy="add one under clients")
