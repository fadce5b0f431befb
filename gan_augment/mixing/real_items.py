"""What the items of a real dataset say: its labels by name, and whether images have the form of synthetic ones."""

import random
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, Subset, TensorDataset

from gan_augment.data.labels import shortened
from gan_augment.data.mapstyle import published_labels
from gan_augment.data.tensors import is_array, to_numpy
from gan_augment.errors import DataError
from gan_augment.registry import nearest

N_LABELS, N_IMAGES = 64, 8  # items that are looked at
SLACK = 1e-3


def label_map(real: Dataset[Any], classes: Sequence[str], needed: Sequence[str]) -> np.ndarray:
    """Return the real dataset's label of each class of a generator, int64 (n_classes,).

    Parameters
    ----------
    real
        The dataset.
    classes
        Of the generator, in its label order.
    needed
        Those that the dataset must have.

    Raises
    ------
    DataError
        If it lacks one of them, or holds a label that no class stands for.
    """
    labels = np.arange(len(classes), dtype=np.int64)
    known = published_labels(real) or _unsaid_labels(real, classes)
    for name in needed:
        if name not in known:
            guess = nearest(name, known)
            hint = f" (nearest: {guess!r})" if guess else ""
            raise DataError(f"The real data has no class {name!r}{hint}: its classes are {', '.join(known)}.")
        labels[classes.index(name)] = known[name]
    return labels


def labels_at_hand(real: Dataset[Any]) -> Any:
    """Return the labels of a dataset in the order of its items where no item need be read for them, else None."""
    if isinstance(real, Subset):
        labels = labels_at_hand(real.dataset)
        return None if labels is None else np.asarray(labels)[np.asarray(real.indices, dtype=np.int64)]
    if isinstance(real, TensorDataset):
        return real.tensors[-1]
    labels = getattr(real, "targets", None)
    return getattr(real, "labels", None) if labels is None else labels


def unlikeness(real: Dataset[Any], synthetic: torch.Tensor) -> str:
    """Return how real images differ in form from a synthetic one as it comes, in [0, 1]; nothing where they do not."""
    images = [item[0] for item in _some_items(real, N_IMAGES) if isinstance(item, (tuple, list)) and item]
    forms = [_form(image) for image in images if not _is_alike(image, synthetic)]
    if not forms:
        return ""
    return (
        f"Real images come as {forms[0]}, synthetic ones as {_form(synthetic)}: what learns from both could tell them "
        "apart by that alone. Give SyntheticDataset the real data's transform: transform=..."
    )


def _is_alike(image: Any, synthetic: torch.Tensor) -> bool:
    if not is_array(image):
        return False
    pixels = to_numpy(image)
    if pixels.dtype.kind != "f" or pixels.shape != tuple(synthetic.shape):
        return False
    return bool(((pixels >= -SLACK) & (pixels <= 1 + SLACK)).all())


def _form(image: Any) -> str:
    if not is_array(image):
        return f"a {type(image).__name__}"
    pixels = to_numpy(image)
    has_range = pixels.size and pixels.dtype.kind in "biuf"
    levels = f" from {pixels.min():g} to {pixels.max():g}" if has_range else ""
    return f"{pixels.dtype} of shape {pixels.shape}{levels}"


def _unsaid_labels(real: Dataset[Any], classes: Sequence[str]) -> dict[str, int]:
    """Return the label of each class by name, for a dataset that does not say it: as `fit` would name its labels."""
    numbers = all(re.fullmatch(r"-?\d+", name) for name in classes)
    known = {name: int(name) if numbers else label for label, name in enumerate(classes)}
    for label in _some_labels(real):
        if label not in known.values():
            raise DataError(
                f"The real data holds the label {label} and does not say what class that is: the generator's are "
                f"{shortened(classes)}. Give the dataset an attribute class_to_idx, the label of each class by name."
            )
    return known


def _some_labels(real: Dataset[Any]) -> set[int]:
    """Return labels of a dataset that are whole numbers: all where they are at hand, else those of some items."""
    labels = labels_at_hand(real)
    if labels is None:
        items = _some_items(real, N_LABELS)
        labels = [item[1] for item in items if isinstance(item, (tuple, list)) and len(item) > 1]
    plain = (label.item() if isinstance(label, torch.Tensor) and label.numel() == 1 else label for label in labels)
    return {int(label) for label in plain if isinstance(label, (int, np.integer))}


def _some_items(real: Dataset[Any], most: int) -> list[Any]:
    n_real = len(real)  # type: ignore[arg-type]
    places = np.unique(np.linspace(0, n_real - 1, min(n_real, most)).astype(int))
    state = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):  # what moves images at random goes on as if nobody had looked
            return [real[int(place)] for place in places]
    finally:
        random.setstate(state[0])
        np.random.set_state(state[1])
