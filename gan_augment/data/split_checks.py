"""What can be split at all: shares, numbers of a class, values that are missing; an error names the class."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gan_augment.errors import ConfigError, DataError


def named_codes(labels: np.ndarray, classes: Sequence[str] | None) -> tuple[np.ndarray, list[str]]:
    """Return labels from 0 without gaps (n,), and how an error names each: by class name, or by label without any."""
    if classes is not None:
        return labels, [repr(name) for name in classes]
    present, codes = np.unique(labels, return_inverse=True)
    return codes, [str(label) for label in present]


def check_share(share: float) -> None:
    """Raise `ConfigError` for a share that is not between 0 and 1."""
    if not 0 < share < 1:
        raise ConfigError(f"The share to split off must lie between 0 and 1, got {share:g}.")


def require_two(numbers: np.ndarray, names: Sequence[str], unit: str) -> int:
    """Return how many samples or groups the rarest class has; raise `DataError` for fewer than two."""
    rarest = int(numbers.argmin())
    fewest = int(numbers[rarest])
    if fewest < 2:
        has = f"has {fewest} {unit}{'' if fewest == 1 else 's'}"
        raise DataError(
            f"Class {names[rarest]} {has}: at least 2 are needed to split it; add some, or leave the class out."
        )
    return fewest


def require_given(values: np.ndarray, what: str) -> None:
    """Raise `DataError` where a sample has no value."""
    missing = np.flatnonzero(pd.isna(values))
    if len(missing):
        raise DataError(
            f"{len(missing)} of {len(values)} samples have no {what} (first: sample {missing[0]}): give one for each, "
            "or leave them out."
        )
