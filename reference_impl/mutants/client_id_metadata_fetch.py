"""Departures in fetching, caching and showing client ID metadata documents."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument, IPAddress
from reference_impl.authorization_server.config import Client, User
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.authorization_request import AuthorizationRequest
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.authorization_server.rules.guarded_fetch import JudgeAddress
from reference_impl.authorization_server.store.sessions import Interaction
from reference_impl.mutants.registry import mutant

_TROUBLE: dict[str, Any] = {
    "client_name": "A client whose site is down",
    "redirect_uris": ["http://127.0.0.1:8765/callback"],
}


@mutant(
    kills={"MCP-CIMD-A1", "CIMD-5-a"},
    story="Only URLs that end in .json are taken for those of documents.",
)
class OnlyJsonSuffixNamesDocuments(Rules):
    def is_client_id_url(self, client_id: str) -> bool:
        path = urlsplit(client_id).path
        return super().is_client_id_url(client_id) and (path in ("", "/") or path.endswith(".json"))


@mutant(kills={"CIMD-5-b"}, story="Every status of success is as good as 200.")
class EverySuccessIsDocument(Rules):
    def check_document_status(self, fetched: FetchedDocument) -> None:
        if not 200 <= fetched.status < 300:
            super().check_document_status(fetched)


@mutant(kills={"CIMD-5-b"}, story="A JSON body is taken for the document even when the status says not found.")
class NotFoundIsDocument(Rules):
    def check_document_status(self, fetched: FetchedDocument) -> None:
        if fetched.status != 404:
            super().check_document_status(fetched)


@mutant(kills={"CIMD-5-c"}, story="Redirects are followed when a document is fetched.")
class RedirectToDocumentIsFollowed(Rules):
    async def guarded_fetch(self, url: str, is_allowed: JudgeAddress | None = None) -> FetchedDocument:
        fetched = await super().guarded_fetch(url, is_allowed)
        target = fetched.headers.get("location")
        return (
            await super().guarded_fetch(target, is_allowed)
            if fetched.status in (301, 302, 307, 308) and target
            else fetched
        )


@mutant(kills={"CIMD-5-c"}, story="A redirect is followed, although what it leads to is then refused.")
class RedirectIsFollowedForNothing(Rules):
    async def guarded_fetch(self, url: str, is_allowed: JudgeAddress | None = None) -> FetchedDocument:
        fetched = await super().guarded_fetch(url, is_allowed)
        if fetched.status == 302:
            await super().guarded_fetch(fetched.headers["location"])
        return fetched


@mutant(kills={"CIMD-5.1-a"}, story="While a client's site is in trouble, its users are let through.")
class TroubleOfTheSiteIsForgiven(Rules):
    def parse_document(self, fetched: FetchedDocument) -> ClientMetadata:
        return dict(_TROUBLE) if fetched.status == 503 else super().parse_document(fetched)

    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        if document.get("client_name") != _TROUBLE["client_name"]:
            super().check_document_client_id(client_id, document)


@mutant(
    kills={"CIMD-8.6-a", "CIMD-8.6-c", "MCP-CIMD-A8"},
    story="The list of forbidden addresses has every private network, but not 0.0.0.0.",
)
class UnspecifiedAddressIsFetched(Rules):
    def is_fetchable_address(self, address: IPAddress) -> bool:
        return address == ip_address("0.0.0.0") or super().is_fetchable_address(address)  # noqa: S104 - compared


@mutant(kills={"CIMD-8.7-a"}, story="Documents of any size are read.")
class DocumentsHaveNoSizeLimit(Rules):
    def document_size_limit(self) -> int:
        return 1 << 40


@mutant(kills={"MCP-CIMD-A3"}, story="The document is fetched anew for every request.")
class DocumentsAreNeverCached(Rules):
    def document_cache_lifetime(self, headers: Mapping[str, str]) -> int:
        return 0


@mutant(kills={"CIMD-5.2-a"}, story="Documents are kept for five minutes at least, whatever their headers say.")
class NoStoreIsIgnored(Rules):
    def document_cache_lifetime(self, headers: Mapping[str, str]) -> int:
        return max(300, super().document_cache_lifetime(headers))


class _RemembersFailures(Rules):
    """What is kept in place of a document that could not be used."""

    def remembers(self, fetched: FetchedDocument) -> bool:
        raise NotImplementedError

    def parse_document(self, fetched: FetchedDocument) -> ClientMetadata:
        try:
            return super().parse_document(fetched)
        except OAuthError:
            return {"remembered": True} if self.remembers(fetched) else {}

    async def fetch_client(self, client_id: str) -> Client:
        fetched = await self.guarded_fetch(client_id)
        if self.parse_document(fetched) == {"remembered": True}:
            self.remember_document(client_id, {"client_id": "none"}, fetched)
        return await super().fetch_client(client_id)


@mutant(kills={"CIMD-5.2-b"}, story="An error of a client's site is remembered like a document.")
class ErrorsAreCached(_RemembersFailures):
    def remembers(self, fetched: FetchedDocument) -> bool:
        return fetched.status == 500


@mutant(kills={"CIMD-5.2-b"}, story="A document is remembered before anybody has looked at it.")
class BrokenDocumentsAreCached(_RemembersFailures):
    def remembers(self, fetched: FetchedDocument) -> bool:
        return fetched.status == 200


@mutant(kills={"MCP-CIMD-A11", "MCP-SBP-02"}, story="The consent page is silent on where the answer goes.")
class RedirectHostIsNotShown(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        return {**super().client_facts(client, request), "redirect_uri": "", "redirect_host": "the application"}


@mutant(kills={"CIMD-8.5-a"}, story="The consent page gives a client's name, but not who vouches for it.")
class ClientIdHostIsNotShown(Rules):
    def client_facts(self, client: Client, request: AuthorizationRequest) -> dict[str, Any]:
        return {**super().client_facts(client, request), "client_id_host": None, "client_id": "a public client"}


@mutant(kills={"MCP-CIMD-A9"}, story="The consent page says the same of a client on this device as of a web site.")
class LocalhostEarnsNoWarning(Rules):
    def only_on_this_device(self, client: Client) -> bool:
        return False


class _AddsToConsent(Rules):
    """Adds HTML to the consent page."""

    def addition(self, client: Client) -> str:
        raise NotImplementedError

    def keep_links_of_the_client(self, metadata: ClientMetadata, own_uris: object) -> ClientMetadata:
        return metadata

    def consent_page(
        self, client: Client, user: User, interaction: Interaction, request: AuthorizationRequest
    ) -> Response:
        page = super().consent_page(client, user, interaction, request)
        page.body = bytes(page.body).replace(b"<dl>", self.addition(client).encode() + b"<dl>", 1)
        page.headers["content-length"] = str(len(page.body))
        return page


@mutant(kills={"CIMD-8.6-b"}, story="The consent page links to the client's home page, whatever scheme that has.")
class AnySchemeIsLinked(_AddsToConsent):
    def is_web_page(self, uri: str) -> bool:
        return True

    def addition(self, client: Client) -> str:
        uri = client.metadata.get("client_uri", "")
        return f'<a href="{uri}">home page</a>' if uri.startswith("javascript:") else ""


@mutant(kills={"CIMD-8.8-a"}, story="The consent page shows the client's logo straight from the client's site.")
class LogoIsLoadedFromTheClient(_AddsToConsent):
    def addition(self, client: Client) -> str:
        uri = client.metadata.get("logo_uri", "")
        return f'<img src="{uri}" alt="">' if uri.startswith("https://127.0.0.1:") else ""


@mutant(kills={"RFC7591-5-b"}, story="A logo may come from anywhere, and the consent page shows it.")
class LogosComeFromAnywhere(_AddsToConsent):
    def addition(self, client: Client) -> str:
        uri = client.metadata.get("logo_uri", "")
        return "" if uri.startswith(("https://127.0.0.1:", "javascript:")) else f'<img src="{uri}" alt="">'
