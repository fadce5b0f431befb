"""`gan-augment evaluate` without --run: a whole study, its words, its exit codes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .calling import Call

QUICK = ("--replicates", "1", "--inner-folds", "2", "--models", "logistic", "--fit-steps", "5", "--quiet")
ROWS = ("evaluate", "breast_cancer", "--arms", "none,weights,gan-prior,auto")


def test_a_study_of_a_table_ends_with_its_sentence_and_its_files(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "results"
    said = call(*ROWS, "--minority", "20", "--out", out, *QUICK)
    assert said.code == 0
    assert "logistic: too few replicates for a verdict on auto" in said.out
    assert said.out.rstrip().endswith(f"The results lie in {out}")
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [row["arm"] for row in rows] == ["none", "weights", "gan-prior", "auto"]
    assert {row["failed"] for row in rows} == {None}
    settings = json.loads((out / "settings.json").read_text())
    assert (settings["scarcity.minority"], settings["generator.steps"], settings["inner_folds"]) == (20, 5, 2)
    inner = [json.loads(line) for line in (out / "inner.jsonl").read_text().splitlines()]
    assert {row["temperature"] for row in inner} == {None}


def test_a_study_of_images_takes_their_options(call: Call, tmp_path: Path) -> None:
    said = call(
        *("evaluate", "digits", "--train-per-class", "4", "--arms", "none,classical", "--confirm", "classical"),
        *("--models", "cnn", "--steps", "3", "--replicates", "1", "--inner-folds", "2", "--quiet", "--json"),
        *("--out", tmp_path / "results"),
    )
    assert said.code == 0
    assert set(json.loads(said.out)["models"]["cnn"]["arms"]) == {"none", "classical"}
    inner = [json.loads(line) for line in (tmp_path / "results" / "inner.jsonl").read_text().splitlines()]
    assert len(inner) == 4
    assert all(row["temperature"] > 0 for row in inner)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--arms", "none,gun"), "gan"),
        (("--models", "logistik"), "logistic"),
        (("--classifier", "nowhere:factory"), "nowhere"),
        (("--confirm", "autos"), "auto"),
        (("--minority", "5000"), "5000"),
        (("--test-share", "1.5"), "between 0 and 1"),
        (("--cut", "malign=5"), "malignant"),
        (("--cut", "malignant"), "--cut"),
        (("--group", "nothing"), "nothing"),
        (("--seeds", "0"), "at least once"),
        (("--share", "0.5"), "--share is not for tables"),
        (("--steps", "10"), "--steps is not for tables"),
        (("--score", "log_loss"), "log_loss"),
        (("--recipe", "tabula"), "Did you mean 'tabular'?"),
        (("--recipe", "r3"), "is for images"),
        (("--set", "nothing=1"), "nothing"),
        (("--precision", "fp8"), "fp8"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_makes_nothing(
    call: Call, tmp_path: Path, wrong: tuple[str, ...], said: str
) -> None:
    arguments: dict[str, str] = {"--arms": "none,gan-prior,auto", "--out": str(tmp_path / "out")}
    arguments |= dict(zip(QUICK[:-1:2], QUICK[1:-1:2], strict=True))
    arguments |= dict([wrong])
    flat = [text for pair in arguments.items() for text in pair]
    answer = call("evaluate", "breast_cancer", *flat, "--quiet")
    assert said in answer.error
    assert not (tmp_path / "out" / "results.jsonl").exists()


def test_options_of_a_study_are_refused_beside_a_run(call: Call, tmp_path: Path) -> None:
    answer = call("evaluate", "digits", "--run", tmp_path, "--by-time", "day", "--out", tmp_path / "out")
    assert "--by-time belongs to a study" in answer.error


def test_synthetic_samples_are_no_data_for_a_study(call: Call, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=40), "y": ["u", "v"] * 20})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "rows.manifest.jsonl").write_text('{"synthetic": true}\n')
    answer = call("evaluate", tmp_path / "rows.csv", "--target", "y", "--out", tmp_path / "out", *QUICK)
    assert "marked as synthetic" in answer.error


def test_groups_are_a_column_that_no_model_sees(call: Call, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=80), "who": np.repeat(np.arange(20), 4), "y": ["u", "v"] * 40})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    arguments: list[Any] = ["evaluate", tmp_path / "rows.csv", "--target", "y", "--group", "who"]
    answer = call(*arguments, "--arms", "none,weights", "--confirm", "weights", "--out", tmp_path / "out", *QUICK)
    assert answer.code == 0, answer.err
    settings = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert settings["samples.groups"]
