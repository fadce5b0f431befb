"""`gan-augment augment`: real samples and synthetic ones, written as one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_augment.errors import ConfigError

from .loading import load_for_run
from .options import data_argument, out_option, run_argument, work_options
from .output import finish_written, resumable

if TYPE_CHECKING:
    from gan_augment.data.labelled import LabelledData

STRATEGIES = {"image": "balance", "table": "prior"}


@click.command()
@data_argument
@run_argument
@out_option("Images: new folder, one sub-folder a class. Tables: a file that ends in .csv, .csv.gz or .parquet.")
@click.option(
    "--strategy",
    type=click.Choice(["balance", "prior"]),
    help="balance lifts every class to the largest; prior keeps the classes' shares. When left out: balance for "
    "images, prior for tables, where it keeps the probabilities that a model gives calibrated.",
)
@click.option(
    "--n", type=int, help="Synthetic samples in all with --strategy prior; as many as real ones when left out."
)
@work_options
def augment(
    data: str,
    run: Path,
    out: Path,
    strategy: str | None,
    n: int | None,
    encoding: str,
    seed: int,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the real images or rows of DATA and synthetic ones of the fitted RUN as one labelled dataset.

    A table keeps its rows as they are, and the synthetic ones follow; no column tells them apart, the manifest does.
    """
    from gan_augment.generation.generator import TrainedGenerator
    from gan_augment.mixing.augment import write_mixed

    generator = TrainedGenerator.load(run, device)
    strategy = strategy or STRATEGIES[generator.schema.kind]
    if n is not None and strategy != "prior":
        raise ConfigError("--n belongs to --strategy prior: balance makes as many as each class lacks.")
    real = load_for_run(data, generator, encoding, progress=not quiet)
    counts = _counts(real, strategy, n)
    with resumable():
        written = write_mixed(real, generator, counts, out, seed=seed, resume=resume, progress=not quiet)
    finish_written(written, generator, as_json, n_real=len(real))


def _counts(real: LabelledData, strategy: str, n: int | None) -> dict[str, int]:
    from gan_augment.mixing.counts import BALANCE, resolve_counts, share_counts

    if strategy == "prior":
        return share_counts(len(real) if n is None else n, real.class_counts())
    return resolve_counts(BALANCE, real.classes, real.class_counts())
