"""Curation: what is planted is found, counts are exact, and a sample is the same however it is asked for."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import CheckpointError, ConfigError, DataError, GanAugmentError
from gan_augment.generation import curated as curated_module
from gan_augment.generation.curated import CuratedGenerator, curate
from gan_augment.generation.curation import Curation, load_curation
from gan_augment.generation.curation_fit import add_curation, fit_curation
from gan_augment.generation.writers import write_samples
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.mixing.datasets import SyntheticDataset
from gan_augment.training.checkpoint import write_checkpoint
from tests.generation.planted import CLASSES, KINDS, Planted, bars, real_bars

BRIEF = ClassifierConfig(steps=150)
POOR = ("copy",) * 5 + ("good",) * 3


@pytest.fixture(scope="module")
def real() -> LabelledImages:
    return real_bars()


@pytest.fixture(scope="module")
def curation(real: LabelledImages) -> Curation:
    return fit_curation(real, Planted(real), classifier=BRIEF)  # type: ignore[arg-type]


@pytest.fixture
def source(real: LabelledImages, curation: Curation) -> CuratedGenerator:
    return curate(Planted(real), curation)


def kinds(source: CuratedGenerator, images: np.ndarray) -> Counter[str]:
    assert isinstance(source.generator, Planted)
    return Counter(source.generator.kind_of[image.tobytes()] for image in images)


def drawn(source: CuratedGenerator, label: int, start: int, stop: int, seed: int = 0) -> np.ndarray:
    return np.concatenate(list(source.iter_samples(label, start, stop, seed)))


def test_wrong_labels_copies_and_outliers_are_dropped_and_counts_are_exact(source: CuratedGenerator) -> None:
    batch = source.sample({"row": 300, "column": 130})
    assert np.bincount(batch.labels).tolist() == [300, 130]
    found = kinds(source, batch.data)
    assert found["copy"] == 0
    assert found["wrong"] <= 4
    assert found["outlier"] <= 8
    assert len({image.tobytes() for image in batch.data}) == 430


def test_fresh_real_images_pass(curation: Curation) -> None:
    scores = curation.score(bars(0, 400, np.random.default_rng(5)), 0)
    assert scores.passed.mean() > 0.9
    assert scores.copied.mean() < 0.01
    assert not curation.score(bars(0, 400, np.random.default_rng(5)), 1).passed.any()


def test_fresh_images_of_rare_classes_pass_too() -> None:
    images, labels = load_digits(return_X_y=True)
    images, rare = (images.reshape(-1, 8, 8, 1) * 15).astype(np.uint8), (1, 3, 8, 9)
    own = [np.flatnonzero(labels == label) for label in range(10)]
    known = np.concatenate([indices[: 10 if label in rare else 100] for label, indices in enumerate(own)])
    data = LabelledImages(images[known], labels[known], ImageSchema(8, 8, 1, tuple("0123456789")))
    plain = SimpleNamespace(allowed_flips=(), device=torch.device("cpu"))
    curation = fit_curation(data, plain, classifier=BRIEF)  # type: ignore[arg-type]
    passed = [curation.score(images[indices[100:]], label).passed.mean() for label, indices in enumerate(own)]
    assert np.mean([passed[label] for label in rare]) > 0.7  # below 0.5 where classes count by their images
    assert np.mean(np.delete(passed, rare)) > 0.9
    noise = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    others = [images[np.concatenate([own[other][100:] for other in range(10) if other != label])] for label in rare]
    pairs = list(zip(rare, others, strict=True))  # and what is not of their class mostly does not
    assert np.mean([curation.score(some, label).passed.mean() for label, some in pairs]) < 0.1
    assert np.mean([curation.score(noise, label).passed.mean() for label in rare]) < 0.3


def test_images_that_come_twice_make_no_difference(real: LabelledImages, curation: Curation) -> None:
    twice = real.subset(np.tile(np.arange(len(real)), 2))
    again = fit_curation(twice, Planted(real), classifier=BRIEF)  # type: ignore[arg-type]
    assert again.tensors.keys() == curation.tensors.keys()
    assert sorted(again.tensors["limits"].tolist()) == pytest.approx(
        sorted(curation.tensors["limits"].tolist()), rel=0.5
    )
    assert len(again.tensors["features"]) == len(curation.tensors["features"])


def test_a_mirrored_copy_is_one_where_flips_are_allowed(real: LabelledImages, curation: Curation) -> None:
    mirrored = real.images[:40, :, ::-1].copy()
    assert not curation.score(mirrored, 0).copied.any()
    allowing = Curation(curation.tensors, curation.facts | {"flips": ["horizontal"]}, torch.device("cpu"))
    assert allowing.score(mirrored, 0).copied.all()


def test_a_copy_of_an_image_that_is_there_twice_is_one(real: LabelledImages) -> None:
    doubled = real.subset(np.repeat(np.arange(len(real)), 2))
    curation = fit_curation(doubled, Planted(real), classifier=ClassifierConfig(steps=5))  # type: ignore[arg-type]
    assert curation.score(real.images[:40], 0).copied.all()


def test_clusters_keep_the_shares_of_real_images_as_far_as_there_are_any(source: CuratedGenerator) -> None:
    shares = source.curation.shares(0)
    assert len(shares) > 3
    scored = source.curation.score(drawn(source, 0, 0, 512), 0)
    found = np.bincount(scored.cluster, minlength=len(shares)) / 512
    np.testing.assert_allclose(found, shares, atol=0.06)


def test_a_sample_is_the_same_in_whatever_pieces_it_is_asked_for(real: LabelledImages, curation: Curation) -> None:
    whole = drawn(curate(Planted(real), curation), 1, 0, 400, seed=3)
    pieces = curate(Planted(real), curation)
    for start, stop in ((390, 400), (0, 1), (120, 131), (255, 258)):
        np.testing.assert_array_equal(drawn(pieces, 1, start, stop, seed=3), whole[start:stop])
    assert not np.array_equal(drawn(pieces, 1, 0, 400, seed=4), whole)
    assert list(pieces.iter_samples(1, 5, 5)) == []
    assert pieces.sample({"row": 0}).data.shape == (0, 8, 8, 1)


def test_the_cache_stays_small(source: CuratedGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated_module, "CACHED_BLOCKS", 2)
    drawn(source, 0, 0, 700)
    assert len(source._blocks) == 2


def test_a_generator_of_few_good_images_is_drawn_from_more_often(real: LabelledImages, curation: Curation) -> None:
    source = curate(Planted(real, POOR), curation)
    assert 60 <= source.n_kept(0) <= 72
    assert set(kinds(source, drawn(source, 0, 0, 200))) == {"good"}


def test_a_hopeless_class_is_said_before_anything_is_written(
    real: LabelledImages, curation: Curation, tmp_path: Path
) -> None:
    source = curate(Planted(real, ("wrong",) * 15 + ("good",)), curation)
    row = r"Only 1\d of each 256 samples of class 'row'.*doubtful"
    with pytest.raises(GanAugmentError, match=rf"{row}.*--no-curate"):
        write_samples(source, {"row": 5}, tmp_path / "out")
    with pytest.raises(GanAugmentError, match=rf"{row}.*Only 1\d of each 256 samples of class 'column'.*--no-curate"):
        write_samples(source, {"row": 5, "column": 5}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_must_not_be_refused_keeps_what_comes_nearest(real: LabelledImages, curation: Curation) -> None:
    poor = Planted(real, ("wrong",) * 12 + ("copy", "copy", "outlier", "good"))
    lenient = CuratedGenerator(poor, curation, strict=False)
    lenient.check({"row": 40})
    assert lenient.n_kept(0) == 16
    found = kinds(lenient, drawn(lenient, 0, 0, 40))
    assert found["good"] >= 38
    assert curate(Planted(real), curation).digest == CuratedGenerator(Planted(real), curation, strict=False).digest


def test_a_poor_later_block_is_filled_up_but_never_with_copies(real: LabelledImages, curation: Curation) -> None:
    source = curate(Planted(real, KINDS, ("outlier",), KINDS), curation)
    n = source.n_kept(0)
    assert 115 <= n <= 120
    assert set(kinds(source, drawn(source, 0, n, 2 * n))) == {"outlier"}
    assert not all(row["passed"] for row in source.scores(0, n, 2 * n))
    copying = curate(Planted(real, KINDS, ("copy",)), curation)
    drawn(copying, 0, 0, n)
    with pytest.raises(GanAugmentError, match=f"Only {n} samples of class 'row' can be had with seed 0"):
        drawn(copying, 0, 0, n + 1)


@pytest.mark.parametrize("name", ["out", "out.npz"])
def test_the_manifest_keeps_the_scores_through_an_interruption(
    name: str, real: LabelledImages, curation: Curation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"row": 200, "column": 150}
    whole = write_samples(curate(Planted(real), curation), counts, tmp_path / "whole" / name, seed=3)
    source, n_drawn = curate(Planted(real), curation), []
    original = CuratedGenerator.scores

    def scores(self: CuratedGenerator, *where: int, **seed: int) -> list[dict[str, Any]]:
        n_drawn.append(where)
        if len(n_drawn) == 3:
            raise KeyboardInterrupt
        return original(self, *where, **seed)

    monkeypatch.setattr(CuratedGenerator, "scores", scores)
    with pytest.raises(KeyboardInterrupt):
        write_samples(source, counts, tmp_path / name, seed=3)
    again = write_samples(source, counts, tmp_path / name, seed=3, resume=True)
    assert (again.n_found, again.n_written) == (200, 150)
    assert again.manifest.read_bytes() == whole.manifest.read_bytes()
    rows = [json.loads(line) for line in again.manifest.read_text().splitlines()]
    assert set(rows[0]["scores"]) == {"probability", "copy_ratio", "outlier", "log_odds", "cluster", "passed"}
    assert [row["scores"] for row in rows[:200]] == source.scores(0, 0, 200, seed=3)
    assert write_samples(source, counts, tmp_path / name, seed=3, resume=True).n_written == 0
    assert "curated: of each 256" in again.card.read_text()


def test_datasets_take_a_curated_source(source: CuratedGenerator) -> None:
    dataset = SyntheticDataset(source, per_class=140)
    assert len(dataset) == 280
    assert dataset.classes == CLASSES


def test_the_digest_says_all_that_a_sample_depends_on(real: LabelledImages, curation: Curation) -> None:
    generator = Planted(real)
    digests = {curate(generator, curation, kept).digest for kept in (16, 128)}
    generator.digest = "other"
    assert len(digests | {curate(generator, curation).digest, "other"}) == 4


def test_what_cannot_be_curated_is_said(real: LabelledImages, curation: Curation) -> None:
    with pytest.raises(ConfigError, match="16 to 256"):
        curate(Planted(real), curation, kept=300)
    other = Planted(real)
    other.schema = real.schema.__class__(8, 8, 3, CLASSES)
    with pytest.raises(ConfigError, match="another size"):
        curate(other, curation)
    same = real.subset(np.zeros(30, dtype=int))
    with pytest.raises(DataError, match="at least 10 different images, not 1"):
        fit_curation(same, Planted(real))  # type: ignore[arg-type]


def test_a_curation_comes_back_from_the_disk_as_it_was(
    real: LabelledImages, curation: Curation, tmp_path: Path
) -> None:
    fingerprints = {"fingerprints": torch.zeros(3, 16, dtype=torch.uint8)}
    write_checkpoint(tmp_path / "curation.safetensors", fingerprints, {"kind": "curation"})
    assert load_curation(tmp_path, "cpu") is None  # a run from before there was curation
    assert load_curation(tmp_path / "nowhere", "cpu") is None
    generator: Any = Planted(real)
    with pytest.raises(ConfigError, match=r"no run folder: give curate one of fit_curation\."):
        curate(generator)
    generator.path = tmp_path
    with pytest.raises(ConfigError, match="no teacher"):
        curate(generator)
    add_curation(tmp_path, curation)
    found = curate(generator)
    assert found.digest == curate(generator, curation).digest
    np.testing.assert_array_equal(drawn(found, 0, 0, 128), drawn(curate(generator, curation), 0, 0, 128))


def test_a_damaged_curation_is_said(curation: Curation, tmp_path: Path) -> None:
    tensors = {key: value for key, value in curation.tensors.items() if key != "teacher.head.bias"}
    write_checkpoint(tmp_path / "curation.safetensors", tensors, {"kind": "curation", "curation": curation.facts})
    with pytest.raises(CheckpointError, match="fit anew"):
        load_curation(tmp_path, "cpu")


def test_classes_of_equal_images_and_of_none_can_be_scored(real: LabelledImages) -> None:
    rows = np.concatenate([np.zeros(30, dtype=int), np.arange(80, 160)])  # one row thirty times, all columns
    for few in (real.subset(rows), real.subset(np.arange(80, 160))):
        curation = fit_curation(few, Planted(real), classifier=ClassifierConfig(steps=5))  # type: ignore[arg-type]
        scores = curation.score(bars(0, 20, np.random.default_rng(1)), 0)
        assert not np.isnan(scores.outlier).any()
