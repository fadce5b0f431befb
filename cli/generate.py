"""`gan-augment generate`: write labelled samples of a fitted run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_augment.errors import ConfigError

from .loading import load_for_run
from .options import out_option, parse_counts, parse_names, run_argument, work_options
from .output import finish_written, page_beside, resumable
from .source import load_source, source_options

if TYPE_CHECKING:
    from gan_augment.generation.source import SampleSource

WAYS = ("per_class", "counts", "n", "balance")


@click.command()
@run_argument
@out_option("Images: new folder, or a file that ends in .npz. Rows: a file that ends in .csv, .csv.gz or .parquet.")
@click.option("--per-class", type=int, help="Samples of every class.")
@click.option("--counts", metavar="NAME=N,...", help="Samples by class, such as cat=100,dog=50.")
@click.option("--n", type=int, help="Samples in all, at the training data's own class shares.")
@click.option("--balance", metavar="DATA", help="As many as lift every class of DATA to its largest.")
@click.option("--classes", metavar="NAME,...", help="Only these classes.")
@click.option(
    "--format",
    type=click.Choice(["folder", "npz", "csv", "parquet"]),
    help="How samples are kept; by the ending of --out when left out.",
)
@source_options
@work_options
def generate(
    run: Path,
    out: Path,
    classes: str | None,
    format: str | None,
    curate: bool | None,
    latent_std: float | None,
    encoding: str,
    seed: int,
    device: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **ways: int | str | None,
) -> None:
    """Write labelled samples of the fitted RUN, exactly as many of each class as asked.

    Say how many with one of --per-class, --counts, --n and --balance. The same seed gives the same samples. For a
    table, --n is what to begin with: it keeps the class shares, and with them the probabilities that a model gives.
    """
    from gan_augment.generation.writers import write_samples
    from gan_augment.report.samples import write_samples_page

    _require_one(ways)
    source = load_source(run, device, curate, latent_std)
    counts = _counts(source, parse_names(classes), ways, encoding)
    with resumable():
        written = write_samples(source, counts, out, format=format, seed=seed, resume=resume, progress=not quiet)
        with page_beside():
            write_samples_page(written.path, source, counts, seed)
    finish_written(written, source, as_json)


def _require_one(ways: dict[str, int | str | None]) -> None:
    if sum(ways[way] is not None for way in WAYS) != 1:
        raise ConfigError("Say how many samples with exactly one of --per-class, --counts, --n and --balance.")


def _counts(
    generator: SampleSource, chosen: list[str] | None, ways: dict[str, int | str | None], encoding: str
) -> dict[str, int]:
    from gan_augment.mixing.counts import BALANCE, resolve_counts, restrict_counts, share_counts

    per_class, by_class, total, data = (ways[way] for way in WAYS)
    if by_class is not None and chosen is not None:
        raise ConfigError("--counts names its classes itself: leave --classes out.")
    if total is not None:
        n_real = generator.class_counts
        return share_counts(int(total), n_real if chosen is None else restrict_counts(n_real, chosen, list(n_real)))
    if data is not None:
        real = load_for_run(str(data), generator, encoding)
        counts = resolve_counts(BALANCE, generator.classes, real.class_counts())
    else:
        spec = parse_counts(str(by_class)) if by_class is not None else int(per_class or 0)
        counts = resolve_counts(spec, generator.classes)
    return counts if chosen is None else restrict_counts(counts, chosen, generator.classes)
