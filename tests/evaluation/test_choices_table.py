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


def write_study(path: Path, gains: list[float]) -> None:
    """Write a study in which a way gained so much over `classical` on both folds of each replicate."""
    path.mkdir()
    inner = [
        {"replicate": number, "fold": fold, "arm": "classical", "model": "cnn", "n_folds": 2, "usage": usage}
        | {"score": 0.5 + (gain if usage else 0.0)}
        for number, gain in enumerate(gains)
        for fold in range(2)
        for usage in (None, "share 0.25")
    ]
    bases = [{"replicate": number, "model": "cnn", "arm": "classical"} for number in range(len(gains))]
    for name, rows in (("inner", inner), ("baselines", bases)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (path / "task.json").write_text(json.dumps({"task": path.name, "kind": "image", "per_class": 20}))
    (path / "summary.json").write_text(json.dumps({"about": {"train": {"a": 20, "b": 20}}}))


def test_what_would_be_added_gains_what_others_gained_by_it(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.2, *5 * [-0.01]])
    found = list(choices.added(tmp_path / "a", Prior()))
    assert [(threshold, model) for threshold, model, gain in found if gain is not None] == [
        (threshold, "cnn") for threshold in choices.THRESHOLDS
    ]
    assert [gain for *_, gain in found if gain is not None] == pytest.approx(5 * [-0.01])
    assert sum(gain is None for *_, gain in found) == 5 * 5


def test_a_higher_threshold_adds_in_fewer_replicates(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.0, 0.01, 0.02, 0.03, 0.1, 0.2])
    found = list(choices.added(tmp_path / "a", Prior()))
    used = {at: sum(gain is not None for threshold, _, gain in found if threshold == at) for at in choices.THRESHOLDS}
    assert list(used.values()) == sorted(used.values(), reverse=True)
    assert used[0.5] == 5
    assert 0 < used[0.9] < used[0.5]
    assert "used 5 of 6" in choices.added_table(tmp_path)


def test_what_too_few_others_tried_judges_nothing(choices: ModuleType, tmp_path: Path) -> None:
    write_study(tmp_path / "a", [0.2, -0.01, -0.01])
    assert [gain for *_, gain in choices.added(tmp_path / "a", Prior())] == 2 * 5 * [None]
