"""Scores are of the rarer class, losses of the whole, and the correction undoes a change of the class shares."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from gan_augment.metrics.scores import SCORES, brier, correct_prior, rarer_class, score_predictions

PRIOR = np.array([0.2, 0.8])


def two_class() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.8).astype(np.int64)
    positive = np.clip(0.5 + 0.2 * (2 * labels - 1) + rng.normal(0, 0.2, 400), 0.01, 0.99)
    return labels, np.stack([1 - positive, positive], axis=1)


def test_the_rarer_class_is_the_positive_one_whichever_label_it_has() -> None:
    assert rarer_class(PRIOR) == 0
    assert rarer_class(PRIOR[::-1]) == 1
    labels, probabilities = two_class()
    scores = score_predictions(labels, probabilities, probabilities.argmax(axis=1), PRIOR, PRIOR)
    assert scores["average_precision"] == pytest.approx(average_precision_score(labels == 0, probabilities[:, 0]))
    assert scores["roc_auc"] == pytest.approx(roc_auc_score(labels == 0, probabilities[:, 0]))
    assert scores["average_precision"] != pytest.approx(average_precision_score(labels, probabilities[:, 1]), abs=0.01)


def test_every_score_is_there_and_perfect_predictions_are_perfect() -> None:
    labels = np.array([0, 1, 2, 2, 1, 0])
    scores = score_predictions(labels, np.eye(3)[labels], labels, np.full(3, 1 / 3), np.full(3, 1 / 3))
    assert list(scores) == list(SCORES)
    assert [scores[name] for name in SCORES] == pytest.approx([1.0] * 5 + [0.0] * 4, abs=1e-9)


def test_of_several_classes_each_counts_the_same_however_rare() -> None:
    labels = np.array([0] * 80 + [1] * 10 + [2] * 10)
    predictions = np.zeros(100, dtype=np.int64)
    probabilities = np.tile([0.6, 0.2, 0.2], (100, 1))
    shares = np.array([0.8, 0.1, 0.1])
    scores = score_predictions(labels, probabilities, predictions, shares, shares)
    assert scores["accuracy"] == pytest.approx(0.8)
    assert scores["balanced_accuracy"] == pytest.approx(1 / 3)
    assert scores["average_precision"] == pytest.approx(1 / 3)  # the mean of the shares
    assert scores["roc_auc"] == pytest.approx(0.5)


def test_probabilities_learnt_from_balanced_rows_are_brought_back_to_the_true_shares() -> None:
    # Two Gaussians: the true posterior is known under either prior.
    x = np.linspace(-3, 3, 50)
    density = np.stack([np.exp(-((x + 1) ** 2) / 2), np.exp(-((x - 1) ** 2) / 2)], axis=1)
    posterior = {even: density * p / (density * p).sum(1, keepdims=True) for even, p in ((True, 0.5), (False, PRIOR))}
    np.testing.assert_allclose(correct_prior(posterior[True], PRIOR, np.array([0.5, 0.5])), posterior[False])
    np.testing.assert_allclose(correct_prior(posterior[False], PRIOR, PRIOR), posterior[False])


def test_a_class_that_was_not_trained_on_breaks_no_correction() -> None:
    corrected = correct_prior(np.array([[0.7, 0.3, 0.0]]), np.array([0.5, 0.3, 0.2]), np.array([0.5, 0.5, 0.0]))
    assert np.isfinite(corrected).all()
    assert corrected.sum() == pytest.approx(1.0)


def test_the_brier_score_of_two_classes_is_that_of_one_of_them() -> None:
    labels, probabilities = two_class()
    assert brier(labels, probabilities) == pytest.approx(brier_score_loss(labels, probabilities[:, 1]))
    assert brier(np.array([0]), np.array([[0.0, 1.0, 0.0]])) == pytest.approx(2.0)
