"""`gan-augment inspect`: what lies at a path, a fitted run or data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gan_augment.errors import CheckpointError
from gan_augment.units import format_duration

from .options import json_option, parse_columns, table_options
from .output import THINGS, describe_fit, finish, table

if TYPE_CHECKING:
    from gan_augment.data.labelled import Schema

MOST_COLUMNS_SHOWN = 40
Shown = tuple[list[str], dict[str, Any]]  # lines for a person, a summary for a program


@click.command()
@click.argument("path")
@table_options
@json_option
def inspect(path: str, columns: tuple[str, ...], schema: Path | None, as_json: bool, **options: Any) -> None:
    """Show what lies at PATH: a fitted run (recipe, classes, budget, last metrics) or DATA.

    Of images it shows classes, counts and size; of a table, with --target, what each column is taken for.
    """
    run = Path(path)
    if (run / "config.json").is_file() or (run / "generator.safetensors").is_file():
        lines, summary = _inspect_run(run)
        finish(lines, summary, f"{path} is a run of gan-augment fit.", as_json)
    else:
        lines, summary = _inspect_data(path, columns=parse_columns(columns, schema), **options)
        finish(lines, summary, f"{path} is data for gan-augment fit.", as_json)


def _inspect_run(run: Path) -> Shown:
    from gan_augment.generation.generator import TrainedGenerator

    generator = TrainedGenerator.load(run, "cpu")
    settings, fitted = _read(run / "config.json"), _read(run / "summary.json")
    described, facts = _describe(generator.schema)
    lines = [f"Recipe     {generator.recipe}", *described, f"Digest     {generator.digest}"]
    if settings:
        lines += [f"Budget     {_budget(settings['budget'])}", f"Seed       {settings['seed']}"]
    lines += [*describe_fit(fitted), *(f"Warning    {warning}" for warning in fitted.get("warnings", ()))]
    lines += table(list(generator.class_counts.items()), ("class", THINGS[generator.schema.kind]))
    summary = {"kind": "run", "recipe": generator.recipe, **facts}
    summary |= {"classes": generator.class_counts, "generator": generator.digest}
    return lines, summary | {"config": settings, "summary": fitted}


def _inspect_data(path: str, **options: Any) -> Shown:
    from gan_augment.data.open import DataRequest
    from gan_augment.data.table_description import describe_columns
    from gan_augment.data.table_schema import LabelledTable

    data = DataRequest(path, **options).load()
    counts, things = data.class_counts(), THINGS[data.schema.kind]
    described, facts = _describe(data.schema)
    if isinstance(data, LabelledTable):
        described = [*_few(table(describe_columns(data), ("column", "kind", "holds"))), ""]
    lines = [f"{things.capitalize():<10} {len(data):,}", *described, *(f"Note       {note}" for note in data.notes)]
    summary = {"kind": "data", "n": len(data), **facts, "classes": counts, "notes": list(data.notes)}
    return [*lines, *table(list(counts.items()), ("class", things))], summary


def _describe(schema: Schema) -> Shown:
    """Return what a sample is."""
    from gan_augment.data.schema import ImageSchema

    if isinstance(schema, ImageSchema):
        colours = "grey" if schema.channels == 1 else "RGB"
        size = f"{schema.height}x{schema.width} pixels (height x width), {colours}"
        return [f"Size       {size}"], {"height": schema.height, "width": schema.width, "channels": schema.channels}
    kinds = {column.name: column.kind for column in schema.columns}
    lines = _few([f"Column     {name}: {kind}" for name, kind in kinds.items()])
    return [f"Target     {schema.target.name}", *lines], {"target": schema.target.name, "columns": kinds}


def _few(lines: list[str]) -> list[str]:
    rest = len(lines) - MOST_COLUMNS_SHOWN
    return [*lines[:MOST_COLUMNS_SHOWN], f"... and {rest} more columns"] if rest > 0 else lines


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged ({error}): copy it again or fit anew.") from error


def _budget(budget: dict[str, Any]) -> str:
    return f"{budget['steps']:,} steps" if budget["steps"] else format_duration(budget["seconds"])
