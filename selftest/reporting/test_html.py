import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from conformance.reporting.html import render_html
from conformance.vocabulary import Verdict


@pytest.fixture(scope="module")
def html(run_json):
    return render_html(run_json)


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup(html, "html.parser")


def test_the_verdict_comes_first_with_its_sentence(page, run_json):
    assert page.h1.get_text(" ", strip=True) == "⚠ Harness error"
    assert page.select_one("header .sentence").get_text(strip=True) == run_json["summary"]["sentence"]


def test_target_profiles_date_harness_and_waivers_are_named(page, run_json):
    facts = page.select_one("dl.facts").get_text(" ", strip=True)
    target = run_json["target"]
    for text in [
        target["name"], target["issuer"], target["resource"], *target["waivers"], "22 November 2026, 09:30 UTC",
        run_json["harness"]["version"], *(profile["title"] for profile in run_json["profiles"]),
    ]:  # fmt: skip
        assert text in facts


def test_every_requirement_has_its_anchor_verdict_level_and_link(page, run_json):
    worst = {}
    for result in run_json["results"]:
        worst.setdefault(result["requirement"], set()).add(result["verdict"])
    for row in run_json["requirements"]:
        line = page.find(id=row["id"])
        assert line.name == "tr", row["id"]
        verdicts = worst.get(row["id"], {row["status"]})
        assert line["data-verdict"] in verdicts
        assert line.find("a", href=row["link"]), row["id"]
        assert any(level in line.get_text() for level in row["levels"].values())


def test_the_denominators_are_printed(page, run_json):
    cells = [
        [cell.get_text(strip=True) for cell in line.find_all(["th", "td"])]
        for line in page.select("table.cover tbody tr")
    ]
    for line, (profile_id, part) in zip(cells, run_json["coverage"].items(), strict=True):
        total = part["checked"] + part["planned"] + part["excluded"]
        assert line[:5] == [
            profile_id,
            *(str(n) for n in (total, part["checked"], part["planned"], part["excluded"])),
        ]


def test_the_tally_agrees_with_the_rows(page):
    for line in page.select("table.tally tbody tr"):
        verdict = re.search(r"v-([A-Z-]+)", " ".join(line.select_one(".badge")["class"])).group(1)
        assert int(line.select_one(".n").get_text()) == len(page.select(f'tr.requirement[data-verdict="{verdict}"]'))


def test_a_red_requirement_tells_everything(page):
    told = page.find(id="RFC7636-4.4.1-a").find_next_sibling("tr")
    labels = [term.get_text() for term in told.find_all("dt")]
    assert labels == ["Found", "Changed", "Expected", "Observed", "Means", "Fix", "Again"]
    text = told.get_text()
    for evidence in (
        "curl -i -g",
        "conformance run as.yaml --only RFC7636-4.4.1-a",
        "code=<code#2>",
        "HTTP/1.1 302",
    ):
        assert evidence in text
    assert len(told.find_all("details", class_="exchange")) == 2


def test_a_cascade_is_shown_at_its_root_cause(page):
    heads = [item.find("a").get_text() for item in page.select("ol.findings > li")]
    assert "RFC7636-4.6-b" not in heads
    root = next(item for item in page.select("ol.findings > li") if item.find("a").get_text() == "RFC7636-4.4.1-a")
    assert root.find("a", href="#RFC7636-4.6-b")


def test_known_failures_are_no_findings_but_are_shown_with_their_reason(page):
    assert "RFC6750-3-c" not in [item.find("a").get_text() for item in page.select("ol.findings > li")]
    assert "gateway 4.2 strips" in page.find(id="RFC6750-3-c").find_next_sibling("tr").get_text()


