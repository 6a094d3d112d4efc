"""Other ways to register clients and to fetch their documents, all of them right."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reference_impl.authorization_server.config import Client, ServerConfig
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.mutants.registry import variation


@variation(story="Every update renews the registration access token.", configures="authorization_server")
def registration_token_is_renewed(config: ServerConfig) -> ServerConfig:
    return replace(config, registration=replace(config.registration, rotate_token=True))


@variation(story="Client secrets end after a day.", configures="authorization_server")
def client_secrets_expire(config: ServerConfig) -> ServerConfig:
    return replace(config, registration=replace(config.registration, secret_lifetime=86400))


@variation(story="Links of clients to pages about themselves are refused rather than dropped.")
class ForeignLinksAreRefused(Rules):
    def keep_links_of_the_client(self, metadata: ClientMetadata, own_uris: Sequence[str]) -> ClientMetadata:
        kept = super().keep_links_of_the_client(metadata, own_uris)
        if kept.keys() != metadata.keys():
            raise self.invalid_client_metadata("links must be of the client's own host")
        return kept


@variation(story="Contradicting grant and response types are corrected instead of refused.")
class ContradictionsAreCorrected(Rules):
    def check_grant_types(self, metadata: ClientMetadata) -> ClientMetadata:
        known = [grant for grant in metadata["grant_types"] if grant in self.config.grant_types]
        return super().check_grant_types({**metadata, "grant_types": known or ["authorization_code"]})


@variation(story="Bad redirect URIs are reported as invalid_client_metadata.")
class BadRedirectUriIsInvalidMetadata(Rules):
    def invalid_redirect_uri(self, description: str) -> OAuthError:
        return self.invalid_client_metadata(description)


@variation(story="An update that omits a member leaves it as it is.")
class OmittedMembersStay(Rules):
    def updated_client(self, client: Client, sent: ClientMetadata, token: str | None) -> dict[str, Any]:
        return super().updated_client(client, {"client_name": client.client_name, **sent}, token)


@variation(story="No document of a client is kept for longer than a minute.", configures="authorization_server")
def documents_are_kept_for_a_minute(config: ServerConfig) -> ServerConfig:
    return replace(config, client_id_metadata=replace(config.client_id_metadata, max_cache=60))


@variation(story="Documents that may be kept at all are kept for ten seconds at least.")
class DocumentsHaveALeastLifetime(Rules):
    def document_cache_lifetime(self, headers: Mapping[str, str]) -> int:
        lifetime = super().document_cache_lifetime(headers)
        return lifetime if "no-store" in headers.get("cache-control", "") else max(10, lifetime)


@variation(story="Documents of up to 1 MiB are read.", configures="authorization_server")
def large_documents_are_read(config: ServerConfig) -> ServerConfig:
    return replace(config, client_id_metadata=replace(config.client_id_metadata, max_bytes=1024 * 1024))


@variation(story="A secret in a document is ignored: its client is public.")
class SecretsInDocumentsAreIgnored(Rules):
    def client_of_document(self, client_id: str, document: ClientMetadata) -> Client:
        kept = {name: value for name, value in document.items() if not name.startswith("client_secret")}
        if "client_secret" in str(kept.get("token_endpoint_auth_method")):
            kept["token_endpoint_auth_method"] = "none"
        return super().client_of_document(client_id, kept)


@variation(story="Every client whose answer goes to loopback earns the warning, whatever else it registered.")
class EveryLoopbackAnswerEarnsAWarning(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        local = request.redirect_uri.startswith("http://127.0.0.1")
        return {**super().client_facts(client, request), "only_on_this_device": local}


@variation(story="The refusal of a document comes as 403 rather than 400.")
class DocumentsAreRefusedWith403(Rules):
    def invalid_metadata_client(self, description: str) -> OAuthError:
        return OAuthError("invalid_client", description, 403)


@variation(story="Clients register their keys by value alone; a jwks_uri is refused.")
class KeysAreRegisteredByValueOnly(Rules):
    def check_jwks_uri(self, metadata: dict[str, Any]) -> None:
        if "jwks_uri" in metadata:
            raise self.invalid_client_metadata("jwks_uri is not supported")
