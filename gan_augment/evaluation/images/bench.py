"""Images in a study: arms and models for any division of the images; fits no generator."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gan_augment.config import to_dict
from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.copying import copying_warnings
from gan_augment.evaluation.draws import Draws
from gan_augment.evaluation.images.arms import ARMS, ImageArm, resolve_arms
from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.images.exhibit import image_exhibit
from gan_augment.evaluation.images.likeness import JUDGE, check_features, likeness
from gan_augment.evaluation.images.material import ArmMaterial, n_per_class
from gan_augment.evaluation.images.models import MODELS, ModelFactory, resolve_models
from gan_augment.evaluation.images.quality import measure_quality
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.study.bench import ArmInfo, Parts, SampleFn
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import SHARE, Augmentation, Labelled, check_share
from gan_augment.metrics.shortcut import image_traits, rare_labels, shortcut_risk
from gan_augment.precision import limited_threads, resolve_device, resolve_precision
from gan_augment.registry import unknown
from gan_augment.seeding import derive_seed
from gan_augment.transforms.classical import ClassicalConfig

CHIEFS = ("accuracy", "balanced_accuracy")
REPEATS = 3  # on few images most of what differs from one training to the next is chance (benchmarks/prior.py)


class ImageBench:
    """Puts classifiers to the test on images, trained on the arms of `ARMS`.

    Parameters
    ----------
    arms
        Names out of `ARMS`, or arms of the caller's own.
    models
        Names out of `MODELS`, and ``module:factory`` ones; or the caller's own ``{name: factory}``: see `check_model`
        for what a factory is. A study in several processes needs factories that a module holds.
    classifier
        How networks, and the judge, are trained; the number of steps, where it is None, follows the real training
        images and is the same for all arms but the longer ones.
    classical
        What classical augmentation does, besides `flips`.
    flips
        Mirror images that keep their label.
    share
        Share of added images in a batch, for the arms.
    per_class
        Synthetic images of every class, on average, to draw from: see `n_per_class`.
    device
        Where networks train.
    precision
        In which they do, see `resolve_precision`; that of `classifier` when None. Chosen here, for all workers.
    chief
        The score that decides: ``accuracy`` or ``balanced_accuracy``.
    features
        In which distances to real images are taken: ``judge``, or a name out of `EXTRACTORS`.
    repeats
        How often each classifier is trained; scores are means.
    of_files
        Whether ways of adding images are tried with as few different ones as `augment` would write for them.

    Raises
    ------
    ConfigError
        For an unknown arm, model, score, device or precision, a factory that cannot be imported, or a number out of
        range.
    """

    kind = "image"
    reads_margins = True  # both scores that may decide count hits

    def __init__(
        self,
        arms: Sequence[str | ImageArm] = tuple(ARMS),
        models: Sequence[str] | Mapping[str, ModelFactory] = tuple(MODELS),
        *,
        classifier: ClassifierConfig | None = None,
        classical: ClassicalConfig | None = None,
        flips: tuple[str, ...] = (),
        share: float = SHARE,
        per_class: int | None = None,
        device: str = "auto",
        precision: str | None = None,
        chief: str = CHIEFS[0],
        features: str = JUDGE,
        repeats: int = REPEATS,
        of_files: bool = False,
    ) -> None:
        if repeats < 1:
            raise ConfigError(f"A study trains each classifier at least once, not {repeats} times.")
        if chief not in CHIEFS:
            raise ConfigError(unknown("score", chief, CHIEFS))
        if per_class is not None and per_class < 1:
            raise ConfigError(f"A study needs per_class of at least 1, not {per_class}.")
        check_share(share)
        check_features(features)
        self._features = features
        self._arms, self._models = resolve_arms(arms), resolve_models(models)
        self._config = classifier or ClassifierConfig()
        if precision is not None:
            with limited_threads(1):  # as studies train
                self._config = replace(
                    self._config, precision=resolve_precision(precision, resolve_device(device)).name
                )
        self._augmentation = Augmentation(classical or ClassicalConfig(), flips)
        self._share, self._per_class, self._device, self.chief = share, per_class, device, chief
        self.repeats, self._of_files = repeats, of_files

    @property
    def arms(self) -> dict[str, ArmInfo]:
        """The arms that were asked for, by name."""
        return {arm.name: arm.info for arm in self._arms}

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self._models)

    @property
    def precision(self) -> str:
        """In which networks train: ``float32`` or ``bf16``."""
        return self._config.precision

    def settings(self) -> dict[str, Any]:
        """Return what outcomes depend on besides the data, arms and models, as plain JSON data."""
        own = {"kind": self.kind, "chief": self.chief, "share": self._share, "per_class": self._per_class}
        own |= {} if self._features == JUDGE else {"features": self._features}
        own |= {"of_files": True} if self._of_files else {}
        return own | {"classifier": self._config.settings(), "augmentation": to_dict(self._augmentation)}

    def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> ImageContest:
        """Return the contest on some images; see `Bench.contest`.

        Raises
        ------
        ConfigError
            If none of the arms can be had on these images, or a factory makes no model for them.
        """
        train, test = _images(parts.train), _images(parts.test)
        spare = None if parts.spare is None else _labelled(_images(parts.spare))
        n_classes = len(train.classes)
        draws = Draws(sample_fn, train.classes, _of_batch, self.repeats)
        curated = None if curated_fn is None else Draws(curated_fn, train.classes, _of_batch, self.repeats)
        material = ArmMaterial(
            real=_labelled(train),
            n_classes=n_classes,
            n_pool=self._n_per_class(train) * n_classes,
            synthetic_fn=_no_draw,
            share=self._share,
            augmentation=self._augmentation,
            spare=spare,
            of_files=self._of_files,
        )
        own = self._arms, self._models
        device = resolve_device(self._device)
        return ImageContest.of(material, _labelled(test), *own, draws, self._config, device, curated)

    def quality(self, parts: Parts, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
        """Return what synthetic images are like beside the test images, as plain JSON data: see `measure_quality`.

        With fewer than two test images of a class there is no judge, and a warning says so.
        """
        train, test = _images(parts.train), _images(parts.test)
        few = [name for name, count in test.class_counts().items() if count < 2]
        if few:
            said = f"Warning: no judge of synthetic images, since class {few[0]!r} has fewer than 2 test images."
            return {"warnings": [said]}
        n_classes, draws = len(train.classes), Draws(sample_fn, train.classes, _of_batch)
        synthetic = draws(np.full(n_classes, self._n_per_class(train)), seed)
        judge = Judge.fit(
            _labelled(test),
            n_classes=n_classes,
            config=self._config,
            flips=self._augmentation.flips,
            seed=derive_seed(seed, "judge"),
            device=resolve_device(self._device),
        )
        found = measure_quality(judge, _labelled(test), synthetic, _labelled(train), n_classes)
        figures: dict[str, Any] = {**found.to_dict(train.classes), "warnings": found.warnings(train.classes)}
        parts_seen = _labelled(train), _labelled(test), synthetic
        figures |= likeness(judge, self._features, *parts_seen, n_classes, seed, self._augmentation.flips)
        figures["warnings"] += copying_warnings(figures["memorisation"])
        return without_nan(figures | {"shortcut_risk": _shortcut_risk(train, synthetic, seed)})

    def exhibit(self, parts: Parts, sample_fn: SampleFn, seed: int) -> dict[str, bytes]:
        """Return real and synthetic images for a page: see `image_exhibit`."""
        train = _images(parts.train)
        draws = Draws(sample_fn, train.classes, _of_batch)
        synthetic = draws(np.full(len(train.classes), self._n_per_class(train)), seed)
        return image_exhibit(train, synthetic, seed)

    def _n_per_class(self, train: LabelledImages) -> int:
        counts = np.array(list(train.class_counts().values()))
        return n_per_class(train.images, counts, self._per_class)


def _shortcut_risk(train: LabelledImages, synthetic: Labelled, seed: int) -> float:
    """Return `shortcut_risk` of the classes that synthetic images alone would even out; NaN where there are none."""
    rare = rare_labels(np.bincount(train.labels, minlength=len(train.classes)))
    real, fake = np.isin(train.labels, rare), np.isin(synthetic.labels, rare)
    if not real.any():
        return float("nan")
    own, made = image_traits(train.images[real]), image_traits(synthetic.images[fake])
    return shortcut_risk(own, train.labels[real], made, synthetic.labels[fake], seed)


def _no_draw(counts: np.ndarray) -> Labelled:
    raise AssertionError("an outcome says where its synthetic images come from")


def _labelled(data: LabelledImages) -> Labelled:
    return Labelled(data.images, data.labels)


def _of_batch(batch: SampleBatch) -> Labelled:
    return Labelled(batch.data, batch.labels)


def _images(data: LabelledData) -> LabelledImages:
    if not isinstance(data, LabelledImages):
        raise ConfigError(f"Images are needed here, not {data.schema.describe()}.")
    return data
