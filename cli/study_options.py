"""What `gan-augment evaluate` takes for a study that refits the generator: options, and how they become settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gan_augment.config import parse_assignments
from gan_augment.errors import ConfigError
from gan_augment.units import parse_duration, parse_size

from .options import ASPECTS, FLIPS, parse_columns, parse_counts, parse_names, table_options

if TYPE_CHECKING:
    from gan_augment.evaluation.study.config import StudyConfig

F = TypeVar("F", bound=Callable[..., Any])
BENCH_OPTIONS = {"per_class": "per_class", "share": "share", "n": "n_prior", "features": "features", "seeds": "repeats"}
SPELLED = {
    "classifiers": "classifier",
    "groups": "group",
    "times": "by-time",
    "assignments": "set",
    "columns": "column",
}


def study_options(command: F) -> F:
    """Add the options of a study."""
    options = (
        click.option("--replicates", type=int, help="Splits, each with a generator of its own; 10 when left out."),
        click.option("--confirm", metavar="ARM", help="The arm that the verdict is about; auto when left out."),
        click.option("--score", help="The score that decides, such as balanced_accuracy."),
        click.option(
            "--classifier", "classifiers", multiple=True, metavar="MODULE:FACTORY", help="A model of your own."
        ),
        click.option("--test-share", type=float, help="Share of each class that is tested on; 0.25 when left out."),
        click.option("--group", "groups", metavar="COLUMN", help="Tables: rows of one value stay in one part."),
        click.option("--by-time", "times", metavar="COLUMN", help="Tables: the latest rows are the test."),
        click.option("--train-per-class", type=int, help="Train on so few samples of every class."),
        click.option("--imbalance", type=float, help="Train on long-tailed classes, the first so many times the last."),
        click.option("--cut", metavar="NAME=N,...", help="Train on so few samples of these classes."),
        click.option("--minority", type=int, help="Train on so few samples of the rarest class."),
        click.option("--recipe", help="Of the generators; a name from `gan-augment recipes`."),
        click.option("--fit-steps", type=int, help="Budget of each fit in steps."),
        click.option("--fit-time", help="Budget of each fit in time, such as 4m."),
        click.option(
            "--precision",
            type=click.Choice(["auto", "float32", "bf16"]),
            help="Of generators and classifiers of images; auto when left out.",
        ),
        click.option("--init-from", metavar="RUN", help="A run on related data that each fit begins with."),
        click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting of the recipe."),
        click.option("--flips", type=click.Choice(list(FLIPS)), help="Mirrorings of images that keep their label."),
        click.option("--image-size", help="Images: N or HxW in pixels."),
        click.option("--aspect", type=click.Choice(ASPECTS), help="How images of another shape get that size."),
        click.option("--features", help="Images: in which distances are taken; the judge's own when left out."),
        click.option("--inner-folds", type=int, help="Folds on which auto and the baseline choose; 3 when left out."),
        click.option("--inner-divisions", type=int, help="How often at most auto divides into them; 1 when left out."),
        click.option("--time", help="Begin nothing new after this time, such as 2h; --resume goes on."),
    )
    for option in reversed(options):
        command = option(command)
    return table_options(command)


def study_config(given: Mapping[str, Any]) -> StudyConfig:
    """Return the settings of a study from the options that were given."""
    from gan_augment.data.scarcity import Scarcity
    from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig

    scarcity = {name: given[name] for name in ("train_per_class", "imbalance", "minority") if name in given}
    if "cut" in given:
        scarcity["cut"] = parse_counts(given["cut"], "--cut")
    generator = {name: given[name] for name in ("recipe", "device", "precision", "init_from") if name in given}
    generator |= {"steps": given.get("fit_steps"), "flips": FLIPS[given.get("flips", "none")]}
    generator |= {"overrides": parse_assignments(given.get("assignments", ()))}
    if "fit_time" in given:
        generator["time"] = parse_duration(given["fit_time"])
    names = ("replicates", "seed", "test_share", "inner_folds", "inner_divisions", "confirm", "jobs")
    plain = {name: given[name] for name in names if name in given}
    if "time" in given:
        plain["time"] = parse_duration(given["time"])
    return StudyConfig(**plain, scarcity=Scarcity(**scarcity), generator=GeneratorConfig(**generator))


def study_request(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `evaluate` of the library takes besides data, place and config."""
    names = ("test", "groups", "times", "score", "target", "encoding", "aspect")
    request = {name: given[name] for name in names if name in given}
    request["columns"] = parse_columns(given.get("columns", ()), given.get("schema"))
    if "image_size" in given:
        request["image_size"] = parse_size(given["image_size"])
    if "arms" in given:
        request["arms"] = tuple(parse_names(given["arms"]) or ())
    models = parse_names(given.get("models"))
    if models is not None or given.get("classifiers"):
        request["models"] = (*(models or ()), *given.get("classifiers", ()))
    request["options"] = {field: given[name] for name, field in BENCH_OPTIONS.items() if name in given}
    if "steps" in given:
        from gan_augment.metrics.classifiers import ClassifierConfig

        request["options"]["classifier"] = ClassifierConfig(steps=given["steps"])
    return request


def refuse(names: Sequence[str], given: Mapping[str, Any], reason: str) -> None:
    """Raise a `ConfigError` for the first of these options that was given."""
    for name in names:
        if name in given:
            raise ConfigError(f"--{SPELLED.get(name, name).replace('_', '-')} {reason}.")
