"""A study: splits, fits a generator and trains every arm anew in each replicate, and says whether it helped.

Nothing that is fitted ever sees a test sample: codecs, generators, thresholds and the choice of the baseline
live on the training part of their replicate.
"""

import hashlib
import json
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_augment import __version__
from gan_augment.errors import ConfigError
from gan_augment.evaluation.rows import claim_results
from gan_augment.evaluation.study.bench import ArmInfo, Bench
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.design import Design
from gan_augment.evaluation.study.files import StudyFiles
from gan_augment.evaluation.study.generators import FitGenerator, GeneratorFn
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.rows import AUTO
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.study.verdict import StudyResult, summarise_study
from gan_augment.evaluation.study.workers import run_replicates
from gan_augment.files import SUMMARY_FILE, alone_in, as_path, output_errors, write_atomically
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.planning.warm_start import TRAINING_FILE
from gan_augment.recipes import DEFAULT_RECIPES, default_recipe
from gan_augment.registry import lookup

BROKEN_OFF = "The study was broken off: go on with --resume."
RELEASES = ("torch", "scikit-learn", "numpy")
AUTO_INFO = ArmInfo(AUTO, "the best arm without synthetic samples, and synthetic ones where inner folds speak for them")


def run_study(
    source: Source,
    bench: Bench,
    out: str | Path,
    config: StudyConfig | None = None,
    *,
    auto: bool = True,
    generator_fn: GeneratorFn | None = None,
    resume: bool = False,
    progress: bool = False,
) -> StudyResult:
    """Measure what synthetic samples do to models, with a generator fitted anew in every replicate.

    Parameters
    ----------
    source
        The real samples.
    bench
        Arms and models: an `ImageBench` or a `TableBench`.
    out
        New folder for ``results.jsonl``, ``inner.jsonl``, ``baselines.jsonl`` and ``quality.jsonl`` (lines as they are
        finished), ``settings.json``, ``summary.json`` and, under ``runs``, the generator of each replicate.
    config
        How often, on how little data, how long.
    auto
        Whether the arm `auto` takes part.
    generator_fn
        ``(train, run folder, seed) ->`` what draws samples of a generator fitted on `train`; fits a recipe as
        ``config.generator`` says when None. One of the caller's own is not among the settings that a resume compares.
    resume
        Keep the rows that an earlier call with the same settings left in `out`, on whatever machine; more replicates,
        arms or models may be asked for.
    progress
        Show a progress bar on stderr.

    Raises
    ------
    DataError
        If a class has too few samples for the split asked for.
    ConfigError
        If the arm to confirm is not among the arms, or none of them can be the baseline.
    OutputError
        If `out` is not empty and `resume` is not set, holds results of other settings, or cannot be written.
    """
    config, out = config or StudyConfig(), as_path(out)
    settings, arms = _settings(source, bench, config), _checked_arms(bench, config.confirm, auto)
    design = _design(source, config)
    fit_fn = generator_fn or FitGenerator(config.generator, curate=auto and bench.kind == "image")
    job = Job(source, bench, config, fit_fn, out, auto, _digest(settings), _versions(bench))
    until = time.monotonic() + (float("inf") if config.time is None else config.time)
    with output_errors(out):
        claim_results(out, settings, resume)
        with alone_in(out):
            files = StudyFiles(out, bench.reads_margins)
            try:
                files.keep(run_replicates(job, range(config.replicates), files.done(), until), progress)
            except BaseException:
                _report_broken_off(job, files, arms, design)
                raise
            return _summarised(job, files, arms, design)


def _design(source: Source, config: StudyConfig) -> Design:
    design = source.design(config)
    if design.caution:
        warnings.warn(design.caution, stacklevel=3)
    return design


def _report_broken_off(job: Job, files: StudyFiles, arms: Mapping[str, ArmInfo], design: Design) -> None:
    """Sum up what is finished, if that can be done: what broke the study off matters more."""
    with suppress(Exception):
        files.keep([BROKEN_OFF])
        _summarised(job, files, arms, design)


def _summarised(job: Job, files: StudyFiles, arms: Mapping[str, ArmInfo], design: Design) -> StudyResult:
    """Return what the rows say, written beside them."""
    bench, confirm = job.bench, job.config.confirm
    models = tuple(dict.fromkeys([*bench.models, *(row.model for row in files.results)]))
    said = (*files.warnings(), *files.notes)
    rows = files.results, files.baselines
    result = summarise_study(*rows, arms, models, bench.chief, confirm, design, said, files.curve)
    summary = result.to_dict() | {"about": _about(job.source, bench, job.config, arms)}
    write_atomically(job.out / SUMMARY_FILE, json.dumps(summary, indent=2).encode())
    return result


def _about(source: Source, bench: Bench, config: StudyConfig, arms: Mapping[str, ArmInfo]) -> dict[str, Any]:
    """Return what was measured and how, for those who read the results alone, as plain JSON data."""
    train = source.parts(config, config.replicate_seed(0)).train
    infos = {
        name: {"description": arm.description, "synthetic": arm.synthetic, "may_be_baseline": arm.may_be_baseline}
        for name, arm in arms.items()
    }
    return {
        "kind": bench.kind,
        "data": source.data.schema.describe(),
        "classes": source.data.class_counts(),
        "train": train.class_counts(),
        "arms": infos,
        "config": config.settings(),
        "data_digest": source.data.digest(),
        "versions": _versions(bench),
    }


def _checked_arms(bench: Bench, confirm: str, auto: bool) -> dict[str, ArmInfo]:
    """Return all arms by name; a `ConfigError` where there is nothing to confirm, or nothing to compare it with."""
    arms = dict(bench.arms) | ({AUTO: AUTO_INFO} if auto else {})
    if confirm == AUTO and not auto:
        raise ConfigError(
            "The verdict would be about auto, which is not among the arms: add it, or name another (--confirm ARM)."
        )
    lookup(arms, confirm, "arm")
    if not any(arm.may_be_baseline for arm in bench.arms.values()):
        raise ConfigError("No arm can be the baseline: add one without synthetic samples, such as none.")
    return arms


def _settings(source: Source, bench: Bench, config: StudyConfig) -> dict[str, Any]:
    """Return what every row depends on, one key a setting, so that a message can name the one that differs.

    What ``auto`` means may change from one version to the next, so the recipe itself is said; but where it is the one
    that ``auto`` has always meant for a kind of data, as studies of all versions say it. A run that generators begin
    with is known by what it holds: it may lie elsewhere on another machine, and another one at its place.
    """
    flat = _flat({"samples": source.digests(), "models": bench.settings(), **config.settings()})
    if (begun := config.generator.init_from) is not None:
        alone = "" if Path(begun, TRAINING_FILE).is_file() else ", the generator alone"
        flat["generator.init_from"] = TrainedGenerator.load(begun, "cpu").digest + alone
    schema, asked = source.data.schema, config.generator.recipe
    recipe = default_recipe(schema) if asked == "auto" else asked
    return flat | {"generator.recipe": "auto" if recipe == DEFAULT_RECIPES[schema.kind] else recipe}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) and value else {prefix + name: value}
    return flat


def _digest(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def _versions(bench: Bench) -> str:
    releases = (f"{name} {version(name)}" for name in RELEASES)
    return ", ".join([f"gan-augment {__version__}", *releases, bench.precision])
