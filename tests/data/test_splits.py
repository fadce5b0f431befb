"""Splits: every class in every part, nothing lost, no group, moment or copy in two parts."""

from collections.abc import Callable

import numpy as np
import pytest

from gan_augment.data.splits import (
    forward_folds,
    grouped_split,
    inner_folds,
    stratified_split,
    time_split,
    twin_groups,
    without_groups_of,
)
from gan_augment.errors import ConfigError, DataError

LABELS = np.repeat([0, 1, 2], [50, 10, 2])
PAIR = np.array([0, 0, 1])
CLASSES = ("dog", "cat")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_split_divides_every_class_alike_and_loses_nothing() -> None:
    first, second = stratified_split(LABELS, 0.2, rng())
    assert sorted([*first, *second]) == list(range(62))
    assert np.bincount(LABELS[second]).tolist() == [10, 2, 1]
    assert (np.diff(first) > 0).all()
    assert (np.diff(second) > 0).all()


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_each_side_keeps_one_of_each_class(share: float) -> None:
    for side in stratified_split(LABELS, share, rng()):
        assert (np.bincount(LABELS[side]) >= 1).all()


def test_split_is_fixed_by_the_generator_and_not_by_position() -> None:
    splits = [stratified_split(LABELS, 0.5, rng(seed))[1].tolist() for seed in (1, 1, 2)]
    assert splits[0] == splits[1] != splits[2]
    assert splits[0][:25] != list(range(25))


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
@pytest.mark.parametrize(
    "split",
    [
        lambda share: stratified_split(LABELS, share, rng()),
        lambda share: grouped_split(LABELS, np.arange(62), share, rng()),
        lambda share: time_split(LABELS, np.arange(62), share),
    ],
)
def test_share_out_of_range(split: Callable[[float], object], share: float) -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        split(share)


@pytest.mark.parametrize(
    "split",
    [
        lambda labels, classes: stratified_split(labels, 0.5, rng(), classes),
        lambda labels, classes: inner_folds(labels, 3, rng(), classes=classes),
    ],
)
def test_too_few_samples_of_a_class_are_an_error_with_its_name_and_number(
    split: Callable[[np.ndarray, tuple[str, ...] | None], object],
) -> None:
    with pytest.raises(DataError, match=r"Class 'cat' has 1 sample: at least 2 are needed"):
        split(PAIR, CLASSES)
    with pytest.raises(DataError, match=r"Class 'bird' has 0 samples: at least 2"):
        split(np.repeat([0, 1], 5), (*CLASSES, "bird"))
    with pytest.raises(DataError, match=r"Class 7 has 1 sample"):
        split(np.array([0, 0, 7]), None)


