"""Answers that travel through the browser to the redirect URI (RFC 6749, 4.1.2; RFC 9207)."""

from urllib.parse import quote, urlencode

from starlette.responses import Response

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.http import HttpRules
from reference_impl.authorization_server.rules.pages import PageRules


class AuthorizationResponseRules(PageRules, HttpRules):
    """Codes and errors for the client."""

    def code_redirect(self, code: str, redirect_uri: str, state: str | None, *, after_post: bool) -> Response:
        """OAUTH21-4.1.2-c, OAUTH21-4.1.2-d: code, state and iss."""
        members = {"code": code, "state": self.state_of_success(state), "iss": self.iss_of_success()}
        return self.redirect(self.answer_url(redirect_uri, members), after_post=after_post)

    def error_redirect(
        self, error: OAuthError, redirect_uri: str, state: str | None, *, after_post: bool = False
    ) -> Response:
        """OAUTH21-4.1.2.1-e: error, error_description, state and iss."""
        members = {
            "error": error.error,
            "error_description": self.safe_description(error.description),
            "state": self.state_of_error(state),
            "iss": self.iss_of_error(),
        }
        return self.redirect(self.answer_url(redirect_uri, members), after_post=after_post)

    def state_of_success(self, state: str | None) -> str | None:
        """OAUTH21-4.1.2-c."""
        return state

    def state_of_error(self, state: str | None) -> str | None:
        """OAUTH21-4.1.2.1-e."""
        return state

    def iss_of_success(self) -> str | None:
        """RFC9207-2-a, RFC9207-2.3-b, OAUTH21-4.1.2-d, MCP-ISS-02."""
        return self.config.issuer

    def iss_of_error(self) -> str | None:
        """RFC9207-2-a, OAUTH21-4.1.2.1-e, MCP-ISS-02."""
        return self.config.issuer

    def answer_url(self, redirect_uri: str, members: dict[str, str | None]) -> str:
        """OAUTH21-2.3-a: the redirect URI with the members appended to the query that it has of its own."""
        query = urlencode({name: value for name, value in members.items() if value is not None}, quote_via=quote)
        return redirect_uri + ("&" if "?" in redirect_uri else "?") + query

    def redirect(self, url: str, *, after_post: bool) -> Response:
        """A redirect that nobody stores."""
        headers = {
            "Location": url,
            "Cache-Control": self.page_cache_control(),
            "Referrer-Policy": self.referrer_policy(),
        }
        return Response(None, self.redirect_status(after_post=after_post), headers)

    def redirect_status(self, *, after_post: bool) -> int:
        """RFC9700-4.12-a, OAUTH21-7.5.4-a: never 307, which would repeat a POST with its password."""
        return 303 if after_post else 302
