import shlex

import pytest

from conformance.reporting.curl import curl_line
from conformance.reporting.text import one_line, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße, 你好, שלום", "Grüße, 你好, שלום"),
        ("a\x00b\x1b[31m\r", "a\\u{0}b\\u{1B}[31m\\u{D}"),
        ("\u202eevil\u2066\u200f", "\\u{202E}evil\\u{2066}\\u{200F}"),
        ("zero\u200bwidth\ufeff", "zero\\u{200B}width\\u{FEFF}"),
        ("\ud800\ufffe\U000e0041", "\\u{D800}\\u{FFFE}\\u{E0041}"),
        ("line\u2028para\u2029", "line\\u{2028}para\\u{2029}"),
        ("e\u0301\u0302\u0303", "e\u0301\u0302\\u{303}"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text, shown):
    assert visible(text) == shown


def test_long_text_is_cut_with_a_note():
    assert visible("x" * 1_234_567, 10) == "x" * 10 + " [cut: 1,234,557 more characters]"
    assert shortened("x" * 20, 10) == "x" * 10 + "…"
    assert shortened("x" * 10, 10) == "x" * 10


def test_one_line_is_one_line():
    assert one_line("a\nb\tc") == "a b c"


def _exchange(method: str, url: str, headers: list[list[str]], body: str = "") -> dict[str, object]:
    return {"method": method, "url": url, "request": {"start_line": "", "headers": headers, "body": body}}


def test_a_curl_line_repeats_the_request():
    line = curl_line(
        _exchange(
            "POST",
            "https://as.example/token",
            [
                ["Host", "as.example"],
                ["Content-Length", "9"],
                ["Content-Type", "application/x-www-form-urlencoded"],
            ],
            "grant_type=authorization_code&code=<code#2>",
        )
    )
    words = shlex.split(line)
    assert words[0] == "curl"
    assert words[-2:] == ["--url", "https://as.example/token"]
    assert words[words.index("--data-raw") + 1] == "grant_type=authorization_code&code=<code#2>"
    assert "Content-Type: application/x-www-form-urlencoded" in words
    assert "-X" not in words
    assert not any(word.startswith(("Host:", "Content-Length:")) for word in words)


@pytest.mark.parametrize(("method", "body", "named"), [("DELETE", "", True), ("GET", "", False), ("PUT", "x", True)])
def test_the_method_is_named_when_curl_would_guess_another(method, body, named):
    words = shlex.split(curl_line(_exchange(method, "https://as.example/", [], body)))
    assert (words[words.index("-X") + 1] == method) if named else ("-X" not in words)


def test_a_hostile_string_never_becomes_more_than_an_argument(hostile):
    nasty = f"'; touch /tmp/x; '\n{hostile}"
    line = curl_line(_exchange("GET", f"https://as.example/{nasty}", [["X", nasty]], nasty))
    assert "\n" not in line
    assert line.isprintable()
    assert "touch" not in shlex.split(line)
    words = shlex.split(line)
    assert words[:7] == ["curl", "-i", "-g", "--max-time", "10", "-X", "GET"]
    assert [words[7], words[9], words[11]] == ["-H", "--data-raw", "--url"]
    assert len(words) == 13
