"""Map-style datasets and data sets by name."""

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset

from gan_augment.data.images import load_images
from gan_augment.data.mapstyle import published_labels
from gan_augment.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 9, 3), dtype=np.uint8)
LABELS = [2, 0, 2, 0, 2, 0]


class Pictures(Dataset[Any]):
    """Counts how often each item is read, and gives another image each time."""

    def __init__(self, convert: Any, labels: list[Any], classes: list[str] | None = None) -> None:
        self.convert, self.labels, self.reads = convert, labels, [0] * len(labels)
        if classes is not None:
            self.classes = classes

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        self.reads[index] += 1
        return self.convert(PIXELS[index]), self.labels[index]


@pytest.mark.parametrize(
    "convert",
    [
        Image.fromarray,
        np.asarray,
        lambda x: x / 255,
        lambda x: torch.tensor(x).permute(2, 0, 1),
        lambda x: torch.tensor(x).permute(2, 0, 1) / 255,
        lambda x: torch.tensor(x).permute(2, 0, 1) / 127.5 - 1,
    ],
)
def test_items_of_any_kind_give_their_pixels_and_are_read_once(convert: Any) -> None:
    dataset = Pictures(convert, LABELS)
    data = load_images(dataset)
    assert (data.images == PIXELS).all()
    assert data.classes == ("0", "2")
    assert data.labels.tolist() == [1, 0, 1, 0, 1, 0]
    assert dataset.reads == [1] * 6


def test_published_class_names_and_their_order_are_kept() -> None:
    data = load_images(Pictures(Image.fromarray, LABELS, ["zebra", "bee", "ant"]))
    assert data.classes == ("zebra", "ant")
    assert "'bee'" in data.notes[-1]


def test_a_subset_uses_the_names_of_its_parent() -> None:
    parent = Pictures(Image.fromarray, LABELS, ["zebra", "bee", "ant"])
    assert load_images(Subset(parent, [0, 1, 2, 3])).classes == ("zebra", "ant")


def test_tensor_dataset_and_list_of_pairs() -> None:
    images = torch.tensor(PIXELS).permute(0, 3, 1, 2)
    assert (load_images(TensorDataset(images, torch.tensor(LABELS))).images == PIXELS).all()
    pairs = [(Image.fromarray(image), name) for image, name in zip(PIXELS, "ababab", strict=True)]
    assert load_images(pairs).classes == ("a", "b")


def test_the_range_is_that_of_the_whole_dataset_not_of_an_item() -> None:
    levels = [torch.full((1, 8, 8), value) for value in (-1.0, 0.0, 0.5, 1.0)]
    data = load_images([(level, i % 2) for i, level in enumerate(levels)])
    assert data.images[:, 0, 0, 0].tolist() == [0, 128, 191, 255]


