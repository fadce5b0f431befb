"""Tells whether test samples have leaked into training, by exact copies; knows nothing of kinds of samples."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

MOST_TWINS = 0.5  # of those test samples that would have none by nature
SURE = 3.0  # standard errors


def hashes(fingerprints: np.ndarray) -> list[bytes]:
    """Return fingerprints of samples, uint8 (n, 16), as values that can be looked up."""
    return [row.tobytes() for row in fingerprints]


def natural_share(samples: Sequence[bytes]) -> float:
    """Return the share of samples that have a twin among the others: as many as new ones have among them."""
    return sum(count for count in Counter(samples).values() if count > 1) / len(samples)


def leaked(share: float, natural: float, n_test: int, most: float = MOST_TWINS) -> bool:
    """Tell whether more than `most` of the samples that have no twin by nature have one, by more than chance."""
    excess, error = share - natural, (natural * (1 - natural) / n_test) ** 0.5
    return excess > most * (1 - natural) and excess > SURE * error
