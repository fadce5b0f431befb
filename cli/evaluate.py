"""`gan-augment evaluate`: what a fitted run does to a classifier, on real samples it never saw."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gan_augment.errors import ConfigError

from .loading import load_for_run
from .options import data_argument, out_option, parse_names, work_options
from .output import THINGS, finish, resumable

MOST_CLASSES_SHOWN = 20
Study = tuple[Any, Callable[..., Any], Callable[[Any], str]]  # a config, what measures with it, what prints the result
OWN_OPTIONS = {"image": ("steps", "share", "per_class"), "table": ("models", "n")}


@click.command()
@data_argument
@click.option("--run", required=True, type=click.Path(path_type=Path), help="The run that was fitted on DATA.")
@click.option("--test", required=True, metavar="DATA", help="Real images or rows that the run never saw.")
@out_option("New folder for the results.")
@click.option("--arms", metavar="NAME,...", help="What to compare; everything when left out.")
@click.option("--seeds", type=int, default=5, show_default=True, help="Classifiers of each arm.")
@click.option("--models", metavar="NAME,...", help="Tables: logistic, boosting, mlp; all when left out.")
@click.option(
    "--n",
    type=int,
    help="Tables: rows that gan-prior and bootstrap add; as many as real ones, at most 20,000, when left out.",
)
@click.option("--steps", type=int, help="Images: steps of each classifier; by the number of images when left out.")
@click.option("--share", type=float, help="Images: synthetic part of a mixed batch; 0.25 when left out.")
@click.option("--per-class", type=int, help="Images: synthetic ones of every class; by the real ones when left out.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes; the figures stay the same.")
@work_options
def evaluate(
    data: str,
    run: Path,
    test: str,
    out: Path,
    encoding: str,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Compare classifiers trained on DATA alone, on synthetic samples of --run, and on both.

    All are tested on --test. For images the arms are none, classical, gan, classical+gan, gan-only and
    classical+gan-only; for tables none, weights, threshold, oversample, bootstrap, smote, jitter, gan, gan-prior and
    gan-only, each with three models.
    """
    from gan_augment.generation.generator import TrainedGenerator

    generator = TrainedGenerator.load(run, device)
    kind, progress = generator.schema.kind, not quiet
    _refuse_foreign(kind, settings)
    given = {name: value for name, value in settings.items() if value is not None}
    given |= {name: tuple(parse_names(given[name]) or ()) for name in ("arms", "models") if name in given}
    config, measure_fn, text_fn = (_images if kind == "image" else _rows)(given)
    train = load_for_run(data, generator, encoding, progress=progress)
    held_out = load_for_run(test, generator, encoding, part="test", progress=progress)
    with resumable():
        result = measure_fn(generator, train, held_out, out, config, resume=resume, progress=progress)
    finish(text_fn(result).splitlines(), {"out": str(out)} | result.to_dict(), f"The results lie in {out}", as_json)


def _refuse_foreign(kind: str, settings: dict[str, Any]) -> None:
    for owner, names in OWN_OPTIONS.items():
        for name in names:
            if owner != kind and settings[name] is not None:
                option = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{option} is for runs that make {THINGS[owner]}; this one makes {THINGS[kind]}.")


def _images(given: dict[str, Any]) -> Study:
    from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
    from gan_augment.evaluation.images.text import evaluation_text
    from gan_augment.metrics.classifiers import ClassifierConfig

    classifier = ClassifierConfig(**{name: given.pop(name) for name in ("steps", "share") if name in given})

    def text(result: Any) -> str:
        return evaluation_text(result, per_class=len(result.classes) <= MOST_CLASSES_SHOWN)

    return EvaluateConfig(classifier=classifier, **given), evaluate_run, text


def _rows(given: dict[str, Any]) -> Study:
    from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig, evaluate_table
    from gan_augment.evaluation.tabular.text import table_evaluation_text

    if "n" in given:
        given["n_prior"] = given.pop("n")
    return TableEvaluateConfig(**given), evaluate_table, table_evaluation_text
