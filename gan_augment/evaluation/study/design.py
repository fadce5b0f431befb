"""How the replicates of a study hang together: which interval is theirs, and what it is conditional on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_augment.errors import ConfigError
from gan_augment.metrics.statistics import (
    MARGIN,
    PairedDifference,
    bca_interval,
    corrected_difference,
    paired_difference,
)

CONFIDENCE = 0.95
SAME_SAMPLES = (
    "All replicates train on the same samples, or nearly: that gives figures, but no verdict. For one, let each draw "
    "some of them (--train-per-class) or split them anew (without given test samples or times)."
)


@dataclass(frozen=True)
class Design:
    """How the replicates of a study hang together, and with it how they are compared.

    Parameters
    ----------
    n_replicates
        How many were asked for.
    n_train, n_test
        Real samples of a replicate.
    overlapping
        Whether replicates are repeated splits of one small set: their parts hold most of it, so they are much the same.
    fixed_test, fixed_train
        Whether all replicates have the same test samples, and the same training samples or mostly the same. Then they
        differ in seeds alone, which is too little for a verdict.

    Raises
    ------
    ConfigError
        If a number is below 1.
    """

    n_replicates: int
    n_train: int
    n_test: int
    overlapping: bool = False
    fixed_test: bool = False
    fixed_train: bool = False

    def __post_init__(self) -> None:
        for name in ("n_replicates", "n_train", "n_test"):
            if getattr(self, name) < 1:
                raise ConfigError(f"A study has {name} of at least 1, not {getattr(self, name)}.")

    @property
    def caution(self) -> str | None:
        """Why there is no verdict to be had, however many replicates there are; None where there may be one."""
        return SAME_SAMPLES if self.fixed_train else None

    def difference(
        self, treatment: Sequence[float], baseline: Sequence[float], margin: float = MARGIN
    ) -> PairedDifference:
        """Return the paired difference, of NaN where there are no pairs; corrected where training parts overlap."""
        if not len(treatment):
            return PairedDifference(float("nan"), float("nan"), float("nan"), 0, CONFIDENCE, margin=margin)
        if self.overlapping:
            return corrected_difference(treatment, baseline, self.n_test / self.n_train, CONFIDENCE, margin)
        return paired_difference(treatment, baseline, CONFIDENCE, margin)

    def bootstrap(
        self, treatment: Sequence[float], baseline: Sequence[float], rng: np.random.Generator, n_resamples: int = 9999
    ) -> tuple[float, float]:
        """Return the BCa interval; NaN without pairs, or where training parts overlap: it knows no correction."""
        if self.overlapping or not len(treatment):
            return float("nan"), float("nan")
        return bca_interval(treatment, baseline, rng, CONFIDENCE, n_resamples)

    def condition(self) -> str:
        """Return what the intervals are conditional on, in a sentence."""
        if self.overlapping:
            basis = (
                "repeated splits of one set, whose parts hold more than half of it and so have samples in common, for "
                "which the variance is corrected (Nadeau and Bengio 2003); they hold for this set"
            )
        elif self.fixed_train:
            basis = "seeds alone: they hold for these training samples" + (" and this one test set" * self.fixed_test)
        elif self.fixed_test:
            basis = "overlapping training subsets of one pool: they hold for this pool and this one test set"
        else:
            basis = "overlapping training subsets and test parts of one pool: they hold for this pool"
        return f"Intervals are {100 * CONFIDENCE:.0f} % over {basis}."
