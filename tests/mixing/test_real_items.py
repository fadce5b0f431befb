"""What a mixed dataset learns from its real items: which label is which class, whether images have one form."""

import random
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset

from gan_augment.errors import DataError
from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
from tests.fakes import FakeGenerator

from .real import Real


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
        MixedDataset(TensorDataset(torch.zeros(1000, 3, 8, 9), labels), synthetic)
    soft = TensorDataset(torch.zeros(4, 3, 8, 9), torch.eye(4))
    assert MixedDataset(soft, synthetic).synthetic_labels().tolist() == [0, 1]


def test_to_look_at_items_moves_nobodys_random_numbers() -> None:
    class Noise(Dataset):
        def __len__(self) -> int:
            return 9

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return torch.rand(3, 8, 9) * random.random() * np.random.random(), index % 2

    def draws() -> tuple[float, ...]:
        return torch.rand(1).item(), random.random(), np.random.random()

    def begin() -> None:
        torch.manual_seed(3)
        random.seed(3)
        np.random.seed(3)

    begin()
    MixedDataset(Noise(), SyntheticDataset(FakeGenerator(), 1))
    found = draws()
    begin()
    assert draws() == found


@pytest.mark.parametrize(
    "classes",
    [
        ["ape", "dog", "cat"],
        np.array(["ape", "dog", "cat"]),
        pd.Index(["ape", "dog", "cat"]),
        pd.Series(["ape", "dog", "cat"]),
        {"cat": 2, "dog": 1, "ape": 0},
        {2: "cat", 1: "dog", 0: "ape"},
    ],
)
def test_class_names_may_come_in_any_form(classes: Any) -> None:
    real = Real()
    real.classes = classes
    assert MixedDataset(real, SyntheticDataset(FakeGenerator(), 1)).synthetic_labels().tolist() == [2, 1]


@pytest.mark.parametrize("numbers", [np.array([4, 7]), torch.tensor([4, 7])])
def test_an_array_of_numbers_holds_labels_and_names_nothing(numbers: Any) -> None:
    real = TensorDataset(torch.zeros(4, 3, 8, 9), torch.tensor([4, 7] * 2))
    real.classes = numbers  # type: ignore[attr-defined]
    mixed = MixedDataset(real, SyntheticDataset(FakeGenerator(classes=("4", "7")), 1))
    assert mixed.synthetic_labels().tolist() == [4, 7]


@pytest.mark.parametrize(
    ("image", "form"),
    [
        (torch.full((3, 8, 9), 16.0), "float32 of shape (3, 8, 9) from 16 to 16"),
        (torch.full((3, 8, 9), -0.5), "float32 of shape (3, 8, 9) from -0.5 to -0.5"),
        (torch.ones(3, 8, 9, dtype=torch.uint8), "uint8 of shape (3, 8, 9) from 1 to 1"),
        (np.zeros((3, 8, 9), np.uint16)[:, ::-1], "uint16 of shape (3, 8, 9) from 0 to 0"),
        (np.zeros((3, 8, 9), np.complex64), "complex64 of shape (3, 8, 9)"),
        (torch.zeros(3, 9, 8), "float32 of shape (3, 9, 8) from 0 to 0"),
        (Image.new("RGB", (9, 8)), "a Image"),
    ],
)
def test_real_images_of_another_form_are_told(image: Any, form: str) -> None:
    class Odd(Real):
        def __getitem__(self, index: int) -> tuple[Any, int]:
            return image, self.targets[index]

    synthetic = SyntheticDataset(FakeGenerator(), 1)
    with pytest.warns(UserWarning, match=re.escape(f"Real images come as {form}, synthetic ones as float32 of shape")):
        MixedDataset(Odd(), synthetic)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MixedDataset(Odd(0), synthetic)
        MixedDataset(Real(), synthetic)
        MixedDataset(Odd(), SyntheticDataset(FakeGenerator(), 1, transform=lambda picture: image))


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
