"""The user's decision (OAuth 2.1, 7.9; RFC 6749, 10.2)."""

import json
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.pages import PageRules
from reference_impl.authorization_server.rules.third_party import ThirdPartyRules
from reference_impl.authorization_server.store.sessions import Interaction

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class ConsentRules(ThirdPartyRules, PageRules):
    """What is asked, and when it need not be asked again."""

    def consent_is_needed(self, user: User, client: Client, request: AuthorizationRequest) -> bool:
        """Whether the user has to be asked."""
        if request.authorization_details is not None:
            return True  # each of them is a decision of its own
        return not (self.consent_may_be_remembered(client, request) and self.consent_was_given(user, request))

    def consent_may_be_remembered(self, client: Client, request: AuthorizationRequest) -> bool:
        """RFC8252-8.6-a, OAUTH21-7.3-a: only where it is surely the same client that asks again."""
        if self.config.remembered_consent == "assured_clients":
            return self.client_is_assured(client, request)
        return self.config.remembered_consent == "all_clients"

    def client_is_assured(self, client: Client, request: AuthorizationRequest) -> bool:
        """By its credentials, or by an https redirect URI, where no other program can receive the code."""
        return not client.is_public or request.redirect_uri.startswith("https://")

    def consent_was_given(self, user: User, request: AuthorizationRequest) -> bool:
        """Whether this user has granted this client all of this scope at all of these resources before."""
        granted = self.store.consents.granted(user.username, request.client_id, self.now())
        return all((scope, resource) in granted for scope in request.scope for resource in request.resources)

    def remember_consent(self, user: User, request: AuthorizationRequest) -> None:
        """Keep what was granted for the configured time."""
        expires_at = self.now() + self.config.lifetimes.consent
        self.store.consents.remember(user.username, request.client_id, request.scope, request.resources, expires_at)

    def decision_of(self, parameters: Parameters, _request: AuthorizationRequest) -> str | None:
        """MCP-SEC-16: what the user pressed, approve or deny."""
        return parameters.get("decision")

    def denied(self) -> OAuthError:
        """OAUTH21-4.1.2.1-e: the user said no."""
        return OAuthError("access_denied", "the user denied the request")

    # The page

    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        """OAUTH21-7.9-a: who asks, for what, where, and where the answer goes."""
        return self.page(
            "consent.html",
            form_target=request.redirect_uri,
            action=self.config.endpoint("/consent"),
            interaction=interaction.interaction_id,
            csrf_token=interaction.csrf_token,
            authorization_details=self.shown_details(request),
            username=user.username,
            **self.client_facts(client, request),
            **self.grant_facts(request),
        )

    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        """What the page says about the client; all of it is the client's own word unless it is registered by hand."""
        return {
            "client_name": client.client_name or client.client_id,
            "client_id": client.client_id,
            "client_uri": client.metadata.get("client_uri"),
            "self_registered": client.source != "static",
            "client_id_host": self.client_id_host(client),
            "only_on_this_device": self.only_on_this_device(client),
            "redirect_uri": request.redirect_uri,
            "redirect_host": self.redirect_host(request),
        }

    def grant_facts(self, request: AuthorizationRequest) -> dict[str, Any]:
        """OAUTH21-7.9-a, MCP-SBP-02: scope and resources of the request, and what a third party is asked for."""
        resources = [self.config.resource(uri) for uri in request.resources]
        known = [resource for resource in resources if resource is not None]
        return {"scopes": request.scope, "resources": known, "third_party": self.third_party_of(request)}

    def shown_details(self, request: AuthorizationRequest) -> list[dict[str, Any]]:
        """RFC9396-3.1-b, RFC9396-12-b: the authorization_details of the request, for the page to escape."""
        shown: list[dict[str, Any]] = json.loads(request.authorization_details or "[]")
        return shown

    def redirect_host(self, request: AuthorizationRequest) -> str:
        """MCP-CIMD-A11: host (and port) that gets the code; the scheme where a URI has no host."""
        parts = urlsplit(request.redirect_uri)
        return parts.netloc or parts.scheme

    def client_id_host(self, client: Client) -> str | None:
        """CIMD-8.5-a: host of the document by which the client identifies itself."""
        return urlsplit(client.client_id).hostname if client.source == "metadata_document" else None

    def only_on_this_device(self, client: Client) -> bool:
        """MCP-CIMD-A9: all redirect URIs are on loopback, where any local program can pose as the client."""
        hosts = [urlsplit(uri).hostname for uri in client.redirect_uris]
        return bool(hosts) and LOOPBACK_HOSTS.issuperset(hosts)
