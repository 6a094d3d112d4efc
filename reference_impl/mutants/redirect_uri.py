"""Departures in where the browser is sent: MCP, Open Redirection and Communication Security; OAuth 2.1, 2.3."""

from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from starlette.responses import Response

from reference_impl.authorization_server.config import Client as RegisteredClient
from reference_impl.authorization_server.config import User
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"CIMD-4.2-a", "MCP-SBP-06", "MCP-SEC-12", "OAUTH21-2.3.1-b", "RFC9700-2.1-a"},
    story="Whatever begins like a registered redirect URI matches it.",
)
class RedirectUriMatchesByPrefix(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        return sent.startswith(registered) or super().redirect_uri_matches(sent, registered)


@mutant(
    kills={
        "CIMD-4.2-a",
        "MCP-SBP-06",
        "MCP-SEC-12",
        "OAUTH21-2.3.1-b",
        "OAUTH21-4.1.1-e",
        "RFC8252-8.4-a",
        "RFC9700-2.1-a",
    },
    story="A redirect URI matches when its host is a registered one, or below it.",
)
class RedirectUriMatchesByHost(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        host, wanted = urlsplit(sent).hostname or "", urlsplit(registered).hostname or ""
        return fnmatchcase(f".{host}", f"*.{wanted}") or super().redirect_uri_matches(sent, registered)


@mutant(
    kills={"CIMD-4.2-a", "MCP-SBP-06", "MCP-SEC-12", "OAUTH21-2.3.1-b", "OAUTH21-4.1.1-e", "RFC9700-2.1-a"},
    story="Redirect URIs are compared without their query, where clients keep their state.",
)
class RedirectUriMatchesWithoutQuery(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        return super().redirect_uri_matches(sent.partition("?")[0], registered.partition("?")[0])


@mutant(
    kills={"MCP-SEC-12", "OAUTH21-4.1.1-e", "RFC9700-2.1-a"},
    story="Redirect URIs are decoded and lower-cased before they are compared.",
)
class RedirectUriIsNormalised(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        return super().redirect_uri_matches(unquote(sent).lower(), unquote(registered).lower())


@mutant(
    kills={"MCP-SEC-12", "RFC8252-8.4-a", "OAUTH21-2.3.1-b", "OAUTH21-4.1.1-e", "RFC9700-2.1-a"},
    story="The port may vary for every host, not only on loopback addresses.",
)
class EveryPortOfAHostMatches(Rules):
    def redirect_uri_matches(self, sent: str, registered: str) -> bool:
        one, other = urlsplit(sent), urlsplit(registered)
        same = one._replace(netloc="") == other._replace(netloc="") and "@" not in one.netloc
        return (same and one.hostname == other.hostname) or super().redirect_uri_matches(sent, registered)


@mutant(
    kills={"MCP-SEC-12", "CIMD-4.2-a", "RFC8252-7.3-a", "RFC8252-8.4-a", "OAUTH21-4.1.1-e", "RFC9700-2.1-a"},
    story="On loopback addresses, path and query may vary together with the port.",
)
class EveryPathOfALoopbackPortMatches(Rules):
    def differs_by_loopback_port(self, sent: str, registered: str) -> bool:
        one, other = urlsplit(sent), urlsplit(registered)
        return (one.scheme, one.hostname) == (other.scheme, other.hostname) == ("http", "127.0.0.1")


@mutant(
    kills={"MCP-SEC-05", "RFC7591-5-a", "RFC9700-2.6-b"},
    story="Clients may register plain http redirect URIs on any host, for the sake of intranets.",
)
class PlainHttpRedirectUriIsRegistered(Rules):
    def check_redirect_uri_scheme(self, redirect_uri: str) -> None:
        if urlsplit(redirect_uri).scheme != "http":
            super().check_redirect_uri_scheme(redirect_uri)


@mutant(
    kills={"MCP-SEC-05"},
    story="Native apps may register schemes of their own, as RFC 8252 has it and MCP does not.",
)
class CustomSchemeIsRegistered(Rules):
    def allows_private_use_scheme(self, scheme: str) -> bool:
        return "." in scheme.strip(".")


@mutant(
    kills={"MCP-SEC-14", "OAUTH21-7.13.2-a"},
    story="An authorization request with a fault is sent back to the client at once, whoever sits at the browser.",
)
class FaultsRedirectBeforeLogin(Rules):
    def refusal_waits_for_login(self) -> bool:
        return False


@mutant(
    kills={"MCP-SBP-01", "MCP-SBP-02", "MCP-SEC-15", "MCP-SEC-16", "RFC6749-10.12-a"},
    story="Who registers an https redirect URI is trusted and needs no consent.",
)
class SelfRegisteredWebClientsNeedNoConsent(Rules):
    def consent_is_needed(self, user: User, client: RegisteredClient, request: AuthorizationRequest) -> bool:
        trusted = client.source == "dynamic" and request.redirect_uri.startswith("https://")
        return not trusted and super().consent_is_needed(user, client, request)


@mutant(kills={"MCP-ERR-01"}, story="Error pages are pages like any other and come with status 200.")
class ErrorPagesHaveStatus200(Rules):
    def error_page(self, error: OAuthError) -> Response:
        response = super().error_page(error)
        response.status_code = 200
        return response
