"""The TLS side of an endpoint: handshakes made once a run and remembered, and what plain http answers there."""

from dataclasses import dataclass
from urllib.parse import urlunsplit

from conformance.client.context import Context
from conformance.client.published import WAIVED
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import HttpRequest, NoAnswer, Response, Wire
from conformance.wire.addresses import is_loopback, split_url
from conformance.wire.tls import Offer, TlsRefusedError, TlsSession, TlsUnavailableError, handshake


@dataclass(frozen=True)
class SecuredEndpoint:
    """An endpoint by its URL; `what` is its name in messages."""

    context: Context
    url: str
    what: str

    def require_https(self) -> None:
        """The URL is https. Raises Violation, or NotApplicable under the loopback waiver."""
        parts = split_url(self.url)
        if parts.scheme == "https":
            return
        if self.context.facts.waive_loopback_http and is_loopback(parts.hostname or ""):
            raise NotApplicable(f"{self.what} is {WAIVED}")
        raise Violation(f"{self.what} is not https", expected="an https URL", observed=repr(self.url))

    def session(self, offer: Offer = Offer.MODERN) -> TlsSession:
        """A handshake that the server has to agree to. Raises Violation when it refuses."""
        self.require_https()
        try:
            return self._handshake(offer)
        except TlsRefusedError as error:
            wanted = f"a handshake by {offer.value}"
            raise Violation(f"{self.what} refuses it", expected=wanted, observed=str(error)) from None

    def refuses(self, offer: Offer) -> None:
        """The server turns this offer down; agreeing is a Violation. The ordinary handshake is the control."""
        ordinary = self.session()
        try:
            agreed = self._handshake(offer)
        except TlsRefusedError:
            return
        raise Violation(
            f"{self.what} agrees to {offer.value}",
            expected=f"a refusal; the same server shook hands with {ordinary.version}",
            observed=f"{agreed.version} with {agreed.suite}",
        )

    def in_plain_http(self, wire: Wire, request: HttpRequest) -> Response | None:
        """What the same request is answered over plain http: on port 80 for 443, else on the same port; None: nothing.

        The request must not carry anything secret.
        """
        parts = split_url(request.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = 80 if parts.port in (None, 443) else parts.port
        url = urlunsplit(("http", f"{host}:{port}", parts.path, parts.query, ""))
        try:
            return wire.send(request.with_url(url, "sent over plain http"))
        except NoAnswer:
            return None

    def _handshake(self, offer: Offer) -> TlsSession:
        parts = split_url(self.url)
        host, port = parts.hostname or "", parts.port or 443

        def shake() -> TlsSession | TlsRefusedError:
            facts = self.context.facts
            try:
                return handshake(host, port, offer, ca_pem=facts.ca_pem, deadline_seconds=facts.deadline_seconds)
            except TlsRefusedError as refused:
                return refused
            except TlsUnavailableError as error:
                raise Inconclusive(str(error), root="tls") from None

        result = self.context.once(f"handshake {host}:{port} {offer.name}", shake)
        if isinstance(result, TlsRefusedError):
            raise result
        return result
