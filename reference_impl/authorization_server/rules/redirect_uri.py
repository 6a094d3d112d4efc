"""Which redirect URI an authorization answer goes to (RFC 6749, 3.1.2; OAuth 2.1, 2.3)."""

import re

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.base import RulesBase

_HTTP_URI = re.compile(r"http://(?P<host>\[[0-9a-fA-F:.]+\]|[^/:?#@\[\]]+)(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?].*)?")


class RedirectUriRules(RulesBase):
    """Nothing is ever sent to a redirect URI that the client has not registered."""

    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        """The redirect URI of an authorization request; raises OAuthError for an error page, never a redirect."""
        sent = parameters.get("redirect_uri")
        if sent is None:
            return self.only_redirect_uri(client)
        if not any(self.redirect_uri_matches(sent, registered) for registered in client.redirect_uris):
            raise OAuthError("invalid_request", "redirect_uri is not registered for this client")
        return sent

    def only_redirect_uri(self, client: Client) -> str:
        """OAUTH21-2.3.2-a: redirect_uri may be left out only by a client that has registered just one."""
        if len(client.redirect_uris) != 1:
            raise OAuthError("invalid_request", "redirect_uri is required, since the client has not exactly one")
        return client.redirect_uris[0]

    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        """MCP-SEC-12, OAUTH21-2.3.1-b, RFC9700-2.1-a: equal strings, but for the port of a loopback URI."""
        return sent == registered or self.differs_by_loopback_port(sent, registered)

    def differs_by_loopback_port(self, sent: str, registered: str) -> bool:
        """RFC8252-7.3-a, OAUTH21-8.4.2-a, OAUTH21-4.1.1-e: native apps listen on whatever port is free."""
        one, other = _HTTP_URI.fullmatch(sent), _HTTP_URI.fullmatch(registered)
        if one is None or other is None or int(one["port"] or 80) > 65535:
            return False
        return self.any_port_is_allowed(other["host"]) and (one["host"], one["rest"]) == (other["host"], other["rest"])

    def any_port_is_allowed(self, host: str) -> bool:
        """RFC8252-8.4-a: for loopback hosts only."""
        return host.strip("[]") in self.config.any_port_hosts
