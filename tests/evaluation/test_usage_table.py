"""The table of ways of using synthetic images pairs rows of one draw; soft labels are what the teacher says."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from gan_augment.metrics.lessons import Labelled


@pytest.fixture
def usages(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("usages")


def test_gains_are_those_over_the_base_of_the_same_draw(usages: ModuleType) -> None:
    rows = [
        {"dataset": "digits", "per_class": 5, "seed": seed}
        | dict.fromkeys((usages.BASE, *usages.WAYS), 0.5 + seed / 10)
        | {"pretrain": 0.53 + seed / 10}
        for seed in (0, 1)
    ]
    rows.append(rows[0] | {"dataset": "mnist"})
    lines = {line.split(" | ")[0]: line.split(" | ")[1:] for line in usages.table(rows).splitlines()}
    assert lines["| way"] == ["digits-5, 2 draws", "mnist-5, 1 draws |"]
    assert lines["| `classical-longer`"] == ["55.0", "50.0 |"]
    assert lines["| pretrain"] == ["+3.0 [+3.0, +3.0]", " |"]
    assert lines["| consistency"] == ["+0.0 [+0.0, +0.0]", " |"]


def test_labels_are_drawn_as_often_as_the_teacher_says(usages: ModuleType) -> None:
    class Teacher(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.said = torch.nn.Parameter(torch.tensor([0.5, 0.0, 0.5]).log())

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.said.expand(len(images), 3)

    images = np.arange(200, dtype=np.uint8)[:, None, None, None] * np.ones((8, 8, 1), np.uint8)
    labelled = usages._softly_labelled(Teacher(), Labelled(images, np.ones(200, np.int64)), np.random.default_rng(0))
    assert np.array_equal(labelled.images[:: usages.LABELS_EACH], images)
    shares = np.bincount(labelled.labels, minlength=3) / len(labelled)
    np.testing.assert_allclose(shares, [0.5, 0.0, 0.5], atol=0.05)