def test_large_items_are_brought_down_before_they_are_kept() -> None:
    pictures = [(Image.fromarray(np.full((600, 900, 3), 40 * i, np.uint8)), i % 2) for i in range(4)]
    data = load_images(pictures)
    assert data.images.shape == (4, 43, 64, 3)
    assert "600x900" in data.notes[0]
    assert data.images[:, 0, 0, 0].tolist() == [0, 40, 80, 120]


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "empty"),
        ([PIXELS[0], PIXELS[1], PIXELS[2]], r"pair \(image, label\)"),
        ([("a.png", 0), ("b.png", 1), ("c.png", 0)], "images are of type str"),
        ([(image, None) for image in PIXELS], "6 of 6 labels are missing"),
        ([(image, torch.zeros(3)) for image in PIXELS], r"shape \(3,\)"),
        ([(PIXELS[0, :, :, :2], 0)] * 3, "1, 3 or 4 channels"),
    ],
)
def test_datasets_that_cannot_be_used_say_why(items: list[Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        load_images(items)


def test_labels_beyond_the_published_names() -> None:
    with pytest.raises(DataError, match="Label 2 has no name"):
        load_images(Pictures(Image.fromarray, LABELS, ["only", "two"]))


def test_a_broken_file_behind_an_item_counts_as_unreadable() -> None:
    class Broken(Pictures):
        def __getitem__(self, index: int) -> tuple[Any, Any]:
            if index == 30:
                raise OSError("image file is truncated")
            return super().__getitem__(index % 6)[0], index % 2

    data = load_images(Broken(Image.fromarray, [0] * 40))
    assert len(data) == 39
    assert "item 30 (image file is truncated)" in data.notes[-1]


def test_digits_are_the_ones_that_scikit_learn_ships() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    data = load_images("digits")
    assert data.images.shape == (1797, 8, 8, 1)
    assert (data.images[..., 0] == np.rint(digits.images * 255 / 16)).all()
    assert data.classes == tuple("0123456789")
    assert (data.labels == digits.target).all()


def test_a_folder_of_a_built_in_name_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert "./digits" in load_images("digits").notes[0]
    with pytest.raises(DataError, match="empty"):
        load_images("./digits")


@pytest.mark.parametrize("name", ["wine", "iris", "breast_cancer"])
def test_names_of_tables_are_called_tables(name: str) -> None:
    with pytest.raises(DataError, match=f"'{name}' is a table: image data is expected"):
        load_images(name)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write the format that MNIST comes in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.tobytes())


class TestTorchvision:
    @pytest.fixture
    def mnist(self, tmp_path: Path) -> Path:
        for part, n in (("train", 6), ("t10k", 4)):
            raw = tmp_path / "MNIST" / "raw"
            write_idx(raw / f"{part}-images-idx3-ubyte", np.full((n, 28, 28), n, np.uint8))
            write_idx(raw / f"{part}-labels-idx1-ubyte", np.arange(n, dtype=np.uint8) % 2)
            for name in ("images-idx3", "labels-idx1"):
                with gzip.open(raw / f"{part}-{name}-ubyte.gz", "wb") as file:
                    file.write(b"")
        return tmp_path

    def test_parts_and_class_names(self, mnist: Path) -> None:
        data = load_images(f"torchvision:mnist@{mnist}")
        assert data.images.shape == (6, 28, 28, 1)
        assert (data.images == 6).all()
        assert data.classes == ("0 - zero", "1 - one")
        assert len(load_images(f"torchvision:MNIST@{mnist}", part="test")) == 4

    def test_part_that_does_not_exist(self, mnist: Path) -> None:
        with pytest.raises(DataError, match="no part 'val'"):
            load_images(f"torchvision:MNIST@{mnist}", part="val")

    def test_nothing_is_downloaded_but_the_way_is_shown(self, tmp_path: Path) -> None:
        with pytest.raises(
            DataError, match=r"CIFAR10 is not in .*datasets.CIFAR10\(.*train=True, download=True\)"
        ) as info:
            load_images(f"torchvision:CIFAR10@{tmp_path}")
        assert "\n" not in str(info.value)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("torchvision:MNIST", "write torchvision:NAME@DIR"),
            ("torchvision:@x", "write torchvision:NAME@DIR"),
            ("torchvision:MNITS@x", "Did you mean 'MNIST'"),
            ("torchvision:FakeData@x", "not read from a folder"),
            ("torchvision:EMNIST@x", r"EMNIST is not divided into .*balanced.*open it in Python.*split=\.\.\."),
        ],
    )
    def test_bad_names(self, text: str, words: str) -> None:
        with pytest.raises(DataError, match=words):
            load_images(text)


class Named(Dataset[Any]):
    """Noise with labels that `class_to_idx` names, or nothing does."""

    def __init__(self, labels: list[int], **said: Any) -> None:
        self.labels = labels
        self.__dict__ |= said

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        return np.full((8, 8), 255 - index, np.uint8), self.labels[index]


def test_labels_may_have_any_numbers_that_class_to_idx_names() -> None:
    named = Named([5, 1, 5, 1], class_to_idx={"dog": 5, "cat": 1})
    assert load_images(named).class_counts() == {"cat": 2, "dog": 2}
    with pytest.raises(DataError, match=r"Label 7 has no name: the data names 2 classes, labels 1 to 5"):
        load_images(Named([5, 1, 7, 7], class_to_idx={"dog": 5, "cat": 1}))


def test_synonyms_in_class_to_idx_give_way_to_the_list_of_classes() -> None:
    named = Named([0, 1, 0, 1], class_to_idx={"dog": 0, "hound": 0, "cat": 1}, classes=["dog, hound", "cat"])
    assert published_labels(named) == {"dog, hound": 0, "cat": 1}


def test_a_chain_has_the_names_of_its_parts_where_these_agree() -> None:
    cats, other, silent = ({"cat": 0, "dog": 1}, {"dog": 0, "cat": 1}, Named([1, 1, 0]))
    parts = [Named([0, 0], class_to_idx=cats), silent]
    assert load_images(ConcatDataset([*parts, Subset(parts[0], [0])])).class_counts() == {"cat": 4, "dog": 2}
    with pytest.raises(DataError, match="number their classes differently"):
        load_images(ConcatDataset([parts[0], Named([0, 0], class_to_idx=other)]))
