"""Which mutants are said to reach a check: all that can change what it sees, few others."""

from functools import cache

import pytest

from conformance.checks import Check
from reference_impl.mutants.registry import load_mutants, load_variations
from selftest.matrix import every_check, observe_reach
from selftest.reach import Reach

_VERIFIER = "RFC7636-4.6-b"
_SIGNATURE = "RFC9068-4-k"


@cache
def _observed() -> tuple[Reach, Check]:
    reach = observe_reach(frozenset({_VERIFIER}))
    return reach, every_check(frozenset({_VERIFIER}))[0]


def _reaches(name: str) -> bool:
    reach, check = _observed()
    return reach.includes((load_mutants() | load_variations())[name], check)


@pytest.mark.parametrize(
    "name",
    [
        "missing-method-means-s256",  # another answer of a method on the way
        "token-endpoint-has-afragment",  # another member of the metadata, which the check reads
        "codes-are-numbered",  # keeps count in its module
        "audience-as-array",  # a field of the configuration that is read on the way
        "issuer-with-path",  # another launch
        "cross-origin-access-everywhere",  # a shim around a server that is asked
        "client-of-the-house-needs-no-login",  # differs in the first login only
    ],
)
def test_a_departure_that_is_met_reaches_the_check(name: str) -> None:
    assert _reaches(name)


@pytest.mark.parametrize(
    "name",
    [
        "machine-tokens-have-no-sub",  # the same answer for a user's token
        "list-as-string",  # another member of the metadata, which nobody reads here
        "roles-are-one-string",  # what it writes is the same here
        "pages-can-be-framed",  # only on a page of the first login
        "large-documents-are-read",  # a field that is not read on the way
        "huge-token-is-too-large",  # a rule of the other server
        "stream-without-a-token",  # a shim around a server that is not asked
    ],
)
def test_a_departure_that_is_not_met_does_not_reach_the_check(name: str) -> None:
    assert not _reaches(name)


@cache
def _observed_at_the_resource() -> tuple[Reach, Check]:
    reach = observe_reach(frozenset({_SIGNATURE}))
    return reach, every_check(frozenset({_SIGNATURE}))[0]


@pytest.mark.parametrize("name", ["resource-jwks-uri-is-plain-http", "dpop-is-demanded-on-paper"])
def test_metadata_read_for_the_presentation_alone_reaches_a_check_by_its_outcome(name: str) -> None:
    reach, check = _observed_at_the_resource()
    departure = load_mutants()[name]
    assert not reach.includes(departure, check)
    assert reach.touches_presentation(departure)
    assert reach.includes(departure, check, is_presented_otherwise=True)


def test_a_rule_that_is_no_part_of_the_presentation_does_not_touch_it() -> None:
    reach, _ = _observed_at_the_resource()
    assert not reach.touches_presentation(load_mutants()["request-uris-are-numbered"])


def test_what_a_check_asks_again_after_the_presentation_counts_as_its_own() -> None:
    reach, check = _observed_at_the_resource()
    assert reach.includes(load_mutants()["embedded-key-is-used"], check)
    assert reach.includes(load_mutants()["codes-are-numbered"], check)
