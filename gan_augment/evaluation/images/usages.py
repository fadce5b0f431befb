"""The ways in which added images are used, as rows of data: `auto` chooses among them, and arms are made of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gan_augment.evaluation import choose
from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.images.material import ArmMaterial, to_balance
from gan_augment.evaluation.images.resampling import SourceFn, generated
from gan_augment.metrics.lessons import Lesson
from gan_augment.metrics.shortcut import LEAST_IMBALANCE
from gan_augment.mixing.plans import PLANS, AugmentationPlan

MOST_BALANCING = 0.5  # of a batch: where balance asks for more, the images weigh more instead
MOST_OF_THE_RARE = 0.25  # evening out whole costs the other classes what it brings to these

LessonFn = Callable[[ArmMaterial, np.random.Generator], Lesson]


@dataclass(frozen=True)
class ImageUsage:
    """One way of adding images to what a classifier is trained on.

    Parameters
    ----------
    name
        As it is written into results; a prior over tasks knows it by this name.
    plan_fn
        ``material ->`` how they are used.
    balance
        Whether the images are to even the classes out: they then take the place of whatever evened them out before.
    curated
        Whether the images are the best of more candidates: see `generation.curated`.
    """

    name: str
    plan_fn: Callable[[ArmMaterial], AugmentationPlan]
    balance: bool = False
    curated: bool = False

    def add(self, base: Lesson, material: ArmMaterial, source_fn: SourceFn, rng: np.random.Generator) -> Lesson:
        """Return a lesson with images of `source_fn` on top of what it was.

        Images that `base` adds to the real ones move among them; see `Lesson.without_additions`. Where `base` is longer
        than usual it gets shorter, so that as many images are seen in all as without the added ones.
        """
        if base.consistency:  # its time is free for what is added
            base = base.without_additions(rng)
        if self.balance:
            added = source_fn(material, to_balance(material.class_counts, self.n_different(material)), rng)
            base = replace(base, class_weights=None)
        else:
            base = base.without_additions(rng)
            added = source_fn(material, at_shares(material.class_counts, self.n_different(material)), rng)
        plan = self.plan_fn(material)
        return replace(
            base,
            synthetic=added,
            share=plan.share,
            weight=plan.weight,
            last_real=plan.last_real,
            pretrain=plan.pretrain,
            consistency=plan.consistency,
            views=material.augmentation if plan.consistency else None,
            longer=min(base.longer, max(1.0, base.longer / plan.longer)),
        )

    def n_different(self, material: ArmMaterial) -> int:
        """Return how many images there are to draw from: those of the pool, or as many as files would hold.

        A share of every batch can be of many more images than the same share of all files, and these teach more.
        """
        plan = self.plan_fn(material)
        if not material.of_files or plan.weight != 1.0:  # what weighs more is evened out whole
            return material.n_pool
        return min(material.n_pool, max(1, round(plan.share / (1.0 - plan.share) * len(material.real.labels))))

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


def _as_asked(material: ArmMaterial) -> AugmentationPlan:
    return AugmentationPlan(material.share)


def _evening_out(material: ArmMaterial) -> AugmentationPlan:
    lacking = _lacking(material)
    share = min(lacking / (1.0 + lacking), MOST_BALANCING)
    return AugmentationPlan(share, weight=lacking * (1.0 - share) / share) if share else AugmentationPlan()


def _of_the_rare(material: ArmMaterial) -> AugmentationPlan:
    lacking = _lacking(material)
    share = min(lacking / (1.0 + lacking), MOST_OF_THE_RARE)
    return AugmentationPlan(share) if share else AugmentationPlan()


@dataclass(frozen=True)
class _Always:
    """The same plan for all images; one that equals itself in another process, as a partial function would not."""

    plan: AugmentationPlan

    def __call__(self, material: ArmMaterial) -> AugmentationPlan:
        return self.plan


def _lacking(material: ArmMaterial) -> float:
    """Return how many images the classes lack to be as large as the largest, for each one there is."""
    counts = material.class_counts
    return float((counts.max() - counts).sum() / counts.sum())


PLAIN, BALANCE = ImageUsage("share", _as_asked), ImageUsage("balance", _evening_out, balance=True)

USAGES: dict[str, ImageUsage] = {name: ImageUsage(name, _Always(plan)) for name, plan in PLANS.items()}
RARE = ImageUsage(choose.RARE, _of_the_rare, balance=True)
USAGES |= {usage.name: usage for usage in (BALANCE, RARE)}
USAGES |= {
    (curated := f"{name}{choose.CURATED}"): replace(USAGES[name], name=curated, curated=True)
    for name in ("share 0.25", choose.RARE)
}


def longest(material: ArmMaterial) -> float:
    """Return how many images a classifier sees in all by any arm or usage, as a multiple of the real ones alone."""
    usages = [usage for usage in (PLAIN, *USAGES.values()) if not usage.balance or _lacking(material)]
    return max(usage.plan_fn(material).longer for usage in usages)
