"""Clients whose client_id is the URL of a document about them (client ID metadata documents, MCP CIMD)."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument, RefusedFetch
from reference_impl.authorization_server.config import Client
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.client import ClientRules
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata, ClientMetadataPolicyRules
from reference_impl.authorization_server.rules.guarded_fetch import GuardedFetchRules

MAX_CLIENT_ID_LENGTH = 2048
SECRET_MEMBERS = ("client_secret", "client_secret_expires_at")
_URL_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


class ClientIdMetadataRules(ClientMetadataPolicyRules, GuardedFetchRules, ClientRules):
    """From a URL as client_id to a client: judge the URL, fetch the document, judge the document."""

    async def resolve_client(self, client_id: str) -> Client | None:
        """MCP-CIMD-A1: a registered client, else the one that describes itself at this URL."""
        if self.is_client_id_url(client_id) and self.store.clients.find(client_id) is None:
            return await self.client_of_url(client_id)
        return await super().resolve_client(client_id)

    def is_client_id_url(self, client_id: str) -> bool:
        """MCP-CIMD-A1: what is treated as the URL of a document rather than as a registered identifier."""
        return self.config.client_id_metadata.enabled and client_id.startswith(("https:", "http:"))

    async def client_of_url(self, client_id: str) -> Client:
        """MCP-CIMD-A1, CIMD-5-a: the client that the document at `client_id` describes, cached or fetched.

        Raises OAuthError invalid_client (400) if the URL, the fetch or the document is not acceptable.
        """
        for step in self.client_id_url_steps():
            step(client_id)
        cached = self.store.metadata_documents.find(client_id, self.now())
        return self.client_of_document(client_id, cached) if cached else await self.fetch_client(client_id)

    async def fetch_client(self, client_id: str) -> Client:
        """CIMD-5.1-a, CIMD-5.2-b: fetch, judge, and only then remember the document."""
        try:
            fetched = await self.guarded_fetch(client_id)
        except RefusedFetch as refusal:
            raise self.invalid_metadata_client(f"the client's metadata could not be fetched: {refusal}") from None
        document = self.parse_document(fetched)
        client = self.client_of_document(client_id, document)
        self.remember_document(client_id, document, fetched)
        return client

    def invalid_metadata_client(self, description: str) -> OAuthError:
        """CIMD-5.1-a: the client is unknown, so there is nowhere to redirect to: invalid_client."""
        return OAuthError("invalid_client", description, 400)

    # The URL

    def client_id_url_steps(self) -> tuple[Callable[[str], None], ...]:
        """The judgements of a client_id URL, before anything is fetched."""
        return (
            self.check_client_id_url_characters,
            self.check_client_id_url_is_https,
            self.check_client_id_url_has_path,
            self.check_client_id_url_has_no_dot_segments,
            self.check_client_id_url_has_no_fragment,
            self.check_client_id_url_has_no_userinfo,
        )

    def check_client_id_url_characters(self, client_id: str) -> None:
        """CIMD-3-a: a well-formed URL of at most 2048 characters."""
        try:
            well_formed = urlsplit(client_id).port != 0
        except ValueError:
            well_formed = False
        if not well_formed or len(client_id) > MAX_CLIENT_ID_LENGTH or not _URL_CHARACTERS.fullmatch(client_id):
            raise self.invalid_metadata_client("client_id is no well-formed URL")

    def check_client_id_url_is_https(self, client_id: str) -> None:
        """CIMD-3-a, MCP-CIMD-C2: https and a host."""
        if not client_id.startswith("https://") or not urlsplit(client_id).hostname:
            raise self.invalid_metadata_client("a client_id URL must be https")

    def check_client_id_url_has_path(self, client_id: str) -> None:
        """CIMD-3-a, MCP-CIMD-C2: a path; an origin alone would name everybody who publishes there."""
        if not urlsplit(client_id).path:
            raise self.invalid_metadata_client("a client_id URL must have a path")

    def check_client_id_url_has_no_dot_segments(self, client_id: str) -> None:
        """CIMD-3-a: no . and .. segments, encoded or not."""
        if {".", ".."} & set(unquote(urlsplit(client_id).path).split("/")):
            raise self.invalid_metadata_client("a client_id URL must not have dot segments")

    def check_client_id_url_has_no_fragment(self, client_id: str) -> None:
        """CIMD-3-a: no fragment."""
        if "#" in client_id:
            raise self.invalid_metadata_client("a client_id URL must not have a fragment")

    def check_client_id_url_has_no_userinfo(self, client_id: str) -> None:
        """CIMD-3-a: no user name and no password."""
        if "@" in urlsplit(client_id).netloc:
            raise self.invalid_metadata_client("a client_id URL must not have user information")

    # The answer of the host

    def parse_document(self, fetched: FetchedDocument) -> ClientMetadata:
        """MCP-CIMD-A5: a 200 answer whose body is a JSON object."""
        self.check_document_status(fetched)
        self.check_document_media_type(fetched)
        try:
            document = json.loads(fetched.body.decode("utf-8"))
            json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")
        except (ValueError, RecursionError):
            raise self.invalid_metadata_client("the client's metadata is no JSON") from None
        if not isinstance(document, dict):
            raise self.invalid_metadata_client("the client's metadata is no JSON object")
        return document

    def check_document_status(self, fetched: FetchedDocument) -> None:
        """CIMD-5-b, CIMD-5-c: only 200 is a document; a redirect is an error like any other status."""
        if fetched.status != 200:
            raise self.invalid_metadata_client("the client's metadata was not answered with status 200")

    def check_document_media_type(self, fetched: FetchedDocument) -> None:
        """CIMD-4-b: application/json or application/<something>+json."""
        media_type = fetched.headers.get("content-type", "").partition(";")[0].strip().lower()
        structured = media_type.startswith("application/") and media_type.endswith("+json")
        if media_type != "application/json" and not structured:
            raise self.invalid_metadata_client("the client's metadata is not served as JSON")

    # The document

    def client_of_document(self, client_id: str, document: ClientMetadata) -> Client:
        """MCP-CIMD-A5: judge the document and make the client of it."""
        self.check_document_client_id(client_id, document)
        self.check_document_has_no_secret(document)
        self.check_document_members(document)
        try:
            judged = self.judge_client_metadata(self.fit_document_to_this_server(document))
        except OAuthError as refusal:
            raise self.invalid_metadata_client(f"the client's metadata: {refusal.description}") from None
        judged = self.keep_links_of_the_client(judged, [client_id, *judged.get("redirect_uris", [])])
        return self.client_from_metadata(client_id, judged, "metadata_document")

    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        """MCP-CIMD-A2, CIMD-4-a, CIMD-3-b: client_id in the document is the URL itself, compared as strings."""
        if document.get("client_id") != client_id:
            raise self.invalid_metadata_client("client_id in the client's metadata is not its URL")

    def check_document_has_no_secret(self, document: ClientMetadata) -> None:
        """CIMD-4.1-a: no secret and no method that shares one; the document is public."""
        shared = "client_secret" in str(document.get("token_endpoint_auth_method"))
        if shared or any(name in document for name in SECRET_MEMBERS):
            raise self.invalid_metadata_client("the client's metadata must not use a shared secret")

    def check_document_members(self, document: ClientMetadata) -> None:
        """MCP-CIMD-A5, MCP-CIMD-C3: client_name and redirect_uris are there."""
        if not document.get("client_name") or not document.get("redirect_uris"):
            raise self.invalid_metadata_client("the client's metadata needs client_name and redirect_uris")

    def fit_document_to_this_server(self, document: ClientMetadata) -> ClientMetadata:
        """CIMD-5-a: a document is written for every server, so what this one lacks is left out, not refused."""
        fitted: dict[str, Any] = {"token_endpoint_auth_method": "none", **document}
        known = {"grant_types": self.config.grant_types, "response_types": ("code",)}
        for member, values in known.items():
            if isinstance(fitted.get(member), list):
                fitted[member] = [value for value in fitted[member] if value in values]
        return fitted
