"""`gan-augment augment`: real and synthetic images in one folder."""

import shutil
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from gan_augment.data.images import load_images
from gan_augment.errors import ConfigError
from gan_augment.evaluation.choose import Choice
from gan_augment.evaluation.study import auto
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.generation.curation_fit import add_curation, fit_curation
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.metrics.classifiers import ClassifierConfig
from tests.cli.calling import Call, Outcome


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Return an imbalanced .npz: six images of the digit 3, two of the digit 8."""
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "real.npz", X=images, y=np.array(["3"] * 6 + ["8"] * 2))
    return tmp_path / "real.npz"


def test_prior_keeps_the_shares_of_the_real_classes(call: Call, fitted: Path, real: Path, tmp_path: Path) -> None:
    done = call("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "prior", "--n", 4, "--json")
    assert done.json["counts"] == {"3": 3, "8": 1}
    assert done.json["n_real"] == 8
    assert len(list((tmp_path / "out").glob("*/real_*.png"))) == 8
    assert len(list((tmp_path / "out").glob("*/synthetic_*.png"))) == 4


def test_auto_chooses_on_the_device_and_the_divisions_that_were_asked_for(
    call: Call, fitted: Path, real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(data: object, config: StudyConfig, *given: object, **_: object) -> NoReturn:
        raise ConfigError(f"{config.inner_divisions} divisions on {config.generator.device}")

    monkeypatch.setattr(auto, "choose_usage", told)
    asked = ("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "auto", "--device", "cpu:0", "--quiet")
    assert "1 divisions on cpu:0" in call(*asked).error
    assert "3 divisions on cpu:0" in call(*asked, "--inner-divisions", 3).error


def test_auto_may_choose_curated_images_of_wider_latents_where_the_run_has_a_teacher(
    call: Call, fitted: Path, real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may: list[bool] = []

    def chosen(data: object, config: object, model: object, progress: bool, curate: bool, score: str) -> Choice:
        assert score == "balanced_accuracy"
        may.append(curate)
        return Choice("classical", "share 0.25" + curate * ", curated", 0.01, 0.9, {})

    monkeypatch.setattr(auto, "choose_usage", chosen)
    taught = tmp_path / "taught"
    shutil.copytree(fitted, taught)
    data = load_images("digits")
    add_curation(taught, fit_curation(data, TrainedGenerator.load(taught, "cpu"), classifier=ClassifierConfig(steps=5)))
    for run, how, curated in ((fitted, (), False), (taught, (), True), (taught, ("--no-curate",), False)):
        out = tmp_path / f"{run.name}{len(how)}"
        asked = ("--strategy", "auto", "--score", "balanced_accuracy")
        done = call("augment", real, run, *asked, *how, "--json", "--out", out)
        assert done.json["choice"]["usage"].endswith("curated") == curated
        assert ("standard deviation 1.15" in (out / "README.md").read_text()) == curated
        assert sum(done.json["counts"].values()) == 3
    assert may == [False, True, False]


@pytest.mark.parametrize("option", [("--model", "cnn"), ("--inner-divisions", 2), ("--score", "accuracy")])
def test_what_belongs_to_auto_is_refused_elsewhere(
    option: tuple[str, object], call: Call, fitted: Path, real: Path, tmp_path: Path
) -> None:
    done = call("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "balance", *option)
    assert done.code == 2
    assert f"{option[0]} belongs to --strategy auto." in done.error
    assert not (tmp_path / "out").exists()


def test_prior_doubles_the_data_when_no_number_is_said(call: Call, fitted: Path, real: Path, tmp_path: Path) -> None:
    done = call("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "prior", "--json")
    assert done.json["n_synthetic"] == 8


def test_a_folder_that_was_written_reads_as_data(call: Call, fitted: Path, real: Path, tmp_path: Path) -> None:
    done = call("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "prior")
    assert "8 real and 8 synthetic images" in done.last_line
    shown = call("inspect", tmp_path / "out", "--json")
    assert shown.json["classes"] == {"3": 12, "8": 4}


def test_real_images_that_lose_their_sharpness_are_said(call: Call, fitted: Path, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32), dtype=np.uint8)
    np.savez(tmp_path / "large.npz", X=images, y=np.array(["3"] * 6 + ["8"] * 2))
    done = call("augment", tmp_path / "large.npz", fitted, "--out", tmp_path / "out", "--strategy", "prior")
    assert "8 of 8 real images were scaled by over 1.5 times (up to 4.0)" in done.out


def test_nothing_is_added_unasked_to_a_class_of_very_few(call: Call, fitted: Path, real: Path, tmp_path: Path) -> None:
    done = call("augment", real, fitted, "--out", tmp_path / "out", "--json")
    assert done.code == 3
    assert done.json["out"] is None
    assert "Fewer than 20 images" in done.json["reason"]
    assert not (tmp_path / "out").exists()
    assert call("augment", real, fitted, "--out", tmp_path / "out", "--strategy", "balance", "--quiet").code == 0


def test_rare_which_is_what_images_get_unasked_adds_of_the_smaller_classes_until_a_quarter_is_synthetic(
    call: Call, fitted: Path, tmp_path: Path
) -> None:
    def augmented(counts: dict[str, int], *strategy: str, out: str = "out") -> Outcome:
        labels = np.repeat(list(counts), list(counts.values()))
        images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8), dtype=np.uint8)
        np.savez(tmp_path / "real.npz", X=images, y=labels)
        return call("augment", tmp_path / "real.npz", fitted, "--out", tmp_path / out, *strategy, "--json")

    sixes = dict.fromkeys("0123456789", 6)
    assert augmented(sixes, "--strategy", "rare").code == 2  # even already
    counts = augmented(sixes | {"3": 12, "8": 2}, "--strategy", "rare").json["counts"]
    assert "3" not in counts
    assert counts["8"] == 4 > counts["7"] == 2
    assert sum(counts.values()) == 21  # of 62 real ones, not the 58 that would even the classes out
    unasked = augmented(dict.fromkeys("0123456789", 20) | {"3": 60}, out="unasked").json["counts"]
    assert sum(unasked.values()) == 80  # of 240


def test_balance_takes_no_number(call: Call, fitted: Path, real: Path, tmp_path: Path) -> None:
    assert "--strategy prior" in call("augment", real, fitted, "--out", tmp_path / "out", "--n", 4, "--quiet").error


def test_a_class_that_the_run_does_not_know_is_one_line(call: Call, fitted: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "real.npz", X=np.zeros((8, 8, 8), np.uint8), y=np.array(["3"] * 6 + ["cat"] * 2))
    assert "cat" in call("augment", tmp_path / "real.npz", fitted, "--out", tmp_path / "out", "--quiet").error
