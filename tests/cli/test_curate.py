"""`--curate`, `--no-curate` and `--latent-std` of the commands that draw samples of a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gan_augment.cli.main import main
from gan_augment.generation import curation_fit
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.seeding import numpy_rng
from tests.cli.calling import TINY, Call


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, np.ndarray]]:
    """Return a run with a teacher, fitted on half of three kinds of digits, and the other half by label."""
    folder, digits = tmp_path_factory.mktemp("taught"), load_digits(n_class=3)
    images = (digits.images * 15.9).astype(np.uint8)
    fitted = np.arange(len(images)) % 2 == 0
    np.savez(folder / "half.npz", X=images[fitted], y=digits.target[fitted])
    train = curation_fit.train_classifier
    with pytest.MonkeyPatch.context() as patch:
        brief = {"config": ClassifierConfig(steps=100)}
        patch.setattr(curation_fit, "train_classifier", lambda lesson, **how: train(lesson, **how | brief))
        args = ["fit", str(folder / "half.npz"), "--out", str(folder / "run"), "--quiet", *TINY, "--curate"]
        assert main(args) == 0
    others = {label: images[~fitted & (digits.target == label), ..., None] for label in range(3)}
    return folder / "run", others


@pytest.fixture
def good(taught: tuple[Path, dict[int, np.ndarray]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the run, its generator replaced by one that draws held-out real images."""
    run, others = taught

    def sample_block(self: TrainedGenerator, label: int, block: int, seed: int = 0) -> Any:
        return numpy_rng("good", label, block, seed).choice(others[label], 64)

    monkeypatch.setattr(TrainedGenerator, "sample_block", sample_block)
    return run


def scores(out: Path) -> list[dict[str, Any] | None]:
    return [json.loads(line).get("scores") for line in (out / "manifest.jsonl").read_text().splitlines()]


def test_a_run_with_a_teacher_is_curated_where_asked(call: Call, good: Path, tmp_path: Path) -> None:
    args = ("generate", good, "--per-class", 130, "--json", "--out")
    done = call(*args, tmp_path / "curated", "--curate")
    assert done.json["counts"] == {"0": 130, "1": 130, "2": 130}
    assert done.json["notes"] == []
    assert all(row is not None and row["copy_ratio"] > 0 for row in scores(tmp_path / "curated"))
    assert "curated" in (tmp_path / "curated/README.md").read_text()
    plain = call(*args, tmp_path / "plain")
    assert call(*args, tmp_path / "again", "--no-curate").json["generator"] == plain.json["generator"]
    assert plain.json["generator"] != done.json["generator"]
    assert set(scores(tmp_path / "plain")) == {None}


def test_a_poor_generator_is_one_line_and_writes_nothing(
    call: Call, taught: tuple[Path, dict[int, np.ndarray]], tmp_path: Path
) -> None:
    done = call("generate", taught[0], "--per-class", 5, "--out", tmp_path / "out", "--quiet", "--curate")
    assert "--no-curate" in done.error
    assert not (tmp_path / "out").exists()


def test_a_run_without_a_teacher_says_so(call: Call, fitted: Path, tmp_path: Path) -> None:
    assert "no teacher" in call("generate", fitted, "--per-class", 2, "--out", tmp_path / "more", "--curate").error


def test_rows_are_not_curated(call: Call, run: Path, tmp_path: Path) -> None:
    assert "images" in call("generate", run, "--n", 6, "--out", tmp_path / "more.csv", "--curate").error


def test_curated_images_are_written_beside_real_ones(
    call: Call, good: Path, taught: tuple[Path, dict[int, np.ndarray]], tmp_path: Path
) -> None:
    half = good.parent / "half.npz"
    args = ("augment", half, good, "--strategy", "prior", "--n", 30, "--json", "--out")
    done = call(*args, tmp_path / "out", "--curate")
    assert sum(done.json["counts"].values()) == 30
    synthetic = [row for row in scores(tmp_path / "out") if row is not None]
    assert len(synthetic) == 30
    refused = call("augment", half, good, "--strategy", "auto", "--curate", "--quiet", "--out", tmp_path / "auto")
    assert "leave out --curate" in refused.error


def test_what_curated_images_are_worth_can_be_measured(
    call: Call, good: Path, taught: tuple[Path, dict[int, np.ndarray]], tmp_path: Path
) -> None:
    half, others = good.parent / "half.npz", taught[1]
    images, labels = np.concatenate([*others.values()]), np.repeat([*others], [len(own) for own in others.values()])
    np.savez(tmp_path / "test.npz", X=images, y=labels)
    tested = ("--test", tmp_path / "test.npz", "--arms", "none,gan-only", "--seeds", 1, "--steps", 2)
    args = ("evaluate", half, "--run", good, *tested, "--per-class", 20, "--json", "--out")
    made = [call(*args, tmp_path / str(len(how)), *how).json["settings"] for how in ((), ("--curate",))]
    assert made[0]["generator"] != made[1]["generator"]
    study = call("evaluate", half, "--curate", "--quiet", "--out", tmp_path / "study")
    assert "--curate belongs to --run" in study.error


def test_wide_latents_make_other_samples(call: Call, fitted: Path, tmp_path: Path) -> None:
    args = ("generate", fitted, "--per-class", 2, "--json", "--out")
    plain, wide = (call(*args, tmp_path / std, "--latent-std", std) for std in ("1.0", "1.2"))
    assert plain.json["generator"] != wide.json["generator"]
    assert "standard deviation 1.2" in (tmp_path / "1.2/README.md").read_text()
    assert "latent_std" in call(*args, tmp_path / "out", "--latent-std", 3).error
