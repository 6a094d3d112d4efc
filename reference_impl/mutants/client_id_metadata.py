"""Departures in judging client ID metadata documents and the URLs that name them."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from reference_impl.authorization_server.client_id_metadata_fetch import FetchedDocument
from reference_impl.authorization_server.config import Client, hash_secret
from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.parameters import Parameters
from reference_impl.authorization_server.rules import Rules
from reference_impl.authorization_server.rules.client_authentication import Credentials
from reference_impl.authorization_server.rules.client_metadata_policy import ClientMetadata
from reference_impl.mutants.registry import mutant


@mutant(
    kills={"MCP-CIMD-A2", "CIMD-4-a", "CIMD-3-b"},
    story="Nobody looks at client_id in the document: the URL is known anyway.",
)
class DocumentNamesNoClient(Rules):
    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        pass


@mutant(kills={"CIMD-4-a"}, story="client_id is compared with the URL only where the document has one.")
class DocumentMayOmitClientId(Rules):
    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        super().check_document_client_id(client_id, {"client_id": client_id, **document})


@mutant(kills={"CIMD-4-a"}, story="A trailing slash makes no difference when client_id is compared with the URL.")
class TrailingSlashMakesNoDifference(Rules):
    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        named = str(document.get("client_id")).rstrip("/")
        super().check_document_client_id(client_id.rstrip("/"), {**document, "client_id": named})


@mutant(kills={"CIMD-3-b"}, story="client_id URLs are normalised before they are compared.")
class ClientIdUrlsAreNormalised(Rules):
    def check_document_client_id(self, client_id: str, document: ClientMetadata) -> None:
        named = unquote(str(document.get("client_id")))
        super().check_document_client_id(unquote(client_id), {**document, "client_id": named})


@mutant(kills={"MCP-CIMD-A5"}, story="What follows the first JSON object of a document is ignored.")
class TextBehindTheDocumentIsIgnored(Rules):
    def parse_document(self, fetched: FetchedDocument) -> ClientMetadata:
        end = fetched.body.rfind(b"}") + 1
        return super().parse_document(replace(fetched, body=fetched.body[:end]))


@mutant(kills={"MCP-CIMD-A5"}, story="A document without client_name is called by its URL.")
class DocumentNeedsNoName(Rules):
    def check_document_members(self, document: ClientMetadata) -> None:
        super().check_document_members({"client_name": "nameless", **document})


@mutant(
    kills={"MCP-CIMD-A5", "RFC7591-2-a", "OAUTH21-2.3.1-a"},
    story="Without redirect_uris in the document the request decides where the code goes.",
)
class DocumentNeedsNoRedirectUris(Rules):
    def check_document_members(self, document: ClientMetadata) -> None:
        super().check_document_members({"redirect_uris": ["any"], **document})

    def check_redirect_uris_present(self, metadata: ClientMetadata) -> ClientMetadata:
        return metadata

    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri")
        return sent if sent and not client.redirect_uris else super().redirect_uri_of(parameters, client)


@mutant(kills={"MCP-CIMD-A4", "CIMD-4.2-a"}, story="Clients with a document may be redirected anywhere.")
class DocumentClientsRedirectAnywhere(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri")
        return sent if sent and client.source == "metadata_document" else super().redirect_uri_of(parameters, client)


@mutant(kills={"CIMD-4.2-a"}, story="A redirect URI of a document matches everything that starts with it.")
class DocumentRedirectUrisArePrefixes(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri") or ""
        if client.source == "metadata_document" and sent.startswith(client.redirect_uris):
            return sent
        return super().redirect_uri_of(parameters, client)


@mutant(kills={"CIMD-4.2-a"}, story="The query of a redirect URI is left out when it is compared with the document's.")
class DocumentRedirectUrisHaveAnyQuery(Rules):
    def redirect_uri_of(self, parameters: Parameters, client: Client) -> str:
        sent = parameters.get("redirect_uri") or ""
        if client.source == "metadata_document" and sent.partition("?")[0] in client.redirect_uris:
            return sent
        return super().redirect_uri_of(parameters, client)


@mutant(kills={"CIMD-3-a"}, story="A client_id URL may be http.")
class HttpClientIdIsFine(Rules):
    def check_client_id_url_is_https(self, client_id: str) -> None:
        super().check_client_id_url_is_https(client_id.replace("http://", "https://", 1))


@mutant(kills={"CIMD-3-a"}, story="A client_id URL may be an origin without a path.")
class ClientIdNeedsNoPath(Rules):
    def check_client_id_url_has_path(self, client_id: str) -> None:
        pass


@mutant(kills={"CIMD-3-a"}, story="Dot segments of a client_id URL are left to the HTTP library.")
class ClientIdMayHaveDotSegments(Rules):
    def check_client_id_url_has_no_dot_segments(self, client_id: str) -> None:
        pass


@mutant(kills={"CIMD-3-a"}, story="A client_id URL may have a fragment.")
class ClientIdMayHaveFragment(Rules):
    def check_client_id_url_has_no_fragment(self, client_id: str) -> None:
        pass


@mutant(kills={"CIMD-3-a"}, story="A client_id URL may have a user name.")
class ClientIdMayHaveUserinfo(Rules):
    def check_client_id_url_has_no_userinfo(self, client_id: str) -> None:
        pass


@mutant(kills={"CIMD-4.1-a"}, story="A client_secret in a document is used as if it were one.")
class DocumentMayHoldSecret(Rules):
    def check_document_has_no_secret(self, document: ClientMetadata) -> None:
        pass

    def client_of_document(self, client_id: str, document: dict[str, Any]) -> Client:
        client = super().client_of_document(client_id, document)
        secret = document.get("client_secret")
        return replace(client, secret_hash=hash_secret(secret)) if secret else client


@mutant(
    kills={"CIMD-8.2-a"}, story="A client with a document is let in by its client_id alone, whatever it registered."
)
class DocumentClientsNeedNotAuthenticate(Rules):
    def check_registered_method(self, client: Client, presented: Credentials) -> None:
        if client.source != "metadata_document" or presented.method != "none":
            super().check_registered_method(client, presented)


@mutant(kills={"CIMD-8.2-a"}, story="The signature of an assertion of a client with a document isn't verified.")
class AssertionsOfDocumentClientsAreBelieved(Rules):
    async def verify_credentials(self, client: Client, presented: Credentials) -> None:
        try:
            await super().verify_credentials(client, presented)
        except OAuthError:
            if client.source != "metadata_document":
                raise
