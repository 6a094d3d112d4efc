"""How a registered client reads, updates and deletes itself (RFC 7592)."""

import hmac
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.authorization_server.rules.registration import RegistrationRules

SERVER_MEMBERS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


class RegistrationManagementRules(RegistrationRules):
    """The client configuration endpoint."""

    def client_of_registration_token(self, client_id: str, token: str | None) -> Client:
        """RFC7592-2-a, RFC7592-5-a: the client whose registration access token this is.

        An unknown client and a wrong token look the same: 401.
        """
        client = self.store.clients.find(client_id)
        if client is None or not self.is_registration_token_of(client, token):
            raise self.invalid_registration_token(token)
        self.check_client_may_manage(client)
        return client

    def is_registration_token_of(self, client: Client, token: str | None) -> bool:
        """RFC7592-2.1-b: the token belongs to this client, compared by hash in constant time."""
        expected = client.registration_token_hash
        return token is not None and expected is not None and hmac.compare_digest(hash_secret(token), expected)

    def check_client_may_manage(self, client: Client) -> None:
        """RFC7592-2.1-b: 403 for a client that was suspended, and where management is switched off."""
        if client.status != "active" or not self.config.registration.management:
            raise OAuthError("access_denied", "this client may not manage its registration", 403)

    def updated_client(self, client: Client, sent: ClientMetadata, token: str | None) -> dict[str, Any]:
        """RFC7592-2.2-a: replace the registration by `sent` (the body of the PUT); returns the new information."""
        self.check_update_leaves_server_members(sent)
        self.check_update_client_id(client, sent)
        self.check_update_secret(client, sent)
        judged = self.judge_registration(sent)
        fresh = self.keep_identity(client, self.client_from_metadata(client.client_id, judged, client.source))
        fresh, secret = self.secret_after_update(client, fresh, sent)
        fresh, token = self.registration_token_after_update(fresh, token)
        self.store.clients.save(fresh)
        return self.client_information(fresh, secret, token)

    def check_update_leaves_server_members(self, sent: ClientMetadata) -> None:
        """RFC7592-2.2-b: the members that only the server sets are not in an update."""
        if any(name in sent for name in SERVER_MEMBERS):
            raise self.invalid_client_metadata("an update must not include what only the server sets")

    def check_update_client_id(self, client: Client, sent: ClientMetadata) -> None:
        """RFC7592-2.2-c: the update names the client's current client_id."""
        if sent.get("client_id") != client.client_id:
            raise self.invalid_client_metadata("client_id must be the one of this client")

    def check_update_secret(self, client: Client, sent: ClientMetadata) -> None:
        """RFC7592-2.2-b: a client cannot choose its secret; if it sends one, it is the current one."""
        if "client_secret" in sent and not self.is_current_secret(client, sent["client_secret"]):
            raise self.invalid_client_metadata("client_secret must be the current one of this client")

    def is_current_secret(self, client: Client, secret: object) -> bool:
        """RFC7592-2.2-b: compared by hash in constant time."""
        known = client.secret_hash
        return isinstance(secret, str) and known is not None and hmac.compare_digest(hash_secret(secret), known)

    def keep_identity(self, client: Client, fresh: Client) -> Client:
        """RFC7592-2.1-a: an update changes metadata, not who the client is."""
        return replace(
            fresh,
            client_id=client.client_id,
            client_id_issued_at=client.client_id_issued_at,
            registration_token_hash=client.registration_token_hash,
            access_token_lifetime=client.access_token_lifetime,
        )

    def secret_after_update(self, client: Client, fresh: Client, sent: ClientMetadata) -> tuple[Client, str | None]:
        """RFC7592-2.2-b: the secret stays; a client that starts to need one gets it, one that stops loses it."""
        if client.secret_hash is None or not self.needs_secret(fresh):
            return self.with_secret(fresh)
        kept = replace(fresh, secret_hash=client.secret_hash, client_secret_expires_at=client.client_secret_expires_at)
        return kept, sent.get("client_secret")

    def registration_token_after_update(self, client: Client, token: str | None) -> tuple[Client, str | None]:
        """RFC7592-2.2-a: the registration access token is renewed if configured, else the presented one is repeated."""
        if self.config.registration.rotate_token:
            return self.with_registration_token(client)
        return client, token

    def delete_client(self, client: Client) -> Response:
        """RFC7592-2.3-a: end the client with all that hangs on it; 204 without content."""
        self.store.clients.delete(client.client_id)
        self.end_grants_of_deleted_client(client)
        return Response(status_code=204, headers=self.no_store_headers())

    def end_grants_of_deleted_client(self, client: Client) -> None:
        """RFC7592-2.3-a: codes, tokens and consents of a deleted client end with it."""
        self.store.grants.revoke_all_of_client(client.client_id, self.now())
        self.store.consents.forget_client(client.client_id)
