"""`gan-augment evaluate`: whether synthetic samples help a classifier; a whole study, or one fitted run."""

from pathlib import Path
from typing import Any

import click

from gan_augment.errors import ConfigError, ForeignSettingError

from .judging import judge_run
from .options import (
    data_argument,
    device_option,
    json_option,
    out_option,
    quiet_option,
    resume_option,
    seed_option,
)
from .output import finish, resumable
from .source import source_options
from .study_options import BENCH_OPTIONS, refuse, study_config, study_options, study_request

STUDY_ONLY = (
    "replicates", "confirm", "score", "classifiers", "test_share", "groups", "times", "train_per_class",
    "imbalance", "cut", "minority", "recipe", "fit_steps", "fit_time", "precision", "init_from", "assignments", "flips",
    "image_size", "aspect", "features", "inner_folds", "inner_divisions", "time", "target", "columns", "schema",
)  # fmt: skip

RUN_ONLY = ("curate", "latent_std")
OPTIONS = {field: f"--{option.replace('_', '-')}" for option, field in BENCH_OPTIONS.items()} | {
    "classifier": "--steps"
}


@click.command()
@data_argument
@click.option("--run", type=click.Path(path_type=Path), help="Judge this one run, which was fitted on DATA; no study.")
@click.option("--test", metavar="DATA", help="Real samples to test on; when left out, a part of DATA.")
@out_option("New folder for the results.")
@click.option("--arms", metavar="NAME,...", help="What to compare; everything when left out.")
@click.option("--models", metavar="NAME,...", help="Images: cnn, wrn. Tables: logistic, boosting, mlp.")
@click.option(
    "--seeds",
    type=int,
    help="How often a model is trained on an arm; in a study 3 times on images, once on tables; 5 times with --run.",
)
@click.option("--n", type=int, help="Tables: rows that gan-prior and bootstrap add; by the real ones when left out.")
@click.option("--steps", type=int, help="Images: steps of each classifier; by the number of images when left out.")
@click.option("--share", type=float, help="Images: synthetic part of a mixed batch; 0.25 when left out.")
@click.option("--per-class", type=int, help="Images: synthetic ones of every class; by the real ones when left out.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes, with one thread each.")
@source_options
@study_options
@device_option
@seed_option
@resume_option
@json_option
@quiet_option
def evaluate(data: str, out: Path, run: Path | None, resume: bool, as_json: bool, quiet: bool, **options: Any) -> None:
    """Measure whether synthetic samples help a classifier, beside what you would do otherwise.

    A study splits DATA anew in each replicate, fits a generator to the training part alone, and trains every model on
    every arm: on the real samples as they are, moved, weighted, copied or interpolated, with synthetic ones, and as
    `auto` chooses on inner folds. It says helps, equivalent, hurts or no evidence, with intervals.

    With --run, models are trained on DATA and on samples of that one run, and tested on --test or on what `fit
    --holdout` kept back: quicker, but it holds for that fit alone.
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    with resumable():
        if run is not None:
            refuse(STUDY_ONLY, given, "belongs to a study: leave out --run")
            result, text = judge_run(data, run, out, given, resume, progress=not quiet)
        else:
            refuse(RUN_ONLY, given, "belongs to --run: the auto of a study finds out by itself whether to curate")
            result, text = _study(data, out, given, resume, progress=not quiet)
    finish(text.splitlines(), {"out": str(out)} | result.to_dict(), f"The results lie in {out}", as_json)


def _study(data: str, out: Path, given: dict[str, Any], resume: bool, progress: bool) -> tuple[Any, str]:
    from gan_augment.evaluation.study.request import evaluate as measure
    from gan_augment.evaluation.study.text import study_text

    try:
        result = measure(data, out, study_config(given), resume=resume, progress=progress, **study_request(given))
    except ForeignSettingError as error:
        raise ConfigError(
            f"{OPTIONS.get(error.name, error.name)} is not for {error.kind}s, which this data is."
        ) from error
    return result, study_text(result)
