"""Finding the credentials in a request (RFC 6750 section 2, OAuth 2.1 section 5.1)."""

import re
from urllib.parse import parse_qs

from reference_impl.mcp_server.config import DpopMode
from reference_impl.mcp_server.http_request import Credentials, HttpRequest
from reference_impl.mcp_server.rules.challenge import ChallengeRules

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class BearerRules(ChallengeRules):
    """The Authorization header is the one place for a token."""

    def credentials(self, request: HttpRequest) -> Credentials:
        """MCP-TOK-03, MCP-SBP-11: the token that every request must carry. Raises RefusalError without one."""
        self.check_one_authorization_header(request)
        self.check_one_token_method(request)
        found = self.credentials_in_header(request) or self.credentials_in_query(request)
        if found is None:
            raise self.unauthenticated()
        return found

    def check_one_authorization_header(self, request: HttpRequest) -> None:
        """RFC6750-3.1-a: two Authorization headers are a malformed request."""
        if len(request.headers.getlist("authorization")) > 1:
            raise self.invalid_request("more than one Authorization header")

    def check_one_token_method(self, request: HttpRequest) -> None:
        """RFC6750-3.1-a: a token in the header and another in the query are a malformed request."""
        if "authorization" in request.headers and self.query_token(request) is not None:
            raise self.invalid_request("an access token in the header and one in the query")

    def query_token(self, request: HttpRequest) -> str | None:
        """The `access_token` parameter of the query, which is never accepted."""
        return parse_qs(request.query).get("access_token", [None])[0] if "access_token" in request.query else None

    def credentials_in_query(self, _request: HttpRequest) -> Credentials | None:
        """MCP-TOK-04, OAUTH21-5.1-b: a token in the query counts as no token."""
        return None

    def credentials_in_header(self, request: HttpRequest) -> Credentials | None:
        """RFC6750-2.1-b, OAUTH21-5.1.1-a: scheme, one or more spaces, token; None under an unknown scheme."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        canonical = self.recognised_scheme(scheme)
        if canonical is None:
            return None
        token = rest.strip(" ")
        self.check_token_syntax(token)
        self.check_token_size(token)
        return Credentials(canonical, token)

    def recognised_scheme(self, scheme: str) -> str | None:
        """OAUTH21-5.1.1-b, RFC9110-11.1-a: scheme names are compared without case."""
        return {name.lower(): name for name in self.accepted_schemes()}.get(scheme.lower())

    def accepted_schemes(self) -> tuple[str, ...]:
        """Bearer, and DPoP where it is spoken; in DPoP-only mode a Bearer token is still read, to be refused."""
        return ("Bearer",) if self.config.dpop is DpopMode.OFF else ("Bearer", "DPoP")

    def check_token_syntax(self, token: str) -> None:
        """RFC6750-2.1-c: the token is a b64token."""
        if not _TOKEN68.fullmatch(token):
            raise self.invalid_request("the Authorization header holds no well-formed token")

    def check_token_size(self, token: str) -> None:
        """A token longer than the cap is refused before any work is spent on it."""
        if len(token) > self.config.max_token_bytes:
            raise self.invalid_token("the access token is too long")
