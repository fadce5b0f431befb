"""`fit --holdout` and `evaluate` without --test: what was kept back is the test, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from gan_augment.cli.main import main
from tests.cli.calling import TINY, Call

QUICK = ("--seeds", 1, "--steps", 3, "--per-class", 5, "--arms", "none,gan")
QUICK_ROWS = ("--seeds", 1, "--models", "logistic", "--arms", "none")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that was fitted on four fifths of the digits."""
    run = tmp_path_factory.mktemp("holdout") / "run"
    assert main(["fit", "digits", "--holdout", "0.2", "--out", str(run), "--quiet", *TINY]) == 0
    return run


def test_evaluate_tests_on_what_was_kept_back_and_trains_on_the_rest(call: Call, run: Path, tmp_path: Path) -> None:
    done = call("evaluate", "digits", "--run", run, "--out", tmp_path / "results", "--json", "--quiet", *QUICK)
    assert done.code == 0, done.err
    assert (done.json["images"]["train"], done.json["images"]["test"]) == (1438, 359)
    assert not any("not part of" in note for note in done.json["notes"])


def test_rows_are_kept_back_too(call: Call, tmp_path: Path) -> None:
    run, results = tmp_path / "run", tmp_path / "results"
    done = call("fit", "wine", "--holdout", 0.25, "--out", run, "--json", "--quiet", "--steps", 3)
    assert done.json["classes"] == {"class_0": 44, "class_1": 53, "class_2": 36}
    done = call("evaluate", "wine", "--run", run, "--out", results, "--json", "--quiet", *QUICK_ROWS)
    assert done.code == 0, done.err
    assert (done.json["rows"]["train"], done.json["rows"]["test"]) == (133, 45)


def test_a_run_that_kept_nothing_back_needs_a_test(call: Call, fitted: Path, tmp_path: Path) -> None:
    error = call("evaluate", "digits", "--run", fitted, "--out", tmp_path / "results", "--quiet", *QUICK).error
    assert "--test" in error
    assert "--holdout" in error
    assert not (tmp_path / "results").exists()


def test_other_data_than_the_fit_was_given_is_refused(call: Call, fitted: Path, run: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (90, 8, 8), dtype=np.uint8), np.arange(90) % 10
    np.savez(tmp_path / "others.npz", X=images, y=labels.astype(str))
    others = ("evaluate", tmp_path / "others.npz", "--run", run, "--out", tmp_path / "results", "--quiet", *QUICK)
    assert "fitted on other data" in call(*others).error


def test_a_resumed_fit_refuses_another_share(call: Call, run: Path) -> None:
    assert "0.2, not 0.5" in call("fit", "digits", "--out", run, "--resume", "--holdout", 0.5, "--quiet").error


def test_a_share_out_of_range_is_one_line(call: Call, tmp_path: Path) -> None:
    assert "--holdout" in call("fit", "digits", "--holdout", 20, "--out", tmp_path / "run", "--quiet", *TINY).error
    assert not (tmp_path / "run").exists()


def test_a_dry_run_says_how_many_are_kept_back(call: Call, tmp_path: Path) -> None:
    done = call("fit", "digits", "--holdout", 0.2, "--out", tmp_path / "run", "--dry-run", *TINY)
    assert "359 more are kept back" in done.out
    data = json.loads(call("fit", "digits", "--holdout", 0.2, "--out", tmp_path, "--dry-run", "--json", *TINY).out)
    assert sum(data["held_out"].values()) == 359
