"""How often a study without any effect gets a verdict, and how often its intervals cover; scores are simulated.

Scores of a replicate share how hard its split is; the two arms differ by noise alone. Wanted: at most 6 % false
verdicts (helps or hurts), and 93-97 % of the t intervals cover the true difference of 0.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gan_augment.evaluation.layout import aligned
from gan_augment.evaluation.study.design import Design
from gan_augment.seeding import numpy_rng

N_REPLICATES = 10
LEVEL, SPLITS, NOISE = 0.9, 0.02, 0.01  # mean score; standard deviation between splits, and of an arm within one
N_TRAIN, N_TEST = 300, 100

DrawFn = Callable[[np.random.Generator, int], np.ndarray]
Scores = tuple[np.ndarray, np.ndarray]  # of the arm and of the baseline, by replicate


def normal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw standard normal noise."""
    return rng.normal(size=n)


def failing(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw skewed noise of mean 0 and deviation 1: mostly a little above, sometimes far below, as of an unlucky fit."""
    return 1.0 - rng.exponential(size=n)


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw heavy-tailed noise of deviation 1: Student's t with 4 degrees of freedom."""
    return rng.standard_t(4, size=n) / np.sqrt(2.0)


@dataclass(frozen=True)
class World:
    """Studies of one kind: the noise of both arms, how alike replicates are, and how the study takes them to be."""

    arm_fn: DrawFn
    baseline_fn: DrawFn
    correlation: float = 0.0
    overlapping: bool = False

    def scores(self, rng: np.random.Generator) -> Scores:
        """Draw a study: differences of two replicates have the correlation of the world."""
        splits = LEVEL + SPLITS * rng.normal(size=N_REPLICATES)
        shared, own = np.sqrt([self.correlation, 1.0 - self.correlation])
        arm, baseline = (
            splits + NOISE * (shared * draw_fn(rng, 1) + own * draw_fn(rng, N_REPLICATES))
            for draw_fn in (self.arm_fn, self.baseline_fn)
        )
        return arm, baseline

    def design(self) -> Design:
        """Return how the study judges itself."""
        return Design(N_REPLICATES, N_TRAIN, N_TEST, self.overlapping)


OVERLAP = N_TEST / (N_TEST + N_TRAIN)  # correlation of two splits of one set (Nadeau and Bengio 2003)
WORLDS = {
    "normal": World(normal, normal),
    "skewed": World(failing, normal),
    "heavy tails": World(heavy, heavy),
    "overlapping splits, corrected": World(normal, normal, OVERLAP, overlapping=True),
    "overlapping splits, taken for independent": World(normal, normal, OVERLAP),
}


@dataclass(frozen=True)
class Calibration:
    """Verdicts of studies, and shares of them with an interval that covers 0; NaN where they have none."""

    verdicts: Counter[str]
    t_covers: float
    bca_covers: float

    @property
    def false_verdicts(self) -> float:
        """Share of studies that say helps or hurts."""
        return (self.verdicts["helps"] + self.verdicts["hurts"]) / self.verdicts.total()


def calibrate(world: World, n_studies: int, seed: int, n_resamples: int = 4999) -> Calibration:
    """Judge simulated studies without an effect as a study judges itself."""
    design, verdicts, covers = world.design(), Counter[str](), []
    for scores in _studies(world, n_studies, seed):
        arm, baseline = (own.tolist() for own in scores)
        found = design.difference(arm, baseline)
        low, high = design.bootstrap(arm, baseline, numpy_rng(seed, "bca"), n_resamples)
        verdicts[found.verdict] += 1
        covers.append((found.low <= 0 <= found.high, np.nan if np.isnan(low) else low <= 0 <= high))
    t_covers, bca_covers = np.mean(covers, axis=0)
    return Calibration(verdicts, float(t_covers), float(bca_covers))


def _studies(world: World, n_studies: int, seed: int) -> Iterator[Scores]:
    rng = numpy_rng(seed, "studies")
    return (world.scores(rng) for _ in range(n_studies))


def _cells(name: str, found: Calibration) -> tuple[str, ...]:
    words = ("equivalent", "no evidence")
    shares = (found.false_verdicts, *(found.verdicts[word] / found.verdicts.total() for word in words))
    figures = (*shares, found.t_covers, found.bca_covers)
    return (name, *("-" if np.isnan(figure) else f"{100 * figure:.1f} %" for figure in figures))


def main() -> None:
    """Print a line a world."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000, help="simulated studies of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    headings = ("differences", "helps or hurts", "equivalent", "no evidence", "t covers", "BCa covers")
    rows = [_cells(name, calibrate(world, options.studies, options.seed)) for name, world in WORLDS.items()]
    print(f"{options.studies} studies without effect, {N_REPLICATES} replicates each\n{aligned([headings, *rows])}")


if __name__ == "__main__":
    main()
