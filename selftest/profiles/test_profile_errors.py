"""Every mistake in a profile is one line with file, line and, where there is one, the nearest valid word."""

from pathlib import Path

import pytest

from conformance.profiles import ProfileError, load_profiles
from conformance.vocabulary import Level

GOOD = """\
id: our-platform
title: ours
extends: [rfc-baseline]
requires:
- RFC7009-2-a
raises:
  RFC8707-2-h:
    to: MUST
    source: our standard, section 4
not_scored:
  RFC9068-2.2-a: decided otherwise
params:
  access_token_max_seconds: 28800
"""


def load(folder: Path, text: str, **others: str) -> None:
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    for name, other in others.items():
        (folder / f"{name}.yaml").write_text(other, encoding="utf-8")
    load_profiles(folder)


def test_a_good_profile_is_folded_together(tmp_path: Path) -> None:
    load(tmp_path, GOOD.replace("  RFC9068-2.2-a: decided otherwise", "  RFC7636-4.6-b: decided otherwise"))
    profiles = load_profiles(tmp_path)
    ours, parent = profiles["our-platform"], profiles["rfc-baseline"]
    assert ours.requires[-1] == "RFC7009-2-a"
    assert set(ours.requires) == {*parent.requires, "RFC7009-2-a"} - {"RFC7636-4.6-b"}
    assert ours.raises["RFC8707-2-h"].to is Level.MUST
    assert ours.params.access_token_max_seconds == 28800


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("title: ours", "titel: ours", 2, "unknown key 'titel'; did you mean 'title'?"),
        ("title: ours\n", "", 1, "a profile needs the key 'title'"),
        ("id: our-platform", "id: Our Platform", 1, "id has to be lower-case letters"),
        ("id: our-platform", "id: 7", 1, "id has to be lower-case letters"),
        ("[rfc-baseline]", "[rfc-basline]", 3, "extends unknown profile 'rfc-basline'; did you mean 'rfc-baseline'?"),
        ("[rfc-baseline]", "rfc-baseline", 3, "extends has to be a list of words"),
        ("[rfc-baseline]", "[our-platform]", 3, "profiles extend each other in a circle"),
        ("- RFC7009-2-a", "- RFC7009-2-zz", 5, "unknown requirement 'RFC7009-2-zz'; did you mean 'RFC7009-2"),
        ("- RFC7009-2-a", "- RFC7009-2-a\n- RFC7009-2-a", 5, "RFC7009-2-a is listed twice"),
        ("- RFC7009-2-a", "- {a: b}", 4, "requires has to be a list of words"),
        ("- RFC7009-2-a", "- [x]", 4, "requires has to be a list of words"),
        ("to: MUST", "to: SHOULD", 7, "a profile may only strengthen a level"),
        ("to: MUST", "to: MAY", 7, "a profile may only strengthen a level"),
        ("to: MUST", "to: MUSTARD", 7, "unknown level 'MUSTARD'; did you mean 'MUST'?"),
        ("    source: our standard, section 4\n", "", 7, "needs `to: LEVEL` and `source"),
        ("  RFC9068-2.2-a: decided otherwise", "- RFC9068-2.2-a", 10, "not_scored has to be keys and values"),
        (
            "access_token_max_seconds: 28800",
            "access_token_max_second: 1",
            13,
            "did you mean 'access_token_max_seconds'?",
        ),
        (
            "access_token_max_seconds: 28800",
            "access_token_max_seconds: soon",
            13,
            "has to be a whole number, not 'soon'",
        ),
        ("access_token_max_seconds: 28800", "access_token_max_seconds: true", 13, "has to be a whole number"),
        ("access_token_max_seconds: 28800", "prm_resource_match: fuzzy", 13, "has to be one of exact, prefix"),
        ("title: ours", "title: ours\nmcp_version: '2027-01-01'", 14, "mcp_version has to be one of"),
        ("title: ours", "title: ours\ntitle: twice", 3, "key 'title' stands twice"),
        ("title: ours", "title: [", 3, "not valid YAML"),
        (GOOD, "", 1, "the file is empty"),
        (GOOD, "- a list\n", 1, "expected keys and values here"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    message = str(caught.value)
    assert "\n" not in message
    assert said in message
    file, _, rest = message.partition(".yaml:")
    assert Path(file).name == "ours"
    assert abs(int(rest.partition(":")[0]) - line) <= 1, message


def test_excluded_rows_cannot_be_required(tmp_path: Path) -> None:
    from conformance.catalogue import catalogue

    excluded = next(row.id for row in catalogue().rows.values() if row.excluded)
    with pytest.raises(ProfileError, match="is excluded from judging"):
        load(tmp_path, GOOD.replace("RFC7009-2-a", excluded))


@pytest.mark.parametrize("profile_id", ["mcp-2026", "mcp-2026-07-28-extra", "oauth", "authorization"])
def test_an_id_that_k_could_not_tell_apart_is_refused(tmp_path: Path, profile_id: str) -> None:
    with pytest.raises(ProfileError, match=r"is part of") as caught:
        load(tmp_path, GOOD.replace("our-platform", profile_id))
    assert ".yaml:" in str(caught.value)


def test_an_id_that_is_the_name_of_a_folder_of_checks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="is part of the name"):
        load(tmp_path, GOOD.replace("our-platform", "deployment"))


def test_circles_over_several_files_are_found(tmp_path: Path) -> None:
    one = "id: circle-one\ntitle: t\nextends: [circle-two]\nrequires: []\n"
    two = "id: circle-two\ntitle: t\nextends: [circle-one]\nrequires: []\n"
    with pytest.raises(ProfileError, match=r"in a circle: circle-(one -> circle-two|two -> circle-one)"):
        load(tmp_path, one, two=two)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"profile id 'our-platform' is already taken by .*\.yaml"):
        load(tmp_path, GOOD, twin=GOOD)
    with pytest.raises(ProfileError, match="already taken"):
        load(tmp_path, GOOD.replace("our-platform", "oauth-2.1"), twin="id: other-one\ntitle: t\nrequires: []\n")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such folder"):
        load_profiles(tmp_path / "nowhere")
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError):
        load_profiles(tmp_path)
