"""Divides whole groups into parts of wanted shares, every class in every part; knows nothing of what a group is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_augment.data.split_checks import require_given, require_two

ATTEMPTS = 20


@dataclass(frozen=True)
class Groups:
    """Samples in groups, as numbers.

    Parameters
    ----------
    numbers
        The group of each sample, from 0 without gaps, int64 (n,).
    counts
        Samples of each class in each group, int64 (n_groups, n_classes); each class lies in at least two.
    names
        How an error names the classes.
    """

    numbers: np.ndarray
    counts: np.ndarray
    names: Sequence[str]

    @classmethod
    def of(cls, codes: np.ndarray, groups: np.ndarray, names: Sequence[str]) -> "Groups":
        """Count what lies in which group; raise `DataError` for a sample without one, or a class in a single one."""
        require_given(groups, "group")
        values, numbers = np.unique(groups, return_inverse=True)
        cells = np.bincount(numbers * len(names) + codes, minlength=len(values) * len(names))
        found = cls(numbers, cells.reshape(len(values), len(names)), names)
        require_two(found.n_holding, names, "group")
        return found

    @property
    def n_holding(self) -> np.ndarray:
        """In how many groups each class lies, (n_classes,)."""
        return (self.counts > 0).sum(axis=0)

    @property
    def indivisible(self) -> str:
        """One sentence for the case that `divided` finds nothing."""
        rarest = int(self.n_holding.argmin())
        return (
            f"The {len(self.counts)} groups cannot be divided so that every part has every class (the one in fewest "
            f"groups is {self.names[rarest]}, in {self.n_holding[rarest]}): make groups smaller, or leave classes out."
        )

    def divided(self, shares: Sequence[float], rng: np.random.Generator) -> np.ndarray | None:
        """Return a part for each sample, so that every part has about its share of all samples and of every class.

        Parameters
        ----------
        shares
            Share of each part; they sum to 1.
        rng
            Orders groups of one size.

        Returns
        -------
        ndarray or None
            int64 (n,); None where no division was found that has every class in every part.

        Notes
        -----
        The largest group comes first; each goes where it fills the largest gap (which brings the parts nearest to
        their shares: least squares, every class and the whole weighted alike). What a part then lacks is moved into
        it in the smallest groups. Where that fails, some other orders are tried: to decide whether any division
        exists is hard (set splitting).
        """
        for attempt in range(ATTEMPTS):
            order = rng.permutation(len(self.counts))
            if attempt == 0:
                order = order[np.argsort(-self.counts[order].sum(axis=1), kind="stable")]
            parts = _assigned(self.counts, np.asarray(shares, dtype=np.float64), order)
            if _completed(self.counts, parts, len(shares)):
                return parts[self.numbers]
        return None


def _assigned(counts: np.ndarray, shares: np.ndarray, order: np.ndarray) -> np.ndarray:
    counted = np.column_stack([counts, counts.sum(axis=1)])
    weights = counted / counted.sum(axis=0)
    excess = np.repeat(-shares[:, None], weights.shape[1], axis=1)  # what each part has above its share
    parts = np.empty(len(counts), dtype=np.int64)
    for group in order:
        own = weights[group]
        parts[group] = part = (excess @ own).argmin()
        excess[part] += own
    return parts


def _completed(counts: np.ndarray, parts: np.ndarray, n_parts: int) -> bool:
    """Move groups, in place, into parts that lack a class; tell whether none lacks any now."""
    while True:
        held = np.zeros((n_parts, counts.shape[1]), dtype=np.int64)
        np.add.at(held, parts, counts)
        lacking = np.argwhere(held == 0)
        if not len(lacking):
            return True
        part, label = lacking[0]
        having = np.flatnonzero(counts[:, label])
        spared = having[((held[parts[having]] > counts[having]) | (counts[having] == 0)).all(axis=1)]
        if not len(spared):
            return False
        parts[spared[counts[spared].sum(axis=1).argmin()]] = part
