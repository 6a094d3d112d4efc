"""Dated MCP profiles judge a specification as it was published: a change of what they score has to be meant.

`python selftest/profiles/test_dated_profiles.py` writes pinned.json anew; the commit says which row was wrong.
"""

import hashlib
import json
from pathlib import Path

from conformance.profiles import Profile, load_profiles

PINNED = Path(__file__).with_name("pinned.json")


def fingerprint(profile: Profile) -> str:
    """Over everything that decides the score: requirements, raised levels, and what is not scored."""
    raises = sorted((i, raised.to.value, raised.source) for i, raised in profile.raises.items())
    content = [sorted(profile.requires), raises, sorted(profile.not_scored.items())]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


def dated() -> dict[str, str]:
    return {i: fingerprint(profile) for i, profile in sorted(load_profiles().items()) if i.startswith("mcp-")}


def test_dated_profiles_are_as_pinned() -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    changed = sorted(i for i in pinned.keys() | dated().keys() if pinned.get(i) != dated().get(i))
    assert not changed, (
        f"{changed} score something else than pinned; if that is meant, run "
        f"python {PINNED.parent.name}/{Path(__file__).name}"
    )


def test_each_dated_profile_is_of_its_version() -> None:
    for profile_id, profile in load_profiles().items():
        if profile_id.startswith("mcp-"):
            assert profile.mcp_version == profile_id.removeprefix("mcp-")
            assert profile.params.mcp_version == profile.mcp_version


if __name__ == "__main__":
    PINNED.write_text(json.dumps(dated(), indent=1) + "\n", encoding="utf-8")
