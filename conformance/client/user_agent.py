"""What the flow needs from a user agent; the kinds of user agent live with the targets."""

from dataclasses import dataclass
from typing import Protocol

from conformance.wire import HttpRequest, Response, Wire


@dataclass(frozen=True)
class Arrival:
    """Where a user agent ended: on a page (the response), or at a Location outside the server.

    `pages` are the HTML pages that were shown on the way.
    """

    response: Response
    redirected_to: str | None = None
    pages: tuple[Response, ...] = ()


class UserAgent(Protocol):
    """Somebody who logs in and answers the consent page."""

    def visit(self, wire: Wire, request: HttpRequest, *, redirect_uri: str, approve: bool = True) -> Arrival:
        """Open the request and go on until the server redirects outside itself or shows a page that leads no further.

        Never opens the Location it ends at. Raises Inconclusive when a login or consent page can't be passed.
        """

    def fresh(self) -> "UserAgent":
        """The same user in a browser that was never here: no cookies."""
