"""Which candidates of a block are kept: quotas over clusters and over confidence; pure functions of arrays."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

DIGITS = 4


@dataclass(frozen=True)
class Scores:
    """What a curation says of n candidates of one class.

    Parameters
    ----------
    probability
        The teacher's probability of the label, (n,).
    copy_ratio
        Distance to the nearest training image over that to the second nearest, (n,): near 0 for a copy.
    outlier
        Distance to the nearest real image of the class, over the largest that is accepted, (n,).
    cluster
        Number of the nearest cluster of real images of the class, int (n,).
    log_odds
        The discriminator's log-odds of being real, (n,), 0 where there is no discriminator.
    wrong, copied, outlying
        Whether the label is not the teacher's, the image is a near-copy, it lies too far from real ones, bool (n,).
    """

    probability: np.ndarray
    copy_ratio: np.ndarray
    outlier: np.ndarray
    cluster: np.ndarray
    log_odds: np.ndarray
    wrong: np.ndarray
    copied: np.ndarray
    outlying: np.ndarray

    @property
    def passed(self) -> np.ndarray:
        """Whether nothing speaks against a candidate, bool (n,)."""
        return ~(self.wrong | self.copied | self.outlying)

    def row(self, index: int) -> dict[str, Any]:
        """Return the scores of one candidate as the manifest keeps them."""
        names = ("probability", "copy_ratio", "outlier", "log_odds")
        numbers = {name: float(f"{getattr(self, name)[index]:.{DIGITS}g}") for name in names}
        return numbers | {"cluster": int(self.cluster[index]), "passed": bool(self.passed[index])}

    def reasons(self) -> str:
        """Return how many candidates were dropped for what, in a few words; one may be counted more than once."""
        counted = (("doubtful labels", self.wrong), ("near-copies", self.copied), ("far from real ones", self.outlying))
        return ", ".join(f"{name} {int(flags.sum())}" for name, flags in counted)


def choose(scores: Scores, n: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which `n` of the candidates are kept, indices in their order.

    Where more pass than are wanted, clusters get their shares (see `quotas`), and in each cluster the candidates are
    sorted by the teacher's confidence and cut into as many strata of equal size as are wanted, of each of which one is
    kept: never the most confident alone, which would leave nothing to learn. Within a stratum chance decides, by the
    discriminator's odds: that is its rejection sampling (Azadi et al. 2018) at a number that is given, by Gumbel's
    trick.

    Where fewer pass, all of those are kept and the soft rules give way: outliers with the right label follow, nearest
    ones first, then doubtful labels, most probable ones first. Near-copies never follow: fewer than `n` come back.

    Parameters
    ----------
    scores
        Of all candidates.
    n
        How many are wanted.
    shares
        Shares of the clusters among real images, (n_clusters,), with a sum of 1.
    rng
        Decides within the strata.
    """
    passed = np.flatnonzero(scores.passed)
    keys = scores.log_odds + rng.gumbel(size=len(scores.log_odds))
    if len(passed) < n:
        return np.sort(np.concatenate([passed, _next_best(scores)[: n - len(passed)]]))
    cluster = scores.cluster[passed]
    wanted = quotas(n, shares, np.bincount(cluster, minlength=len(shares)))
    kept = [_spread(passed[cluster == one], wanted[one], scores.probability, keys) for one in range(len(shares))]
    return np.sort(np.concatenate(kept))


def quotas(n: int, shares: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Return how many to take of each cluster, int (n_clusters,): `n` in all.

    Each goes to the cluster that lags most behind its share and has some left.

    Parameters
    ----------
    n
        At most ``available.sum()``.
    shares
        Wanted shares, (n_clusters,), with a sum of 1.
    available
        How many there are, int (n_clusters,).
    """
    counts = np.zeros(len(shares), dtype=np.int64)
    for _ in range(n):
        counts[np.argmax(np.where(counts < available, n * shares - counts, -np.inf))] += 1
    return counts


def _spread(found: np.ndarray, n: int, confidence: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return one candidate of each of `n` strata of confidence: the one with the largest key."""
    ordered = found[np.argsort(confidence[found], kind="stable")]
    edges = np.arange(n + 1) * len(found) // max(n, 1)
    strata = (ordered[start:stop] for start, stop in pairwise(edges))
    return np.array([stratum[np.argmax(keys[stratum])] for stratum in strata], dtype=np.int64)


def _next_best(scores: Scores) -> np.ndarray:
    others = np.flatnonzero(~scores.passed & ~scores.copied)
    wrong = scores.wrong[others]
    return others[np.lexsort((np.where(wrong, -scores.probability[others], scores.outlier[others]), wrong))]
