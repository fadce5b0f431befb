"""Planted copies are found, all of them, and fresh real samples are not taken for copies."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.preprocessing import StandardScaler

from gan_augment import distances as module
from gan_augment.distances import closest
from gan_augment.errors import DataError
from gan_augment.metrics.memorisation import Memorisation, copying_z, memorisation

SEEDS = range(5)
Part = tuple[np.ndarray, np.ndarray]


def digits() -> Part:
    data = load_digits()
    return data.data / 16.0, data.target


def cancer() -> Part:
    data = load_breast_cancer()
    return StandardScaler().fit_transform(data.data), data.target


def gaussian(d: int, n: int = 1500) -> Part:
    rng = np.random.default_rng(d)
    return rng.normal(size=(n, d)), rng.integers(2, size=n)


def integers() -> Part:
    """Return rows of four columns of few values: nine of ten occur more than once."""
    rng = np.random.default_rng(0)
    columns = (rng.poisson(1.0, 3000), rng.integers(2, size=3000), rng.geometric(0.3, 3000), rng.poisson(2.0, 3000))
    return np.column_stack(columns).clip(max=8).astype(float), columns[1]


def thirds(samples: np.ndarray, labels: np.ndarray, seed: int = 0) -> tuple[Part, Part, Part]:
    """Return training, held-out and fresh samples."""
    first, second, third = np.array_split(np.random.default_rng(seed).permutation(len(samples)), 3)
    return (samples[first], labels[first]), (samples[second], labels[second]), (samples[third], labels[third])


def judged(train: Part, held_out: Part, fake: Part) -> Memorisation:
    names = ("train_labels", "held_out_labels", "fake_labels")
    labels: dict[str, Any] = {name: part[1] for name, part in zip(names, (train, held_out, fake), strict=True)}
    return memorisation(train[0], held_out[0], fake[0], **labels, n_classes=int(train[1].max()) + 1)


def jittered(samples: np.ndarray) -> np.ndarray:
    grey = np.ptp(samples, axis=0) / 255.0
    return samples + np.random.default_rng(1).integers(-1, 2, size=samples.shape) * grey


def rounded(samples: np.ndarray) -> np.ndarray:
    grey = np.maximum(np.ptp(samples, axis=0), 1e-9) / 255.0
    return np.round(samples / grey) * grey


def half_copied(train: Part, fresh: Part) -> Part:
    n = len(fresh[0]) // 2
    return np.concatenate([fresh[0][:n], jittered(train[0])[:n]]), np.concatenate([fresh[1][:n], train[1][:n]])


@pytest.mark.parametrize("copied", [np.copy, jittered, rounded])
@pytest.mark.parametrize("data", [digits(), cancer(), gaussian(30)], ids=["digits", "cancer", "gaussian"])
def test_no_copy_is_missed_be_it_jittered_or_rounded(data: Part, copied: Callable[[np.ndarray], np.ndarray]) -> None:
    train, held_out, _ = thirds(*data)
    found = judged(train, held_out, (copied(train[0]), train[1]))
    assert found.copied == 1.0
    assert sorted((copy.fake, copy.original) for copy in found.copies) == [(i, i) for i in range(len(train[0]))]
    assert found.copied_held_out == 0.0
    assert found.z < -5
    assert max(found.median_ratio, found.low_ratio) < 0.2
    assert found.authentic < 0.05


@pytest.mark.parametrize("data", [digits(), cancer(), integers(), *map(gaussian, (1, 2, 5, 50))])
def test_fresh_real_samples_are_hardly_ever_taken_for_copies(data: Part) -> None:
    found = [judged(*thirds(*data, seed)) for seed in SEEDS]
    assert np.mean([one.copied for one in found]) < 0.01
    assert abs(np.mean([one.z for one in found])) < 1.5
    assert abs(np.mean([one.authentic - one.authentic_held_out for one in found])) < 0.05


def test_a_half_copied_set_lies_in_between() -> None:
    train, held_out, fresh = thirds(*digits())
    found = judged(train, held_out, half_copied(train, fresh))
    assert found.copied == 0.5
    assert min(copy.fake for copy in found.copies) == len(fresh[0]) // 2
    whole, none = judged(train, held_out, train).z, judged(train, held_out, fresh).z
    assert (found.z - none) / (whole - none) == pytest.approx(0.5, abs=0.1)
    assert found.low_ratio < 0.1


@pytest.mark.parametrize("data", [digits(), cancer(), gaussian(1), gaussian(2)], ids=["digits", "cancer", "1", "2"])
def test_a_single_copy_among_fresh_samples_is_found(data: Part) -> None:
    train, held_out, fresh = thirds(*data)
    fake = fresh[0].copy()
    fake[3] = train[0][7]
    first = judged(train, held_out, (fake, fresh[1])).copies[0]
    assert (first.fake, first.original, first.distance) == (3, 7, 0.0)


def test_in_two_dimensions_what_is_near_by_chance_is_no_copy() -> None:
    train, held_out, fresh = thirds(*gaussian(2))
    near = closest(train[0], fresh[0], 2)[1]
    assert (near[:, 0] < near[:, 1] / 3).mean() > 0.05 > 5 * judged(train, held_out, fresh).copied


def test_rows_that_coincide_as_often_as_real_ones_do_are_no_copies() -> None:
    train, held_out, fresh = thirds(*integers())
    found = judged(train, held_out, fresh)
    assert min(found.identical, found.identical_held_out) > 0.8
    assert found.copied < 0.01
    assert abs(found.z) < 3
    assert np.isnan(found.median_ratio)


def test_copies_far_from_all_else_are_found_though_common_rows_coincide() -> None:
    train, held_out, fresh = thirds(*integers())
    alone = np.arange(10)
    train[0][alone] += 100.0 * (1 + alone[:, None])
    fake = fresh[0].copy()
    fake[alone] = train[0][alone]
    found = judged(train, held_out, (fake, fresh[1]))
    assert {copy.fake for copy in found.copies} >= set(alone.tolist())
    assert found.copied < 0.02


def test_copying_a_table_with_few_natural_duplicates_is_still_found() -> None:
    rng = np.random.default_rng(0)
    samples = np.concatenate([rng.normal(size=(2000, 10)), np.zeros((40, 10))])  # one row in fifty is empty
    train, held_out, fresh = thirds(samples, np.zeros(len(samples), dtype=np.int64))
    assert judged(train, held_out, fresh).copied < 0.01
    found = judged(train, held_out, train)
    assert found.copied > 0.95
    assert found.identical_held_out > 0.01


def test_training_samples_that_occur_twice_do_not_hide_their_copies() -> None:
    train, held_out, _ = thirds(*digits())
    doubled = tuple(np.concatenate([part, part]) for part in train)
    assert judged((doubled[0], doubled[1]), held_out, train).copied == 1.0


def test_collapse_onto_points_that_are_no_training_samples_is_not_called_copying() -> None:
    for data in (digits(), cancer(), integers(), gaussian(1), gaussian(5)):
        train, held_out, fresh = thirds(*data)
        points = np.array([np.flatnonzero(fresh[1] == label)[0] for label in np.unique(fresh[1])])
        collapsed = np.repeat(points, 50)
        assert judged(train, held_out, (fresh[0][collapsed], fresh[1][collapsed])).copied == 0.0
    means = np.stack([train[0][train[1] == label].mean(axis=0) for label in (0, 1)])
    assert judged(train, held_out, (np.repeat(means, 50, axis=0), np.repeat([0, 1], 50))).copied == 0.0


def test_collapse_onto_a_training_sample_is_copying() -> None:
    train, held_out, _ = thirds(*digits())
    found = judged(train, held_out, (np.repeat(train[0][:1], 50, axis=0), np.repeat(train[1][:1], 50)))
    assert found.copied == 1.0
    assert {copy.original for copy in found.copies} == {0}


def test_samples_far_from_all_real_ones_are_no_copies_and_have_a_high_z() -> None:
    train, held_out, fresh = thirds(*cancer())
    found = judged(train, held_out, (fresh[0] + 5.0, fresh[1]))
    assert found.copied == 0.0
    assert found.z > 5
    assert found.median_ratio > 1.5


def test_the_rounding_of_a_network_between_batches_is_no_difference() -> None:
    train, held_out, _ = thirds(*digits())
    noise = 1.0 + 1e-6 * np.random.default_rng(0).normal(size=train[0].shape)
    found = judged(train, held_out, ((train[0] * noise).astype(np.float32), train[1]))
    assert (found.identical, found.copied, found.identical_held_out) == (1.0, 1.0, 0.0)


def test_a_copy_under_another_label_is_found_and_said_to_be_one() -> None:
    train, held_out, _ = thirds(*digits())
    found = judged(train, held_out, (train[0], (train[1] + (np.arange(len(train[1])) < 5)) % 10))
    assert found.copied == 1.0
    assert {copy.fake for copy in found.copies if not copy.same_label} == set(range(5))


def test_only_the_class_that_is_copied_is_called_so() -> None:
    train, held_out, fresh = thirds(*digits())
    fake = [part[fresh[1] != 3] for part in fresh], [part[train[1] == 3] for part in train]
    found = judged(train, held_out, (np.concatenate([f[0] for f in fake]), np.concatenate([f[1] for f in fake])))
    assert found.copied_per_class == (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert np.argmin(found.z_per_class) == 3
    assert found.z_per_class[3] < -5 < min(z for label, z in enumerate(found.z_per_class) if label != 3)


def test_other_shares_of_classes_do_not_pass_for_copying() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(3000) % 2
    samples = rng.normal(size=(3000, 5)) * np.where(labels, 0.1, 1.0)[:, None]
    train, held_out, fresh = thirds(samples, labels)
    kept = (fresh[1] == 1) | (np.arange(len(fresh[1])) % 10 == 0)  # mostly of the class that is dense
    found = judged(train, held_out, (fresh[0][kept], fresh[1][kept]))
    assert found.median_ratio == pytest.approx(1.0, abs=0.15)
    assert abs(found.z) < 2.5


def test_ratios_are_those_of_quantiles_where_classes_have_equal_shares() -> None:
    train, held_out, fresh = thirds(*gaussian(4, 600))
    one = [(samples, np.zeros(len(samples), dtype=np.int64)) for samples, _ in (train, held_out, fresh)]
    found = judged(*one)
    made, real = (closest(train[0], part[0])[1][:, 0] for part in (fresh, held_out))
    for ratio, share in ((found.median_ratio, 0.5), (found.low_ratio, 0.05)):
        expected = [np.quantile(part, share, method="inverted_cdf") for part in (made, real)]
        assert ratio == pytest.approx(expected[0] / expected[1])


def test_z_is_the_textbooks_with_and_without_ties() -> None:
    rng = np.random.default_rng(0)
    tied = rng.integers(5, size=60), rng.integers(4, size=40)
    for real, made in ((rng.normal(size=60), rng.normal(size=40)), tied):
        expected = mannwhitneyu(made, real, method="asymptotic", use_continuity=False, alternative="less").pvalue
        assert norm.cdf(copying_z(real, made)) == pytest.approx(expected)
    assert copying_z(np.zeros(9), np.zeros(9)) == 0.0
    assert np.isnan(copying_z(np.zeros(0), np.zeros(9)))


def test_the_pooled_z_is_weighted_by_held_out_samples_and_leaves_out_small_classes() -> None:
    rng = np.random.default_rng(0)
    samples, labels = rng.normal(size=(300, 3)), np.repeat([0, 1, 2], [200, 95, 5])
    train, held_out, fake = (samples, labels), (samples + 0.1, labels), (samples + 0.05, labels)
    found = judged(train, held_out, fake)
    first, second, third = found.z_per_class
    assert np.isnan(third)
    assert found.z == pytest.approx((200 * first + 95 * second) / 295)


def test_authenticity_compares_with_the_nearest_other_training_sample() -> None:
    train = np.array([[0.0], [1.0], [10.0], [10.0]])
    fake = np.array([[0.5001], [3.0], [-0.5], [10.5]])
    labels = np.zeros(4, dtype=np.int64)
    # 0.4999 from 1, which is 1 from 0; 2 from 1; 0.5 from 0, which is 1 from 1; 0.5 from 10, which occurs twice.
    assert judged((train, labels), (train + 0.2, labels), (fake, labels)).authentic == 0.5


def test_the_closest_agree_with_brute_force_and_a_copy_is_at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_CELLS", 20)
    rng = np.random.default_rng(0)
    train, fake = rng.normal(size=(50, 6)) + 1e4, rng.normal(size=(20, 6)) + 1e4
    fake[4] = train[9]
    index, distances = closest(train, fake, 3)
    brute = np.linalg.norm(fake[:, None] - train, axis=2)
    np.testing.assert_array_equal(index, np.argsort(brute, axis=1)[:, :3])
    np.testing.assert_array_equal(distances, np.sort(brute, axis=1)[:, :3])
    assert (index[4, 0], distances[4, 0]) == (9, 0.0)
    with pytest.raises(DataError, match="lower k"):
        closest(train, fake, 51)


def test_copies_come_closest_first_and_only_a_hundred_are_written_out() -> None:
    train, held_out, _ = thirds(*digits())
    found = judged(train, held_out, (jittered(train[0]), train[1]))
    distances = [copy.distance for copy in found.copies]
    assert distances == sorted(distances)
    written = json.loads(json.dumps(found.to_dict()))
    assert (written["n_copies"], len(written["copies"])) == (len(train[0]), 100)
    first = {"fake": found.copies[0].fake, "original": found.copies[0].original}
    assert written["copies"][0] == first | {"distance": distances[0], "same_label": True}


@pytest.mark.filterwarnings("error")
def test_a_class_without_samples_and_a_handful_of_them_give_nan_and_no_warning() -> None:
    few = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([0, 0, 2])
    found = judged(few, (few[0][:1] + 0.3, few[1][:1]), (few[0][2:] + 0.2, few[1][2:]))
    assert np.isnan([found.z, found.median_ratio, found.low_ratio, *found.z_per_class]).all()
    assert np.isnan(found.copied_per_class[:2]).all()
    assert found.copied_per_class[2] in (0.0, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (x[:0], y[:0]), "Give 1 or more synthetic"),
        (lambda x, y: (x, y[:-1]), "a label each"),
        (lambda x, y: (x[:, :2], y), "same features"),
        (lambda x, y: (np.where(x > 1, np.nan, x), y), "not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    change: Callable[[np.ndarray, np.ndarray], Part], message: str
) -> None:
    train, held_out, fresh = thirds(*gaussian(3, 60))
    with pytest.raises(DataError, match=message):
        judged(train, held_out, change(*fresh))
    with pytest.raises(DataError, match="Give 2 or more training"):
        judged((train[0][:1], train[1][:1]), held_out, fresh)
