"""What is kept for a page to show: some real and synthetic samples beside each other, in a folder of small files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan_augment.distances import closest
from gan_augment.files import write_atomically

EXHIBIT, EXHIBIT_FILE = "exhibit", "exhibit.json"


def write_exhibit(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order, each whole; ``exhibit.json``, which says what they are, must come last."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)


def suspects(train: np.ndarray, fake: np.ndarray, labels: np.ndarray, most: int) -> list[tuple[int, int, float, float]]:
    """Return the synthetic samples that look most like copies, to be shown beside their originals.

    Parameters
    ----------
    train, fake
        Features, (n, d) and (m, d).
    labels
        Classes of the synthetic samples, (m,): each class has its share of those shown.
    most
        How many.

    Returns
    -------
    list
        Of each its index, that of the training sample next to it, the distance between them, and that distance over the
        one to the second nearest training sample: the smaller, the more it is a copy of the first.
    """
    found, distances = closest(train, fake, min(2, len(train)))
    ratio = distances[:, 0] / np.where(distances[:, -1] > 0, distances[:, -1], 1.0)
    order = np.lexsort((distances[:, 0], ratio))
    rank_in_class = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        rank_in_class[own] = np.arange(len(own))
    a_class = -(-most // max(1, len(np.unique(labels))))
    chosen = [row for row in order.tolist() if rank_in_class[row] < a_class][:most]
    return [(row, int(found[row, 0]), float(distances[row, 0]), float(ratio[row])) for row in chosen]
