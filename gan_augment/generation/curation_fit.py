"""Learns from a training part what tells good generated images of it from bad ones: trains the teacher."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from gan_augment import config
from gan_augment.data.labelled import require_loaded
from gan_augment.data.schema import LabelledImages
from gan_augment.distances import closest, nearest_radii
from gan_augment.errors import DataError
from gan_augment.generation.curation import FACTS, Curation, discriminator_logits, nearest
from gan_augment.generation.generator import CURATION_FILE, TrainedGenerator
from gan_augment.metrics.classifiers import (
    ClassifierConfig,
    extract_features,
    predict_probabilities,
    train_classifier,
)
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.metrics.memorisation import CHANCE, MOST_RATIO
from gan_augment.networks.classifiers import SmallConvNet
from gan_augment.precision import plain_torch
from gan_augment.seeding import derive_seed, numpy_rng
from gan_augment.training.checkpoint import read_part, write_checkpoint
from gan_augment.transforms.image import ImageCodec

FEWEST_IMAGES = 10  # different ones
MOST_PER_CLASS = 1000  # whose features are kept
MOST_COMPARED = 2000  # training images whose neighbours are looked at
LEAST_QUANTILE, LIMIT_QUANTILE = 0.05, 0.99
SPARED, FEWEST_SPARED = 0.25, 20
MOST_STRETCH = 2.0  # times what is known: the farthest of few images may lie anywhere
UNKNOWN = (1.0, 1.5)  # what stands for `_standards` where there are too few images to measure them
MOST_CLUSTERS, CLUSTER_SIZE = 8, 10
COMPARED_PER_CLASS = 64  # of real and generated images, for the discriminator's odds


@plain_torch()
def fit_curation(
    data: LabelledImages,
    generator: TrainedGenerator,
    discriminator: nn.Module | None = None,
    *,
    classifier: ClassifierConfig | None = None,
    seed: int = 0,
) -> Curation:
    """Return what curates the images of a generator.

    Parameters
    ----------
    data
        What the generator was fitted on, and nothing else: no image that is to test anything.
    generator
        Its flips, classes and device are taken over, and some of its images are compared with real ones.
    discriminator
        The one that the generator played against; None where there is none: then chance chooses in its place.
    classifier
        How long the teacher learns, twice; by the number of images when None.
    seed
        Fixes the teacher and the clusters.

    Raises
    ------
    DataError
        If there are fewer than ten different images.
    """
    require_loaded(data, LabelledImages)
    data = _without_copies(data)
    known = Labelled(data.images, data.labels)
    lesson = Lesson(known, augmentation=Augmentation(flips=generator.allowed_flips))
    originals, cut, pixels = _copy_rule(data)
    how: dict[str, Any] = {"n_classes": len(data.classes), "config": classifier, "device": generator.device}
    teacher: SmallConvNet = train_classifier(lesson, seed=derive_seed(seed, "teacher"), **how)
    least, stretch = _standards(data, lesson, how, seed)
    tensors = {f"teacher.{key}": value.cpu() for key, value in teacher.state_dict().items()}
    tensors |= {f"pixels.{name}": torch.from_numpy(value) for name, value in pixels.state().items()}
    tensors |= {"originals": originals} | _real_features(teacher, data, stretch, seed)
    facts: dict[str, Any] = {"schema": config.to_dict(data.schema), "flips": list(generator.allowed_flips), "cut": cut}
    facts |= {"least": least.tolist(), "network": None, "slope": 0.0}
    if discriminator is not None:
        levels, facts["slope"] = _odds(discriminator.eval(), data, generator, seed)
        facts["network"] = config.to_dict(generator.network_config)
        tensors |= {"levels": torch.from_numpy(levels)}
        tensors |= {f"discriminator.{key}": value.cpu() for key, value in discriminator.state_dict().items()}
    return Curation(tensors, facts, generator.device)


def add_curation(run: Path, curation: Curation) -> None:
    """Write what curates the images of a run into its folder, beside the fingerprints that lie there.

    Raises
    ------
    CheckpointError
        If the run has no fingerprints.
    OutputError
        If it cannot be written.
    """
    file = run / CURATION_FILE
    fingerprints = {"fingerprints": read_part(file, "curation")[0]["fingerprints"]}
    write_checkpoint(file, fingerprints | curation.tensors, {"kind": "curation", FACTS: curation.facts})


def _without_copies(data: LabelledImages) -> LabelledImages:
    """Return each image once: copies would make others look far from all, and lie on both sides of what is compared."""
    different = np.sort(np.unique(data.fingerprints(), axis=0, return_index=True)[1])
    if len(different) < FEWEST_IMAGES:
        raise DataError(f"Curation needs at least {FEWEST_IMAGES} different images, not {len(different)}.")
    return data.subset(different)


def _copy_rule(data: LabelledImages) -> tuple[Tensor, float, PixelFeatures]:
    """Return the features of different training images, the ratio that makes a copy, and what makes features."""
    pixels = PixelFeatures.fit(data.images)
    originals = torch.from_numpy(pixels(data.images)).half()
    known = originals.float().numpy()
    near = closest(known, known[:: -(-len(known) // MOST_COMPARED)], 3)[1][:, 1:]  # the first is the image itself
    near = near[near[:, 0] > 0]
    falls = -np.log(near[:, 0] / near[:, 1])
    # As in `metrics.memorisation`: the mean fall is 1 / intrinsic dimension, and of fresh images 0.2 % fall as far.
    cut = min(MOST_RATIO, float(CHANCE ** falls.mean())) if len(falls) else MOST_RATIO
    return originals, cut, pixels


def _standards(
    data: LabelledImages, lesson: Lesson, how: Mapping[str, Any], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return which probability of their label fresh images of each class get at least, and how far out they lie.

    Both (n_classes,); 1 is as far out as known images.

    The teacher has learned its own images by heart. So another one, trained without a quarter of them, says what fresh
    real images are like, which must pass: where classes are hard to tell, a teacher's doubt means little.
    """
    rng = numpy_rng(seed, "spared")
    own = [rng.permutation(np.flatnonzero(data.labels == label)) for label in range(len(data.classes))]
    parts = [np.split(indices, [int(SPARED * len(indices))]) for indices in own]
    if sum(len(spared) for spared, _ in parts) < FEWEST_SPARED:
        return np.full(len(parts), UNKNOWN[0]), np.full(len(parts), UNKNOWN[1])
    rest = np.sort(np.concatenate([rest for _, rest in parts]))
    learned = replace(lesson, real=Labelled(data.images[rest], data.labels[rest]))
    teacher: SmallConvNet = train_classifier(learned, seed=derive_seed(seed, "apprentice"), **how)
    right, beyond = [np.empty(0)] * len(parts), [np.empty(0)] * len(parts)
    for label, pair in enumerate(parts):
        fresh, known = (data.images[indices[:MOST_PER_CLASS]] for indices in pair)
        if len(fresh):
            features = extract_features(teacher, known)
            right[label] = predict_probabilities(teacher, fresh)[:, label]
            beyond[label] = nearest(extract_features(teacher, fresh), features) / _limit(features)
    farthest = _by_group(beyond, LIMIT_QUANTILE, np.maximum)
    return _by_group(right, LEAST_QUANTILE, np.minimum), farthest.clip(1.0, MOST_STRETCH)


