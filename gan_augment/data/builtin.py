"""Data sets by name: those that ship with scikit-learn, and torchvision's on disk; nothing is ever downloaded."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.data.arrays import pixel_source
from gan_augment.data.levels import DIGIT_LEVELS, LevelRange
from gan_augment.data.sources import Source
from gan_augment.errors import DataError
from gan_augment.registry import unknown

IMAGE_NAMES = ("digits",)
TABLE_NAMES = ("wine", "breast_cancer", "iris")
TORCHVISION = "torchvision:"


def builtin_source(name: str) -> Source:
    """Return a data set that scikit-learn ships.

    Raises
    ------
    DataError
        For the name of a table.
    """
    if name in TABLE_NAMES:
        raise DataError(f"{name!r} is a table: image data is expected here, for example {IMAGE_NAMES[0]!r}.")
    from sklearn.datasets import load_digits

    digits = load_digits()
    return pixel_source(np.asarray(digits.images), [str(label) for label in digits.target], LevelRange(0, DIGIT_LEVELS))


def open_torchvision(text: str, part: str) -> Any:
    """Return the torchvision dataset that ``torchvision:NAME@DIR`` names, as it lies on disk.

    Parameters
    ----------
    text
        For example ``torchvision:MNIST@/data``.
    part
        ``train``, ``val`` or ``test``.

    Raises
    ------
    DataError
        If the name is unknown, or the files are not there; the message says how to download them.
    """
    name, at, folder = text.removeprefix(TORCHVISION).partition("@")
    if not at or not name or not folder:
        raise DataError(f"Cannot read {text!r}: write torchvision:NAME@DIR, for example torchvision:MNIST@data.")
    from torchvision import datasets

    known = {known.lower(): known for known in datasets.__all__}
    if name.lower() not in known:
        raise DataError(unknown("torchvision dataset", name, datasets.__all__))
    name = known[name.lower()]
    dataset_class = getattr(datasets, name)
    options = _options(name, dataset_class, part)
    try:
        return dataset_class(str(Path(folder).expanduser()), **options)
    except Exception as error:  # each data set complains in a way of its own
        raise DataError(_cannot_open(dataset_class, folder, options, error)) from error


def _options(name: str, dataset_class: Any, part: str) -> dict[str, Any]:
    parameters = inspect.signature(dataset_class).parameters
    if "root" not in parameters:
        raise DataError(f"torchvision's {name} is not read from a folder: use it from Python, as a dataset.")
    if "split" in parameters:
        return {"split": part}
    if "train" in parameters:
        if part not in ("train", "test"):
            raise DataError(f"torchvision's {name} has no part {part!r}, only 'train' and 'test'.")
        return {"train": part == "train"}
    return {}


def _cannot_open(dataset_class: Any, folder: str, options: dict[str, Any], error: Exception) -> str:
    name, downloads = dataset_class.__name__, "download" in inspect.signature(dataset_class).parameters
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    arguments = "".join(f", {key}={value!r}" for key, value in options.items())
    if downloads and isinstance(error, (RuntimeError, OSError)):
        return (
            f"torchvision's {name} is not in {folder} ({reason[:80]}). Download it once with: python -c "
            f'"from torchvision import datasets; datasets.{name}({folder!r}{arguments}, download=True)"'
        )
    if "split" in options and isinstance(error, ValueError):
        return (
            f"torchvision's {name} is not divided into train, val and test ({reason}): open it in Python, with "
            f"datasets.{name}({folder!r}, split=...), and give that dataset instead of its name."
        )
    return f"torchvision's {name} cannot be opened in {folder} ({reason[:120]}): pass the dataset itself, from Python."
