"""Figures of fidelity, diversity and coverage move when, and only when, what they measure does."""

import numpy as np
import pytest

from gan_augment.metrics.fidelity import (
    confusion,
    coverage,
    density,
    label_fidelity,
    mislabelled,
    within_class_diversity,
)

N_CLASSES = 2


def cloud(seed: int, n: int = 200, centre: float = 0.0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % N_CLASSES
    noise = np.random.default_rng(seed).normal(size=(n, 4)) * spread
    return noise + 10.0 * labels[:, None] + centre, labels


def test_samples_of_the_real_distribution_score_as_real_ones_do() -> None:
    compared = (*cloud(0, 2000), *cloud(1, 2000), N_CLASSES)
    np.testing.assert_allclose(within_class_diversity(*compared), 1.0, atol=0.1)
    np.testing.assert_allclose(density(*compared), 1.0, atol=0.1)
    np.testing.assert_allclose(coverage(*compared), 0.97, atol=0.02)


def test_one_sample_repeated_has_no_diversity_and_hardly_any_coverage() -> None:
    fake, labels = cloud(1)
    fake[labels == 1] = fake[labels == 1][0]
    compared = (*cloud(0), fake, labels, N_CLASSES)
    assert within_class_diversity(*compared)[0] > 0.8
    assert within_class_diversity(*compared)[1] < 1e-12
    assert coverage(*compared)[1] < 0.2


def test_diversity_is_a_ratio_of_variances_whose_direction_is_fake_over_real() -> None:
    np.testing.assert_allclose(
        within_class_diversity(*cloud(0, 4000), *cloud(1, 4000, spread=2.0), N_CLASSES), 4.0, rtol=0.1
    )


def test_classes_far_apart_do_not_count_as_diversity() -> None:
    fake, labels = cloud(1, spread=0.0)
    np.testing.assert_allclose(within_class_diversity(*cloud(0), fake, labels, N_CLASSES), 0.0)


def test_samples_far_away_cover_nothing() -> None:
    compared = (*cloud(0), *cloud(1, centre=100.0), N_CLASSES)
    np.testing.assert_array_equal(coverage(*compared), 0.0)
    np.testing.assert_array_equal(density(*compared), 0.0)


def test_more_fake_samples_do_not_raise_coverage() -> None:
    real = cloud(0, 100)
    few, many = (coverage(*real, *cloud(1, n, spread=3.0), N_CLASSES) for n in (100, 5000))
    np.testing.assert_allclose(many, few, atol=0.15)


def test_too_few_samples_give_nan_instead_of_an_error() -> None:
    real, fake = cloud(0, 40), cloud(1, 40)
    lone = (fake[0][:1], fake[1][:1])
    for figure in (within_class_diversity, density, coverage):
        assert np.isnan(figure(*real, *lone, N_CLASSES)).all()
        assert np.isnan(figure(*lone, *fake, N_CLASSES)).all()
    same = np.zeros_like(real[0])
    assert np.isnan(within_class_diversity(same, real[1], *fake, N_CLASSES)).all()


@pytest.mark.filterwarnings("error")
def test_label_fidelity_is_per_class_and_nan_without_samples() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.1, 0.9, 0.0]])
    np.testing.assert_array_equal(label_fidelity(probabilities, np.array([0, 0, 1])), [0.5, 1.0, np.nan])


@pytest.mark.filterwarnings("error")
def test_confusion_has_a_row_for_what_was_asked_and_a_column_for_what_is_seen() -> None:
    probabilities = np.eye(3)[[1, 1, 1, 0, 1]]
    rows = confusion(probabilities, np.array([0, 0, 0, 0, 1]))
    np.testing.assert_array_equal(rows, [[0.25, 0.75, 0], [0, 1, 0], [np.nan] * 3])


def rates(*fidelities: float) -> np.ndarray:
    """Return a confusion whose other samples are taken for the next class."""
    n_classes = len(fidelities)
    return np.diag(fidelities) + np.roll(np.eye(n_classes), 1, axis=1) * (1 - np.array(fidelities))[:, None]


@pytest.mark.filterwarnings("error")
def test_labels_far_below_the_real_ones_are_named_with_what_they_are_taken_for() -> None:
    n, own = np.full(3, 200), np.array([0.95, 0.95, 0.95])
    assert mislabelled(rates(0.1, 0.95, 0.6), n, (own, n)) == {0: 1, 2: 0}
    assert mislabelled(rates(np.nan, 0.95, 0.95), n * [0, 1, 1], (own, n)) == {}


@pytest.mark.parametrize(("fidelity", "n", "is_named"), [(0.88, 10**6, False), (0.8, 20, False), (0.8, 2000, True)])
def test_neither_a_small_difference_nor_a_chance_one_is_named(fidelity: float, n: int, is_named: bool) -> None:
    numbers, own = np.full(2, n), np.array([0.95, 0.95])
    for n_made, n_own in ((numbers, numbers * 10), (numbers * 10, numbers)):
        assert bool(mislabelled(rates(fidelity, 0.95), n_made, (own, n_own))) == is_named


def test_a_judge_that_knows_all_of_a_few_samples_is_not_taken_as_perfect() -> None:
    few, own = np.array([4, 4]), np.ones(2)
    assert mislabelled(rates(0.7, 1.0), np.full(2, 500), (own, few)) == {}


def test_samples_must_do_worse_than_every_set_of_real_ones() -> None:
    n, own, hard = np.full(2, 500), np.array([0.95, 0.95]), np.array([0.5, 0.95])
    for real in (((own, n), (hard, n)), ((hard, n), (own, n))):
        assert mislabelled(rates(0.5, 0.5), n, *real) == {1: 0}
