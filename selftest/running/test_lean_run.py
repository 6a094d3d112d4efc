"""The runner of the kill matrix gives the verdicts that the plugin gives."""

import json
from pathlib import Path

import pytest

from conformance.checks import discovered_checks
from conformance.cli import main
from conformance.profiles import load_profiles
from conformance.running.prepare import make_context
from conformance.targets.bundled import BundledTarget
from selftest.everything import STATELESS, write_everything_profiles
from selftest.lean import LeanRun, Verdicts

TOPIC = "test_pkce or test_challenge or test_audience"


def by_plugin(target: str, folder: Path) -> Verdicts:
    main(
        [
            "run", f"--target={target}", f"--profiles={folder}", f"--profile={STATELESS}", "-k", TOPIC,
            "--format=results", f"--out={folder}/out",
        ]
    )  # fmt: skip
    results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))["results"]
    return {(r["requirement"], r["check"], r["profile"]): r["verdict"] for r in results}


def by_lean_run(mutant: str | None, folder: Path, wanted: Verdicts) -> Verdicts:
    target = BundledTarget(mutant)
    context = make_context(target.start())
    try:
        checks = [check for checks in discovered_checks().values() for check in checks]
        names = {check for _, check, _ in wanted}
        run = LeanRun(context, (load_profiles(folder)[STATELESS],))
        return run.verdicts((check, 1) for check in checks if check.name in names)
    finally:
        context.close()
        target.stop()


@pytest.mark.parametrize("mutant", [None, "verifier-is-not-compared", "bearer-stands-alone"])
def test_lean_run_and_plugin_give_the_same_verdicts(mutant: str | None, tmp_path: Path) -> None:
    write_everything_profiles(tmp_path)
    plugin = by_plugin(f"bundled:{mutant}" if mutant else "bundled", tmp_path)
    assert len(plugin) > 20
    assert by_lean_run(mutant, tmp_path, plugin) == plugin
    assert ("FAIL" in plugin.values()) is (mutant is not None)
