"""What one fitted run does to a classifier, on real samples it never saw: `gan-augment evaluate --run`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gan_augment.errors import ConfigError

from .loading import load_parts
from .options import parse_names
from .output import THINGS
from .source import load_source

MOST_CLASSES_SHOWN = 20
Measure = tuple[
    Any, Callable[..., Any], Callable[[Any], str]
]  # a config, what measures with it, what prints the result
OWN_OPTIONS = {"image": ("steps", "share", "per_class"), "table": ("models", "n")}
SETTINGS = ("arms", "models", "seeds", "seed", "jobs", "n", "steps", "share", "per_class")


def judge_run(
    data: str, run: Path, out: Path, given: Mapping[str, Any], resume: bool, progress: bool
) -> tuple[Any, str]:
    """Return what was found, and that as text; parameters and errors as of `evaluate_run` and `evaluate_table`."""
    generator = load_source(run, given["device"], given.get("curate"), given.get("latent_std"))
    kind = generator.schema.kind
    _refuse_foreign(kind, given)
    settings = {name: given[name] for name in SETTINGS if name in given}
    settings |= {name: tuple(parse_names(settings[name]) or ()) for name in ("arms", "models") if name in settings}
    config, measure_fn, text_fn = (_images if kind == "image" else _rows)(settings)
    train, held_out = load_parts(data, given.get("test"), run, generator, given["encoding"], progress)
    result = measure_fn(generator, train, held_out, out, config, resume=resume, progress=progress)
    return result, text_fn(result)


def _refuse_foreign(kind: str, given: Mapping[str, Any]) -> None:
    for owner, names in OWN_OPTIONS.items():
        for name in names:
            if owner != kind and name in given:
                option = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{option} is for runs that make {THINGS[owner]}; this one makes {THINGS[kind]}.")


def _images(given: dict[str, Any]) -> Measure:
    from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
    from gan_augment.evaluation.images.text import evaluation_text
    from gan_augment.metrics.classifiers import ClassifierConfig

    classifier = ClassifierConfig(**{name: given.pop(name) for name in ("steps",) if name in given})

    def text(result: Any) -> str:
        return evaluation_text(result, per_class=len(result.classes) <= MOST_CLASSES_SHOWN)

    return EvaluateConfig(classifier=classifier, **given), evaluate_run, text


def _rows(given: dict[str, Any]) -> Measure:
    from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig, evaluate_table
    from gan_augment.evaluation.tabular.text import table_evaluation_text

    if "n" in given:
        given["n_prior"] = given.pop("n")
    return TableEvaluateConfig(**given), evaluate_table, table_evaluation_text
