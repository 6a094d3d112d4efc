"""Dynamic client registration (RFC 7591) and what its answers hold; management is in `registration_management`."""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.client_metadata_policy import (
    DISPLAY_MEMBERS,
    ClientMetadata,
    ClientMetadataPolicyRules,
)
from reference_impl.authorization_server.rules.http import HttpRules


class RegistrationRules(ClientMetadataPolicyRules, HttpRules):
    """Who may register, what a registration makes, and the client information response."""

    # Who may register

    def check_registration_is_open(self) -> None:
        """MCP-REG-01: closed where only administrators create clients."""
        if self.config.registration.mode == "admin_only":
            raise OAuthError("access_denied", "clients are registered by the administrator of this server", 403)

    def check_initial_access_token(self, token: str | None) -> None:
        """RFC7591-3-c: registration is open unless the configuration demands an initial access token."""
        expected = self.config.registration.initial_access_token_hash
        if expected is not None and not (token and hmac.compare_digest(hash_secret(token), expected)):
            raise self.invalid_registration_token(token)

    def registration_bearer_token(self, request: Request) -> str | None:
        """RFC7592-2-a: the bearer token of the Authorization header, and of no other place (RFC 6750, 2.1)."""
        values = request.headers.getlist("authorization")
        if len(values) > 1:
            raise OAuthError("invalid_request", "there must be one Authorization header", 400)
        scheme, _, token = (values[0] if values else "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def invalid_registration_token(self, token: str | None) -> OAuthError:
        """RFC7592-2.1-b: 401 by RFC 6750; the challenge names an error only if there was a token at all."""
        challenge = 'Bearer realm="client registration"' + (', error="invalid_token"' if token else "")
        return OAuthError("invalid_token", "a valid registration token is needed", 401, {"WWW-Authenticate": challenge})

    # Reading

    async def read_client_metadata(self, request: Request) -> ClientMetadata:
        """RFC7591-3-a: a JSON object in an application/json body, as sent."""
        self.check_json_media_type(request)
        return self.parse_client_metadata(await self.read_body(request))

    def check_json_media_type(self, request: Request) -> None:
        """RFC7591-3-a: application/json, nothing else."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise self.invalid_client_metadata("the content type must be application/json")

    def parse_client_metadata(self, body: bytes) -> ClientMetadata:
        """RFC7591-3-a: one JSON object in UTF-8."""
        try:
            metadata = json.loads(body.decode("utf-8"))
            # Escaped lone surrogates survive the decoder but could not be sent back.
            json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode("utf-8")
        except (ValueError, RecursionError):
            raise self.invalid_client_metadata("the body is no JSON") from None
        if not isinstance(metadata, dict):
            raise self.invalid_client_metadata("the body must be a JSON object")
        return metadata

    # Registering

    def judge_registration(self, metadata: ClientMetadata) -> ClientMetadata:
        """RFC7591-3: client metadata policy, then what this server's registration mode adds to it."""
        judged = self.judge_client_metadata(metadata)
        self.check_redirect_uris_are_approved(judged)
        return self.keep_links_of_the_client(judged, judged.get("redirect_uris", []))

    def check_redirect_uris_are_approved(self, metadata: ClientMetadata) -> None:
        """RFC7591-5: in mode approved_redirects, only redirect URIs that the operator listed."""
        if self.config.registration.mode != "approved_redirects":
            return
        if not set(metadata.get("redirect_uris", [])) <= set(self.config.registration.approved_redirect_uris):
            raise self.invalid_redirect_uri("this redirect_uri is not approved by the operator")

    def register_client(self, metadata: ClientMetadata) -> dict[str, Any]:
        """RFC7591-3.2.1-a: make and store the client; returns the client information response."""
        judged = self.judge_registration(metadata)
        client = self.client_from_metadata(self.new_client_id(), judged, "dynamic")
        client = replace(client, client_id_issued_at=self.now())
        client, secret = self.with_secret(client)
        client, token = self.with_registration_token(client)
        self.store.clients.save(client)
        return self.client_information(client, secret, token)

    def registration_status(self) -> int:
        """RFC7591-3.2.1-a: 201 Created."""
        return 201

    def new_client_id(self) -> str:
        """RFC7591-3.2.1-c, CIMD-7.1-a: random, so in use by no other client and no https URL."""
        return f"dyn-{secrets.token_urlsafe(16)}"

    def new_client_secret(self) -> str:
        """RFC7591-3.2.1-b: 256 random bits for each client."""
        return secrets.token_urlsafe(32)

    def new_registration_token(self) -> str:
        """RFC7592-5-b: 256 random bits."""
        return secrets.token_urlsafe(32)

    def with_secret(self, client: Client) -> tuple[Client, str | None]:
        """RFC7591-5-d: give the client a secret if its authentication method needs one; only its hash is kept."""
        if not self.needs_secret(client):
            return client, None
        secret = self.new_client_secret()
        expires_at = self.client_secret_expires_at(client)
        return replace(client, secret_hash=hash_secret(secret), client_secret_expires_at=expires_at), secret

    def needs_secret(self, client: Client) -> bool:
        """RFC7591-5-d: public clients and those with keys of their own get none."""
        return client.token_endpoint_auth_method in {"client_secret_basic", "client_secret_post"}

    def client_secret_expires_at(self, _: Client) -> int:
        """RFC7591-3.2.1-b: end of a secret issued now, in epoch seconds; 0 for no end."""
        lifetime = self.config.registration.secret_lifetime
        return self.now() + lifetime if lifetime else 0

    def with_registration_token(self, client: Client) -> tuple[Client, str | None]:
        """RFC7592-3-a: give the client a new registration access token, if it may manage itself."""
        if not self.config.registration.management:
            return client, None
        token = self.new_registration_token()
        return replace(client, registration_token_hash=hash_secret(token)), token

    # The client information response

    def client_information(self, client: Client, secret: str | None, token: str | None) -> dict[str, Any]:
        """RFC7591-3.2.1-d, RFC7592-3-a: the answer of registration, read and update.

        `secret` and `token` are None where this server no longer knows them in plain form.
        """
        return {
            "client_id": client.client_id,
            "client_id_issued_at": client.client_id_issued_at,
            **self.secret_members(client, secret),
            **self.management_members(client, token),
            **self.registered_metadata(client),
        }

    def secret_members(self, client: Client, secret: str | None) -> dict[str, Any]:
        """RFC7591-3.2.1-b: the secret with its expiry; the expiry alone once only the hash is known."""
        if client.secret_hash is None:
            return {}
        members = {"client_secret_expires_at": client.client_secret_expires_at}
        return {"client_secret": secret, **members} if secret is not None else members

    def management_members(self, client: Client, token: str | None) -> dict[str, str]:
        """RFC7592-3-a: where and with what the client manages its registration."""
        if token is None:
            return {}
        return {
            "registration_client_uri": self.registration_client_uri(client),
            "registration_access_token": token,
        }

    def registration_client_uri(self, client: Client) -> str:
        """RFC7592-3-a: absolute URL of the client configuration endpoint of this client."""
        return self.config.endpoint(f"/oauth/register/{client.client_id}")

    def registered_metadata(self, client: Client) -> Mapping[str, Any]:
        """RFC7591-3.2.1-d: all registered metadata, with what the server added; empty members are left out."""
        members: dict[str, Any] = {
            "client_name": client.client_name,
            "redirect_uris": list(client.redirect_uris),
            "grant_types": list(client.grant_types),
            "response_types": list(client.response_types),
            "token_endpoint_auth_method": client.token_endpoint_auth_method,
            "token_endpoint_auth_signing_alg": client.token_endpoint_auth_signing_alg,
            "application_type": client.application_type,
            "scope": " ".join(client.scope),
            "jwks": client.jwks,
            "jwks_uri": client.jwks_uri,
            "dpop_bound_access_tokens": client.dpop_bound_access_tokens,
            **{name: client.metadata[name] for name in DISPLAY_MEMBERS if name in client.metadata},
        }
        return {name: value for name, value in members.items() if value is not None and value not in ("", [])}
