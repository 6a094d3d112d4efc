import pytest
from sample import SampleProfile

from conformance.catalogue import catalogue
from conformance.reporting.coverage import coverage_of, plan
from conformance.vocabulary import Level, Requirement, Status


def _row(requirement_id: str, document: str, excluded: str | None = None, partly: str | None = None) -> Requirement:
    return Requirement(
        requirement_id,
        document,
        "1",
        Level.MUST,
        (),
        "s",
        "https://x.example",
        excluded=excluded,
        partly=partly,
    )


def test_rows_are_counted_by_status_in_total_and_by_document():
    rows = [_row("A", "one"), _row("B", "one", excluded="why"), _row("C", "two"), _row("D", "two")]
    coverage = coverage_of(rows, {"A", "C", "B"})
    assert coverage.as_json() == {
        "checked": 2,
        "planned": 1,
        "excluded": 1,
        "documents": {
            "one": {"checked": 1, "planned": 0, "excluded": 1},
            "two": {"checked": 1, "planned": 1, "excluded": 0},
        },
    }


def test_a_plan_names_every_row_once_with_its_level_by_profile():
    ids = ("RFC7636-4.4.1-a", "RFC8707-2-h")
    profiles = [SampleProfile("one", "One", ids), SampleProfile("two", "Two", ids[:1])]
    result = plan(profiles, catalogue(), {ids[0]})
    assert [row.row.id for row in result.requirements] == list(ids)
    assert result.requirements[0].levels == {"one": Level.MUST, "two": Level.MUST}
    assert [row.status for row in result.requirements] == [Status.CHECKED, Status.PLANNED]
    assert list(result.documents) == ["RFC 7636", "RFC 8707"]
    assert result.as_json()["requirements"][1]["reason"] == "no check yet"


def test_the_denominator_adds_up_for_the_sample(run_json):
    for profile in run_json["profiles"]:
        asked = [row for row in run_json["requirements"] if profile["id"] in row["levels"]]
        part = run_json["coverage"][profile["id"]]
        assert part["checked"] + part["planned"] + part["excluded"] == len(asked)
        assert part["checked"] == sum(d["checked"] for d in part["documents"].values())


def test_a_profile_that_names_no_row_is_an_error():
    with pytest.raises(KeyError, match="NOPE"):
        plan([SampleProfile("one", "One", ("NOPE",))], catalogue(), ())
