"""How far a mean over folds varies, and whether it is more than if folds shared no training samples.

Digits with two quick models, hundreds of small training sets drawn anew: how a model's accuracy on a fold changes when
noisy copies are added, its variance between folds and training sets, and that of the mean over a set's folds. The ratio
of the two, times the number of folds, would be 1 without anything shared; the correction of Nadeau and Bengio (2003)
stands beside it. And how alike the means over two divisions of one training set are: their correlation over sets, which
says what dividing anew can bring, for even classes and where half of them have a third of the samples. Scores are
balanced accuracy, which is accuracy where classes are even.
"""

import argparse
from functools import cache

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from gan_augment.data.splits import Split, forward_folds, inner_folds
from gan_augment.seeding import derive_seed, numpy_rng

PER_CLASS, FEW, NOISE = 12, 4, 0.15  # few: of the rarer classes, where they are uneven
MODELS = ("trees", "neighbours")


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    return load_digits(return_X_y=True)


def gain(images: np.ndarray, labels: np.ndarray, fold: Split, model: str, seed: int) -> float:
    """Return how many points noisy copies of its training samples bring on a fold."""
    fitted, held_out = fold
    copies = images[fitted] + NOISE * numpy_rng(seed, "noise").standard_normal(images[fitted].shape)
    more = np.concatenate([images[fitted], copies]), np.concatenate([labels[fitted]] * 2)
    scores = []
    for number, (rows, named) in enumerate(((images[fitted], labels[fitted]), more)):
        chance = derive_seed(seed, number) % 2**32
        found = ExtraTreesClassifier(20, random_state=chance) if model == "trees" else KNeighborsClassifier(1)
        said = found.fit(rows, named).predict(images[held_out])
        scores.append(balanced_accuracy_score(labels[held_out], said))
    return 100.0 * (scores[1] - scores[0])


def ratio(model: str, n_folds: int, forward: bool, n_sets: int) -> float:
    """Return the variance of a mean over folds, times their number, over the variance of one."""
    table = np.array([gains(model, n_folds, forward, number) for number in range(n_sets)])
    spread = table - table.mean(axis=0)  # forward folds train on more each time
    return float(table.mean(axis=1).var(ddof=1) * n_folds / (spread**2).sum() * (table.size - n_folds))


def likeness(model: str, n_folds: int, uneven: bool, n_sets: int) -> float:
    """Return the correlation of the mean over folds with that over the folds of another division of the same set."""
    means = [
        [np.mean(gains(model, n_folds, False, number, division, uneven)) for division in range(2)]
        for number in range(n_sets)
    ]
    return float(np.corrcoef(np.array(means).T)[0, 1])


def gains(model: str, n_folds: int, forward: bool, number: int, division: int = 0, uneven: bool = False) -> list[float]:
    """Return what noisy copies bring on each fold of one of the training sets, divided in one way or in another."""
    images, labels = _digits()
    rng = numpy_rng(number, "set", model, str(n_folds))
    counts = [FEW if uneven and one % 2 else PER_CLASS for one in range(10)]
    rows = np.concatenate([rng.permutation(np.flatnonzero(labels == one))[:n] for one, n in enumerate(counts)])
    rows = rng.permutation(rows)
    if forward:  # time is the order within a class, so that every stretch has all of them
        times = np.argsort(np.argsort(labels[rows], kind="stable"), kind="stable") % PER_CLASS
        folds = forward_folds(labels[rows], times, n_folds)
    else:
        folds = inner_folds(labels[rows], n_folds, numpy_rng(number, "division", model) if division else rng)
    seeds = (derive_seed(number, "fold", fold, division) for fold in range(n_folds))
    pairs = zip(folds, seeds, strict=True)
    return [gain(images[rows] / 16.0, labels[rows], fold, model, seed) for fold, seed in pairs]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=300, help="training sets a row")
    options = parser.parse_args()
    print(f"{'folds':12s}{''.join(f'{model:>12s}' for model in MODELS)}{'corrected':>12s}")
    for n_folds, forward in ((2, False), (3, False), (5, False), (2, True), (3, True)):
        found = [ratio(model, n_folds, forward, options.sets) for model in MODELS]
        shown = "".join(f"{value:12.2f}" for value in found)
        corrected = "" if forward else f"{1.0 + n_folds / (n_folds - 1):12.2f}"
        print(f"{n_folds} {'forward' if forward else '':10s}{shown}{corrected}", flush=True)
    for n_folds, uneven in ((2, False), (3, False), (2, True), (3, True)):
        shown = "".join(f"{likeness(model, n_folds, uneven, options.sets):12.2f}" for model in MODELS)
        print(f"{n_folds} {'uneven' if uneven else 'even':10s}{shown} between two divisions", flush=True)


if __name__ == "__main__":
    main()
