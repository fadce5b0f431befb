"""Synthetic and mixed datasets in a DataLoader."""

import copy
import gc
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, TensorDataset

from gan_augment.errors import ConfigError
from gan_augment.mixing import pool
from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
from tests.fakes import FakeGenerator

from .real import Real


def pixels(dataset: Dataset, **settings: Any) -> torch.Tensor:
    loader = DataLoader(dataset, batch_size=50, **settings)
    return torch.cat([images for images, _ in loader])


def test_items_are_the_generators_samples_grouped_by_class() -> None:
    generator = FakeGenerator()
    dataset = SyntheticDataset(generator, counts={"cat": 70, "dog": 3}, seed=5)
    image, label = dataset[71]
    assert (len(dataset), label, dataset.targets.tolist()) == (73, 1, [0] * 70 + [1] * 3)
    assert image.dtype == torch.float32
    expected = generator.sample_block(1, 0, 5)[1].transpose(2, 0, 1)
    assert np.array_equal((image * 255).round().numpy(), expected)


def test_reading_items_never_runs_the_network() -> None:
    generator = FakeGenerator()
    dataset = SyntheticDataset(generator, per_class=100)
    blocks = len(generator.drawn)
    assert blocks == 4
    list(dataset)
    assert len(generator.drawn) == blocks


def test_a_transform_sees_a_pil_image_and_the_label_its_own() -> None:
    for channels, mode in ((1, "L"), (3, "RGB")):
        generator = FakeGenerator(size=(8, 9, channels))
        dataset = SyntheticDataset(generator, 2, transform=lambda image: image, target_transform=lambda label: -label)
        image, label = dataset[3]
        assert isinstance(image, Image.Image)
        assert (image.mode, image.size, label) == (mode, (9, 8), -1)


def test_changing_an_item_does_not_change_the_pool() -> None:
    dataset = SyntheticDataset(FakeGenerator(), 2)
    before = dataset[0][0].clone()
    dataset[0][0].zero_()
    assert torch.equal(dataset[0][0], before)


def test_an_epoch_draws_anew_and_comes_back_the_same() -> None:
    dataset = SyntheticDataset(FakeGenerator(), 3, seed=1)
    first = pixels(dataset)
    dataset.set_epoch(1)
    second = pixels(dataset)
    assert not torch.equal(first, second)
    dataset.set_epoch(0)
    assert torch.equal(pixels(dataset), first)
    other = SyntheticDataset(FakeGenerator(), 3, seed=2)
    other.set_epoch(1)
    assert not torch.equal(pixels(other), second)


def test_an_epoch_cut_short_is_drawn_again() -> None:
    generator = FakeGenerator()
    dataset = SyntheticDataset(generator, 100)
    first = pixels(dataset)
    generator.interrupt_at = len(generator.drawn) + 1
    with pytest.raises(KeyboardInterrupt):
        dataset.set_epoch(1)
    dataset.set_epoch(0)
    assert torch.equal(pixels(dataset), first)


@pytest.mark.parametrize(("context", "workers"), [("fork", 2), ("spawn", 1)])
def test_workers_read_the_same_pool(context: str, workers: int) -> None:
    generator = FakeGenerator()
    dataset = SyntheticDataset(generator, 60)
    alone = pixels(dataset)
    assert torch.equal(pixels(dataset, num_workers=workers, multiprocessing_context=context), alone)
    assert len(generator.drawn) == 2


def test_persistent_workers_see_a_new_epoch() -> None:
    dataset = SyntheticDataset(FakeGenerator(), 60)
    loader = DataLoader(dataset, batch_size=50, num_workers=2, multiprocessing_context="fork", persistent_workers=True)
    first = torch.cat([images for images, _ in loader])
    dataset.set_epoch(1)
    second = torch.cat([images for images, _ in loader])
    assert not torch.equal(first, second)
    assert torch.equal(second, pixels(dataset))


