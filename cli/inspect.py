"""`gan-augment inspect`: what lies at a path, a fitted run or data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gan_augment.errors import CheckpointError
from gan_augment.units import format_duration

from .options import json_option
from .output import describe_fit, finish, table


@click.command()
@click.argument("path")
@json_option
def inspect(path: str, as_json: bool) -> None:
    """Show what lies at PATH: a fitted run (recipe, classes, budget, last metrics) or DATA (classes, counts, size)."""
    run = Path(path)
    if (run / "config.json").is_file() or (run / "generator.safetensors").is_file():
        lines, summary = _inspect_run(run)
        finish(lines, summary, f"{path} is a run of gan-augment fit.", as_json)
    else:
        lines, summary = _inspect_data(path)
        finish(lines, summary, f"{path} is data for gan-augment fit.", as_json)


def _inspect_run(run: Path) -> tuple[list[str], dict[str, Any]]:
    from gan_augment.generation.generator import TrainedGenerator

    generator = TrainedGenerator.load(run, "cpu")
    settings, fitted = _read(run / "config.json"), _read(run / "summary.json")
    schema = generator.schema
    lines = [
        f"Recipe     {generator.recipe}",
        f"Images     {_size(schema.height, schema.width, schema.channels)}",
        f"Digest     {generator.digest}",
    ]
    if settings:
        lines += [f"Budget     {_budget(settings['budget'])}", f"Seed       {settings['seed']}"]
    lines += [*describe_fit(fitted), *(f"Warning    {warning}" for warning in fitted.get("warnings", ()))]
    lines += table(list(generator.class_counts.items()), ("class", "images"))
    summary = {"kind": "run", "recipe": generator.recipe, "height": schema.height, "width": schema.width}
    summary |= {"channels": schema.channels, "classes": generator.class_counts, "generator": generator.digest}
    return lines, summary | {"config": settings, "summary": fitted}


def _inspect_data(path: str) -> tuple[list[str], dict[str, Any]]:
    from gan_augment.data.images import load_images

    data = load_images(path)
    schema, counts = data.schema, data.class_counts()
    size = _size(schema.height, schema.width, schema.channels)
    lines = [f"Images     {len(data):,}, fitted at {size}", *(f"Note       {note}" for note in data.notes)]
    summary = {"kind": "data", "n": len(data), "height": schema.height, "width": schema.width}
    summary |= {"channels": schema.channels, "classes": counts, "notes": list(data.notes)}
    return [*lines, *table(list(counts.items()), ("class", "images"))], summary


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged ({error}): copy it again or fit anew.") from error


def _size(height: int, width: int, channels: int) -> str:
    return f"{height}x{width} pixels (height x width), {'grey' if channels == 1 else 'RGB'}"


def _budget(budget: dict[str, Any]) -> str:
    return f"{budget['steps']:,} steps" if budget["steps"] else format_duration(budget["seconds"])
