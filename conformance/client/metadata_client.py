"""A client that identifies itself by a document: what the judge serves, and the flow of that client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.document_host import DocumentHost, HostedAnswer
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.expect import AuthorizationAnswer
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire.addresses import is_loopback, split_url

CLIENT_NAME = "Document conformance client"


@dataclass(frozen=True)
class MetadataClients:
    """Makes clients with documents of their own at one authorization server."""

    server: AuthorizationServer
    host: DocumentHost

    @property
    def redirect_uri(self) -> str:
        """The redirect URI that good documents list."""
        return self.server.context.facts.redirect_uri

    def document(self, client_id: str, /, **members: Any) -> dict[str, Any]:
        """A good document for that client_id with these members set, or left out where they are None."""
        good: dict[str, Any] = {
            "client_id": client_id,
            "client_name": CLIENT_NAME,
            "redirect_uris": [self.redirect_uri],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        return {name: value for name, value in {**good, **members}.items() if value is not None}

    def published(self, headers: Mapping[str, str] | None = None, /, **members: Any) -> AuthorizationFlow:
        """The flow of a new client whose good document, changed by `members`, is served."""
        url = self.host.new_url()
        return self.served(url, self.answer(url, headers, **members), redirect_uri=_first(members))

    def answer(self, client_id: str, headers: Mapping[str, str] | None = None, /, **members: Any) -> HostedAnswer:
        """The answer that holds the document of that client_id."""
        return HostedAnswer(json.dumps(self.document(client_id, **members)).encode(), headers=headers or {})

    def served(self, url: str, answer: HostedAnswer, *, redirect_uri: str | None = None) -> AuthorizationFlow:
        """The flow of the client `url`, at which that answer is served from now on."""
        self.host.serve(url, answer)
        return self.flow(url, redirect_uri=redirect_uri)

    def flow(self, client_id: str, *, redirect_uri: str | None = None) -> AuthorizationFlow:
        """The flow of a public client with that client_id."""
        return self.server.flow(ClientIdentity(client_id, redirect_uris=(redirect_uri or self.redirect_uri,)))

    def control(self, **members: Any) -> AuthorizationAnswer:
        """A client with a good document gets a code. Raises Inconclusive when it does not."""
        flow = self.published(**members)
        try:
            return flow.control(flow.authorization_request())
        except Inconclusive as problem:
            url = flow.client.client_id
            seen = f"fetched {self.host.fetches(url)} times" if self.host.fetches(url) else "never fetched"
            raise Inconclusive(
                f"a client with a good metadata document got no code (the document was {seen}): {problem.message}",
                root="client ID metadata document",
                remedy="see that the server may fetch from document_host and trusts its certificate",
            ) from None

    def refused_while_good_ones_are_not(self, url: str, answer: HostedAnswer, change: str) -> AuthorizationAnswer:
        """What the client `url` with that answer ends in, once a client with a good document got a code."""
        self.control()
        flow = self.served(url, answer)
        return flow.send(flow.authorization_request().with_(change))


def metadata_clients(server: AuthorizationServer) -> MetadataClients:
    """Raises NotApplicable where the server doesn't announce these documents, Inconclusive without a fitting host."""
    if server.metadata().value.get("client_id_metadata_document_supported") is not True:
        raise NotApplicable("the server does not announce client_id_metadata_document_supported")
    host = server.context.document_host()
    if host.is_on_loopback and not is_loopback(split_url(server.issuer).hostname or ""):
        raise Inconclusive(
            "the document host is on loopback and the server is not, so the server can't reach it",
            root="document host",
            remedy="give document_host.base_url a name from which the server may fetch",
        )
    return MetadataClients(server, host)


def _first(members: Mapping[str, Any]) -> str | None:
    uris = members.get("redirect_uris")
    return uris[0] if uris else None
