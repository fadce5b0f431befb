"""`gan-augment evaluate`: what a fitted run does to a classifier, on real images it never saw."""

from pathlib import Path

import click

from .loading import load_for_run
from .options import data_argument, device_option, json_option, out_option, parse_names, quiet_option, seed_option
from .output import finish, resumable

MOST_CLASSES_SHOWN = 20


@click.command()
@data_argument
@click.option("--run", required=True, type=click.Path(path_type=Path), help="The run that was fitted on DATA.")
@click.option("--test", required=True, metavar="DATA", help="Real images that the run never saw.")
@out_option("New folder for the results.")
@click.option("--arms", metavar="NAME,...", help="What to compare; everything when left out.")
@click.option("--seeds", type=int, default=5, show_default=True, help="Classifiers of each arm.")
@click.option("--steps", type=int, help="Training steps of each classifier; by the number of images when left out.")
@click.option("--share", type=float, default=0.25, show_default=True, help="Synthetic part of a mixed batch.")
@click.option("--per-class", type=int, help="Synthetic images of every class; by the real ones when left out.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes; the figures stay the same.")
@seed_option
@device_option
@click.option("--resume", is_flag=True, help="Go on with what an interrupted call left in --out.")
@json_option
@quiet_option
def evaluate(
    data: str,
    run: Path,
    test: str,
    out: Path,
    arms: str | None,
    seeds: int,
    steps: int | None,
    share: float,
    per_class: int | None,
    jobs: int,
    seed: int,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare classifiers trained on DATA alone, on synthetic images of --run, and on both.

    All are tested on --test. The arms are none, classical, gan, classical+gan, gan-only and classical+gan-only.
    """
    from gan_augment.evaluation.arms import ARMS
    from gan_augment.evaluation.protocol import EvaluateConfig, evaluate_run
    from gan_augment.evaluation.table import evaluation_text
    from gan_augment.generation.generator import TrainedGenerator
    from gan_augment.metrics.classifiers import ClassifierConfig

    names = parse_names(arms)
    config = EvaluateConfig(
        arms=tuple(ARMS) if names is None else tuple(names),
        seeds=seeds,
        seed=seed,
        per_class=per_class,
        classifier=ClassifierConfig(steps=steps, share=share),
        jobs=jobs,
    )
    generator = TrainedGenerator.load(run, device)
    train = load_for_run(data, generator, progress=not quiet)
    held_out = load_for_run(test, generator, part="test", progress=not quiet)
    with resumable():
        result = evaluate_run(generator, train, held_out, out, config, resume=resume, progress=not quiet)
    text = evaluation_text(result, per_class=len(result.classes) <= MOST_CLASSES_SHOWN)
    finish(text.splitlines(), {"out": str(out)} | result.to_dict(), f"The results lie in {out}", as_json)
