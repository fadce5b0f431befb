"""What a study says of one arm, of `auto`, and of the best of all: figures, their sentences, plain data."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gan_augment.metrics.statistics import PairedDifference

FEWEST = 8  # replicates for a verdict
EXPLORATORY, IS_BASELINE, TOO_FEW, ONE_SPLIT = "exploratory", "is the baseline", "too few replicates", "one split"
UNRIVALLED = "the only arm without synthetic samples that was asked for"
_CLAIMS = {
    "helps": "{arm} helps",
    "hurts": "{arm} hurts",
    "equivalent": "{arm} is equivalent (within +-{margin:g} points)",
    "no evidence": "no evidence that {arm} helps or hurts",
    TOO_FEW: "too few replicates for a verdict on {arm} ({fewest} are needed)",
    ONE_SPLIT: "no verdict on {arm}, since all replicates have the same samples",
    EXPLORATORY: "{arm}, exploratory",
    IS_BASELINE: "{arm} is the baseline",
}


@dataclass(frozen=True)
class Comparison:
    """An arm against the baselines that were chosen on validation, on one model.

    Parameters
    ----------
    model, arm
        Their names.
    differences
        Arm minus baseline by score, paired by replicate; without pairs, NaN.
    chief
        The score that decides.
    bca
        Ends of the BCa bootstrap interval of the chief score's difference, beside the t interval; NaN where the design
        or the data allow none.
    baselines
        How often each arm was the baseline, over the pairs.
    n_missing
        Replicates asked for in which the arm, or a baseline, has no score.
    confirmatory
        Whether this is the comparison that the study is about.
    holm
        The p-value after Holm's correction for all exploratory comparisons of the study; NaN for the confirmatory one.
    fixed_train
        Whether replicates differ in seeds alone, which allows no verdict.
    unrivalled
        Whether there was one arm alone that could be the baseline, so that nothing was chosen.
    """

    model: str
    arm: str
    differences: Mapping[str, PairedDifference]
    chief: str
    bca: tuple[float, float]
    baselines: Mapping[str, int]
    n_missing: int
    confirmatory: bool
    holm: float = float("nan")
    fixed_train: bool = False
    unrivalled: bool = False

    @property
    def difference(self) -> PairedDifference:
        """That of the chief score."""
        return self.differences[self.chief]

    @property
    def is_baseline(self) -> bool:
        """Whether the arm is compared with nothing but itself."""
        return set(self.baselines) == {self.arm}

    @property
    def verdict(self) -> str | None:
        """What the intervals allow to say; None with fewer than 8 pairs, and for exploratory comparisons."""
        enough = self.difference.n_pairs >= FEWEST and not self.fixed_train
        return self.difference.verdict if self.confirmatory and enough else None

    @property
    def word(self) -> str:
        """The verdict, or why there is none."""
        if self.confirmatory:
            return self.verdict or (ONE_SPLIT if self.fixed_train else TOO_FEW)
        return IS_BASELINE if self.is_baseline else EXPLORATORY

    @property
    def sentence(self) -> str:
        """The finding for somebody who reads nothing else."""
        found = self.difference
        if not found.n_pairs:
            return f"{self.model}: {self.arm} cannot be compared: no replicate has a score of it and of a baseline."
        claim = _CLAIMS[self.word].format(arm=self.arm, margin=100 * found.margin, fewest=FEWEST)
        missing = f" Without a score or a baseline: {counted(self.n_missing, 'replicate')}." if self.n_missing else ""
        return (
            f"{self.model}: {claim}: {points(found, unit=True)} of {spelled(self.chief)} over "
            f"{counted(found.n_pairs, 'replicate')}, against {self._opponent}.{missing}"
        )

    @property
    def _opponent(self) -> str:
        if self.unrivalled:
            return f"{', '.join(self.baselines)}, {UNRIVALLED}"
        chosen = ", ".join(f"{arm} {count}x" for arm, count in self.baselines.items())
        return f"the best arm without synthetic samples chosen on validation ({chosen})"

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {
            "differences": {score: asdict(found) for score, found in self.differences.items()},
            "bca": self.bca,
            "n_missing": self.n_missing,
            "confirmatory": self.confirmatory,
            "holm": self.holm,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class AutoUse:
    """What `auto` did on one model.

    Parameters
    ----------
    model
        Its name.
    n_replicates, n_used
        How many have a score of `auto`, and in how many of them it added synthetic samples.
    n_compared, n_harmless
        In how many of these there is a baseline, and in how many the chief score was not below the baseline's.
    """

    model: str
    n_replicates: int
    n_used: int
    n_compared: int
    n_harmless: int

    @property
    def share_harmless(self) -> float:
        """Share of its uses with a gain of at least 0; NaN where there were none."""
        return self.n_harmless / self.n_compared if self.n_compared else float("nan")

    @property
    def sentence(self) -> str:
        """What it did."""
        of = counted(self.n_replicates, "replicate")
        if not self.n_used:
            return f"{self.model}: auto added nothing in {self.n_replicates} of {of}."
        said = f"{self.model}: auto added synthetic samples in {self.n_used} of {of}"
        if not self.n_compared:
            return f"{said}, none of which has a baseline."
        those = "these" if self.n_compared == self.n_used else f"the {self.n_compared} of them that have a baseline"
        return f"{said}; the score did not fall in {self.n_harmless} of {those} ({100 * self.share_harmless:.0f} %)."

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self) | {"share_harmless": self.share_harmless}


@dataclass(frozen=True)
class Standing:
    """A model on an arm, with its mean chief score."""

    model: str
    arm: str
    mean: float

    def __str__(self) -> str:
        return f"{self.model} with {self.arm} ({self.mean:.3f})"


@dataclass(frozen=True)
class Best:
    """The highest means of the chief score over the replicates that all models and arms share.

    Parameters
    ----------
    without, with_synthetic
        The best without synthetic samples, and with them; None where there is none.
    n_replicates
        How many they share.
    """

    without: Standing | None
    with_synthetic: Standing | None
    n_replicates: int

    @property
    def real_wins(self) -> bool:
        """Whether a model without synthetic samples beats every one with them."""
        return bool(self.without and self.with_synthetic and self.without.mean > self.with_synthetic.mean)

    def sentence(self, chief: str) -> str:
        """Return which is the best of all, and whether synthetic samples were needed for it."""
        of = f"mean {spelled(chief)} over {counted(self.n_replicates, 'replicate')}"
        real, fake = self.without, self.with_synthetic
        if real is None and fake is None:
            return "No replicate has scores of all models and arms: none is the best."
        if real is None or fake is None:
            return f"Best {of}: {real or fake}."
        if self.real_wins:
            return f"Best {of}: {real}. Without synthetic samples it beats every model with them: the best is {fake}."
        if real.mean == fake.mean:
            return f"Best {of}: {real}. Without synthetic samples it does as well as the best with them: {fake}."
        return f"Best {of}: {fake}, with synthetic samples. The best without them is {real}."

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self) | {"real_wins": self.real_wins}


def points(difference: PairedDifference, unit: bool = False) -> str:
    """Return a difference in hundredths with its interval, where it has one."""
    known = (value for value in (difference.mean, difference.low, difference.high) if not math.isnan(value))
    mean, *ends = hundredths(*known)
    return mean + (" points" if unit else "") + (f" [{', '.join(ends)}]" if ends else "")


def hundredths(*values: float) -> list[str]:
    """Return signed hundredths with a decimal; with two where one would hide on which side of 0 a value lies."""
    decimals = 2 if any(value and abs(value) < 0.0005 for value in values) else 1
    return [f"{100 * value:+.{decimals}f}" for value in values]


def probability(value: float) -> str:
    """Return a p-value with three decimals, never as 0; nothing where it is not known."""
    if math.isnan(value):
        return ""
    return f"{value:.3f}" if value >= 0.0005 else "< 0.001"


def counted(number: int, thing: str) -> str:
    """Return ``1 replicate`` or ``2 replicates``."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def spelled(score: str) -> str:
    """Return the name of a score as words."""
    return score.replace("_", " ")
