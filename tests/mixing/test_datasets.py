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
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset

from gan_augment.errors import ConfigError, DataError
from gan_augment.mixing import pool
from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
from tests.fakes import FakeGenerator


class Real(Dataset):
    """Grey-level tensors whose class order is not the generator's."""

    classes: tuple[str, ...] = ("ape", "dog", "cat")

    def __init__(self, n: int = 6) -> None:
        self.targets = [i % 3 for i in range(n)]
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.full((3, 8, 9), float(index)), self.targets[index]

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


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


def test_synthetic_labels_follow_the_real_datasets_class_order() -> None:
    mixed = MixedDataset(Real(), SyntheticDataset(FakeGenerator(), 2))
    assert [label for _, label in mixed] == [0, 1, 2, 0, 1, 2, 2, 2, 1, 1]
    assert mixed.synthetic_labels().tolist() == [2, 2, 1, 1]


def test_class_names_are_found_under_subsets_and_in_class_to_idx() -> None:
    real = Real()
    real.class_to_idx = {"cat": 7, "dog": 4}
    mixed = MixedDataset(Subset(Subset(real, [0, 1, 2]), [1]), SyntheticDataset(FakeGenerator(), 1))
    assert [label for _, label in mixed] == [1, 7, 4]


@pytest.mark.parametrize(("names", "labels"), [(("1", "2"), [1, 2]), (("-1", "1"), [-1, 1]), (("cat", "dog"), [0, 1])])
def test_labels_that_nothing_names_are_classes_themselves_or_in_the_generators_order(
    names: tuple[str, ...], labels: list[int]
) -> None:
    real = TensorDataset(torch.zeros(4, 3, 8, 9), torch.tensor(labels * 2))
    mixed = MixedDataset(real, SyntheticDataset(FakeGenerator(classes=names), 1))
    assert [label for _, label in mixed] == labels * 3


@pytest.mark.parametrize("names", [("1", "2"), ("cat", "dog")])
def test_a_label_that_no_class_stands_for_is_refused(names: tuple[str, ...]) -> None:
    synthetic = SyntheticDataset(FakeGenerator(classes=names), 1)
    real = TensorDataset(torch.zeros(40, 3, 8, 9), torch.tensor([1] * 20 + [5] * 20))
    with pytest.raises(DataError, match="holds the label 5 .* Give the dataset an attribute class_to_idx"):
        MixedDataset(real, synthetic)
    real.class_to_idx = {names[0]: 1, names[1]: 5}  # type: ignore[attr-defined]
    assert MixedDataset(real, synthetic).synthetic_labels().tolist() == [1, 5]


def test_all_labels_at_hand_are_looked_at_and_others_than_whole_numbers_are_not() -> None:
    synthetic = SyntheticDataset(FakeGenerator(), 1)
    labels = torch.zeros(1000, dtype=torch.int64)
    labels[517] = 2
    with pytest.raises(DataError, match="label 2"):
        MixedDataset(TensorDataset(torch.zeros(1000, 1), labels), synthetic)
    soft = TensorDataset(torch.zeros(4, 1), torch.eye(4))
    assert MixedDataset(soft, synthetic).synthetic_labels().tolist() == [0, 1]


def test_to_look_at_items_moves_nobodys_random_numbers() -> None:
    class Noise(Dataset):
        def __len__(self) -> int:
            return 9

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return torch.rand(1), index % 2

    torch.manual_seed(3)
    MixedDataset(Noise(), SyntheticDataset(FakeGenerator(), 1))
    found = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(torch.rand(1), found)


def test_chains_of_datasets_name_classes_where_they_agree() -> None:
    synthetic = SyntheticDataset(FakeGenerator(), 1)
    assert MixedDataset(ConcatDataset([Real(), Subset(Real(), [0])]), synthetic).synthetic_labels().tolist() == [2, 1]
    other = Real()
    other.classes = ("cat", "dog", "ape")
    with pytest.raises(DataError, match="number their classes differently"):
        MixedDataset(ConcatDataset([Real(), other]), synthetic)


def test_a_target_transform_comes_after_the_translation() -> None:
    synthetic = SyntheticDataset(FakeGenerator(), 1, target_transform=lambda label: 10 * label)
    assert [label for _, label in MixedDataset(Real(0), synthetic)] == [20, 10]


def test_a_class_that_the_real_data_lacks_is_an_error_with_its_name() -> None:
    synthetic = SyntheticDataset(FakeGenerator(classes=("cat", "dogs")), 1)
    with pytest.raises(DataError, match=r"'dogs' \(nearest: 'dog'\)"):
        MixedDataset(Real(), synthetic)
    MixedDataset(Real(), SyntheticDataset(FakeGenerator(classes=("cat", "dogs")), counts={"cat": 1}))


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
