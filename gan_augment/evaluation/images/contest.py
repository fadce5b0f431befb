"""Arms and models on the same real images, for one run or in a study: draws samples, leaves out what cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
import torch

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.arms import ImageArm
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.models import ImageModel, ModelFactory, check_model
from gan_augment.evaluation.images.resampling import generated
from gan_augment.evaluation.images.usages import USAGES, longest
from gan_augment.evaluation.study.bench import Outcome
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.lessons import Labelled, Lesson
from gan_augment.registry import lookup
from gan_augment.seeding import numpy_rng

Fitting = tuple[tuple[ImageArm, Mapping[str, ImageModel]], ...]


class DrawFn(Protocol):
    """Where synthetic images come from."""

    def __call__(self, counts: np.ndarray, seed: int) -> Labelled:
        """Return so many of each class, (n_classes,)."""
        ...


@dataclass(frozen=True)
class ImageContest:
    """Arms and models on the same real images.

    Parameters
    ----------
    material
        What arms may draw on, without synthetic images yet.
    test
        The images that are predicted.
    fitting
        Each arm with the models that can be trained on it.
    notes
        What was left out, and why, a sentence each.
    draws
        Where synthetic images come from.
    config
        With the number of steps set, since it is the same for all arms.
    device
        Where networks train.
    curated
        Where curated images come from; None where there are none.
    """

    material: ArmMaterial
    test: Labelled
    fitting: Fitting
    notes: tuple[str, ...]
    draws: DrawFn
    config: ClassifierConfig
    device: torch.device
    curated: DrawFn | None = None

    @classmethod
    def of(
        cls,
        material: ArmMaterial,
        test: Labelled,
        arms: Sequence[ImageArm],
        factories: Mapping[str, ModelFactory],
        draws: DrawFn,
        config: ClassifierConfig,
        device: torch.device,
        curated: DrawFn | None = None,
    ) -> "ImageContest":
        """Settle what can be trained on some images, and for how long.

        Raises
        ------
        ConfigError
            If nothing can, or a factory makes no model for them.
        """
        material = replace(material, longest=longest(material))
        fitting, notes = _fitting(arms, factories, material)
        # Arms without real images are trained as long as the others, so the steps are fixed here.
        config = replace(config, steps=config.n_steps(len(material.real)))
        return cls(material, test, fitting, notes, draws, config, device, curated)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """(arm, model) of everything that can be trained here, in the order of the arms."""
        return tuple((arm.name, model) for arm, models in self.fitting for model in models)

    @property
    def usages(self) -> tuple[str, ...]:
        """The ways in which synthetic images can be added here."""
        usages = (usage for usage in USAGES.values() if self.curated is not None or not usage.curated)
        return tuple(usage.name for usage in usages if usage.obstacle(self.material) is None)

    def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
        """Train a model on what an arm trains on, and let it predict the test images.

        Parameters
        ----------
        arm, model
            One of `entries`.
        seed
            Of the synthetic draw, of what the arm draws and of the model.
        usage
            One of `usages`, to add synthetic images to the arm's own; see `ImageUsage.add`.

        Raises
        ------
        ConfigError
            For an unknown name, or a model that cannot be trained in this way.
        DataError
            If the generator gives other numbers than asked for.
        """
        return self.trained(self.lesson(arm, seed, usage), arm, model, seed)

    def lesson(self, arm: str, seed: int, usage: str | None = None) -> Lesson:
        """Return what a model is trained on; parameters and errors as of `outcome`."""
        own, _ = self._fitted(arm)
        material, rng = replace(self.material, synthetic_fn=partial(self.draws, seed=seed)), numpy_rng(seed, "arm")
        lesson = own.lesson_fn(material, rng)
        if usage is None:
            return lesson
        way = lookup(USAGES, usage, "usage")
        if way.curated and self.curated is not None:
            material = replace(material, synthetic_fn=partial(self.curated, seed=seed))
        return way.add(lesson, material, generated, rng)

    def trained(self, lesson: Lesson, arm: str, model: str, seed: int) -> Outcome:
        """Train a model of an arm on a lesson, and let it predict the test images."""
        n_classes = self.material.n_classes
        probabilities = self._model(arm, model).predict(
            lesson, self.test.images, n_classes=n_classes, config=self.config, seed=seed, device=self.device
        )
        n_samples = sum(len(part) for part in (lesson.real, lesson.synthetic) if part is not None)
        shares = lesson.class_shares(n_classes)
        return Outcome(probabilities, probabilities.argmax(axis=1).astype(np.int64), shares, n_samples)

    def n_steps(self, lesson: Lesson, arm: str, model: str) -> int:
        """Return how many steps a model of an arm is trained for; 0 where it is not trained in steps."""
        n_usual = self.config.n_steps(len(self.material.real))
        return lesson.n_steps(n_usual) if self._model(arm, model).stepwise else 0

    def _fitted(self, arm: str) -> tuple[ImageArm, Mapping[str, ImageModel]]:
        return lookup({own.name: (own, models) for own, models in self.fitting}, arm, "arm")

    def _model(self, arm: str, model: str) -> ImageModel:
        return lookup(self._fitted(arm)[1], model, "model")


def _fitting(
    arms: Sequence[ImageArm], factories: Mapping[str, ModelFactory], material: ArmMaterial
) -> tuple[Fitting, tuple[str, ...]]:
    """Return each arm that can be had with the models that can be trained on it, and what is left out and why.

    Raises
    ------
    ConfigError
        If nothing is left, or a factory makes no model for these images.
    """
    shape = material.real.images.shape[1:]
    models = {name: check_model(name, factory, material.n_classes, shape) for name, factory in factories.items()}
    fitting: list[tuple[ImageArm, Mapping[str, ImageModel]]] = []
    notes = []
    for arm in arms:
        obstacle = arm.obstacle_fn(material)
        if obstacle is not None:
            notes.append(f"Left out {arm.name}: {obstacle}.")
        elif arm.model_fn is not None:
            fitting.append((arm, {arm.name: check_model(arm.name, arm.model_fn, material.n_classes, shape)}))
        else:
            refused = {name: _refused(arm, model) for name, model in models.items()}
            fitting.append((arm, {name: models[name] for name, reason in refused.items() if reason is None}))
            notes += [f"Left out {arm.name} with {name}: {reason}." for name, reason in refused.items() if reason]
    if not any(chosen for _, chosen in fitting):
        raise ConfigError(f"None of these arms can be evaluated on these images. {' '.join(notes)}")
    return tuple(fitting), tuple(notes)


def _refused(arm: ImageArm, model: ImageModel) -> str | None:
    if arm.stepwise and not model.stepwise:
        return "this model is not trained in steps"
    return "this model takes no weights" if arm.weighted and not model.weighable else None