def patients(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of three classes, the last rare, and the patient of each sample: some large, many small."""
    draw = rng(seed)
    labels = draw.choice(3, 400, p=[0.6, 0.35, 0.05])
    return labels, draw.choice(40, 400, p=np.linspace(1, 9, 40) / np.linspace(1, 9, 40).sum())


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_groups_stay_whole_and_shares_come_near(share: float) -> None:
    for seed in range(5):
        labels, groups = patients(seed)
        first, second = grouped_split(labels, groups, share, rng(seed))
        assert sorted([*first, *second]) == list(range(400))
        assert not set(groups[first]) & set(groups[second])
        assert abs(len(second) / 400 - share) < 0.05
        found = np.bincount(labels[second], minlength=3) / np.bincount(labels)
        np.testing.assert_allclose(found, share, atol=0.15)


def test_groups_of_one_are_split_as_exactly_as_samples() -> None:
    labels = np.repeat([0, 1], [400, 40])
    names = np.array([f"patient {i}" for i in range(440)])
    second = grouped_split(labels, names, 0.25, rng())[1]
    assert np.bincount(labels[second]).tolist() == [100, 10]


def test_a_large_group_does_not_tip_a_side_that_small_ones_have_filled() -> None:
    labels, groups = np.zeros(100, dtype=int), np.maximum(np.arange(100) - 39, 0)
    for seed in range(5):
        assert len(grouped_split(labels, groups, 0.5, rng(seed))[1]) == 50


def test_group_splits_differ_by_generator() -> None:
    labels, groups = patients(0)
    splits = [grouped_split(labels, groups, 0.3, rng(seed))[1].tolist() for seed in (1, 1, 2)]
    assert splits[0] == splits[1] != splits[2]


def test_a_class_that_the_shares_would_lose_gets_its_group_moved() -> None:
    # Both groups of the rare class are so large that a part of 10 % wants neither.
    labels, groups = np.tile([0, 0, 0, 0, 1], 40), np.repeat([0, 1, 2, 3], 50)
    rare = np.where(np.isin(groups, (0, 1)), labels, 0)
    for side in grouped_split(rare, groups, 0.1, rng()):
        assert set(rare[side]) == {0, 1}


def test_a_class_in_one_group_cannot_be_split() -> None:
    for split in (grouped_split, lambda *given: inner_folds(given[0], 3, rng(), given[1], given[4])):
        with pytest.raises(DataError, match=r"Class 'cat' has 1 group: at least 2"):
            split(np.repeat([0, 1], [8, 4]), np.repeat([0, 1, 2], 4), 0.5, rng(), CLASSES)


def test_groups_that_no_division_satisfies_are_an_error_and_no_bad_split() -> None:
    # Any two of three groups share a class, so two of them in one part leave that class out of the other.
    labels, groups = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    with pytest.raises(DataError, match=r"3 groups cannot be divided.*'a', in 2"):
        grouped_split(labels, groups, 0.5, rng(), ("a", "b", "c"))
    with pytest.raises(DataError, match="3 groups cannot be divided"):
        inner_folds(labels, 3, rng(), groups)


def divisible(labels: np.ndarray, groups: np.ndarray) -> bool:
    """Tell by trying them all whether a division of up to 7 groups has every class on both sides."""
    sides = ((numbers >> groups) & 1 == 1 for numbers in range(2**7))
    return any(set(labels[side]) == set(labels[~side]) for side in sides)


def test_a_division_is_found_where_there_is_one_and_refused_where_there_is_none() -> None:
    found = []
    for seed in range(100):
        draw = rng(seed)
        labels, groups = draw.integers(0, 4, 14), draw.integers(0, 7, 14)
        try:
            first, second = grouped_split(labels, groups, 0.3, draw)
        except DataError:
            assert not divisible(labels, groups)
            continue
        assert set(labels[first]) == set(labels[second])
        found.append(seed)
    assert 40 < len(found) < 90


def test_the_latest_samples_are_the_second_part_and_equal_times_stay_together() -> None:
    times = np.repeat(np.arange("2024-01", "2024-11", dtype="datetime64[M]"), 7)
    shuffled = rng().permutation(70)
    first, second = time_split(np.arange(70) % 2, times[shuffled], 0.25)
    assert times[shuffled][first].max() < times[shuffled][second].min()
    assert (len(first), len(second)) == (49, 21)
    assert sorted([*first, *second]) == list(range(70))


def test_a_tie_that_holds_most_samples_still_leaves_two_parts() -> None:
    labels, times = np.arange(20) % 2, np.array([2020] * 2 + [2021] * 18)
    assert [len(side) for side in time_split(labels, times, 0.1)] == [2, 18]


@pytest.mark.parametrize(("flipped", "when"), [(False, "after 7"), (True, "up to 7")])
def test_a_class_of_one_time_only_is_named_with_where_it_is_missing(flipped: bool, when: str) -> None:
    labels = np.array([0, 1] * 4 + [0, 0] if not flipped else [0] * 8 + [0, 1])
    with pytest.raises(DataError, match=rf"Class 'cat' has none of its \d samples {when}"):
        time_split(labels, np.arange(10), 0.2, CLASSES)


def test_one_time_for_all_cannot_be_split() -> None:
    with pytest.raises(DataError, match="All 62 samples have the same time"):
        time_split(LABELS, np.zeros(62), 0.5)


@pytest.mark.parametrize("missing", [np.array([1.0, np.nan, 2.0]), np.array(["a", None, "b"], dtype=object)])
def test_a_sample_without_group_or_time_is_not_put_anywhere_in_silence(missing: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"1 of 3 samples have no group \(first: sample 1\)"):
        grouped_split(PAIR, missing, 0.5, rng())
    with pytest.raises(DataError, match="no time"):
        time_split(PAIR, missing, 0.5)


def test_copies_share_a_group_and_nothing_else_does() -> None:
    prints = rng().integers(0, 256, (6, 16), dtype=np.uint8)
    prints[4], prints[5] = prints[1], prints[0]
    prints[3] = prints[2]
    prints[3, 15] ^= 1  # the last byte counts, too
    groups = twin_groups(prints)
    assert (groups[4], groups[5]) == (groups[1], groups[0])
    assert len(set(groups.tolist())) == 4


def test_every_sample_is_validated_once_and_every_fold_has_every_class() -> None:
    folds = inner_folds(np.repeat([0, 1, 2], [50, 10, 4]), 4, rng())
    labels = np.repeat([0, 1, 2], [50, 10, 4])
    assert sorted(np.concatenate([held_out for _, held_out in folds]).tolist()) == list(range(64))
    for fitted, held_out in folds:
        assert sorted([*fitted, *held_out]) == list(range(64))
        assert np.bincount(labels[held_out])[[0, 2]].tolist() in ([12, 1], [13, 1])
        assert len(held_out) == 16


def test_folds_are_drawn_and_not_dealt_by_position() -> None:
    drawn = [inner_folds(np.zeros(40, dtype=int), 2, rng(seed))[0][1].tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_there_are_no_more_folds_than_the_rarest_class_has_samples_or_groups() -> None:
    assert len(inner_folds(LABELS, 5, rng())) == 2
    labels, groups = np.tile([0, 0, 1], 20), np.repeat([0, 1, 2], 20)
    folds = inner_folds(labels, 5, rng(), groups)
    assert len(folds) == 3
    for fitted, held_out in folds:
        assert not set(groups[fitted]) & set(groups[held_out])
        assert set(labels[fitted]) == set(labels[held_out]) == {0, 1}


def test_folds_over_time_never_train_on_what_comes_later() -> None:
    times = rng().permutation(np.repeat(np.arange(30), 2))
    labels = np.arange(60) % 2
    folds = forward_folds(labels, times, 3)
    assert [(len(fitted), len(held_out)) for fitted, held_out in folds] == [(14, 16), (30, 14), (44, 16)]
    for fitted, held_out in folds:
        assert times[fitted].max() < times[held_out].min()
    with pytest.raises(DataError, match="Class 'cat' is missing from one of 3 stretches of time"):
        forward_folds((times < 15).astype(int), times, 3, ("cat", "dog"))
    with pytest.raises(DataError, match="1 of 60 samples have no time"):
        forward_folds(labels, np.where(np.arange(60) == 7, np.nan, times), 3)
    with pytest.raises(ConfigError, match="at least 2 folds, not 1"):
        forward_folds(labels, times, 1)


def test_there_are_fewer_folds_over_time_where_a_class_comes_late() -> None:
    times = np.repeat([2019, 2020, 2021, 2022], [50, 20, 20, 10])
    folds = forward_folds(np.arange(100) % 2, times, 3)
    assert [(len(fitted), len(held_out)) for fitted, held_out in folds] == [(50, 20), (70, 30)]


def test_copies_do_not_straddle_a_division_by_time() -> None:
    groups = np.array([0, 1, 2, 1, 3, 3])
    assert without_groups_of(np.array([3, 4]), np.array([0, 1, 2]), groups).tolist() == [0, 2]
    assert without_groups_of(np.array([3]), np.array([0, 1]), None).tolist() == [0, 1]


def test_fewer_than_two_folds_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 2 folds, not 1"):
        inner_folds(LABELS, 1, rng())
