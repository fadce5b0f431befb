"""The arms of an evaluation of images as rows of data: what a classifier is trained on, and what it is set beside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.images.material import ArmMaterial, members_by_class
from gan_augment.evaluation.images.pretrained import pretrained, pretrained_obstacle
from gan_augment.evaluation.images.resampling import between_neighbours, between_pairs, copies, jittered, themselves
from gan_augment.evaluation.images.usages import BALANCE, PLAIN, RARE, USAGES, Adding, LessonFn
from gan_augment.evaluation.selection import pick_arms
from gan_augment.evaluation.study.bench import ArmInfo
from gan_augment.metrics.lessons import Lesson

MIXUP = 0.4

ObstacleFn = Callable[[ArmMaterial], str | None]


def _no_obstacle(material: ArmMaterial) -> None:
    return None


@dataclass(frozen=True)
class ImageArm:
    """One way of training a classifier; a caller may make more of them.

    Parameters
    ----------
    name
        As it is asked for and printed.
    description
        What the classifier is trained on.
    lesson_fn
        ``(material, rng) -> Lesson``; `rng` draws the same for every arm of a seed.
    synthetic
        Whether it asks ``material.synthetic_fn`` for images.
    eligible
        Whether a user could do it without a generator; of no effect for arms with synthetic images.
    baselines
        Names of the arms it is compared with: what a user would do otherwise.
    obstacle_fn
        ``material ->`` why the arm cannot be had with these images, or None where it can.
    weighted
        Whether it weighs classes: models that take no weights are left out.
    stepwise
        Whether it needs a model that is trained in steps: estimators of scikit-learn's kind are left out.
    model_fn
        Factory of the one model that it goes with, which is called like the arm; None for an arm of any model.
    """

    name: str
    description: str
    lesson_fn: LessonFn
    synthetic: bool = False
    eligible: bool = True
    baselines: tuple[str, ...] = ("none",)
    obstacle_fn: ObstacleFn = _no_obstacle
    weighted: bool = False
    stepwise: bool = False
    model_fn: Callable[..., Any] | None = None

    @property
    def info(self) -> ArmInfo:
        """What a study needs to know of it."""
        return ArmInfo(self.name, self.description, self.synthetic, self.eligible and not self.synthetic)


def _balanced(material: ArmMaterial) -> str | None:
    counts = material.class_counts
    return "the classes are of one size already" if counts.min() == counts.max() else None


def _nearly_balanced(material: ArmMaterial) -> str | None:
    return RARE.obstacle(material)


def _no_neighbours(material: ArmMaterial) -> str | None:
    return _balanced(material) or ("a class has a single image" if material.class_counts.min() < 2 else None)


def _no_spare(material: ArmMaterial) -> str | None:
    return None if _spare_counts(material).any() else "there are no real images left over"


def _spare_counts(material: ArmMaterial) -> np.ndarray:
    if material.spare is None:
        return np.zeros(material.n_classes, np.int64)
    wanted = at_shares(material.class_counts, material.n_pool)
    return np.minimum(wanted, np.bincount(material.spare.labels, minlength=material.n_classes))


def _none(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(material.real)


def _none_longer(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(material.real, longer=material.longest)


def _classical_longer(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return replace(_none_longer(material, rng), augmentation=material.augmentation)


def _classical(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(material.real, augmentation=material.augmentation)


def _mixup(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(material.real, mixup=MIXUP)


def _classical_mixup(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return replace(_classical_longer(material, rng), mixup=MIXUP)


def _weights(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    counts = material.class_counts
    weights = np.divide(counts.sum(), len(counts) * counts, out=np.ones(len(counts)), where=counts > 0)
    return Lesson(material.real, class_weights=weights)


def _classical_weights(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return replace(_weights(material, rng), augmentation=material.augmentation)


def _gan_only(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(synthetic=material.synthetic_fn(at_shares(material.class_counts, material.n_pool)))


def _classical_gan_only(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return replace(_gan_only(material, rng), augmentation=material.augmentation)


def _oracle(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    spare = material.spare
    assert spare is not None
    chosen = members_by_class(spare.labels, _spare_counts(material), rng, replace=False)
    # No more of a batch than of the images: a few images of one class must not be a quarter of all that is seen.
    share = min(material.share, len(chosen) / (len(chosen) + len(material.real)))
    return Lesson(material.real, spare.subset(chosen), share=share)


ARMS: dict[str, ImageArm] = {
    arm.name: arm
    for arm in (
        ImageArm("none", "the real images as they are", _none, baselines=()),
        ImageArm(
            "none-longer",
            "the real images, for as many samples in all as any arm has",
            _none_longer,
            stepwise=True,
        ),
        ImageArm("classical", "the real images, moved, turned and scaled a little", _classical),
        ImageArm("classical-longer", "the same, for as many samples as any arm has", _classical_longer, stepwise=True),
        ImageArm("mixup", "the real images, mixed in pairs with their labels; not moved", _mixup, stepwise=True),
        ImageArm(
            "classical+mixup",
            "the real images, moved and mixed, for as many samples as any arm has",
            _classical_mixup,
            stepwise=True,
        ),
        ImageArm(
            "classical+consistency",
            "the real images, moved, and two views of some told to be the same, for no fewer samples than any arm has",
            Adding(_classical_longer, USAGES["consistency"], themselves),
            stepwise=True,
        ),
        ImageArm(
            "classical+mixup+consistency",
            "the same beside real images that are moved and mixed",
            Adding(_classical_mixup, USAGES["consistency"], themselves),
            stepwise=True,
        ),
        ImageArm(
            "weights",
            "the real images, weighted so that all classes weigh the same",
            _weights,
            obstacle_fn=_balanced,
            weighted=True,
        ),
        ImageArm(
            "classical+weights",
            "the real images, weighted as in `weights` and moved, turned and scaled a little",
            _classical_weights,
            obstacle_fn=_balanced,
            weighted=True,
        ),
        ImageArm(
            "oversample",
            "copies of real images on top, every class as large as the largest",
            Adding(_none, BALANCE, copies),
            obstacle_fn=_balanced,
        ),
        ImageArm("bootstrap", "copies of real images where `gan` has synthetic ones", Adding(_none, PLAIN, copies)),
        ImageArm(
            "smote",
            "images between neighbours on top, every class as large as the largest",
            Adding(_none, BALANCE, between_neighbours),
            obstacle_fn=_no_neighbours,
        ),
        ImageArm(
            "jitter", "copies with a little noise where `gan` has synthetic images", Adding(_none, PLAIN, jittered)
        ),
        ImageArm(
            "interpolate",
            "mixtures of two images of a class where `gan` has synthetic ones",
            Adding(_none, PLAIN, between_pairs),
        ),
        ImageArm(
            "gan",
            "synthetic images on top, at the true class shares",
            Adding(_none, PLAIN),
            synthetic=True,
            baselines=("none", "bootstrap"),
        ),
        ImageArm(
            "classical+gan",
            "synthetic images on top, all moved, turned and scaled a little",
            Adding(_classical, PLAIN),
            synthetic=True,
            baselines=("classical",),
        ),
        ImageArm(
            "gan-balance",
            "synthetic images on top, every class as large as the largest",
            Adding(_none, BALANCE),
            synthetic=True,
            baselines=("none", "oversample"),
            obstacle_fn=_balanced,
        ),
        ImageArm(
            "classical+gan-balance",
            "the same, all moved, turned and scaled a little",
            Adding(_classical, BALANCE),
            synthetic=True,
            baselines=("classical", "classical+weights"),
            obstacle_fn=_balanced,
        ),
        ImageArm(
            "classical+gan-rare",
            "synthetic images of the rarer classes, a quarter of a batch at most, moved, turned and scaled as well",
            Adding(_classical, RARE),
            synthetic=True,
            baselines=("classical", "classical+weights"),
            obstacle_fn=_nearly_balanced,
        ),
        ImageArm(
            "classical+gan-consistency",
            "as `classical+consistency`, with views of synthetic images instead",
            Adding(_classical_longer, USAGES["consistency"]),
            synthetic=True,
            baselines=("classical-longer", "classical+consistency"),
            stepwise=True,
        ),
        ImageArm(
            "classical+mixup+gan-consistency",
            "as `classical+mixup+consistency`, with views of synthetic images instead",
            Adding(_classical_mixup, USAGES["consistency"]),
            synthetic=True,
            baselines=("classical+mixup", "classical+mixup+consistency"),
            stepwise=True,
        ),
        ImageArm(
            "gan-only", "synthetic images alone, at the true class shares, for as many steps", _gan_only, synthetic=True
        ),
        ImageArm(
            "classical+gan-only",
            "synthetic images alone for as many steps, moved, turned and scaled a little",
            _classical_gan_only,
            synthetic=True,
            baselines=("classical",),
        ),
        ImageArm(
            "oracle",
            "more real images where `gan` has synthetic ones, if so many are left over; not moved",
            _oracle,
            eligible=False,
            obstacle_fn=_no_spare,
        ),
        ImageArm(
            "pretrained",
            "the real images as a network sees them that was trained on millions of photographs",
            _none,
            obstacle_fn=pretrained_obstacle,
            model_fn=pretrained,
        ),
    )
}
RUN_ARMS = ("none", "classical", "gan", "classical+gan", "gan-only", "classical+gan-only")


def resolve_arms(arms: Sequence[str | ImageArm]) -> tuple[ImageArm, ...]:
    """Return arms out of `ARMS` and the caller's own; see `pick_arms`."""
    return pick_arms(arms, ARMS)
