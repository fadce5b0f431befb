"""What is chosen by: margins on the scale of the score that decides."""

from dataclasses import replace

import numpy as np
import pytest

from gan_augment.evaluation.study.bench import Outcome, Parts
from gan_augment.evaluation.study.scoring import finely_scored, mean_scores, scored

from .conftest import make_images

PARTS = Parts(make_images({"a": 20, "b": 20}), make_images({"a": 90, "b": 10}, seed=1))


def outcome(right: dict[int, float]) -> Outcome:
    """Return what a model says that is sure to 0.9, and right on so many of each class."""
    labels = PARTS.test.labels
    hit = np.concatenate([np.arange(count) < right[label] * count for label, count in enumerate(np.bincount(labels))])
    predictions = np.where(hit, labels, 1 - labels)
    probabilities = np.where(np.eye(2)[predictions] > 0, 0.9, 0.1)
    return Outcome(probabilities, predictions, np.array([0.5, 0.5]), 40)


@pytest.mark.parametrize("chief", ["accuracy", "balanced_accuracy"])
def test_the_better_model_by_the_score_that_decides_is_so_by_margins(chief: str) -> None:
    common, rare = outcome({0: 1.0, 1: 0.2}), outcome({0: 0.9, 1: 0.9})
    assert common.predictions.tolist() != rare.predictions.tolist()
    by_hits, by_margins = (
        [scored(said, PARTS)[0][chief] for said in (common, rare)],
        [finely_scored(said, PARTS, chief)[0] for said in (common, rare)],
    )
    assert (by_hits[1] > by_hits[0]) == (chief == "balanced_accuracy")
    assert (by_margins[1] > by_margins[0]) == (chief == "balanced_accuracy")


def test_average_precision_is_of_the_class_that_is_looked_for() -> None:
    said = outcome({0: 0.9, 1: 0.5})
    first, second, unsaid = (
        scored(said, replace(PARTS, positive=positive))[0]["average_precision"] for positive in (0, 1, None)
    )
    assert first > 0.9 > second + 0.2
    assert unsaid == second  # of two classes of one size


def test_what_is_no_number_is_an_error_and_no_score() -> None:
    said = outcome({0: 1.0, 1: 0.2})
    with pytest.raises(ValueError, match="no numbers"):
        finely_scored(replace(said, probabilities=np.full((100, 2), np.nan)), PARTS, "accuracy")


def test_scores_of_several_trainings_are_their_means() -> None:
    good, bad = (scored(outcome(right), PARTS) for right in ({0: 1.0, 1: 1.0}, {0: 0.8, 1: 0.4}))
    scores, per_class = mean_scores([good, bad, bad])
    assert list(scores) == list(good[0])
    assert scores["accuracy"] == pytest.approx((1.0 + 2 * 0.76) / 3, abs=1e-6)
    assert per_class == pytest.approx((2.6 / 3, 1.8 / 3), abs=1e-6)
    assert mean_scores([bad]) == bad
