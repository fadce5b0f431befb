"""What has to be loaded first is refused with how to load it, wherever it is given as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from torch.utils.data import TensorDataset

import gan_augment as ga
from tests.fakes import FakeGenerator

PAIR = np.zeros((4, 8, 9, 3), np.uint8), [0, 1, 0, 1]
FRAME = pd.DataFrame({"a": [1, 2], "target": ["x", "y"]})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda g, out: ga.fit_curation(PAIR, g), "as load_images"),
        (lambda g, out: ga.evaluate_run(g, PAIR, PAIR, out), "as load_images"),
        (lambda g, out: ga.evaluate_table(g, FRAME, FRAME, out), "as load_table"),
        (lambda g, out: ga.write_mixed(PAIR, g, {"cat": 1}, out), "load them first"),
        (lambda g, out: ga.SyntheticDataset("py-run", 5), "TrainedGenerator.load"),
        (lambda g, out: ga.write_samples("py-run", {"cat": 1}, out), "TrainedGenerator.load"),
        (lambda g, out: ga.write_mixed(PAIR, "py-run", {"cat": 1}, out), "TrainedGenerator.load"),
        (lambda g, out: ga.evaluate_table("py-run", FRAME, FRAME, out), "TrainedGenerator.load"),
        (lambda g, out: ga.RatioSampler(TensorDataset()), "MixedDataset"),
        (lambda g, out: ga.BalancedSampler([1, 2]), "not from a list"),
        (lambda g, out: ga.evaluate("digits", out, {"replicates": 2}), "a StudyConfig, not a dict"),
        (lambda g, out: ga.evaluate("digits", out, groups="patient"), "'patient' would be a column of a table"),
        (lambda g, out: ga.load_images(PAIR, classes=[1, 2]), "Unknown class '0'"),
    ],
)
def test_raw_inputs_are_refused_in_one_line(call: Callable[..., Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ga.GanAugmentError, match=words) as raised:
        call(FakeGenerator(), tmp_path / "out")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ga.write_samples(FakeGenerator(), {"cat": 2}, "~/made")
    assert (tmp_path / "made" / "manifest.jsonl").exists()
    with pytest.raises(ga.GanAugmentError, match=str(tmp_path / "run")):
        ga.TrainedGenerator.load("~/run")


def test_a_batch_names_the_class_of_each_sample() -> None:
    batch = ga.SampleBatch(np.zeros((3, 8, 8, 1), np.uint8), np.array([1, 0, 1]), ("-1", "7"))
    assert batch.names.tolist() == ["7", "-1", "7"]
