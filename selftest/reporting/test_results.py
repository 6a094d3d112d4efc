import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import sample

from conformance.reporting.reader import ResultsFileError, read_results
from conformance.reporting.results import Result, write_atomically
from conformance.vocabulary import Verdict


def test_a_result_survives_the_way_through_json(sample_run):
    for result in sample_run.results:
        rounded = json.loads(json.dumps(result.as_json()))
        assert Result.from_json(rounded) == result


def test_a_result_from_foreign_json_is_refused(sample_run):
    plain = sample_run.results[0].as_json()
    with pytest.raises(ValueError, match="FANTASTIC"):
        Result.from_json({**plain, "verdict": "FANTASTIC"})
    with pytest.raises(KeyError):
        Result.from_json({key: value for key, value in plain.items() if key != "again"})


def test_results_json_satisfies_its_schema(sample_run, tmp_path):
    sample_run.write(tmp_path / "results.json")
    assert read_results(tmp_path / "results.json")["summary"]["counts"]["FAIL"] == 5


def test_the_sample_on_disk_satisfies_the_schema_and_has_every_verdict():
    counts = read_results(sample.SAMPLE)["summary"]["counts"]
    assert [verdict for verdict in Verdict if not counts[verdict]] == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda run: run.pop("strict"),
        lambda run: run.update(extra=1),
        lambda run: run.update(schema_version="2.0"),
        lambda run: run["results"][0].update(verdict="SUCCESS"),
        lambda run: run["results"][0].update(level="must"),
        lambda run: run["results"][0].update(again="one string"),
        lambda run: run["results"][0].pop("node_id"),
        lambda run: run["summary"]["counts"].pop("NOTE"),
        lambda run: run["summary"].update(exit_status=2),
    ],
)
def test_the_schema_is_strict(run_json, tmp_path, break_it):
    broken = json.loads(json.dumps(run_json))
    break_it(broken)
    (tmp_path / "r.json").write_text(json.dumps(broken))
    with pytest.raises(ResultsFileError, match=r"r\.json: not a results\.json"):
        read_results(tmp_path / "r.json")


@pytest.mark.parametrize(
    ("content", "says"), [("{", "not JSON"), ("[" * 200_000, "nested too deeply"), ("[]", "top level")]
)
def test_an_unreadable_file_is_named_in_one_line(tmp_path, content, says):
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(ResultsFileError, match=says) as caught:
        read_results(tmp_path / "r.json")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_order_of_results_does_not_depend_on_workers(sample_run):
    shuffled = list(sample_run.results)
    random.Random(7).shuffle(shuffled)
    assert replace(sample_run, results=shuffled).as_json() == sample_run.as_json()


def test_a_failed_write_leaves_the_old_file_and_no_debris(tmp_path):
    path = tmp_path / "results.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_creates_folders_and_replaces(tmp_path):
    path: Path = tmp_path / "a" / "b" / "results.json"
    write_atomically(path, "one")
    write_atomically(path, "two")
    assert path.read_text() == "two"
