"""`gan-augment augment`: real images and synthetic ones, written as one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_augment.errors import ConfigError

from .loading import load_for_run
from .options import data_argument, device_option, json_option, out_option, quiet_option, run_argument, seed_option
from .output import finish_written, resumable

if TYPE_CHECKING:
    from gan_augment.data.schema import LabelledImages


@click.command()
@data_argument
@run_argument
@out_option("New folder for the mixed dataset, one sub-folder a class.")
@click.option(
    "--strategy",
    type=click.Choice(["balance", "prior"]),
    default="balance",
    show_default=True,
    help="balance lifts every class to the largest; prior keeps the classes' shares.",
)
@click.option(
    "--n", type=int, help="Synthetic images in all with --strategy prior; as many as real ones when left out."
)
@seed_option
@device_option
@click.option("--resume", is_flag=True, help="Go on with what an interrupted call left in --out.")
@json_option
@quiet_option
def augment(
    data: str,
    run: Path,
    out: Path,
    strategy: str,
    n: int | None,
    seed: int,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the real images of DATA and synthetic ones of the fitted RUN as one labelled dataset."""
    from gan_augment.generation.generator import TrainedGenerator
    from gan_augment.mixing.augment import write_mixed

    if n is not None and strategy != "prior":
        raise ConfigError("--n belongs to --strategy prior: balance makes as many as each class lacks.")
    generator = TrainedGenerator.load(run, device)
    real = load_for_run(data, generator, progress=not quiet)
    counts = _counts(real, strategy, n)
    with resumable():
        written = write_mixed(real, generator, counts, out, seed=seed, resume=resume, progress=not quiet)
    finish_written(written, generator.digest, as_json, n_real=len(real))


def _counts(real: LabelledImages, strategy: str, n: int | None) -> dict[str, int]:
    from gan_augment.mixing.counts import BALANCE, resolve_counts, share_counts

    if strategy == "prior":
        return share_counts(len(real) if n is None else n, real.class_counts())
    return resolve_counts(BALANCE, real.classes, real.class_counts())
