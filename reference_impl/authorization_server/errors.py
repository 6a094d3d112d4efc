"""The one exception by which a rule refuses a request."""

from collections.abc import Mapping


class OAuthError(Exception):
    """A refusal in the words of the protocol.

    `error` is a registered error code, `description` a sentence for the developer of the client (it never holds
    a secret), `status` the HTTP status of a direct answer (unused when the error travels in a redirect),
    `headers` what the status asks for, such as WWW-Authenticate. Source: RFC 6749, 4.1.2.1 and 5.2.
    """

    def __init__(
        self, error: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description
        self.status = status
        self.headers = dict(headers or {})
