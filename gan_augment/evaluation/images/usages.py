"""The ways in which added images are used, as rows of data: `auto` chooses among them, and arms are made of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.images.material import ArmMaterial, to_balance
from gan_augment.evaluation.images.resampling import SourceFn, generated
from gan_augment.metrics.lessons import Lesson
from gan_augment.metrics.shortcut import LEAST_IMBALANCE

MOST_BALANCING = 0.5  # of a batch: where balance asks for more, the images weigh more instead

LessonFn = Callable[[ArmMaterial, np.random.Generator], Lesson]


@dataclass(frozen=True)
class ImageUsage:
    """One way of adding images to what a classifier is trained on.

    Parameters
    ----------
    name
        As it is written into results; a prior over tasks knows it by this name.
    share
        Share of added images in a batch, at the true class shares; None takes that of the material.
    weight
        Of an added image in the loss.
    last_real
        Share of the steps, at the end, without added images.
    pretrain
        Steps on added images alone before all others, as a share of those, which then see none; 0 to mix them instead.
    balance
        Whether the images are to even the classes out instead: `share` and `weight` follow from the classes' sizes.
        They then take the place of whatever evened them out before.
    """

    name: str
    share: float | None = None
    weight: float = 1.0
    last_real: float = 0.0
    pretrain: float = 0.0
    balance: bool = False

    def add(self, base: Lesson, material: ArmMaterial, source_fn: SourceFn, rng: np.random.Generator) -> Lesson:
        """Return a lesson with images of `source_fn` on top of what it was.

        Images that `base` adds to the real ones move among them; see `Lesson.without_additions`.
        """
        share = self.share_on(material)
        if self.balance:
            added = source_fn(material, to_balance(material.class_counts, material.n_pool), rng)
            weight = _lacking(material) * (1.0 - share) / share
            return replace(base, synthetic=added, share=share, weight=weight, last_real=0.0, class_weights=None)
        base = base.without_additions(rng)
        added = source_fn(material, at_shares(material.class_counts, material.n_pool), rng)
        base = replace(base, synthetic=added, share=share, weight=self.weight)
        return replace(base, last_real=self.last_real, pretrain=self.pretrain)

    def share_on(self, material: ArmMaterial) -> float:
        """Return the share of added images in a batch."""
        if self.balance:
            return min(_lacking(material) / (1.0 + _lacking(material)), MOST_BALANCING)
        return material.share if self.share is None else self.share

    def longer_on(self, material: ArmMaterial) -> float:
        """Return how many samples a classifier sees in all, as a multiple of what it sees without added images."""
        return 1.0 + self.pretrain if self.pretrain else 1.0 / (1.0 - self.share_on(material))

    def obstacle(self, material: ArmMaterial) -> str | None:
        """Return why there is nothing to it with these images, or None."""
        counts = material.class_counts
        if self.balance and counts.max() < LEAST_IMBALANCE * counts.min():
            return "the classes are of nearly one size already"
        return None


@dataclass(frozen=True)
class Adding:
    """The lesson of an arm that adds images to another: a `LessonFn`."""

    base_fn: LessonFn
    usage: ImageUsage
    source_fn: SourceFn = generated

    def __call__(self, material: ArmMaterial, rng: np.random.Generator) -> Lesson:
        """Return what the base is trained on, with images added."""
        return self.usage.add(self.base_fn(material, rng), material, self.source_fn, rng)


PLAIN, BALANCE = ImageUsage("share"), ImageUsage("balance", balance=True)

USAGES: dict[str, ImageUsage] = {
    usage.name: usage
    for usage in (
        ImageUsage("share 0.25", 0.25),
        ImageUsage("share 0.5", 0.5),
        ImageUsage("share 0.5, weight 0.5", 0.5, weight=0.5),
        ImageUsage("share 0.5, real last", 0.5, last_real=0.25),
        ImageUsage("pretrain", pretrain=1.0),
        BALANCE,
    )
}


def longest(material: ArmMaterial, usages: Iterable[ImageUsage] = ()) -> float:
    """Return how many images a classifier sees in all by an arm or a usage, as a multiple of the real ones alone."""
    return max(usage.longer_on(material) for usage in (PLAIN, BALANCE, *usages))


def _lacking(material: ArmMaterial) -> float:
    """Return how many images the classes lack to be as large as the largest, for each one there is."""
    counts = material.class_counts
    return float((counts.max() - counts).sum() / counts.sum())
