"""`gan-augment report`: one page on results or on a run."""

from pathlib import Path

import click

from .options import json_option
from .output import finish


@click.command()
@click.argument("path", metavar="RESULTS", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The file; RESULTS/report.html when left out.")
@click.option(
    "--format", type=click.Choice(["html", "md", "json", "png"]), help="By the ending of --out when left out."
)
@click.option("--run", type=click.Path(path_type=Path), help="After evaluate --run: that run, to show its training.")
@click.option("--title", help="What stands on top; the folder's name when left out.")
@json_option
def report(
    path: Path, out: Path | None, format: str | None, run: Path | None, title: str | None, as_json: bool
) -> None:
    """Write a page that a person reads in a minute on RESULTS of evaluate, or on a RUN of fit.

    The page is one file that loads nothing: the verdict, what to do next, gains with intervals, samples beside real
    ones and their nearest training samples, and how all of it was measured.
    """
    from gan_augment.report.build import write_report

    written = write_report(path, out or path / f"report.{format or 'html'}", format=format, title=title, run=run)
    summary = {"out": str(written), "bytes": written.stat().st_size}
    finish([], summary, f"The page lies in {written}", as_json)
