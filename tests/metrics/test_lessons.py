"""A lesson says what it holds: shares, counts and class shares add up, and nonsense is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson


def labelled(*counts: int, level: int = 0) -> Labelled:
    """Return so many images of each class."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return Labelled(np.full((len(labels), 8, 8, 1), level, np.uint8), labels)


REAL, ADDED = labelled(30, 10), labelled(5, 15, level=9)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match="real images, synthetic ones, or both"):
        Lesson()
    with pytest.raises(DataError, match="a label for each"):
        Labelled(np.zeros((2, 8, 8, 1), np.uint8), np.zeros(1, np.int64))


@pytest.mark.parametrize(
    "setting",
    [
        {"share": 0},
        {"share": 1},
        {"weight": 0},
        {"longer": 0},
        {"last_real": 1.5},
        {"mixup": -0.1},
        {"pretrain": -1},
        {"consistency": -1, "views": Augmentation()},
        {"consistency": 1, "views": Augmentation(), "pretrain": 1},
    ],
)
def test_numbers_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Lesson(REAL, ADDED, **setting)


def test_a_lesson_of_synthetic_images_cannot_end_on_real_ones() -> None:
    with pytest.raises(ConfigError, match="cannot end on them"):
        Lesson(synthetic=ADDED, last_real=0.5)


def test_pretraining_sees_synthetic_images_alone_and_what_follows_real_ones_alone() -> None:
    lesson = Lesson(REAL, ADDED, pretrain=0.5, mixup=0.3)
    (first, first_share), (second, second_share) = lesson.parts
    assert (first.real, first.synthetic, first.mixup, first_share) == (None, ADDED, 0.0, 0.5)
    assert (second.real, second.synthetic, second.mixup, second_share) == (REAL, None, 0.3, 1.0)
    assert lesson.class_shares(2).tolist() == Lesson(REAL).class_shares(2).tolist()
    assert Lesson(REAL, ADDED).parts == ((Lesson(REAL, ADDED), 1.0),)
    with pytest.raises(ConfigError, match="needs both"):
        Lesson(REAL, pretrain=0.5)


def test_what_only_makes_predictions_consistent_has_no_class_and_gives_up_its_time() -> None:
    lesson = Lesson(REAL, ADDED, share=1 / 3, consistency=1.0, mixup=0.3, views=Augmentation())
    assert lesson.class_shares(2).tolist() == Lesson(REAL).class_shares(2).tolist()
    assert lesson.n_added(64) == 32
    without = lesson.without_additions(np.random.default_rng(0))
    assert (without.real, without.synthetic, without.consistency, without.mixup) == (REAL, None, 0.0, 0.3)
    assert without.longer == pytest.approx(2.0)  # 64 real images and two views of 32 others
    for change, longer in (({"last_real": 0.5}, 1.5), ({"widened": 2.0}, 1.5)):
        assert replace(lesson, **change).without_additions(np.random.default_rng(0)).longer == pytest.approx(longer)
    with pytest.raises(ConfigError, match="together"):
        Lesson(REAL, consistency=1.0, views=Augmentation())
    with pytest.raises(ConfigError, match="two views"):
        replace(lesson, views=None)


@pytest.mark.parametrize(("share", "expected"), [(0.25, 21), (0.5, 64), (0.1, 7), (0.001, 1)])
def test_the_share_is_one_of_the_whole_batch(share: float, expected: int) -> None:
    assert Lesson(REAL, ADDED, share).n_added(64) == expected


def test_class_shares_are_those_of_the_loss() -> None:
    assert Lesson(REAL).class_shares(2).tolist() == [0.75, 0.25]
    assert Lesson(synthetic=ADDED).class_shares(2).tolist() == [0.25, 0.75]
    half = Lesson(REAL, ADDED, share=0.5)
    assert half.class_shares(2).tolist() == [0.5, 0.5]
    np.testing.assert_allclose(replace(half, weight=0.5).class_shares(2), [(0.75 + 0.125) / 1.5, (0.25 + 0.375) / 1.5])
    np.testing.assert_allclose(replace(half, last_real=0.5).class_shares(2), replace(half, weight=0.5).class_shares(2))
    weighted = Lesson(REAL, class_weights=np.array([1.0, 3.0]))
    np.testing.assert_allclose(weighted.class_shares(2), [0.5, 0.5])


def test_what_was_added_moves_among_the_real_images_in_the_proportion_of_a_step() -> None:
    lesson = Lesson(REAL, ADDED, share=0.25, last_real=0.5, mixup=0.3)
    moved = lesson.without_additions(np.random.default_rng(0))
    assert moved.real is not None
    assert (moved.synthetic, moved.last_real, moved.mixup) == (None, 0.0, 0.3)
    assert (moved.real.images[:, 0, 0, 0] == 0).sum() == 40
    assert (moved.real.images[:, 0, 0, 0] == 9).sum() == 13  # a third of 40
    assert replace(lesson, share=0.9).without_additions(np.random.default_rng(0)).class_shares(2).tolist() == [
        35 / 60,
        25 / 60,
    ]
    assert moved.n_main(60) == round(60 * 53 / 40)  # of which 60 are real ones, as before
    np.testing.assert_allclose(
        replace(moved, synthetic=ADDED, share=0.5).class_shares(2),
        [(30 + 13 * 0.25 + 40 * 0.25) / 93, (10 + 13 * 0.75 + 40 * 0.75) / 93],
        atol=0.02,
    )
    plain = Lesson(REAL)
    assert plain.without_additions(np.random.default_rng(0)) is plain
