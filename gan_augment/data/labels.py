"""Labels of any spelling as class names and integers; knows nothing about images or files."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from gan_augment.data.tensors import to_numpy
from gan_augment.errors import DataError
from gan_augment.registry import nearest

_INTEGER = re.compile(r"[+-]?[0-9]+")
_RUN_OF_DIGITS = re.compile(r"([0-9]+)")
_Piece = tuple[int, int, str]


def natural_key(name: str) -> tuple[tuple[_Piece, ...], str]:
    """Sort key that puts ``img2`` before ``img10``, and whole numbers, negative ones too, by value."""
    if _INTEGER.fullmatch(name):
        return ((0, int(name), ""),), name
    pieces = (piece for piece in _RUN_OF_DIGITS.split(name) if piece)
    return tuple((0, int(p), "") if p[0] in "0123456789" else (1, 0, p.casefold()) for p in pieces), name


def label_names(values: Any) -> list[str]:
    """Return the class name of each label: integers, booleans, strings, or objects that print as a name.

    Raises
    ------
    DataError
        If labels are missing (None or NaN), not one an item, or fractions.
    """
    # numpy would make a list with NaN among names into text, and the NaN into a name
    array = np.array(values, dtype=object) if isinstance(values, (list, tuple)) else to_numpy(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"Labels have shape {array.shape}: one label an image is expected, shape (n,).")
    plain = [value.item() if hasattr(value, "item") else value for value in array.tolist()]
    missing = [i for i, value in enumerate(plain) if is_missing(value)]
    if missing:
        raise DataError(missing_labels(len(missing), len(plain), f"item {missing[0]}"))
    return [_name(value) for value in plain]


def is_missing(value: Any) -> bool:
    """Tell whether a label is None, not a number, or blank."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ == "NAType"


def missing_labels(n_missing: int, n_total: int, first: str) -> str:
    """One sentence that counts missing labels and says what to do."""
    return f"{n_missing} of {n_total} labels are missing (first: {first}): label these images or leave them out."


def encode_labels(
    names: Sequence[str], known: Sequence[str] | None, order: Sequence[str] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return int64 labels of shape (n,) and the class names in label order.

    Parameters
    ----------
    names
        Class name of each item.
    known
        The classes of a run, in their order: all of them are kept and no other is allowed.
    order
        The order a data set publishes; classes without an item are left out. Without either, names sort naturally.

    Raises
    ------
    DataError
        If an item's class is not among `known`.
    """
    present = set(names)
    if known is None:
        ranked = [name for name in dict.fromkeys(order or ()) if name in present]
        ranked += sorted(present.difference(ranked), key=natural_key)
        classes = tuple(ranked)
    else:
        classes = tuple(known)
        _refuse_unknown(present.difference(classes), classes)
    index = {name: i for i, name in enumerate(classes)}
    return np.array([index[name] for name in names], dtype=np.int64), classes


def _refuse_unknown(strangers: set[str], known: Sequence[str]) -> None:
    if strangers:
        shown = sorted(strangers, key=natural_key)
        guess = nearest(shown[0], known)
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise DataError(f"Unknown class {shortened(shown)}.{hint} Known classes: {shortened(known, 20)}.")


def shortened(items: Sequence[str], limit: int = 3) -> str:
    """Return the first few items in quotes, and how many more there are."""
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(repr(item) for item in items[:limit]) + more


def _name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float):
        if not value.is_integer():
            raise DataError(f"Label {value!r} is a fraction: class labels are whole numbers, names or booleans.")
        return str(int(value))
    return str(value)