def _by_group(values: Sequence[np.ndarray], quantile: float, milder: np.ufunc) -> np.ndarray:
    """Return a quantile of each class's values, (n_classes,): of its own, or where it has few of all that have few.

    Those are judged no harder than all classes together.
    """
    few = [label for label, own in enumerate(values) if len(own) < FEWEST_SPARED]
    found = np.array([np.quantile(own, quantile) if len(own) else np.nan for own in values])
    shared = np.concatenate([values[label] for label in few]) if few else np.empty(0)
    whole = np.quantile(np.concatenate(values), quantile)
    found[few] = milder(np.quantile(shared, quantile), whole) if len(shared) else whole
    return found


def _real_features(teacher: SmallConvNet, data: LabelledImages, stretch: np.ndarray, seed: int) -> dict[str, Tensor]:
    """Return features and clusters of real images, and how far from the nearest one an image of each class may lie."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("features", "labels", "centres", "shares")}
    limits, centre_labels = [], []
    for label, images in _by_class(data, MOST_PER_CLASS, seed):
        features = extract_features(teacher, images).astype(np.float16).astype(np.float32)
        centres, shares = _clusters(features, derive_seed(seed, "clusters", label) % 2**32)
        for name, value in (("features", features), ("centres", centres), ("shares", shares)):
            found[name].append(value)
        found["labels"].append(np.full(len(features), label))
        centre_labels.append(np.full(len(shares), label))
        limits.append(stretch[label] * _limit(features))
    arrays = {name: np.concatenate(parts) for name, parts in found.items()}
    arrays |= {"centre_labels": np.concatenate(centre_labels), "limits": np.array(limits)}
    tensors = {name: torch.from_numpy(value).float() for name, value in arrays.items()}
    whole = ("labels", "centre_labels")
    return tensors | {"features": tensors["features"].half()} | {name: tensors[name].long() for name in whole}


def _by_class(data: LabelledImages, most: int, seed: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each label with up to `most` of its images, or of all images where it has none."""
    for label in range(len(data.classes)):
        own = np.flatnonzero(data.labels == label)
        own = own if len(own) else np.arange(len(data))
        yield label, data.images[np.sort(numpy_rng(seed, "kept", label).permutation(own)[:most])]


def _limit(features: np.ndarray) -> float:
    radius = float(np.quantile(nearest_radii(features, 1), LIMIT_QUANTILE)) if len(features) > 1 else 0.0
    return radius if radius else float("inf")  # equal images say nothing about how far is too far


def _clusters(features: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres (n_clusters, d) of a class's features (n, d) and their shares (n_clusters,)."""
    n_different = len(np.unique(features, axis=0))
    n_clusters = max(1, min(MOST_CLUSTERS, n_different // CLUSTER_SIZE))
    means = KMeans(n_clusters, n_init=4, random_state=seed).fit(features)
    return means.cluster_centers_, np.bincount(means.labels_, minlength=n_clusters) / len(features)


def _odds(
    discriminator: nn.Module, data: LabelledImages, generator: TrainedGenerator, seed: int
) -> tuple[np.ndarray, float]:
    """Return the level of the logits of each class, (n_classes,), and the slope that makes log-odds of them.

    Losses differ in what a logit means, and paired ones leave its level free (Platt 1999 scales such scores).
    """
    codec, logits, is_real, levels = ImageCodec(data.schema), [], [], []
    for label, real in _by_class(data, COMPARED_PER_CLASS, seed):
        fake = np.concatenate(list(generator.iter_samples(label, 0, COMPARED_PER_CLASS, derive_seed(seed, "compared"))))
        sides = [discriminator_logits(discriminator, codec, some, label, generator.device) for some in (real, fake)]
        levels.append(np.mean([side.mean() for side in sides]))
        logits += [side - levels[-1] for side in sides]
        is_real += [np.ones(len(real)), np.zeros(len(fake))]
    fitted = LogisticRegression(class_weight="balanced").fit(np.concatenate(logits)[:, None], np.concatenate(is_real))
    return np.array(levels, dtype=np.float32), max(0.0, float(fitted.coef_[0, 0]))
