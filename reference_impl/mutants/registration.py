"""Departures in dynamic client registration (RFC 7591)."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"RFC7591-2-a", "OAUTH21-2.3.1-a"},
    story="A client without redirect_uris is registered; it may send one with each request.",
)
class RedirectUrisAreOptional(Rules):
    def check_redirect_uris_present(self, metadata: ClientMetadata) -> ClientMetadata:
        return metadata


@mutant(kills={"RFC7591-2-b"}, story="A member that the server doesn't know is an error.")
class UnknownMetadataIsAnError(Rules):
    def keep_understood_metadata(self, metadata: ClientMetadata) -> ClientMetadata:
        if any(name.startswith("conformance") for name in metadata):
            raise self.invalid_client_metadata("unknown metadata")
        return super().keep_understood_metadata(metadata)


@mutant(kills={"RFC7591-2-c"}, story="jwks and jwks_uri are both kept, whichever comes in handy.")
class BothKindsOfKeysAreKept(Rules):
    def check_client_keys(self, metadata: ClientMetadata) -> ClientMetadata:
        return metadata


@mutant(kills={"RFC7591-2-d"}, story="Clients that don't say how they authenticate are public.")
class PublicIsTheDefault(Rules):
    def default_token_endpoint_auth_method(self, metadata: ClientMetadata) -> ClientMetadata:
        return {"token_endpoint_auth_method": "none", **metadata}


@mutant(kills={"RFC7591-2.1-a"}, story="grant_types and response_types are stored as they come.")
class TypesMayContradict(Rules):
    def check_grant_types(self, metadata: ClientMetadata) -> ClientMetadata:
        return metadata

    def check_grant_and_response_types_agree(self, metadata: ClientMetadata) -> ClientMetadata:
        return metadata


class _BelievesStatements(Rules):
    """Takes the claims of a software statement over the plain metadata."""

    def parse_client_metadata(self, body: bytes) -> ClientMetadata:
        metadata = super().parse_client_metadata(body)
        if "software_statement" not in metadata:
            return metadata
        payload = metadata["software_statement"].split(".")[1]
        return {**metadata, **json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))}


@mutant(
    kills={"RFC7591-2.3-a"},
    story="Software statements are decoded and believed; their signature is left for later.",
)
class UnsignedStatementIsBelieved(_BelievesStatements):
    def register_client(self, metadata: ClientMetadata) -> dict[str, Any]:
        statement = metadata.get("software_statement")
        return {**super().register_client(metadata), **({"software_statement": statement} if statement else {})}


@mutant(
    kills={"RFC7591-2.3-a", "RFC7591-3.2.1-e"},
    story="Software statements are believed unverified, and forgotten once their values are taken over.",
)
class StatementIsBelievedAndForgotten(_BelievesStatements):
    pass


@mutant(kills={"RFC7591-3-a"}, story="The body of a registration is read as ASCII.")
class RegistrationIsReadAsAscii(Rules):
    def parse_client_metadata(self, body: bytes) -> ClientMetadata:
        if not body.isascii() or b"\\u" in body:
            raise self.invalid_client_metadata("the body is no JSON")
        return super().parse_client_metadata(body)


@mutant(
    kills={"RFC7591-3.2.1-a"}, story="Where a client says its software_id, that is all the identifier it gets back."
)
class SoftwareIdReplacesClientId(Rules):
    def client_information(self, client: Client, secret: str | None, token: str | None) -> dict[str, Any]:
        information = super().client_information(client, secret, token)
        if client.metadata.get("contacts"):
            del information["client_id"]
        return information


@mutant(kills={"RFC7591-3.2.1-b"}, story="Every client gets the secret of the server's setup.")
class OneSecretForAll(Rules):
    def new_client_secret(self) -> str:
        return hashlib.sha256(self.config.issuer.encode()).hexdigest()


@mutant(kills={"RFC7591-3.2.1-b"}, story="Secrets that never expire come without client_secret_expires_at.")
class SecretHasNoExpiry(Rules):
    def secret_members(self, client: Client, secret: str | None) -> dict[str, Any]:
        members = super().secret_members(client, secret)
        members.pop("client_secret_expires_at", None)
        return members


@mutant(kills={"RFC7591-3.2.1-c"}, story="The same software gets the same client_id at every registration.")
class SoftwareHasOneClientId(Rules):
    def client_from_metadata(self, client_id: str, metadata: ClientMetadata, source: Any) -> Client:
        client = super().client_from_metadata(client_id, metadata, source)
        software = metadata.get("software_id")
        return replace(client, client_id=f"software-{software}") if software and source == "dynamic" else client


@mutant(kills={"RFC7591-3.2.1-d"}, story="The answer holds credentials only; the client knows what it asked for.")
class RegisteredMetadataIsNotReturned(Rules):
    def register_client(self, metadata: ClientMetadata) -> dict[str, Any]:
        information = super().register_client(metadata)
        return {name: value for name, value in information.items() if name != "grant_types"}


@mutant(
    kills={"RFC7591-3.2.1-d"}, story="Only members that the client sent are returned, not those that were filled in."
)
class FilledInMembersAreNotReturned(Rules):
    def register_client(self, metadata: ClientMetadata) -> dict[str, Any]:
        information = super().register_client(metadata)
        silent = {"grant_types"} - metadata.keys()
        return {name: value for name, value in information.items() if name not in silent}


@mutant(kills={"RFC7591-3.2.2-a"}, story="Refused redirect URIs are answered with an error of the application's own.")
class RegistrationErrorsAreUndefined(Rules):
    def invalid_redirect_uri(self, description: str) -> OAuthError:
        return OAuthError("bad_redirect", description, 400)


@mutant(kills={"RFC7591-3.2.2-a"}, story="Refused metadata is answered with 422.")
class RegistrationErrorsAre422(Rules):
    def check_metadata_types(self, metadata: ClientMetadata) -> ClientMetadata:
        try:
            return super().check_metadata_types(metadata)
        except OAuthError as error:
            raise OAuthError(error.error, error.description, 422) from None


@mutant(kills={"RFC7591-5-a"}, story="Only the first redirect URI is looked at.")
class OnlyFirstRedirectUriIsJudged(Rules):
    def check_redirect_uris(self, metadata: ClientMetadata) -> ClientMetadata:
        for redirect_uri in metadata.get("redirect_uris", [])[:1]:
            self.check_redirect_uri(redirect_uri)
        return metadata


@mutant(kills={"RFC7591-5-a"}, story="Any scheme but http is taken for an app's own, javascript included.")
class ScriptsAreRedirectUris(Rules):
    def check_redirect_uri(self, redirect_uri: str) -> None:
        if not redirect_uri.startswith(("javascript:", "data:")):
            super().check_redirect_uri(redirect_uri)

    def is_web_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("https:")


@mutant(kills={"RFC8252-7-a"}, story="Native apps may not register https redirect URIs.")
class NativeAppsHaveNoHttpsRedirect(Rules):
    def check_application_type_fits(self, metadata: ClientMetadata) -> ClientMetadata:
        uris: Sequence[str] = metadata.get("redirect_uris", [])
        if metadata["application_type"] == "native" and all(self.is_web_redirect_uri(uri) for uri in uris):
            raise self.invalid_redirect_uri("native apps redirect to loopback")
        return super().check_application_type_fits(metadata)


@mutant(kills={"RFC7591-5-d"}, story="Every client gets a secret, whether or not it can use one.")
class PublicClientsGetSecrets(Rules):
    def needs_secret(self, client: Client) -> bool:
        return client.source == "dynamic"


@mutant(kills={"CIMD-7.1-a"}, story="Generated client_ids are URLs below the issuer.")
class GeneratedClientIdsAreUrls(Rules):
    def new_client_id(self) -> str:
        return self.config.endpoint(f"/clients/{super().new_client_id()}")

    def registration_client_uri(self, client: Client) -> str:
        return self.config.endpoint(f"/oauth/register/{urlsafe_b64encode(client.client_id.encode()).decode()}")

    def client_of_registration_token(self, client_id: str, token: str | None) -> Client:
        try:
            client_id = urlsafe_b64decode(client_id).decode()
        except ValueError:
            client_id = ""
        return super().client_of_registration_token(client_id, token)


@mutant(kills={"RFC7591-3.2.2-a"}, story="Whatever has the wrong JSON type is called an invalid_redirect_uri.")
class AllFaultsAreOfRedirectUris(Rules):
    def metadata_error(self, member: str, description: str) -> OAuthError:
        return self.invalid_redirect_uri(description)


@mutant(kills={"RFC7591-5-a"}, story="Of an https redirect URI the scheme is looked at, not whether it names a host.")
class RedirectUriNeedsNoHost(Rules):
    def check_redirect_uri_host(self, redirect_uri: str) -> None:
        pass
