"""What `auto` would do with all of some data, for `augment --strategy auto`: the choice of a study, without a test."""

import tempfile
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from gan_augment.data.labelled import LabelledData
from gan_augment.errors import ConfigError
from gan_augment.evaluation.choose import CURATED, PLAIN, Choice, is_of_files
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator, refuse_learned
from gan_augment.evaluation.study.inner import InnerFolds
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.request import make_bench
from gan_augment.evaluation.study.source import Source
from gan_augment.generation.curated import CuratedGenerator, expanded
from gan_augment.generation.curation import load_curation
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.planning.plan import saved_config
from gan_augment.precision import limited_threads

MODELS = {"image": "cnn", "table": "boosting"}
# What a user would do otherwise with the same files: training of images can augment them, rows are taken as they are.
OTHERWISE = {
    "image": (PLAIN, "classical", "classical-longer", "classical+mixup", "classical+weights"),
    "table": (PLAIN,),
}


def choose_for_run(
    data: LabelledData,
    run: Path,
    *,
    model: str | None = None,
    divisions: int | None = None,
    seed: int = 0,
    device: str = "auto",
    score: str | None = None,
    curate: bool = True,
    progress: bool = False,
) -> tuple[Choice, CuratedGenerator | None]:
    """Return what `choose_usage` says of generators that are fitted as a run was, and what curates the run's images.

    The latter is None where curated ones were not chosen: they may be where `curate` is set and the run has a teacher.
    Other parameters and errors as of `choose_usage`; `divisions` is 1 when None.
    """
    generator = replace(GeneratorConfig.of_run(saved_config(run)), device=device)
    config = StudyConfig(seed=seed, inner_divisions=1 if divisions is None else divisions, generator=generator)
    curate = curate and load_curation(run, "cpu") is not None
    choice = choose_usage(data, config, model, progress, curate, score)
    curated = choice.usage is not None and choice.usage.endswith(CURATED)
    return choice, expanded(TrainedGenerator.load(run, device)) if curated else None


def choose_usage(
    data: LabelledData,
    config: StudyConfig,
    model: str | None = None,
    progress: bool = False,
    curate: bool = True,
    score: str | None = None,
) -> Choice:
    """Return whether, and how, synthetic samples are worth adding to some data.

    Parameters
    ----------
    data
        Real samples; each inner fold fits a generator to its own part of them. Where they are images, the best of no,
        classical and stronger augmentation is what must be improved on.
    config
        Inner folds and divisions, seed and how generators are fitted; what concerns replicates and tests has no effect.
    model
        The model that is to profit; a small convolutional network or gradient boosting when None.
    progress
        Show a progress bar on stderr.
    curate
        Whether curated images may be chosen.
    score
        What is to rise, as a bench's `chief`; its own when None.

    Raises
    ------
    GanAugmentError
        If the data is too small to divide, or the model or score is unknown, or the model fails on it.
    """
    source = Source(data)
    refuse_learned(config.generator, source)
    model = model or MODELS[data.schema.kind]
    arms = OTHERWISE[data.schema.kind]
    of_files = data.schema.kind == "image" or None
    bench = make_bench(data, config, arms=arms, models=(model,), of_files=of_files, chief=score)
    name = bench.models[0]
    with tempfile.TemporaryDirectory(prefix="gan-augment-") as folder, limited_threads(1):
        fit_fn = FitGenerator(config.generator, curate=curate and data.schema.kind == "image")
        job = Job(source, bench, config, fit_fn, Path(folder), auto=True, among_fn=is_of_files)
        inner = InnerFolds(job, 0, source.whole(), [(arm, name) for arm in arms], {})
        first = inner.folds[0].contest
        n_repeated = (1 + sum(map(is_of_files, first.usages))) * config.inner_divisions  # at most
        n_rows = len(inner.folds) * (len(first.entries) - 1 + bench.repeats * n_repeated)
        with tqdm(total=n_rows, desc="inner folds", disable=not progress) as bar:
            for _ in inner.arms():
                bar.update()
            for _ in inner.usages(name):
                bar.update()
            bar.total = bar.n
        failures = inner.failures(name)
        if inner.baseline(name) is None:
            said = ": ".join(["choose another one with --model", *list(failures.values())[:1]])
            raise ConfigError(f"The model {name!r} fails on this data, {said}")
        choice = inner.choice(name)
        reasons = [why for (_, usage), why in failures.items() if usage is not None]
        if reasons and not choice.considered:
            raise ConfigError(f"No way of adding synthetic samples could be tried: {reasons[0]}")
        return choice
