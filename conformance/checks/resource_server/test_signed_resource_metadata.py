"""Language tags and signed metadata: RFC 9728, sections 2.1 and 2.2."""

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

from conformance.catalogue import requirement
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import NotApplicable, Violation

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|[xi](-[A-Za-z0-9]{1,8})+", re.IGNORECASE)


@requirement("RFC9728-2.1-a")
def test_language_tags_are_well_formed(resource_server: ResourceServer) -> None:
    """What follows the # in a member name is a language tag (BCP 47).

    Means: no client finds the text in its user's language.
    Fix: write tags such as de or pt-BR after the #.
    """
    for name, tag in _tagged(resource_server.metadata().value):
        if not _TAG.fullmatch(tag):
            raise Violation(f"{name} has no language tag", expected="a tag such as de", observed=repr(tag))


@requirement("RFC9728-2.1-b")
def test_a_member_without_tag_stands_beside_tagged_ones(resource_server: ResourceServer) -> None:
    """Each member that is given in some language is given without a tag as well.

    Means: clients that know no tags, or not that language, have nothing to show.
    Fix: add the same member without # and tag.
    """
    metadata = resource_server.metadata()
    for name, tag in _tagged(metadata.value):
        if name not in metadata.value:
            raise Violation(f"{name} has tagged variants only", expected=f"{name} without tag", observed=f"#{tag}")


@requirement("RFC9728-2.1-b")
def test_language_tags_have_the_registered_case(resource_server: ResourceServer) -> None:
    """Tags are spelled as registered: language in lower case, four-letter script capitalised, region in upper case.

    Means: member names are compared with case, so clients that look for the usual spelling miss the text.
    Fix: spell tags like de, pt-BR and zh-Hant.
    """
    for name, tag in _tagged(resource_server.metadata().value):
        if _TAG.fullmatch(tag) and tag != _registered_case(tag):
            observed = f"{name}#{tag}"
            raise Violation("a tag in another case", expected=f"{name}#{_registered_case(tag)}", observed=observed)


@requirement("RFC9728-2.2-a")
def test_signed_metadata_is_signed_and_says_by_whom(resource_server: ResourceServer) -> None:
    """signed_metadata is a JWT with a signature or MAC, and has iss.

    Means: clients trust statements that anybody could have written.
    Fix: sign the JWT with a real algorithm and name the signer as iss.
    """
    header, claims, signature = _signed_metadata(resource_server)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none" or not signature:
        raise Violation("signed_metadata is not signed", expected="a signature", observed=f"alg {algorithm!r}")
    if not isinstance(claims.get("iss"), str) or not claims["iss"]:
        raise Violation("signed_metadata has no iss", expected="iss as a string", observed=repr(claims.get("iss")))


@requirement("RFC9728-2.2-d")
def test_signed_metadata_does_not_hold_itself(resource_server: ResourceServer) -> None:
    """signed_metadata is not among the claims of the signed JWT.

    Means: clients are told to throw such metadata away.
    Fix: leave signed_metadata out of the claims.
    """
    _, claims, _ = _signed_metadata(resource_server)
    if "signed_metadata" in claims:
        expected = "no signed_metadata among the claims"
        raise Violation(
            "signed_metadata is a claim of itself", expected=expected, observed="signed_metadata in the JWT"
        )


def _tagged(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(name, tag) for name, mark, tag in (key.partition("#") for key in metadata) if mark]
    if not found:
        raise NotApplicable("no member has a language tag")
    return found


def _registered_case(tag: str) -> str:
    subtags = tag.lower().split("-")
    return "-".join(
        part.upper() if index and len(part) == 2 else part.capitalize() if index and len(part) == 4 else part
        for index, part in enumerate(subtags)
    )


def _signed_metadata(resource_server: ResourceServer) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature part of the JWT; a value that is none is a Violation, absence not applicable."""
    value = resource_server.metadata().string("signed_metadata")
    parts = value.split(".")
    header, claims = (_json(part) for part in (*parts, "", "")[:2])
    if len(parts) != 3 or header is None or claims is None:
        raise Violation("signed_metadata is no JWT", expected="three parts with JSON", observed=f"{len(parts)} parts")
    return header, claims, parts[2]


def _json(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (Base64Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
