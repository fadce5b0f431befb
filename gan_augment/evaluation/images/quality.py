"""What synthetic images are like beside real ones: label fidelity, diversity, density and coverage, per class."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_augment.metrics.classifiers import Labelled
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.fidelity import COLLAPSED, within_class_diversity
from gan_augment.metrics.judge import Judge

FIGURES = ("label_fidelity", "diversity_judge", "diversity_pixels", "density", "coverage")


@dataclass(frozen=True)
class ImageQuality:
    """Figures of a set of labelled images against held-out real ones, each (n_classes,), NaN where unknown.

    Parameters
    ----------
    label_fidelity
        Share of images that the judge gives the label they were made for.
    diversity_judge, diversity_pixels
        Within-class variance over that of real images, in the judge's features and in judge-free pixel
        components.
    density, coverage
        Naeem et al. 2020, in the judge's features.
    """

    label_fidelity: np.ndarray
    diversity_judge: np.ndarray
    diversity_pixels: np.ndarray
    density: np.ndarray
    coverage: np.ndarray

    def means(self) -> dict[str, float]:
        """Return each figure averaged over the classes where it is known."""
        return {name: _mean(getattr(self, name)) for name in FIGURES}

    def collapsed(self) -> list[int]:
        """Return the labels whose images are too alike, by either of the two diversities."""
        too_alike = (self.diversity_judge < COLLAPSED) | (self.diversity_pixels < COLLAPSED)
        return np.flatnonzero(too_alike).tolist()


@dataclass(frozen=True)
class Quality:
    """The judge's own accuracy on held-out real images, per class, and what it says of others.

    `training` holds the figures of the real training images: what a perfect generator could reach.
    """

    judge_accuracy: np.ndarray
    synthetic: ImageQuality
    training: ImageQuality

    def to_dict(self, classes: tuple[str, ...]) -> dict[str, Any]:
        """Return every figure as plain JSON data, averaged and by class name."""
        judge = {"mean": _mean(self.judge_accuracy), "per_class": _by_class(self.judge_accuracy, classes)}
        parts = {"synthetic": self.synthetic, "training": self.training}
        return {"judge_accuracy": judge} | {
            part: {
                name: {"mean": mean, "per_class": _by_class(getattr(quality, name), classes)}
                for name, mean in quality.means().items()
            }
            for part, quality in parts.items()
        }


def measure_quality(judge: Judge, test: Labelled, synthetic: Labelled, training: Labelled, n_classes: int) -> Quality:
    """Return the figures of synthetic and of real training images against the test images.

    Parameters
    ----------
    judge
        Fitted on `test`.
    test
        Real images that the generator never saw.
    synthetic, training
        What is measured.
    n_classes
        Number of classes.
    """
    features = PixelFeatures.fit(test.images)
    real = features(test.images)

    def measure(data: Labelled) -> ImageQuality:
        opinion = judge.opinion(data.images, data.labels)
        pixels = within_class_diversity(real, test.labels, features(data.images), data.labels, n_classes)
        return ImageQuality(opinion.label_fidelity, opinion.diversity, pixels, opinion.density, opinion.coverage)

    return Quality(judge.own_accuracy(), measure(synthetic), measure(training))


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _by_class(values: np.ndarray, classes: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(classes, values.tolist(), strict=True))
