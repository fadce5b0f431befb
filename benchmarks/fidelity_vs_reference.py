"""Compares distances between distributions with torch-fidelity's and prdc's, on the same made-up features.

Needs `pip install torch-fidelity prdc` (no weights). Exits with 1 where anything is further off than it may be: 1e-6 of
the figure, or for a kernel distance over subsets drawn anew, once the standard deviation over them.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO

import numpy as np
import torch

from gan_augment.evaluation.layout import aligned
from gan_augment.metrics.distributions import (
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
    squared_mmd,
)
from gan_augment.seeding import numpy_rng

SIZES = ((100, 16), (500, 64), (1000, 256), (2000, 128), (100, 300))  # samples, features; the last has singular moments
NEIGHBOURS = (3, 5)
N_SUBSETS = 50
MOST = 1e-6

# By name, since they are no dependency: type checks must not need them.
fid, kid, prc = (import_module(f"torch_fidelity.metric_{name}") for name in ("fid", "kid", "prc"))
prdc = import_module("prdc")


@dataclass(frozen=True)
class Row:
    """Our figure beside a library's, and how far they may be apart."""

    figure: str
    library: str
    ours: float
    theirs: float
    allowed: float

    @property
    def off(self) -> bool:
        """Whether they are further apart than that; NaN is."""
        return not abs(self.ours - self.theirs) <= self.allowed


def exact(figure: str, library: str, ours: float, theirs: float) -> Row:
    """Return a row of two figures that should be the same but for rounding."""
    return Row(figure, library, ours, theirs, MOST * abs(theirs))


def features(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return real and fake features, (n, d) each: correlated, not negative, and not quite the same."""
    rng = numpy_rng(seed, "features", n, d)
    mixing = rng.normal(size=(d, d)) / np.sqrt(d)
    shifts = (0.0, 0.1)
    real, fake = (np.maximum(rng.normal(size=(n, d)) @ mixing + 0.5 + shift, 0.0) for shift in shifts)
    return real, fake


def frechet_rows(real: np.ndarray, fake: np.ndarray) -> Iterator[Row]:
    """Yield the Fréchet distance."""
    moments = [fid.fid_features_to_statistics(torch.from_numpy(part)) for part in (real, fake)]
    theirs = fid.fid_statistics_to_metric(*moments, verbose=False)[fid.KEY_METRIC_FID]
    yield exact("Fréchet distance", "torch-fidelity", frechet_distance(real, fake), theirs)


def kernel_rows(real: np.ndarray, fake: np.ndarray, seed: int) -> Iterator[Row]:
    """Yield the kernel distance of all samples, of the library's subsets, and of subsets of our own."""
    n, library = len(real), "torch-fidelity"
    whole = kernel_distance(real, fake, subset_size=n, n_subsets=1, seed=seed).mean
    yield exact("kernel distance, all samples", library, whole, _their_kernel_distance(real, fake, n, 1, seed))
    size, rng = n // 2, np.random.RandomState(seed)
    theirs = _their_kernel_distance(real, fake, size, N_SUBSETS, seed)
    pairs = ([part[rng.choice(n, size, replace=False)] for part in (real, fake)] for _ in range(N_SUBSETS))
    yield exact("kernel distance, its subsets", library, float(np.mean([squared_mmd(*pair) for pair in pairs])), theirs)
    own = kernel_distance(real, fake, subset_size=size, n_subsets=N_SUBSETS, seed=seed)
    yield Row("kernel distance, our subsets", library, own.mean, theirs, own.sd)


def neighbour_rows(real: np.ndarray, fake: np.ndarray, k: int) -> Iterator[Row]:
    """Yield what counts neighbours."""
    with redirect_stdout(StringIO()):
        counted = prdc.compute_prdc(real, fake, k)
    names = ("precision", "recall", "density", "coverage")
    ours = dict(zip(names, (*precision_recall(real, fake, k), *density_coverage(real, fake, k)), strict=True))
    for name in names:
        yield exact(f"{name}, k = {k}", "prdc", ours[name], float(counted[name]))
    theirs = prc.prc_features_to_metric(
        torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=k, verbose=False
    )
    for name, key in (("precision", prc.KEY_METRIC_PRECISION), ("recall", prc.KEY_METRIC_RECALL)):
        yield exact(f"{name}, k = {k}", "torch-fidelity", ours[name], theirs[key])


def compare(n: int, d: int, seed: int) -> Iterator[Row]:
    """Yield every comparison on n samples a side of d features."""
    real, fake = features(n, d, seed)
    yield from frechet_rows(real, fake)
    yield from kernel_rows(real, fake, seed)
    for k in NEIGHBOURS:
        yield from neighbour_rows(real, fake, k)


def _their_kernel_distance(real: np.ndarray, fake: np.ndarray, size: int, n_subsets: int, seed: int) -> float:
    tensors = (torch.from_numpy(part) for part in (real, fake))
    found = kid.kid_features_to_metric(
        *tensors, kid_subsets=n_subsets, kid_subset_size=size, rng_seed=seed, verbose=False
    )
    return float(found[kid.KEY_METRIC_KID_MEAN])


def _cells(n: int, d: int, row: Row) -> tuple[str, ...]:
    relative = abs(row.ours - row.theirs) / abs(row.theirs) if row.theirs else abs(row.ours)
    allowed = row.allowed / abs(row.theirs) if row.theirs else 0.0
    figures = (f"{row.ours:.7g}", f"{row.theirs:.7g}", f"{relative:.1e}", f"{allowed:.1e}", "OFF" if row.off else "")
    return (str(n), str(d), row.figure, row.library, *figures)


def main() -> None:
    """Print a line a comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "`sklearn.utils.parallel.delayed`", UserWarning)  # of what prdc calls
    rows = [(n, d, row) for n, d in SIZES for row in compare(n, d, options.seed)]
    headings = ("n", "d", "figure", "library", "ours", "theirs", "relative", "allowed", "")
    print(aligned([headings, *(_cells(*row) for row in rows)]))
    n_off = sum(row.off for _, _, row in rows)
    print(f"{n_off} of {len(rows)} comparisons are off")
    sys.exit(1 if n_off else 0)


if __name__ == "__main__":
    main()
