"""`gan-augment augment`: real samples and synthetic ones, written as one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_augment.errors import ConfigError

from .loading import load_for_run
from .options import data_argument, out_option, run_argument, work_options
from .output import NEGATIVE, finish, finish_written, resumable
from .source import load_source, source_options

if TYPE_CHECKING:
    from gan_augment.data.labelled import LabelledData

UNASKED = {"image": "rare", "table": "prior"}
NOTHING = "Nothing is written: use DATA as it is."


@click.command()
@data_argument
@run_argument
@out_option("Images: new folder, one sub-folder a class. Tables: a file that ends in .csv, .csv.gz or .parquet.")
@click.option(
    "--strategy",
    type=click.Choice(["rare", "balance", "prior", "auto"]),
    help="rare adds of the smaller classes alone, until a quarter of all samples are synthetic; balance lifts every "
    "class to the largest; prior keeps the classes' shares; auto adds what helps --model on inner folds of DATA, each "
    "with a generator of its own (images: beside classical augmentation), or nothing. When left out: rare for "
    "images, or nothing where a class has fewer than 20; prior for tables, which keeps the probabilities that a model "
    "gives calibrated.",
)
@click.option(
    "--model", help="With --strategy auto: who is to profit; cnn for images, boosting for tables if left out."
)
@click.option("--score", help="With --strategy auto: what is to rise, such as balanced_accuracy; as for evaluate.")
@click.option("--inner-divisions", type=int, help="With --strategy auto: how often at most it divides DATA; else once.")
@click.option("--n", type=int, help="With --strategy prior: synthetic samples in all; else as many as real ones.")
@source_options
@work_options
def augment(
    data: str,
    run: Path,
    out: Path,
    strategy: str | None,
    n: int | None,
    model: str | None,
    score: str | None,
    inner_divisions: int | None,
    curate: bool | None,
    latent_std: float | None,
    encoding: str,
    seed: int,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the real images or rows of DATA and synthetic ones of the fitted RUN as one labelled dataset.

    A table keeps its rows as they are, and the synthetic ones follow; no column says which, the manifest does.
    """
    from gan_augment.mixing.augment import write_mixed
    from gan_augment.planning.few import why_not_unasked

    generator = load_source(run, device, curate, latent_std)
    unasked, strategy = strategy is None, strategy or UNASKED[generator.schema.kind]
    if n is not None and strategy != "prior":
        raise ConfigError(f"--n belongs to --strategy prior: {strategy} settles how many there are.")
    for option, given in (("--model", model), ("--score", score), ("--inner-divisions", inner_divisions)):
        if given is not None and strategy != "auto":
            raise ConfigError(f"{option} belongs to --strategy auto.")
    if strategy == "auto" and (curate or latent_std is not None):
        raise ConfigError("--strategy auto finds out whether to curate: leave out --curate and --latent-std.")
    real = load_for_run(data, generator, encoding, progress=not quiet)
    if unasked and (reason := why_not_unasked(real)):
        click.echo(reason, err=True)
        finish([], {"out": None, "reason": reason}, NOTHING, as_json)
        click.get_current_context().exit(NEGATIVE)
    choice = None
    if strategy == "auto":
        from gan_augment.evaluation.study.auto import choose_for_run

        with resumable("nothing was written"):
            choice, curated = choose_for_run(
                real, run, model=model, divisions=inner_divisions, seed=seed, device=device, score=score,
                curate=curate is None, progress=not quiet,
            )  # fmt: skip
        click.echo(choice.line, err=True)
        if choice.usage is None:
            finish([], {"out": None, "choice": choice.to_dict()}, NOTHING, as_json)
            click.get_current_context().exit(NEGATIVE)
        strategy, generator = choice.usage, curated or generator
    counts = _counts(real, strategy, n)
    with resumable():
        written = write_mixed(real, generator, counts, out, seed=seed, resume=resume, progress=not quiet)
    finish_written(written, generator, as_json, len(real), {} if choice is None else {"choice": choice.to_dict()})


def _counts(real: LabelledData, strategy: str, n: int | None) -> dict[str, int]:
    from gan_augment.evaluation.choose import STRATEGIES, added_counts
    from gan_augment.mixing.counts import share_counts

    if strategy == "prior":
        return share_counts(len(real) if n is None else n, real.class_counts())
    return added_counts(STRATEGIES.get(strategy, strategy), real.class_counts())
