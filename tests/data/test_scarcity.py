"""Scarce data: as many samples of each class as were asked for, nested, or one clear line."""

from typing import Any

import numpy as np
import pytest

from gan_augment.config import from_dict, to_dict
from gan_augment.data.scarcity import Scarcity
from gan_augment.errors import ConfigError, DataError

CLASSES = ("ant", "bee", "cat")
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [60, 40, 50]))


def kept(scarcity: Scarcity, labels: np.ndarray = LABELS, classes: tuple[str, ...] = CLASSES) -> np.ndarray:
    return scarcity.kept(labels, classes, np.random.default_rng(3))


def n_kept(scarcity: Scarcity, labels: np.ndarray = LABELS, classes: tuple[str, ...] = CLASSES) -> list[int]:
    return np.bincount(labels[kept(scarcity, labels, classes)], minlength=len(classes)).tolist()


def test_nothing_asked_keeps_everything_in_its_order() -> None:
    assert kept(Scarcity()).tolist() == list(range(150))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"train_per_class": 20}, [20, 20, 20]),
        ({"train_per_class": 20, "imbalance": 4}, [20, 10, 5]),
        ({"imbalance": 1}, [40, 40, 40]),
        ({"cut": {"cat": 7}}, [60, 40, 7]),
        ({"minority": 5}, [60, 5, 50]),
        ({"train_per_class": 20, "minority": 5}, [20, 20, 5]),
        ({"cut": {"cat": 30, "ant": 35}, "minority": 9}, [35, 40, 9]),
        ({"train_per_class": 20, "imbalance": 4, "cut": {"ant": 4}, "minority": 2}, [2, 10, 5]),
    ],
)
def test_what_is_asked_is_done_in_the_documented_order(asked: dict[str, Any], expected: list[int]) -> None:
    assert n_kept(Scarcity(**asked)) == expected


def test_the_long_tail_is_that_of_the_literature() -> None:
    # CIFAR-10-LT with a ratio of 100 has 12,406 images.
    labels, classes = np.repeat(np.arange(10), 5000), tuple("0123456789")
    assert n_kept(Scarcity(imbalance=100), labels, classes) == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]


def test_the_long_tail_keeps_its_shape_where_the_first_class_is_not_the_largest() -> None:
    assert n_kept(Scarcity(imbalance=4), np.repeat([0, 1, 2], [16, 50, 50])) == [16, 8, 4]
    assert n_kept(Scarcity(imbalance=4), np.repeat([0, 1, 2], [90, 10, 50])) == [20, 10, 5]


def test_the_tail_has_two_samples_of_each_class_at_least() -> None:
    assert n_kept(Scarcity(imbalance=1e6)) == [60, 2, 2]


def test_a_single_class_has_no_tail() -> None:
    assert n_kept(Scarcity(imbalance=10), np.zeros(9, dtype=int), ("only",)) == [9]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"train_per_class": 10}, {"train_per_class": 30}),
        ({"train_per_class": 30, "imbalance": 10}, {"train_per_class": 30, "imbalance": 3}),
        ({"cut": {"bee": 4}}, {"minority": 30}),
    ],
)
def test_who_keeps_fewer_keeps_a_part_of_what_others_keep(less: dict[str, Any], more: dict[str, Any]) -> None:
    few, many = (kept(Scarcity(**asked)).tolist() for asked in (less, more))
    assert set(few) < set(many)
    assert few == sorted(few)


def test_what_is_kept_is_drawn_and_not_the_first_of_a_class() -> None:
    draws = [Scarcity(train_per_class=20).kept(LABELS, CLASSES, np.random.default_rng(s)).tolist() for s in (1, 2)]
    assert draws[0] != draws[1]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"train_per_class": 41}, "Class 'bee' has 40 of the 41 training samples"),
        ({"cut": {"cat": 51}}, "Class 'cat' has 50 of the 51"),
        ({"train_per_class": 20, "cut": {"cat": 30}}, "Class 'cat' has 20 of the 30"),
        ({"minority": 41}, "Class 'bee' has 40 of the 41"),
    ],
)
def test_too_few_samples_are_an_error_with_the_numbers(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        kept(Scarcity(**asked))


def test_an_unknown_class_is_refused_with_the_nearest_spelling() -> None:
    with pytest.raises(ConfigError, match=r"Unknown class 'catt'. Did you mean 'cat'\?"):
        kept(Scarcity(cut={"catt": 5}))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"train_per_class": 0}, "per class must be .* not 0"),
        ({"train_per_class": 2.5}, "not 2.5"),
        ({"minority": -1}, "rarest class must be .* not -1"),
        ({"minority": True}, "not True"),
        ({"cut": {"cat": 0}}, "of class 'cat' must be .* not 0"),
        ({"imbalance": 0.5}, "1 or more, not 0.5"),
        ({"imbalance": float("nan")}, "1 or more, not nan"),
        ({"imbalance": float("inf")}, "1 or more, not inf"),
    ],
)
def test_a_number_out_of_range_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Scarcity(**asked)


def test_it_is_written_down_and_read_back() -> None:
    scarcity = Scarcity(20, 4.0, {"ant": 4}, 2)
    assert from_dict(Scarcity, to_dict(scarcity)) == scarcity
