"""What synthetic images are like beside real ones: label fidelity, diversity, density and coverage, per class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.fidelity import COLLAPSED, mislabelled, within_class_diversity
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled

FIGURES = ("label_fidelity", "diversity_judge", "diversity_pixels", "density", "coverage")
N_NAMED = 10


@dataclass(frozen=True)
class ImageQuality:
    """Figures of a set of labelled images against held-out real ones, each (n_classes,), NaN where unknown.

    Parameters
    ----------
    confusion
        What the judge takes images for, (n_classes, n_classes): see `fidelity.confusion`.
    diversity_judge, diversity_pixels
        Within-class variance over that of real images, in the judge's features and in judge-free pixel
        components.
    density, coverage
        Naeem et al. 2020, in the judge's features.
    """

    confusion: np.ndarray
    diversity_judge: np.ndarray
    diversity_pixels: np.ndarray
    density: np.ndarray
    coverage: np.ndarray

    @property
    def label_fidelity(self) -> np.ndarray:
        """Share of images that the judge gives the label they were made for."""
        return self.confusion.diagonal()

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

    `training` holds the figures of the real training images: what a perfect generator could reach. `mislabelled` maps
    the labels that synthetic images do not bear out to those they are taken for: see `fidelity.mislabelled`.
    """

    judge_accuracy: np.ndarray
    synthetic: ImageQuality
    training: ImageQuality
    mislabelled: Mapping[int, int]

    def warnings(self, classes: Sequence[str]) -> list[str]:
        """Return what speaks against the synthetic images, a sentence each."""
        collapsed = [classes[label] for label in self.synthetic.collapsed()]
        alike = f"synthetic images of a class are too alike (diversity under {COLLAPSED:g} of real)"
        mistaken = "synthetic images do not look like the class they were made for"
        named = ((alike, ", ".join(_first(collapsed))), (mistaken, "; ".join(_first(self._mistaken(classes)))))
        return [f"Warning: {what}: {which}." for what, which in named if which]

    def _mistaken(self, classes: Sequence[str]) -> list[str]:
        rows, found = self.synthetic.confusion, []
        for label, other in self.mislabelled.items():
            if self.mislabelled.get(other) != label or min(rows[label, other], rows[other, label]) < 0.5:
                found.append(f"{rows[label, other]:.0%} of {classes[label]!r} are taken for {classes[other]!r}")
            elif label < other:
                found.append(f"{classes[label]!r} and {classes[other]!r} look swapped")
        return found

    def to_dict(self, classes: tuple[str, ...]) -> dict[str, Any]:
        """Return every figure as plain JSON data, averaged and by class name."""
        judge = {"mean": _mean(self.judge_accuracy), "per_class": _by_class(self.judge_accuracy, classes)}
        parts = {"synthetic": self.synthetic, "training": self.training}
        confusion = {"classes": list(classes), "rows": self.synthetic.confusion.round(4).tolist()}
        return {"judge_accuracy": judge, "confusion": confusion} | {
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
        return ImageQuality(opinion.confusion, opinion.diversity, pixels, opinion.density, opinion.coverage)

    own, made, given = judge.own_accuracy(), measure(synthetic), measure(training)
    n_own, n_made, n_given = (np.bincount(part.labels, minlength=n_classes) for part in (test, synthetic, training))
    mistaken = mislabelled(made.confusion, n_made, (own, n_own), (given.label_fidelity, n_given))
    return Quality(own, made, given, mistaken)


def _first(items: list[str]) -> list[str]:
    return items[:N_NAMED] + ([f"and {len(items) - N_NAMED} more"] if len(items) > N_NAMED else [])


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _by_class(values: np.ndarray, classes: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(classes, values.tolist(), strict=True))
