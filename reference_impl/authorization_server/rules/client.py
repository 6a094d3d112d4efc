"""Finding the client that a request names."""

from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.rules.base import RulesBase


class ClientRules(RulesBase):
    """Who counts as a client."""

    async def resolve_client(self, client_id: str) -> Client | None:
        """The active client with this client_id. Awaited, since a client's document may have to be fetched."""
        return self.known_client(client_id)

    def known_client(self, client_id: str) -> Client | None:
        """The active client with this client_id, from the store alone."""
        client = self.store.clients.find(client_id)
        return client if client is not None and self.client_is_active(client) else None

    def client_is_active(self, client: Client) -> bool:
        """A suspended or revoked client is treated as unknown."""
        return client.status == "active"
