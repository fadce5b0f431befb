"""Fits a classifier of scikit-learn's kind on a lesson: flattened pixels, weights, a few augmented copies."""

from typing import Any

import numpy as np
import torch
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from gan_augment.errors import ConfigError
from gan_augment.evaluation.factories import settle_chance
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.seeding import derive_seed, numpy_rng, torch_rng
from gan_augment.transforms.classical import augment

COPIES = 3  # of each image, where a lesson moves images


def accepts_weights(estimator: Any) -> bool:
    """Tell whether an estimator, or the last step of its pipeline, can be fitted with a weight for each image."""
    return has_fit_parameter(_last(estimator), "sample_weight")


def fit_estimator(estimator: Any, lesson: Lesson, seed: int) -> Any:
    """Return an estimator fitted on a lesson.

    Parameters
    ----------
    estimator
        An unfitted classifier that takes rows of pixels in [0, 1].
    lesson
        Synthetic images are taken in the number that their share says for the real ones, or all there are; with an
        augmentation every image comes with three augmented copies. `longer` and `last_real` mean nothing here.
    seed
        Of the choice of images, their augmentation, and every ``random_state`` that is not set.

    Raises
    ------
    ConfigError
        If the lesson needs a model that is trained in steps, or weights that the estimator does not take.
    """
    if lesson.mixup or lesson.consistency or lesson.pretrain or lesson.last_real:
        what = "Mixup, consistency and an order of samples"
        raise ConfigError(f"{what} need a model that is trained in steps, and an estimator is not.")
    weighs = accepts_weights(estimator)
    if lesson.class_weights is not None and not weighs:
        raise ConfigError(f"{type(estimator).__name__} takes no weights, which this arm needs.")
    data, weights = _gathered(lesson, weighs, numpy_rng(seed, "estimator"))
    if lesson.augmentation is not None:
        data, weights = _with_copies(data, lesson.augmentation, seed), np.tile(weights, 1 + COPIES)
    if lesson.class_weights is not None:
        weights = weights * lesson.class_weights[data.labels]
    settle_chance(estimator, derive_seed(seed, "model") % 2**32)
    settings = {} if (weights == 1.0).all() else {_weight_key(estimator): weights}
    return estimator.fit(pixel_rows(data.images), data.labels, **settings)


def estimated_probabilities(estimator: Any, images: np.ndarray, n_classes: int) -> np.ndarray:
    """Return class probabilities, (n, n_classes), of uint8 images; 0 for a class the estimator has not seen."""
    probabilities = np.zeros((len(images), n_classes))
    probabilities[:, estimator.classes_] = estimator.predict_proba(pixel_rows(images))
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def pixel_rows(images: np.ndarray) -> np.ndarray:
    """Return uint8 images as rows of pixels, float32 (n, height * width * channels) in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float32) / 255.0


def _gathered(lesson: Lesson, weighs: bool, rng: np.random.Generator) -> tuple[Labelled, np.ndarray]:
    """Return all images of a lesson and their weights; a number takes the place of a weight that cannot be given."""
    real, synthetic = lesson.real, lesson.synthetic
    if real is None or synthetic is None:
        return lesson.main, np.ones(len(lesson.main))
    wanted = len(real) / lesson.widened * lesson.added_per_real * (1.0 if weighs else lesson.weight)
    chosen = rng.permutation(len(synthetic))[: max(1, round(wanted))]
    weights = np.repeat([1.0, lesson.weight if weighs else 1.0], [len(real), len(chosen)])
    return real.joined(synthetic.subset(np.sort(chosen))), weights


def _with_copies(data: Labelled, augmentation: Augmentation, seed: int) -> Labelled:
    rng = torch_rng(seed, "augmentation", "estimator")
    pixels = torch.tensor(data.images).permute(0, 3, 1, 2)
    copies = (augment(pixels, rng, augmentation.config, augmentation.flips) for _ in range(COPIES))
    images = [data.images, *(copy.permute(0, 2, 3, 1).numpy() for copy in copies)]
    return Labelled(np.concatenate(images), np.tile(data.labels, 1 + COPIES))


def _last(estimator: Any) -> Any:
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


def _weight_key(estimator: Any) -> str:
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
