import numpy as np
import pytest
from scipy.special import softmax

from gan_augment.metrics.margins import fitted_temperature, margin_accuracy
from gan_augment.seeding import numpy_rng

LABELS = np.array([0, 1, 2, 0])
SAID = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.0, 0.0, 1.0], [0.4, 0.1, 0.5]])


def drawn(n: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels drawn by probabilities of logits, and the probabilities of logits `sharpness` times as large."""
    rng = numpy_rng(3, "margins")
    logits = rng.normal(0.0, 2.0, (n, 4))
    labels = np.array([rng.choice(4, p=row) for row in softmax(logits, axis=1)])
    return labels, softmax(sharpness * logits, axis=1)


def test_a_margin_is_the_true_class_against_its_strongest_rival() -> None:
    expected = np.mean([0.6 / 0.9, 0.2 / 0.8, 1.0, 0.4 / 0.9])
    assert margin_accuracy(LABELS, SAID, 1.0) == pytest.approx(expected, abs=1e-5)


def test_every_class_counts_alike_where_balanced_accuracy_decides() -> None:
    expected = np.mean([(0.6 / 0.9 + 0.4 / 0.9) / 2, 0.2 / 0.8, 1.0])
    assert margin_accuracy(LABELS, SAID, 1.0, balanced=True) == pytest.approx(expected, abs=1e-5)


def test_at_a_low_temperature_it_is_accuracy() -> None:
    assert margin_accuracy(LABELS, SAID, 0.001) == pytest.approx(0.5)
    assert margin_accuracy(LABELS[:3], SAID[:3], 0.001) == pytest.approx(2 / 3)
    assert margin_accuracy(LABELS, SAID, 1000.0) == pytest.approx(0.5, abs=0.01)
    assert margin_accuracy(LABELS[:1], SAID[:1], 0.001) == pytest.approx(1.0)


@pytest.mark.parametrize("sharpness", [0.25, 1.0, 4.0])
def test_the_temperature_takes_back_what_makes_a_classifier_too_sure_or_not_sure_enough(sharpness: float) -> None:
    labels, said = drawn(4000, sharpness)
    assert fitted_temperature(labels, said) == pytest.approx(sharpness, rel=0.1)


def test_at_fitted_temperatures_a_classifier_scores_the_same_however_sure_it_is() -> None:
    scores = []
    for sharpness in (0.5, 1.0, 2.0):
        labels, said = drawn(500, sharpness)
        scores.append(margin_accuracy(labels, said, fitted_temperature(labels, said)))
    assert np.ptp(scores) < 0.002


def test_certainty_is_no_infinity() -> None:
    certain = np.eye(3)[[0, 2, 2, 0]]  # three hits in four, sure of them all: best told with probability 3 / 4
    temperature = fitted_temperature(LABELS, certain)
    against = 0.75 / (0.75 + 0.125)  # the rest is shared by two classes
    expected = 0.75 * against + 0.25 * (1 - against)
    assert temperature == pytest.approx(np.log(1e6) / np.log(0.75 / 0.125), rel=1e-3)
    assert margin_accuracy(LABELS, certain, temperature) == pytest.approx(expected, rel=1e-3)


def test_of_two_classes_a_calibrated_classifier_is_as_sure_as_it_is_right() -> None:
    labels = np.array([0] * 8 + [1] * 2)
    assert margin_accuracy(labels, np.tile([0.8, 0.2], (10, 1)), 1.0) == pytest.approx(0.8**2 + 0.2**2)
