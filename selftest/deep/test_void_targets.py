"""Servers that do nothing right earn no PASS from deep checks either, and none makes the judge fail."""

import pytest

from conformance.client.facts import DeepFacts, TargetFacts
from conformance.profiles import load_profiles
from conformance.profiles.model import DEEP_PROFILE
from conformance.running.prepare import make_context
from selftest.deep.judged import DEEP_CHECKS
from selftest.lean import LeanRun
from selftest.void_servers import (
    Behaviour,
    MiniatureServer,
    always_200_empty_object,
    always_401,
    always_404,
    always_500,
    garbage_bytes,
)

NOTHING_RIGHT = (always_200_empty_object, always_401, always_404, always_500, garbage_bytes)


@pytest.mark.parametrize("behaviour", NOTHING_RIGHT)
def test_a_void_target_earns_no_pass_by_generated_examples(behaviour: Behaviour) -> None:
    with MiniatureServer(behaviour).running() as base:
        facts = TargetFacts(
            name="void",
            kind="url",
            issuer=base,
            mcp_url=f"{base}/mcp",
            plain_url=f"{base}/echo",
            waive_loopback_http=True,
            tokens={"access_token": "any token"},
            deadline_seconds=1.0,
            deep=DeepFacts(0, 2),
        )
        context = make_context(facts)
        try:
            run = LeanRun(context, (load_profiles()[DEEP_PROFILE],))
            verdicts = run.verdicts((check, 1) for check in DEEP_CHECKS)
        finally:
            context.close()
    assert {i: v for (i, _, _), v in verdicts.items() if v in ("PASS", "ERROR")} == {}
