"""Every metadata document that an authorization server publishes, for checks that judge what a document says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.client.authorization_server import AuthorizationServer
from conformance.client.discovery import OPENID_SUFFIX, Document, appended_openid, metadata_candidates
from conformance.expect import Members, expect_members
from conformance.vocabulary import Inconclusive, NotApplicable, Violation
from conformance.wire import NoAnswer
from conformance.wire.addresses import split_url

_SIGNS_OF_METADATA = {"issuer", "authorization_endpoint", "token_endpoint"}
WAIVED = "plain http on a loopback address, which the waiver of this target accepts"


@dataclass(frozen=True)
class Published:
    """One metadata document with the answer that carried it."""

    document: Document
    members: Members


def published(server: AuthorizationServer) -> list[Published]:
    """What looks like metadata at any well-known place of this issuer (RFC 8414, 3 and 5), faulty or not.

    Raises Inconclusive when none does.
    """
    found = []
    for document in answers(server):
        value = document.response.json_object() or {}
        if document.response.status < 400 and _SIGNS_OF_METADATA & value.keys():
            found.append(Published(document, _members(server, document, value)))
    if not found:
        server.metadata_document()
    return found


def answers(server: AuthorizationServer) -> list[Document]:
    """What each well-known place answers, whatever it is; a place that gives no answer at all is left out."""
    found: list[Document] = []
    for url in metadata_candidates(server.issuer):
        try:
            found.append(server.context.document(server.wire, url))
        except NoAnswer:
            continue
    if not found:
        raise Inconclusive("no well-known URL of the issuer gives any answer", root="metadata")
    return found


def all_members(server: AuthorizationServer) -> list[Members]:
    """The members of every published document. Raises Inconclusive when there is none."""
    return [each.members for each in published(server)]


def holding(server: AuthorizationServer, *names: str) -> list[Members]:
    """The published documents that have one of these members. Raises NotApplicable when none has."""
    found = [members for members in all_members(server) if any(name in members.value for name in names)]
    if not found:
        raise NotApplicable(f"the metadata has no {' and no '.join(names)}, which is optional")
    return found


def openid_configuration(server: AuthorizationServer) -> Document:
    """The OpenID Connect document, by its own place first. Raises NotApplicable when there is none."""
    own = appended_openid(server.issuer)
    found = [each.document for each in published(server) if OPENID_SUFFIX in split_url(each.document.url).path]
    if not found:
        raise NotApplicable("the server publishes no OpenID Connect Discovery document")
    return next((document for document in found if document.url == own), found[0])


def openid_members(server: AuthorizationServer) -> Members:
    """The members of the OpenID Connect document. Raises NotApplicable when there is none."""
    document = openid_configuration(server)
    return _members(server, document, document.response.json_object())


def protocol_urls(members: Members) -> dict[str, str]:
    """The endpoints and the key set that the metadata names, by member."""
    return {
        name: value
        for name, value in members.value.items()
        if isinstance(value, str) and (name.endswith("_endpoint") or name == "jwks_uri")
    }


def judge_https(urls: Mapping[str, str], *, waive_loopback_http: bool) -> None:
    """All of these have to be https. Raises Violation, or NotApplicable where only the waiver lets one pass."""
    judged = expect_members("the metadata", urls, waive_loopback_http=waive_loopback_http)
    for name in urls:
        judged.https(name)
    plain = sorted(name for name, url in urls.items() if split_url(url).scheme != "https")
    if plain:
        raise NotApplicable(f"{plain[0]} is {WAIVED}")


def require_each(documents: list[Members], name: str, because: str) -> None:
    """Each document has that member."""
    for members in documents:
        members.require(name, because)


def refuse_value(documents: list[Members], name: str, forbidden: str) -> None:
    """In no document does the array of that name hold the forbidden value."""
    for members in documents:
        if name in members.value and forbidden in members.strings(name):
            listed = f"{name}: {members.strings(name)!r}"
            raise Violation(f"{name} lists {forbidden!r}", expected=f"no {forbidden!r} in {name}", observed=listed)


def _members(server: AuthorizationServer, document: Document, value: Mapping[str, Any] | None) -> Members:
    waive = server.context.facts.waive_loopback_http
    return expect_members(
        f"the metadata at {split_url(document.url).path}",
        value or {},
        waive_loopback_http=waive,
        exchange=document.exchange,
    )
