"""What `auto` would add at another threshold is judged by replicates that had no part in the choice."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from gan_augment.evaluation.prior import Prior


@pytest.fixture
def choices(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("choices")


def write_study(path: Path, gains: list[float], *, task: str = "a", bases: str = "classical") -> None:
    """Write a study in which a way gained so much on both folds of each replicate, over one baseline or the two."""
    path.mkdir()
    arms = [bases.split(",")[number % len(bases.split(","))] for number in range(len(gains))]
    inner = [
        {"replicate": number, "fold": fold, "arm": arm, "model": "cnn", "n_folds": 2, "usage": usage}
        | {"score": 0.5 + (gain if usage else 0.0)}
        for number, (gain, arm) in enumerate(zip(gains, arms, strict=True))
        for fold in range(2)
        for usage in (None, "share 0.25")
    ]
    chosen = [{"replicate": number, "model": "cnn", "arm": arm} for number, arm in enumerate(arms)]
    for name, rows in (("inner", inner), ("baselines", chosen)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (path / "task.json").write_text(json.dumps({"task": task, "kind": "image", "per_class": 20}))
    (path / "summary.json").write_text(json.dumps({"about": {"train": {"a": 20, "b": 20}}}))


def test_what_would_be_added_gains_what_others_gained_by_it(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.2, *5 * [-0.01]])
    found = list(choices.gains_of_adding(tmp_path / "a", Prior()))
    added = [(rule, model, gain) for rule, model, gain in found if gain is not None]
    assert added == [(f"P >= {at:g}", "cnn", pytest.approx(-0.01)) for at in choices.THRESHOLDS]
    assert len(found) == 6 * 5


def test_replicates_with_another_baseline_do_not_judge(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [*5 * [0.2, -0.01], 0.2], bases="classical,mixup")
    found = [gain for *_, gain in choices.gains_of_adding(tmp_path / "a", Prior()) if gain is not None]
    assert found == pytest.approx(6 * 5 * [0.2])


def test_a_higher_threshold_adds_in_fewer_replicates(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.0, 0.01, 0.02, 0.03, 0.1, 0.2])
    found = list(choices.gains_of_adding(tmp_path / "a", Prior()))
    used = [sum(gain is not None for rule, _, gain in found if rule == f"P >= {at:g}") for at in choices.THRESHOLDS]
    assert used == sorted(used, reverse=True)
    assert used[0] == 5
    assert 0 < used[-1] < 5


def test_what_too_few_others_tried_does_not_count(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.2, -0.01, -0.01])
    assert not list(choices.gains_of_adding(tmp_path / "a", Prior()))


def test_means_are_over_tasks_and_studies_of_one_are_no_evidence_for_each_other(
    choices: ModuleType, tmp_path: Path
) -> None:
    write_study(tmp_path / "a", 10 * [0.2])
    write_study(tmp_path / "a again", 5 * [0.0001])
    write_study(tmp_path / "b", 5 * [-0.1], task="b")
    lines = choices.adding_table(tmp_path).splitlines()[2:]
    assert lines == [f"| P >= {at:g} | +6.67, lowest +0.00, used 10 of 20 |" for at in choices.THRESHOLDS]
