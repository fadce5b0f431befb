"""What the documents say of the studies is what the committed results give."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

OWN = {"model": "cnn", "failed": None}


@pytest.fixture
def summarize(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("summarize")


def test_the_tables_of_the_document_are_those_of_the_results(summarize: ModuleType) -> None:
    text = summarize.DOCUMENT.read_text(encoding="utf-8")
    assert summarize.written(text, summarize.tables(summarize.STUDIES)) == text


def test_a_document_without_marks_is_left_alone(summarize: ModuleType) -> None:
    assert summarize.written("a <!-- x -->\nold\n<!-- end of x --> b", {"x": "new"}) == (
        "a <!-- x -->\nnew\n<!-- end of x --> b"
    )
    with pytest.raises(SystemExit, match="lacks the marks of 'y'"):
        summarize.written("nothing", {"y": "new"})


def test_arms_are_averaged_within_a_task_before_they_are_compared_between_tasks(
    summarize: ModuleType, tmp_path: Path
) -> None:
    gains = {"one-a": ("one", 0.01), "one-b": ("one", 0.03), "two": ("two", 0.06), "undecided": ("three", 0.9)}
    for name, (task, gain) in gains.items():
        (tmp_path / name).mkdir()
        verdict = None if name == "undecided" else "helps"
        summary = {"score": "accuracy", "models": {"mlp": {"verdict": verdict}}}
        rows = [
            {"arm": arm, "model": "mlp", "replicate": number, "scores": {"accuracy": 0.5 + by}}
            for number in range(2)
            for arm, by in (("none", 0.0), ("gan", gain))
        ]
        (tmp_path / name / "task.json").write_text(json.dumps({"task": task, "kind": "table"}))
        (tmp_path / name / "summary.json").write_text(json.dumps(summary))
        (tmp_path / name / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    line = summarize.arms_table(tmp_path, "table").splitlines()[-1]
    assert line.startswith("| `gan` | +4.0 [")  # of 2 and 6 points: two studies of one task are one


def test_classes_with_few_images_are_told_apart_and_compared_within_replicates(
    summarize: ModuleType, tmp_path: Path
) -> None:
    for name, counts in (("even", {"a": 90, "b": 80}), ("lopsided", {"a": 90, "b": 10, "c": 20})):
        (tmp_path / name).mkdir()
        about = {"kind": "image", "train": counts}
        rows = [
            {"arm": arm, "replicate": number, "scores": {"accuracy": recall}, "per_class": [0.9, recall, recall + 0.2]}
            | OWN
            for number in range(2)
            for arm, more in (("classical+weights", 0.5), ("classical+gan-rare", 0.55), ("auto", 0.58))
            for recall in (more + 0.1 * number,)
        ]
        (tmp_path / name / "summary.json").write_text(json.dumps({"about": about, "models": {"cnn": {}}}))
        (tmp_path / name / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    weights, rare, auto = summarize.lopsided_table(tmp_path).splitlines()[2:]
    of_weights = "+5.0 [+5.0, +5.0] | +8.0 [+8.0, +8.0] |"
    assert weights == f"| lopsided | `classical+weights` | 2 | 55.0 | 65.0 | 90.0 |  | {of_weights}"
    of_rare = "+5.0 [+5.0, +5.0] |  | +3.0 [+3.0, +3.0] |"
    assert rare == f"| lopsided | `classical+gan-rare` | 2 | 60.0 | 70.0 | 90.0 | {of_rare}"
    assert auto.endswith("| +8.0 [+8.0, +8.0] | -3.0 [-3.0, -3.0] |  |")


def test_scores_of_images_are_means_over_replicates_in_the_score_that_decides(
    summarize: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "few").mkdir()
    summary = {"score": "balanced_accuracy", "about": {"kind": "image"}, "models": {"cnn": {}, "own": {}}}
    scores = {"classical": (0.8, 0.9), "classical+gan-only": (0.7, 0.9)}
    rows = [
        {"arm": arm, "replicate": number, "scores": {"balanced_accuracy": value, "accuracy": 0.1}} | OWN
        for arm, values in scores.items()
        for number, value in enumerate(values)
    ]
    rows.append({"arm": "classical", "replicate": 2, "scores": {}, "model": "cnn", "failed": "Out of memory."})
    rows.append(
        {"arm": "classical", "replicate": 0, "scores": {"balanced_accuracy": 0.1}, "model": "own", "failed": None}
    )
    (tmp_path / "few" / "summary.json").write_text(json.dumps(summary))
    (tmp_path / "few" / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    heading, _, line = (row.split(" | ") for row in summarize.images_table(tmp_path).splitlines())
    shown = {name.strip("|` "): cell.strip("| ") for name, cell in zip(heading, line, strict=True)}
    assert {name: cell for name, cell in shown.items() if cell} == {
        "task": "few",
        "classical": "85.0",
        "classical+gan-only": "80.0",
        "classical+gan-only against classical": "-5.0 [-68.5, +58.5]",
    }
