"""Shortcut risk is high where synthetic samples give themselves away, and only there."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from gan_augment.metrics import shortcut
from gan_augment.metrics.shortcut import frame_traits, image_traits, shortcut_risk


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 200 images of threes and eights, in random order, with labels 0 and 1."""
    data = load_digits()
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(data.target, (3, 8))))[:200]
    return (data.images[chosen] * 15.9).astype(np.uint8)[..., None], (data.target[chosen] == 8).astype(np.int64)


def cloud(seed: int, n: int, share: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < share).astype(np.int64)
    return rng.normal(size=(n, 4)) + 3.0 * labels[:, None], labels


def test_samples_of_one_distribution_cannot_be_told_apart(digits: tuple[np.ndarray, np.ndarray]) -> None:
    traits, labels = image_traits(digits[0]), digits[1]
    assert shortcut_risk(traits[:100], labels[:100], traits[100:], labels[100:]) == pytest.approx(0.5, abs=0.1)
    assert shortcut_risk(*cloud(0, 400), *cloud(1, 400)) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("spoil", ["noise", "blur", "grey instead of black"])
def test_what_a_network_leaves_in_images_gives_them_away(digits: tuple[np.ndarray, np.ndarray], spoil: str) -> None:
    images, labels = digits
    made = {
        "noise": (images + np.random.default_rng(0).normal(0, 12, images.shape)).clip(0, 255),
        "blur": (images.astype(int) + np.roll(images, 1, axis=1) + np.roll(images, -1, axis=1)) // 3,
        "grey instead of black": np.maximum(images, 1),
    }[spoil].astype(np.uint8)
    assert shortcut_risk(image_traits(images), labels, image_traits(made), labels) > 0.9


@pytest.mark.parametrize("spoil", ["checkerboard", "no pure black or white", "hue", "mark in a corner"])
def test_each_kind_of_trace_is_found_alone(spoil: str) -> None:
    rng, labels = np.random.default_rng(0), np.zeros(60, dtype=np.int64)
    coarse = rng.normal(rng.uniform(60, 190, (120, 1, 1)), 40, (120, 16, 16))
    images = np.kron(coarse, np.ones((2, 2)))[..., None].repeat(3, axis=3).clip(0, 255)
    made = {
        "checkerboard": images[60:] + 6.0 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32))[..., None],
        "no pure black or white": images[60:].clip(2, 253),
        "hue": images[60:] + np.array([6, 0, -6]),
        "mark in a corner": np.where(np.add.outer(np.arange(32), np.arange(32))[..., None] < 5, 128, images[60:]),
    }[spoil].clip(0, 255)
    real, fake = (image_traits(part.astype(np.uint8)) for part in (images[:60], made))
    assert shortcut_risk(real, labels, fake, labels) > 0.9


def test_copies_of_real_samples_are_no_shortcut(digits: tuple[np.ndarray, np.ndarray]) -> None:
    traits = image_traits(digits[0])
    assert shortcut_risk(traits, digits[1], traits, digits[1]) == 0.5


def test_other_shares_of_the_classes_are_not_taken_for_a_difference() -> None:
    assert shortcut_risk(*cloud(0, 600, 0.2), *cloud(1, 600, 0.8)) == pytest.approx(0.5, abs=0.1)


def test_classes_that_only_one_side_has_say_nothing() -> None:
    real, labels = cloud(0, 300)
    fake = cloud(1, 300, 0.0)
    assert shortcut_risk(real, labels, *fake) == pytest.approx(0.5, abs=0.1)
    assert shortcut_risk(*fake, real, labels) == pytest.approx(0.5, abs=0.1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 5, 11])
def test_too_few_samples_of_every_class_give_nan(n: int) -> None:
    real, fake = cloud(0, 200, 0.0), cloud(1, 200, 0.0)
    assert np.isnan(shortcut_risk(*real, fake[0][:n], fake[1][:n]))
    assert np.isnan(shortcut_risk(real[0][:n], real[1][:n], *fake))


@pytest.mark.filterwarnings("error")
def test_twelve_a_side_are_enough_to_see_what_is_plain(digits: tuple[np.ndarray, np.ndarray]) -> None:
    images = digits[0][digits[1] == 0][:12]
    label = np.zeros(12, dtype=np.int64)
    assert shortcut_risk(image_traits(images), label, image_traits(np.maximum(images, 9)), label) > 0.9


def test_a_thousand_a_side_at_most_are_looked_at_and_folds_are_as_even_as_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]] = []

    def record(model: object, samples: np.ndarray, is_synthetic: np.ndarray, cv: Any, **settings: object) -> np.ndarray:
        seen.append((samples, is_synthetic, cv))
        return np.array([0.6, 0.8])

    monkeypatch.setattr(shortcut, "cross_val_score", record)
    labels = [np.arange(n) % 2 for n in (5000, 3000)]
    risk = shortcut_risk(labels[0][:, None], labels[0], labels[1][:, None], labels[1])
    assert risk == pytest.approx(0.7)
    (samples, is_synthetic, folds) = seen[0]
    assert np.bincount(is_synthetic).tolist() == [1000, 1000]
    for _, held_out in folds:
        counts = np.bincount(2 * samples[held_out, 0].astype(int) + is_synthetic[held_out])
        assert counts.max() - counts.min() <= 1


def test_the_seed_decides_and_nothing_else_is_touched() -> None:
    given, state = (*cloud(0, 100), *cloud(1, 100, 0.7)), np.random.get_state()[1].tolist()  # type: ignore[index]
    shifted = (given[0] + 0.5, *given[1:])
    risks = [shortcut_risk(*shifted, seed=seed) for seed in (0, 0, 1)]
    assert risks[0] == risks[1] != risks[2]
    assert np.random.get_state()[1].tolist() == state  # type: ignore[index]


def rows(seed: int, n: int = 150, missing: float = 0.3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(size=n), "town": rng.choice(["a", "b", "c"], n), "empty": np.nan})
    frame["town"] = frame["town"].mask(rng.random(n) < missing)
    return frame


def table_risk(real: pd.DataFrame, synthetic: pd.DataFrame) -> float:
    labels = [np.zeros(len(frame), dtype=np.int64) for frame in (real, synthetic)]
    first, second = frame_traits(real, synthetic)
    return shortcut_risk(first, labels[0], second, labels[1])


def test_rows_of_one_distribution_cannot_be_told_apart_whatever_their_types() -> None:
    made = rows(1)[["town", "empty", "age"]].astype({"town": "category"})
    assert table_risk(rows(0), made) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("change", [{"age": 2.5}, {"town": "c"}, {"empty": 0.0}])
def test_a_column_that_gives_rows_away_is_found(change: dict[str, Any]) -> None:
    assert table_risk(rows(0), rows(1).assign(**change)) > 0.8


def test_missing_values_are_a_level_of_their_own() -> None:
    assert table_risk(rows(0, missing=0.9), rows(1, missing=0.0)) > 0.8


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(300, 8, 8, 1), (3, 5, 9, 3), (2, 1, 1, 1), (2, 33, 70, 3)])
def test_traits_of_an_image_are_finite_and_its_own(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    images[0] = 0
    traits = image_traits(images)
    assert len(traits) == len(images)
    assert np.isfinite(traits).all()
    np.testing.assert_allclose(image_traits(images[-1:])[0], traits[-1], rtol=1e-4)
