"""WWW-Authenticate by the letter of RFC 9110, 11.6.1: lists, token68, quoted strings, and every departure told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.expect import Challenge, ChallengeSyntaxError, parse_challenges

TOKEN = st.text(alphabet="!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=8)
QUOTABLE = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
PARAMETERS = st.lists(st.tuples(TOKEN, QUOTABLE), min_size=1, max_size=4)
SPACE = st.sampled_from(["", " ", "\t", "  "])


def written(scheme: str, parameters: list[tuple[str, str]], around: str = "") -> str:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return f"{scheme} " + f"{around},{around}".join(f"{k}{around}={around}{quoted(v)}" for k, v in parameters)


@given(st.lists(st.tuples(TOKEN, PARAMETERS), min_size=1, max_size=4), SPACE)
def test_what_was_written_is_read(challenges: list[tuple[str, list[tuple[str, str]]]], around: str) -> None:
    line = ", ".join(written(scheme, parameters, around) for scheme, parameters in challenges)
    expected = tuple(Challenge(scheme, tuple(parameters)) for scheme, parameters in challenges)
    assert parse_challenges([line]) == expected
    assert parse_challenges([written(s, p, around) for s, p in challenges]) == expected, "one a line is the same"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(line: str) -> None:
    try:
        challenges = parse_challenges([line])
    except ChallengeSyntaxError:
        return
    assert all(challenge.scheme for challenge in challenges)


@pytest.mark.parametrize(
    ("line", "challenges"),
    [
        ("Bearer", (Challenge("Bearer"),)),
        ("Basic, Bearer", (Challenge("Basic"), Challenge("Bearer"))),
        ("Negotiate YII=", (Challenge("Negotiate", token68="YII="),)),
        ("N YII==, Bearer realm=x", (Challenge("N", token68="YII=="), Challenge("Bearer", (("realm", "x"),)))),
        ('Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
         (Challenge("Newauth", (("realm", "apps"), ("type", "1"), ("title", 'Login to "apps"'))),
          Challenge("Basic", (("realm", "simple"),)))),
        (', ,Bearer realm="a,b=c" , , scope="x y",', (Challenge("Bearer", (("realm", "a,b=c"), ("scope", "x y"))),)),
        ("Bearer realm=", (Challenge("Bearer", token68="realm="),)),
        ("", ()),
    ],
)  # fmt: skip
def test_examples(line: str, challenges: tuple[Challenge, ...]) -> None:
    assert parse_challenges([line]) == challenges


@pytest.mark.parametrize(
    "line",
    [
        'Bearer realm="open',
        'Bearer realm="a" scope="b"',
        "Bearer realm=a b",
        'Bearer error = "a"; scope="b"',
        "Bearer realm='a b'",
        '="x"',
        'Bearer realm="a"x',
        "Bearer http://as.example/",
        "{}",
    ],
)
def test_what_is_no_list_of_challenges_is_refused(line: str) -> None:
    with pytest.raises(ChallengeSyntaxError, match="position"):
        parse_challenges([line])


def test_names_are_compared_without_case_and_duplicates_are_kept() -> None:
    (challenge,) = parse_challenges(['bEARER Error="a", eRROR="b"'])
    assert challenge.is_scheme("Bearer")
    assert challenge.get("error") == "a"
    assert challenge.all("ERROR") == ("a", "b")
    assert challenge.get("scope") is None


def test_a_long_hostile_line_is_read_in_no_time() -> None:
    with pytest.raises(ChallengeSyntaxError):
        parse_challenges(['Bearer error="' + "\\" * 100_001])
    assert parse_challenges(["," * 100_000]) == ()
