"""The authorization server as a check sees it: its documents, its clients, its flow."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.client.context import Context
from conformance.client.discovery import Document, metadata_candidates
from conformance.client.flow import AuthorizationFlow
from conformance.client.identity import ClientIdentity
from conformance.client.pkce import new_proof_key
from conformance.client.registration import register, registration_metadata
from conformance.client.requests import form
from conformance.expect import Members, expect_members
from conformance.vocabulary import Inconclusive, NotApplicable
from conformance.wire import Wire
from conformance.wire.addresses import is_loopback, split_url


@dataclass(frozen=True)
class AuthorizationServer:
    """One a check; what it fetches and registers is shared through the context. `issuer` is the configured one."""

    context: Context
    wire: Wire
    issuer: str
    resource: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def rfc8414_document(self) -> Document:
        """The answer at the RFC 8414 well-known URL, whatever it is. Raises NoAnswer."""
        return self.context.document(self.wire, metadata_candidates(self.issuer)[0])

    def documents(self) -> tuple[Document, ...]:
        """The answers at every well-known URL where an MCP client would look."""
        return tuple(self.context.document(self.wire, url) for url in metadata_candidates(self.issuer))

    def metadata_document(self) -> Document:
        """The first place that has metadata for this issuer, else for any. Raises Inconclusive when no place has."""
        others = []
        for url in metadata_candidates(self.issuer):
            document = self.context.document(self.wire, url)
            if document.members and document.members.get("issuer") == self.issuer:
                return document
            if document.members and "issuer" in document.members:
                others.append(document)
        if others:
            return others[0]
        raise Inconclusive(
            f"no metadata document was found for the issuer {self.issuer}",
            root="metadata",
            remedy="see authorization_server.issuer in the target file, and what the well-known URLs answer",
        )

    def metadata(self) -> Members:
        """The members of the metadata document. Raises Inconclusive when there is none."""
        document = self.metadata_document()
        waive, evidence = self.context.facts.waive_loopback_http, document.exchange
        return expect_members("the metadata", document.members or {}, waive_loopback_http=waive, exchange=evidence)

    def jwks(self) -> Document:
        """The JWK Set document. Raises NotApplicable without a jwks_uri."""
        return self.context.document(self.wire, self.metadata().string("jwks_uri"))

    def client(self, grant_type: str = "authorization_code", *, public: bool | None = None) -> ClientIdentity:
        """A client of the target for that grant: given by the target file, else registered once a process.

        Raises Inconclusive when the target gives none and registration fails.
        """

        def fits(client: ClientIdentity) -> bool:
            return grant_type in client.grant_types and public in (None, client.is_public)

        given = next((c for c in self.context.facts.clients if fits(c)), None)
        if given is not None:
            return given
        kind = {True: "none", False: "client_secret_basic", None: "none"}[public]
        return self.context.once(f"client {grant_type} {kind}", lambda: self.new_client(grant_type, kind))

    def new_client(self, grant_type: str = "authorization_code", auth_method: str = "none") -> ClientIdentity:
        """A client registered for this check alone. Raises Inconclusive when registration isn't offered or fails."""
        if not self.context.facts.dynamic_registration:
            return self.context.given_client(lambda c: grant_type in c.grant_types, f"client for {grant_type}")
        facts = self.context.facts
        wanted = registration_metadata(grant_type, auth_method, (facts.redirect_uri,), facts.scope)
        return register(self.wire, self.metadata().value, wanted)

    def flow(self, client: ClientIdentity | None = None, *, user: int = 0) -> AuthorizationFlow:
        """The code flow of that client (default: a shared one) by that user of the target file."""
        facts = self.context.facts
        if user >= len(self.context.users):
            raise Inconclusive("the target file gives no second user", root="user", remedy="add second_user")
        return AuthorizationFlow(
            wire=self.wire,
            metadata=self.metadata().value,
            client=self.as_it_wants(client or self.client()),
            user_agent=self.context.users[user],
            scope=facts.scope,
            resource=self.resource,
            extra_parameters=facts.authorization_parameters,
        )

    def as_it_wants(self, client: ClientIdentity) -> ClientIdentity:
        """That client, who names itself in the body too where the server refuses HTTP Basic without.

        So one deviation, which RFC6749-2.3.1-a judges, doesn't hide what else there is to judge.
        """
        if client.auth_method != "client_secret_basic":
            return client
        key = "client_id beside HTTP Basic"
        return replace(client, names_itself=self.context.once(key, lambda: self._wants_name_beside_basic(client)))

    def _wants_name_beside_basic(self, client: ClientIdentity) -> bool:
        """Whether HTTP Basic alone is an invalid_client and client_id beside it helps; asked by a code of nobody."""
        metadata, user_agent = self.metadata().value, self.context.users[0]
        flow = AuthorizationFlow(self.context.wire(), metadata, client, user_agent)
        pairs = {"grant_type": "authorization_code", "code": unguessable(), "redirect_uri": client.redirect_uri}
        bare = form(flow.endpoint("token_endpoint"), [*pairs.items(), ("code_verifier", new_proof_key().verifier)])
        alone = flow.authenticated(bare)
        named = alone.with_("client_id in the body too", client_id=client.client_id)
        return flow.redeem(alone).error == "invalid_client" and flow.redeem(named).error != "invalid_client"

    def public_flow(self) -> AuthorizationFlow:
        """The code flow of a client without credentials. Raises NotApplicable when the server has no such clients."""
        given = any(c.is_public and "authorization_code" in c.grant_types for c in self.context.facts.clients)
        if not given and not self.supports("token_endpoint_auth_methods_supported", "none", default=("none",)):
            raise NotApplicable("the server has no public clients: its metadata does not list the method none")
        return self.flow(self.client(public=True))

    def machine_flow(self) -> AuthorizationFlow:
        """The flow of a client that may use client_credentials.

        Raises NotApplicable when the server does not offer that grant, or no such client can be had: few servers let
        clients register themselves for it.
        """
        if not self.supports("grant_types_supported", "client_credentials"):
            raise NotApplicable("the server does not offer the client credentials grant")
        try:
            flow = self.flow(self.client("client_credentials", public=False))
        except Inconclusive:
            raise NotApplicable("the target file gives no client for the client credentials grant") from None
        given = flow.client in self.context.facts.clients
        if not given and flow.redeem(flow.client_credentials_request()).access_token is None:
            raise NotApplicable("the target file gives no client for the client credentials grant")
        return flow

    def web_client(self) -> ClientIdentity:
        """A client whose redirect URI is https on a host of its own: a given one, else one registered once a process.

        Raises NotApplicable when there is none and the server lets none register itself.
        """

        def is_web(uri: str) -> bool:
            return uri.startswith("https://") and not is_loopback(split_url(uri).hostname or "")

        for client in self.context.facts.clients:
            uris = tuple(uri for uri in client.redirect_uris if is_web(uri))
            if uris and "authorization_code" in client.grant_types:
                return replace(client, redirect_uris=uris)
        return self.context.once("self-registered web client", self.self_registered_web_client)

    def self_registered_web_client(self) -> ClientIdentity:
        """A fresh client that registered itself with an https redirect URI. Raises NotApplicable when it may not."""
        facts = self.context.facts
        if not facts.dynamic_registration:
            raise NotApplicable("clients don't register themselves at this server")
        server = self.metadata().value
        redirect_uris = (f"https://client-{secrets.token_hex(8)}.example/callback",)
        wanted = registration_metadata("authorization_code", "none", redirect_uris, facts.scope)
        try:
            return register(self.wire, server, wanted | {"application_type": "web"})
        except Inconclusive:
            raise NotApplicable("no client with an https redirect URI may register itself at this server") from None

    def supports(self, member: str, value: str, default: tuple[str, ...] = ()) -> bool:
        """Whether an array of the metadata (or its default when absent) holds that value."""
        listed: Any = self.metadata().value.get(member, list(default))
        return isinstance(listed, list) and value in listed


def unguessable(prefix: str = "") -> str:
    """A value that no server has seen before."""
    return prefix + secrets.token_urlsafe(12)
