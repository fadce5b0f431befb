"""How every command ends: text or JSON on stdout, and one last line that says where the result lies."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from gan_augment.errors import GanAugmentError
from gan_augment.units import format_duration

if TYPE_CHECKING:
    from gan_augment.generation.source import SampleSource
    from gan_augment.generation.writers import Written

NEGATIVE = 3  # exit code of a verdict against synthetic samples, for pipelines
THINGS = {"image": "images", "table": "rows"}


def finish(lines: Sequence[str], summary: Mapping[str, Any], where: str, as_json: bool) -> None:
    """Print a command's result.

    Parameters
    ----------
    lines
        What a person reads; left out with `as_json`.
    summary
        What a program reads: plain JSON data.
    where
        The last line; it goes to stderr with `as_json`, so that stdout holds JSON alone.
    """
    if as_json:
        click.echo(json.dumps(summary, indent=2, default=str))
    else:
        for line in lines:
            click.echo(line)
    click.echo(where, err=as_json)


def table(rows: Sequence[Sequence[Any]], header: Sequence[str]) -> list[str]:
    """Return lines of left-aligned columns, as wide as their widest cell."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def describe_fit(summary: Mapping[str, Any]) -> list[str]:
    """Return what a run's ``summary.json`` says, as lines; none when it is empty (the run never ended)."""
    if not summary:
        return ["Training   not finished: go on with gan-augment fit --resume"]
    state = "finished" if summary["finished"] else "interrupted"
    state = "stopped early" if summary.get("stopped_early") else state
    spent = f"{summary['steps']:,} steps, {summary['samples_seen']:,} samples in {format_duration(summary['seconds'])}"
    metrics = ", ".join(f"{name} {value:.3g}" for name, value in summary["metrics"].items() if value is not None)
    known = [(name, value) for name, value in summary["diversity"].items() if value is not None]
    least = min(known, key=lambda item: item[1], default=None)
    lines = [f"Training   {state} after {spent}"]
    if metrics:
        lines.append(f"Metrics    {metrics}")
    if least:
        lines.append(f"Diversity  least in class {least[0]}: {least[1]:.2f} of what real ones vary")
    return lines


def describe_beginning(begun: Mapping[str, Any] | None, kind: str) -> list[str]:
    """Return the line that says with which run another began, as its ``config.json`` has it; none where it did not."""
    from gan_augment.config import from_dict
    from gan_augment.planning.warm_start import Beginning

    return [f"Began      {from_dict(Beginning, begun).describe(kind)}"] if begun else []


@contextmanager
def resumable(hint: str = "what is finished stays; go on with --resume") -> Iterator[None]:
    """Let Ctrl-C end a command with a word on how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(hint) from error


@contextmanager
def page_beside() -> Iterator[None]:
    """Let a page that cannot be written be a warning: what it is about is finished and lies on the disk."""
    try:
        yield
    except GanAugmentError as error:
        warnings.warn(f"There is no page beside it: {error}", stacklevel=3)


def finish_written(
    written: Written, generator: SampleSource, as_json: bool, n_real: int = 0, why: Mapping[str, Any] | None = None
) -> None:
    """Print what a writer of samples did, in JSON with `why`; `n_real` real samples lie beside the synthetic ones."""
    rows = list(written.counts.items())
    n_synthetic = sum(written.counts.values())
    summary = {"out": str(written.path), "n_real": n_real, "n_synthetic": n_synthetic, "counts": written.counts}
    summary |= {"manifest": str(written.manifest), "n_written": written.n_written, "n_found": written.n_found}
    lines = [*table(rows, ("class", "synthetic")), *written.notes]
    what = f"{n_real} real and {n_synthetic} synthetic" if n_real else f"{n_synthetic} synthetic"
    classes = "" if n_real else f" of {len(rows)} class{'es' * (len(rows) != 1)}"
    where = f"{what} {THINGS[generator.schema.kind]}{classes} lie in {written.path}"
    summary |= {"generator": generator.digest, "notes": list(written.notes), **(why or {})}
    finish(lines, summary, where, as_json)
