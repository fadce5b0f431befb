"""How far synthetic images are from real ones as a whole, and whether they copy training images, as plain data."""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import mean
from typing import Any

import numpy as np

from gan_augment.distances import copy_ratios
from gan_augment.metrics.distributions import frechet_with_floor, kernel_distance, precision_recall
from gan_augment.metrics.extractors import extractor, require_extractor
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled
from gan_augment.metrics.memorisation import memorisation
from gan_augment.metrics.shortcut import shortcut_risk
from gan_augment.seeding import numpy_rng
from gan_augment.transforms.image import mirrorings

JUDGE = "judge"
MOST = 5000  # images of a side
Pair = tuple[np.ndarray, np.ndarray]  # features of real images that nothing was fitted on, and of synthetic ones


def check_features(name: str) -> None:
    """Raise a `ConfigError` for unknown features, and for those whose package is not installed."""
    if name != JUDGE:
        require_extractor(name)


def likeness(
    judge: Judge,
    features: str,
    train: Labelled,
    test: Labelled,
    synthetic: Labelled,
    n_classes: int,
    seed: int,
    flips: Sequence[str] = (),
) -> dict[str, Any]:
    """Return `distances` in the features asked for, and `copying`, as plain data.

    Parameters
    ----------
    judge
        Fitted on the test images.
    features
        ``judge``, or a name out of `EXTRACTORS`.
    train, test, synthetic
        Real images that the generator was fitted on, real ones that it never saw, and its own.
    n_classes
        Number of classes.
    seed
        Fixes what is drawn.
    flips
        Mirror images that the generator saw, too.

    Returns
    -------
    dict
        ``distances``, with ``features`` and their ``digest``; ``memorisation``.
    """
    if features == JUDGE:
        digest, pairs = judge.digest, judge.feature_pairs(synthetic.images)
    else:
        chosen = extractor(features, train.images.shape[-1])
        digest, pairs = chosen.digest, [(chosen(test.images), chosen(synthetic.images))]
    return {
        "distances": {"features": features, "digest": digest} | distances(pairs, seed),
        "memorisation": copying(train, test, synthetic, n_classes, seed, flips),
    }


def distances(pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    """Return how far synthetic images are from real ones, each figure beside what it is compared with.

    Parameters
    ----------
    pairs
        Features of real and of synthetic images, one pair an extractor; figures are means over them.
    seed
        Fixes what is drawn.

    Returns
    -------
    dict
        ``frechet`` (``value``, ``floor``, ``floor_sd``, ``n``: see `frechet_with_floor`), ``kernel`` (``mean``, ``sd``,
        ``subset_size``: see `kernel_distance`), ``precision`` and ``recall`` of half as many samples as there are real
        ones (``n``), with ``precision_real`` and ``recall_real``, what the other half reaches; and ``two_sample_auc``,
        that of a classifier that tells the two apart, 0.5 being chance.
    """
    found = [_distances(real, fake, seed) for real, fake in pairs]
    return _means(found)


def copying(
    train: Labelled, held_out: Labelled, fake: Labelled, n_classes: int, seed: int, flips: Sequence[str] = ()
) -> dict[str, Any]:
    """Return `memorisation` of images in judge-free pixel components, as plain data.

    A copy may be a mirror image where `flips` allow it: held-out and synthetic images are each turned the way in which
    they are most like a copy.
    """
    features = PixelFeatures.fit(train.images)
    known = features(train.images)
    held_out, fake = (part.subset(_some(len(part.labels), seed)) for part in (held_out, fake))
    found = memorisation(
        known,
        *(_turned(known, [features(way) for way in mirrorings(part.images, flips)]) for part in (held_out, fake)),
        train_labels=train.labels,
        held_out_labels=held_out.labels,
        fake_labels=fake.labels,
        n_classes=n_classes,
    )
    sizes = {"n_train": len(train.labels), "n_held_out": len(held_out.labels), "n_synthetic": len(fake.labels)}
    return found.to_dict() | sizes


def _turned(known: np.ndarray, ways: list[np.ndarray]) -> np.ndarray:
    """Return of several features of each image those whose nearest training sample stands out most as such."""
    if len(ways) == 1:
        return ways[0]
    likest = np.argmin([copy_ratios(known, way) for way in ways], axis=0)
    return np.stack(ways)[likest, np.arange(len(likest))]


def _distances(real: np.ndarray, fake: np.ndarray, seed: int) -> dict[str, Any]:
    real, fake = (part[_some(len(part), seed)] for part in (real, fake))
    half = min(len(real) // 2, len(fake))
    precision, recall = precision_recall(real[:half], fake[:half])
    precision_real, recall_real = precision_recall(real[:half], real[half : 2 * half])
    kernel = asdict(kernel_distance(real, fake, seed=seed))
    labels = (np.zeros(len(part), dtype=np.int64) for part in (real, fake))
    return {
        "frechet": asdict(frechet_with_floor(real, fake, seed)),
        "kernel": {name: kernel[name] for name in ("mean", "sd", "subset_size")},
        "precision": precision,
        "recall": recall,
        "precision_real": precision_real,
        "recall_real": recall_real,
        "n": half,
        "two_sample_auc": shortcut_risk(real, next(labels), fake, next(labels), seed),
    }


def _some(n: int, seed: int) -> np.ndarray:
    return numpy_rng(seed, "likeness").permutation(n)[:MOST]  # in no order: some figures take the first of a side


def _means(found: Sequence[Any]) -> Any:
    if isinstance(found[0], dict):
        return {name: _means([each[name] for each in found]) for name in found[0]}
    return mean(found)
