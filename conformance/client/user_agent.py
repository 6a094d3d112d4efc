"""What the flow needs from a user agent; the kinds of user agent live with the targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from conformance.wire import HttpRequest, Response, Wire

SENT_FORM = "form sent by the user agent"
"""The label of exchanges in which the user agent posts a form."""


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

    def visit(self, wire: Wire, request: HttpRequest, *, redirect_uri: str, approve: bool | None = True) -> Arrival:
        """Open the request and go on until the server redirects outside itself or shows a page that leads no further.

        `approve` is the user's decision; None leaves the page that asks for it open, after a login.
        Never opens the Location it ends at. Raises Inconclusive when a login or consent page can't be passed.
        """

    def approval(self, wire: Wire, page: Response) -> HttpRequest | None:
        """What the user would send to approve on that page; None when it has no form."""

    def fresh(self) -> "UserAgent":
        """The same user in a browser that was never here: no cookies."""

    def mistyping(self) -> "UserAgent":
        """Somebody in such a browser who types a password that is wrong in its last character."""

    def with_cookies(self, keep: Callable[[str, str], str | None]) -> "UserAgent":
        """The same user in a browser of its own; `keep` says for each cookie (name, value) what it holds, if any."""
