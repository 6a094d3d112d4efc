"""Which redirect URIs a client may register, by any road (RFC 7591 section 5, RFC 8252, MCP communication security).

One registered value is judged by an ordered table of steps; each step raises `invalid_redirect_uri` on its own.
"""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from reference_impl.authorization_server.rules.registration_errors import RegistrationErrorRules

SCRIPT_SCHEMES = frozenset({"javascript", "data", "file", "vbscript", "blob", "about", "filesystem", "view-source"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_REDIRECT_URI_LENGTH = 2048
# RFC 3986 characters with well-formed percent encoding. A browser silently repairs anything else, and a repaired
# URI is no longer the one that was compared.
_URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_HOST = re.compile(r"[A-Za-z0-9*](?:[A-Za-z0-9.*-]*[A-Za-z0-9*])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


class RedirectUriPolicyRules(RegistrationErrorRules):
    """What is asked of each redirect URI at registration and in a client ID metadata document."""

    def redirect_uri_steps(self) -> tuple[Callable[[str], None], ...]:
        """The judgements of one redirect URI, in order."""
        return (
            self.check_redirect_uri_characters,
            self.check_redirect_uri_is_no_script,
            self.check_redirect_uri_has_no_fragment,
            self.check_redirect_uri_has_no_userinfo,
            self.check_redirect_uri_scheme,
            self.check_redirect_uri_has_no_wildcard,
            self.check_redirect_uri_host,
        )

    def check_redirect_uri(self, redirect_uri: str) -> None:
        """Run every step; raises OAuthError invalid_redirect_uri at the first that objects."""
        for step in self.redirect_uri_steps():
            step(redirect_uri)

    def check_redirect_uri_characters(self, redirect_uri: str) -> None:
        """RFC7591-5-a: only URI characters, at most 2048 of them (RFC 3986 section 2)."""
        if len(redirect_uri) > MAX_REDIRECT_URI_LENGTH or not _URI_CHARACTERS.fullmatch(redirect_uri):
            raise self.invalid_redirect_uri("a redirect_uri must be a URI of at most 2048 characters")

    def check_redirect_uri_is_no_script(self, redirect_uri: str) -> None:
        """RFC7591-5-a, MCP-SEC-05: no scheme that a browser would run or read locally (javascript:, data:, file:)."""
        if self.split_uri(redirect_uri).scheme in SCRIPT_SCHEMES:
            raise self.invalid_redirect_uri("this scheme is never accepted in a redirect_uri")

    def check_redirect_uri_has_no_fragment(self, redirect_uri: str) -> None:
        """RFC7591-5-a: no fragment, not even an empty one (RFC 6749 section 3.1.2)."""
        if "#" in redirect_uri:
            raise self.invalid_redirect_uri("a redirect_uri must not have a fragment")

    def check_redirect_uri_has_no_userinfo(self, redirect_uri: str) -> None:
        """RFC7591-5-a: no user information; it disguises the host from the person who consents."""
        if "@" in self.split_uri(redirect_uri).netloc:
            raise self.invalid_redirect_uri("a redirect_uri must not have user information")

    def check_redirect_uri_scheme(self, redirect_uri: str) -> None:
        """RFC7591-5-a, MCP-SEC-05: https anywhere, http on the local machine, else only what is configured."""
        parts = self.split_uri(redirect_uri)
        if parts.scheme == "https" or (parts.scheme == "http" and self.is_loopback_host(parts.hostname)):
            return
        if self.allows_private_use_scheme(parts.scheme):
            return
        raise self.invalid_redirect_uri("a redirect_uri must be https, or http on the local machine")

    def check_redirect_uri_has_no_wildcard(self, redirect_uri: str) -> None:
        """RFC7591-5-a: no wildcard host; redirect URIs are compared exactly (RFC 9700 section 4.1)."""
        if "*" in self.split_uri(redirect_uri).netloc:
            raise self.invalid_redirect_uri("a redirect_uri must name one host, without a wildcard")

    def check_redirect_uri_host(self, redirect_uri: str) -> None:
        """RFC7591-5-a: an http or https redirect URI names a host, and its port is a port."""
        parts = self.split_uri(redirect_uri)
        if parts.scheme in {"http", "https"} and not _HOST.fullmatch(parts.hostname or ""):
            raise self.invalid_redirect_uri("a redirect_uri must name a host")

    def is_loopback_host(self, host: str | None) -> bool:
        """RFC8252-7.3-a, MCP-SEC-05: the hosts that stand for the local machine."""
        return host in LOOPBACK_HOSTS

    def allows_private_use_scheme(self, scheme: str) -> bool:
        """MCP-SEC-05: off by default; when on, RFC 8252 section 7.1 names (reverse domain, so with a dot)."""
        return self.config.registration.allow_private_use_schemes and "." in scheme.strip(".")

    def split_uri(self, uri: str) -> SplitResult:
        """Split `uri`, also looking at the port, which the standard library judges lazily."""
        try:
            parts = urlsplit(uri)
            _ = parts.port
        except ValueError:
            raise self.invalid_redirect_uri("a redirect_uri must be a well-formed URI") from None
        return parts
