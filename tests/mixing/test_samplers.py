"""Shares of synthetic in every batch, and balanced classes."""

from itertools import chain, pairwise

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

from gan_augment.errors import ConfigError, DataError
from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
from gan_augment.mixing.samplers import BalancedSampler, RatioSampler
from tests.fakes import FakeGenerator


def real_data(labels: list[int]) -> Dataset:
    return TensorDataset(torch.zeros(len(labels), 3, 8, 9), torch.tensor(labels, dtype=torch.int64))


def mixed_data(n_real: int = 90, per_class: int = 40) -> MixedDataset:
    labels = [i % 2 for i in range(n_real)]
    return MixedDataset(real_data(labels), SyntheticDataset(FakeGenerator(), per_class))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.77, 0.9])
@pytest.mark.parametrize("batch_size", [1, 7, 16, 128])
def test_every_run_of_any_batch_size_holds_the_share(share: float, batch_size: int) -> None:
    sampler = RatioSampler(mixed_data(), synthetic=share)
    flags = np.concatenate([[0], np.cumsum([index >= 90 for index in sampler])])
    runs = flags[batch_size:] - flags[:-batch_size]
    exact = batch_size * round(share, 4)
    assert np.all(np.abs(runs - exact) < 1.02)
    assert len(flags) - 1 == len(sampler)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.77, 0.9])
@pytest.mark.parametrize("n_real", [1, 2, 90, 91])
def test_a_pass_gives_every_real_item_once(share: float, n_real: int) -> None:
    sampler = RatioSampler(mixed_data(n_real), synthetic=share)
    order = list(sampler)
    assert len(order) == len(sampler)
    assert sorted(index for index in order if index < n_real) == list(range(n_real))
    assert sum(index >= n_real for index in order) == pytest.approx(
        n_real * share / (1 - share), abs=share / (1 - share) + 1
    )


def test_synthetic_items_come_round_only_after_all_were_used() -> None:
    sampler = RatioSampler(mixed_data(90, 40), synthetic=0.25)
    drawn = list(chain.from_iterable([i for i in sampler if i >= 90] for _ in range(8)))
    for start in range(0, 240, 80):
        assert sorted(drawn[start : start + 80]) == list(range(90, 170))


def test_passes_differ_by_themselves_and_repeat_by_seed_and_epoch() -> None:
    sampler, same = (RatioSampler(mixed_data(), synthetic=0.25, seed=3) for _ in range(2))
    passes = [list(sampler) for _ in range(3)]
    assert all(first != second for first, second in pairwise(passes))
    same.set_epoch(2)
    assert list(same) == passes[2]
    assert list(RatioSampler(mixed_data(), synthetic=0.25, seed=4)) != passes[0]


@pytest.mark.parametrize(("fewest", "n_synthetic"), [(20, 30), (19, 0)])
def test_unasked_a_quarter_is_synthetic_but_nothing_that_was_learned_from_very_few(
    fewest: int, n_synthetic: int, recwarn: pytest.WarningsRecorder
) -> None:
    generator = FakeGenerator(class_counts={"cat": 40, "dog": fewest})
    mixed = MixedDataset(real_data([i % 2 for i in range(90)]), SyntheticDataset(generator, 40))
    assert sum(index >= 90 for index in RatioSampler(mixed)) == n_synthetic
    assert ["'dog'" in str(warning.message) for warning in recwarn] == [True] * (not n_synthetic)
    assert sum(index >= 90 for index in RatioSampler(mixed, synthetic=0.25)) == 30


def test_a_pass_of_set_length_goes_through_the_real_items_evenly() -> None:
    sampler = RatioSampler(mixed_data(10), synthetic=0.5, num_samples=14)
    real = [index for _ in range(10) for index in sampler if index < 10]
    assert len(sampler) == 14
    assert [real.count(i) for i in range(10)] == [7] * 10


@pytest.mark.parametrize("workers", [0, 2])
def test_every_batch_of_a_loader_holds_the_share(workers: int) -> None:
    mixed = mixed_data(96)
    mixed.return_flag = True
    loader = DataLoader(mixed, batch_size=16, sampler=RatioSampler(mixed, synthetic=0.25), num_workers=workers)
    shares = [int(flags.sum()) for _, _, flags in loader]
    assert shares == [4] * 8


@pytest.mark.parametrize(
    "settings", [{"synthetic": 1.0}, {"synthetic": -0.1}, {"synthetic": 0.99999}, {"num_samples": 0}]
)
def test_an_impossible_share_or_length_is_refused(settings: dict) -> None:
    with pytest.raises(ConfigError):
        RatioSampler(mixed_data(), **{"synthetic": 0.25} | settings)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs real items"):
        RatioSampler(mixed_data(0), synthetic=0.25)


def unbalanced() -> MixedDataset:
    return MixedDataset(real_data([0] * 50 + [1] * 8), SyntheticDataset(FakeGenerator(), counts={"cat": 5, "dog": 100}))


def test_balanced_classes_come_equally_often_and_no_real_item_is_lost() -> None:
    mixed = unbalanced()
    sampler = BalancedSampler(mixed)
    order = list(sampler)
    labels = [int(mixed[index][1]) for index in order]
    assert (labels.count(0), labels.count(1), len(sampler)) == (50, 50, 100)
    assert sorted(index for index in order if index < 58) == list(range(58))
    assert len(set(order)) == 100


def test_too_few_synthetic_items_come_round_evenly() -> None:
    mixed = MixedDataset(real_data([0] * 50 + [1] * 8), SyntheticDataset(FakeGenerator(), counts={"dog": 20}))
    counts = np.bincount(list(BalancedSampler(mixed)))
    assert sorted(counts[58:].tolist()) == [2] * 18 + [3] * 2


def test_a_rare_class_without_synthetic_items_is_an_error() -> None:
    mixed = MixedDataset(real_data([0] * 50 + [1] * 8), SyntheticDataset(FakeGenerator(), counts={"cat": 20}))
    with pytest.raises(ConfigError, match="Label 1 needs 42"):
        BalancedSampler(mixed)


def test_balanced_passes_differ_and_repeat_by_epoch() -> None:
    sampler = BalancedSampler(unbalanced(), seed=1)
    first, second = list(sampler), list(sampler)
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_real_labels_are_read_from_targets_under_a_subset_without_loading_images() -> None:
    class Locked(Dataset):
        targets = torch.tensor([1, 0, 0, 0])

        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> tuple:
            raise AssertionError("an image was read")

    mixed = MixedDataset(Subset(Locked(), [3, 2, 0]), SyntheticDataset(FakeGenerator(), 5, transform=np.asarray))
    assert len(BalancedSampler(mixed)) == 4


def test_labels_that_are_no_whole_numbers_are_refused() -> None:
    real = TensorDataset(torch.zeros(3, 3, 8, 9), torch.rand(3))
    with pytest.raises(DataError, match="whole number"):
        BalancedSampler(MixedDataset(real, SyntheticDataset(FakeGenerator(), 5)))


@pytest.mark.parametrize("labels", [(-1, 1), (7, 10**9)])
def test_classes_are_level_whatever_numbers_stand_for_them(labels: tuple[int, int]) -> None:
    real = real_data([labels[0]] * 9 + [labels[1]] * 3)
    real.class_to_idx = {"cat": labels[0], "dog": labels[1]}  # type: ignore[attr-defined]
    mixed = MixedDataset(real, SyntheticDataset(FakeGenerator(), counts={"dog": 4}))
    drawn = [int(mixed[index][1]) for index in BalancedSampler(mixed)]
    assert sorted(drawn) == sorted([labels[0]] * 9 + [labels[1]] * 9)