def test_nothing_of_a_hostile_server_becomes_markup(page, html, hostile):
    assert len(page.find_all("script")) == 1
    assert len(page.find_all("title")) == 1
    assert page.find_all(["img", "iframe", "object", "embed"]) == []
    assert [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    assert "<script>alert(document.domain)</script>" in page.get_text()
    assert re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", html) is None
    assert "\\u{202E}txt.exe" in html
    assert "49" not in page.find(id="RFC8707-2-c").find_next_sibling("tr").find("dl").get_text()


@pytest.mark.parametrize(
    "place", ["message", "expected", "observed", "changed", "means", "fix", "known_failure", "check"]
)
def test_no_field_of_a_result_lets_markup_through(sample_run, red, hostile, place):
    broken = replace(red, **{place: hostile, "again": (hostile,)})
    page = BeautifulSoup(render_html(replace(sample_run, results=[broken]).as_json()), "html.parser")
    assert (len(page.find_all("script")), page.find_all("img")) == (1, [])


def test_links_a_browser_would_run_are_dropped(run_json):
    rows = [{**row, "link": "javascript:alert(1)"} for row in run_json["requirements"]]
    page = BeautifulSoup(render_html({**run_json, "requirements": rows}), "html.parser")
    assert not [a for a in page.find_all("a") if a.get("href", "").startswith("javascript")]


def test_endless_strings_are_cut(sample_run, red):
    fields = dict.fromkeys(("message", "expected", "observed", "changed", "means", "fix"), "x" * 1_000_000)
    text = render_html(replace(sample_run, results=[replace(red, **fields)]).as_json())
    assert len(text) < 400_000
    assert "[cut: 998,500 more characters]" in text


def test_the_page_loads_nothing_and_its_policy_allows_only_its_own_code(page):
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'")
    for tag, directive in ((page.find("script"), "script-src"), (page.find("style"), "style-src")):
        digest = b64encode(sha256(tag.string.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert [tag for tag in page.find_all(True) if tag.get("src") or tag.get("style")] == []
    assert [link["href"] for link in page.find_all("link")] == ["data:,"]
    assert "url(" not in page.style.string
    assert "@import" not in page.style.string


def test_the_page_is_whole_without_script(page):
    assert page.find("form", id="filter").has_attr("hidden")
    outside = [tag for tag in page.find_all(hidden=True) if tag.get("id") != "filter"]
    assert outside == []


def test_landmarks_headings_tables_and_language_are_there(page):
    assert page.html["lang"] == "en"
    assert all(page.find(name) for name in ("header", "main", "footer"))
    assert page.select_one("a.skip")["href"] == "#documents"
    assert page.find(id="documents")
    for table in page.find_all("table"):
        assert table.find("caption")
        assert table.find_all("th", scope="row")
    levels = [int(h.name[1]) for h in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for control in page.select("form select, form input"):
        assert control.find_parent("label")


def test_a_verdict_is_always_a_word_and_a_mark(page):
    for badge in page.select(".badge"):
        assert badge.select_one(".mark[aria-hidden=true]").get_text(strip=True)
        assert len(badge.get_text(strip=True)) > 2


_PAIRS = [(text, ground) for text in ("ink", "quiet", "link") for ground in ("paper", "sheet")]
_PAIRS += [(name, f"{name}-bg") for name in ("fail", "warn", "open", "pass", "note", "none")]
_PAIRS += [(name, "paper") for name in ("fail", "warn", "open", "pass")]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), _PAIRS)
def test_colours_reach_wcag_aa(page, scheme, front, back):
    block = re.findall(r":root \{(.*?)\}", page.style.string, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    lighter, darker = sorted((_luminance(colours[front]), _luminance(colours[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_partial_run_and_an_interrupted_one_say_so(run_of):
    run = run_of(("RFC7636-4.4.1-a", Verdict.PASS), interrupted=True)
    page = BeautifulSoup(render_html(run.as_json()), "html.parser")
    notices = " ".join(notice.get_text(" ", strip=True) for notice in page.select(".notice"))
    assert "Cut short." in notices
    assert re.search(r"In part\. \d+ requirements that have a check were left out", notices)


def test_a_result_whose_row_is_in_no_profile_is_still_shown(run_of):
    page = BeautifulSoup(render_html(run_of(("OWN-1", Verdict.FAIL)).as_json()), "html.parser")
    assert page.find(id="OWN-1")["data-verdict"] == "FAIL"
