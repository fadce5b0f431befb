"""Real against real plus synthetic: trains the arms of one fitted generator and judges its images.

The caller gives the real images the generator was fitted on and real images it never saw. The arms' classifiers
learn from the former and are tested on the latter; the judge learns from the latter alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gan_augment.config import to_dict
from gan_augment.data.cache import sharable
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.exhibit import EXHIBIT, write_exhibit
from gan_augment.evaluation.images.arms import RUN_ARMS, ImageArm, resolve_arms
from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.images.exhibit import image_exhibit
from gan_augment.evaluation.images.inputs import FittedGenerator, check_inputs
from gan_augment.evaluation.images.likeness import JUDGE, likeness
from gan_augment.evaluation.images.material import ArmMaterial, n_per_class, to_balance
from gan_augment.evaluation.images.models import MODELS
from gan_augment.evaluation.images.quality import Quality, measure_quality
from gan_augment.evaluation.images.result import EvaluationResult, summarise_arms
from gan_augment.evaluation.images.workers import Task, run_tasks
from gan_augment.evaluation.rows import Ledger, Row
from gan_augment.files import SUMMARY_FILE, alone_in, as_path, output_errors, write_atomically
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import SHARE, Augmentation, Labelled, check_share
from gan_augment.precision import plain_torch
from gan_augment.seeding import derive_seed
from gan_augment.transforms.classical import ClassicalConfig

MODEL = "cnn"


@dataclass(frozen=True)
class EvaluateConfig:
    """How a fitted generator is evaluated.

    Parameters
    ----------
    arms
        Names out of `ARMS`, or arms of the caller's own; `oracle` is for studies, which have images left over.
    seeds
        Classifiers an arm.
    seed
        Fixes everything: the synthetic images (those that `generate` makes with this seed), the classifiers, the
        judge.
    per_class
        Synthetic images of every class, on average, to draw from: see `n_per_class`. Arms have them at the true class
        shares; what they are like is measured on as many of every class.
    share
        Share of added images in a batch.
    classifier
        How classifiers are trained; the number of steps, where it is None, follows the real training images
        and is the same for all arms but those that take longer.
    classical
        What classical augmentation does, besides the flips the run allows.
    jobs
        Processes to train classifiers in; does not change the figures.

    Raises
    ------
    ConfigError
        For an unknown arm or a number out of range.
    """

    arms: Sequence[str | ImageArm] = RUN_ARMS
    seeds: int = 5
    seed: int = 0
    per_class: int | None = None
    share: float = SHARE
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)
    classical: ClassicalConfig = field(default_factory=ClassicalConfig)
    jobs: int = 1

    def __post_init__(self) -> None:
        resolve_arms(self.arms)
        check_share(self.share)
        for name in ("seeds", "jobs", "per_class"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError(f"An evaluation needs {name} of at least 1, not {value}.")

    def n_synthetic(self, train: LabelledImages) -> int:
        """Return how many synthetic images of every class there are to draw from, on average."""
        return n_per_class(train.images, np.array(list(train.class_counts().values())), self.per_class)


@plain_torch()
def evaluate_run(
    generator: FittedGenerator,
    train: LabelledImages,
    test: LabelledImages,
    out: str | Path,
    config: EvaluateConfig | None = None,
    *,
    resume: bool = False,
    progress: bool = False,
) -> EvaluationResult:
    """Measure what a generator's images do to a classifier, and what they are like.

    Parameters
    ----------
    generator
        A `TrainedGenerator`; classifiers train on its device.
    train, test
        The images it was fitted on, at its size and with its classes, and real images it never saw: classifiers are
        tested on these and the judge is cross-fitted to them.
    out
        New folder for ``results.jsonl`` (a line an arm and seed, as they are finished), ``settings.json``,
        ``summary.json`` and ``exhibit``.
    config
        Arms, seeds, steps.
    resume
        Keep the rows that an earlier call with the same settings left in `out`; more seeds or arms may be asked for.
    progress
        Show a progress bar on stderr.

    Raises
    ------
    DataError
        If `test` shares images with what the generator was fitted on, or sizes or classes differ.
    OutputError
        If `out` is not empty and `resume` is not set, holds results of other settings, or cannot be written.

    Notes
    -----
    One set of synthetic images serves all classifiers, as it would a user: the intervals hold the classifier's
    seed as the only chance, not the fit, the draw of synthetic images or the choice of the test set.
    """
    config, out = config or EvaluateConfig(), as_path(out)
    notes = check_inputs(generator, train, test)
    settings = _settings(generator, train, test, config)
    with output_errors(out), alone_in(out):
        ledger = Ledger(out, settings, Row, resume)
        drawn, known = _drawn(generator, train, config), _labelled(test)
        quality, closeness, exhibit = _quality(generator, drawn, train, known, config)
        write_exhibit(out / EXHIBIT, exhibit)
        contest = _contest(generator, drawn, train, known, config)
        _train(contest, config, ledger, progress)
        arms = summarise_arms([arm for arm, _ in contest.fitting], ledger.rows, config.seeds)
        counts = len(train), len(test), config.n_synthetic(train) * len(train.classes)
        found = (generator.classes, arms, quality, closeness)
        result = EvaluationResult(out, *found, *counts, settings, (*notes, *contest.notes))
        write_atomically(out / SUMMARY_FILE, json.dumps(result.to_dict(), indent=2).encode())
    return result


def _settings(
    generator: FittedGenerator, train: LabelledImages, test: LabelledImages, config: EvaluateConfig
) -> Mapping[str, Any]:
    """Return what a row depends on; the number of seeds, the choice of arms and the jobs are not among it."""
    return {
        "generator": generator.digest,
        "train": train.digest(),
        "test": test.digest(),
        "flips": list(generator.allowed_flips),
        "per_class": config.n_synthetic(train),
        "classifier": config.classifier.settings(),
        **{name: to_dict(config)[name] for name in ("seed", "share", "classical")},
    }


@dataclass(frozen=True)
class _Drawn:
    """Synthetic images that serve all classifiers: of each class the first ones, whatever the seed."""

    images: Labelled

    def __call__(self, counts: np.ndarray, seed: int = 0) -> Labelled:
        own = [np.flatnonzero(self.images.labels == label)[:count] for label, count in enumerate(counts)]
        for found, count in zip(own, counts, strict=True):
            if len(found) < count:
                raise DataError(f"An arm asks for {count} synthetic images of a class: raise per_class to so many.")
        return self.images.subset(np.concatenate(own))


def _drawn(generator: FittedGenerator, train: LabelledImages, config: EvaluateConfig) -> _Drawn:
    class_counts, per_class = np.array(list(train.class_counts().values())), config.n_synthetic(train)
    n_pool = per_class * len(class_counts)
    counts = np.maximum(at_shares(class_counts, n_pool), to_balance(class_counts, n_pool)).clip(per_class)
    batch = generator.sample(dict(zip(train.classes, counts.tolist(), strict=True)), seed=config.seed)
    return _Drawn(_labelled(batch))


def _train(contest: ImageContest, config: EvaluateConfig, ledger: Ledger[Row], progress: bool) -> None:
    """Train what is not in the ledger yet, and add it."""
    entries = ((*entry, seed) for seed in range(config.seeds) for entry in contest.entries)
    tasks = [Task(arm, model, n, config.seed) for arm, model, n in entries if (arm, n) not in ledger.rows]
    rows = run_tasks(contest, tasks, config.jobs)
    for row in tqdm(rows, total=len(tasks), desc="classifiers", disable=not progress):
        ledger.add(row)


def _quality(
    generator: FittedGenerator, drawn: _Drawn, train: LabelledImages, test: Labelled, config: EvaluateConfig
) -> tuple[Quality, dict[str, Any], dict[str, bytes]]:
    """Return what the synthetic images are like, in figures and for a page."""
    n_classes = len(generator.classes)
    real, synthetic = _labelled(train), drawn(np.full(n_classes, config.n_synthetic(train)))
    judge = Judge.fit(
        test,
        n_classes=n_classes,
        config=config.classifier,
        flips=generator.allowed_flips,
        seed=derive_seed(config.seed, "judge"),
        device=generator.device,
    )
    quality = measure_quality(judge, test, synthetic, real, n_classes)
    flips = tuple(generator.allowed_flips)
    closeness = likeness(judge, JUDGE, real, test, synthetic, n_classes, config.seed, flips)
    return quality, closeness, image_exhibit(train, synthetic, config.seed)


def _contest(
    generator: FittedGenerator, drawn: _Drawn, train: LabelledImages, test: Labelled, config: EvaluateConfig
) -> ImageContest:
    """Return what is trained on what; raises `ConfigError` where no arm can be had on these images."""
    n_classes = len(generator.classes)
    material = ArmMaterial(
        real=_labelled(train),
        n_classes=n_classes,
        n_pool=config.n_synthetic(train) * n_classes,
        synthetic_fn=drawn,
        share=config.share,
        augmentation=Augmentation(config.classical, tuple(generator.allowed_flips)),
    )
    own = resolve_arms(config.arms), {MODEL: MODELS[MODEL]}
    return ImageContest.of(material, test, *own, drawn, config.classifier, generator.device)


def _labelled(data: LabelledImages | SampleBatch) -> Labelled:
    images = data.images if isinstance(data, LabelledImages) else data.data
    return Labelled(sharable(images), data.labels)