def test_a_copy_for_a_worker_holds_no_network_and_no_pixels() -> None:
    dataset = SyntheticDataset(FakeGenerator(), 500)
    sent = pickle.dumps(dataset)
    assert len(sent) < 20_000
    assert torch.equal(pixels(pickle.loads(sent)), pixels(dataset))
    with pytest.raises(ConfigError, match="main process"):
        copy.deepcopy(dataset).set_epoch(1)


def test_a_large_pool_is_a_file_that_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = pixels(SyntheticDataset(FakeGenerator(), 60))
    monkeypatch.setattr(pool, "IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr(pool.tempfile, "tempdir", str(tmp_path))
    dataset = SyntheticDataset(FakeGenerator(), 60)
    assert [path.suffix for path in tmp_path.iterdir()] == [".pool"]
    assert torch.equal(pixels(dataset, num_workers=1, multiprocessing_context="fork"), alone)
    assert len(list(tmp_path.iterdir())) == 1
    del dataset
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_cache_spares_the_drawing_but_never_serves_another_dataset(tmp_path: Path) -> None:
    first = SyntheticDataset(FakeGenerator(), 60, cache_dir=tmp_path)
    first.set_epoch(1)
    again = FakeGenerator()
    kept = SyntheticDataset(again, 60, cache_dir=tmp_path)
    assert again.drawn == []
    assert torch.equal(pixels(kept), pixels(SyntheticDataset(FakeGenerator(), 60)))
    for generator, n, seed in (
        (FakeGenerator(digest="other"), 60, 0),
        (FakeGenerator(), 61, 0),
        (FakeGenerator(), 60, 1),
    ):
        SyntheticDataset(generator, n, seed=seed, cache_dir=tmp_path)
        assert generator.drawn


def test_the_number_of_samples_must_be_said_once() -> None:
    with pytest.raises(ConfigError, match="per_class"):
        SyntheticDataset(FakeGenerator())
    with pytest.raises(ConfigError, match="per_class"):
        SyntheticDataset(FakeGenerator(), 5, counts={"cat": 1})


def test_balance_uses_the_counts_that_the_generator_was_fitted_on() -> None:
    dataset = SyntheticDataset(FakeGenerator(class_counts={"cat": 9, "dog": 2}), counts="balance")
    assert dataset.counts == {"dog": 7}


def test_real_comes_first_and_the_flag_only_on_request() -> None:
    mixed = MixedDataset(Real(), SyntheticDataset(FakeGenerator(), 2), return_flag=True)
    assert [item[2] for item in mixed] == [mixed.is_synthetic(i) for i in range(10)] == [False] * 6 + [True] * 4
    assert mixed.is_synthetic(-1)
    plain = MixedDataset(Real(), SyntheticDataset(FakeGenerator(), 2))
    assert len(plain[0]) == len(plain[9]) == 2


def test_tensor_labels_go_into_one_batch_with_synthetic_ones() -> None:
    real = TensorDataset(torch.zeros(2, 3, 8, 9), torch.tensor([1, 0]))
    mixed = MixedDataset(real, SyntheticDataset(FakeGenerator(), 1))
    _, labels = next(iter(DataLoader(mixed, batch_size=4)))
    assert labels.tolist() == [1, 0, 0, 1]


def test_indices_out_of_range_do_not_wrap_around() -> None:
    mixed = MixedDataset(Real(), SyntheticDataset(FakeGenerator(), 2))
    for index in (10, -11):
        with pytest.raises(IndexError):
            mixed[index]


def test_an_epoch_reaches_both_parts() -> None:
    mixed = MixedDataset(Real(), SyntheticDataset(FakeGenerator(), 2))
    before = mixed[6][0]
    mixed.set_epoch(3)
    assert mixed.real.epoch == 3
    assert not torch.equal(mixed[6][0], before)


def test_whoever_writes_the_same_cache_at_the_same_time_is_not_in_the_way(tmp_path: Path) -> None:
    drawn = pool.Pool((2, 3))
    drawn.array[...] = 7
    (tmp_path / ".kept.u8.part").mkdir()  # another one's, that cannot be opened
    drawn.keep_at(tmp_path / "kept.u8")
    assert (tmp_path / "kept.u8").read_bytes() == bytes([7] * 6)
