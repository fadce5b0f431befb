"""What lies at a path, as lines for a person and a summary for a program: a run, results, data, one image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_augment.errors import CheckpointError, TooFewError
from gan_augment.files import CONFIG_FILE, SUMMARY_FILE
from gan_augment.units import format_budget

from .output import THINGS, describe_beginning, describe_fit, table

if TYPE_CHECKING:
    from gan_augment.data.labelled import Schema
    from gan_augment.data.marks import Origin

MOST_COLUMNS_SHOWN = 40
Shown = tuple[list[str], dict[str, Any]]  # lines for a person, a summary for a program


def describe_run(run: Path) -> Shown:
    """Return what a run is: recipe, classes, budget, last metrics."""
    from gan_augment.generation.generator import TrainedGenerator

    generator = TrainedGenerator.load(run, "cpu")
    settings, fitted = _read(run / CONFIG_FILE), _read(run / SUMMARY_FILE)
    described, facts = _describe(generator.schema)
    began = describe_beginning(settings.get("begun"), generator.schema.kind)
    lines = [f"Recipe     {generator.recipe}", *began, *described, f"Digest     {generator.digest}"]
    lines += [f"Budget     {format_budget(settings['budget'])}", f"Seed       {settings['seed']}"] if settings else []
    lines += [*describe_fit(fitted), *(f"Warning    {warning}" for warning in fitted.get("warnings", ()))]
    lines += table(list(generator.class_counts.items()), ("class", THINGS[generator.schema.kind]))
    summary = {"kind": "run", "recipe": generator.recipe, **facts, "classes": generator.class_counts}
    return lines, summary | {"generator": generator.digest, "config": settings, "summary": fitted}


def describe_results(folder: Path) -> Shown:
    """Return what results of `evaluate` say: the findings of a study, or the arms of one judged run."""
    summary = _read(folder / SUMMARY_FILE)
    if "headline" in summary:
        about, best = summary.get("about", {}), summary["best"]["sentence"]
        lines = [f"Finding    {sentence}" for sentence in summary["headline"]] + [f"Best       {best}"]
        return [*([f"Data       {about['data']}"] if about else []), *lines], {"kind": "results", "summary": summary}
    found = summary.get("arms") or summary.get("models", {})
    lines = [f"Arms       {', '.join(found)}", *(f"Note       {note}" for note in summary.get("notes", ()))]
    return lines, {"kind": "results", "summary": summary}


def describe_image(path: Path) -> Shown:
    """Return what one image says of itself."""
    from gan_augment.data.marks import image_marks

    marks = image_marks(path)
    if not marks:
        return ["Synthetic  nothing marks this image as synthetic"], {"kind": "image", "synthetic": False}
    lines = [f"{name:<10} {marks[name]}" for name in ("Class", "Index", "Seed", "Generator") if name in marks]
    return ["Synthetic  yes, by its marks", *lines], {"kind": "image", "synthetic": True, "marks": marks}


def describe_data(path: str, **options: Any) -> Shown:
    """Return what data holds, and whether it is marked as synthetic."""
    from gan_augment.data.marks import origin
    from gan_augment.data.open import DataRequest
    from gan_augment.data.table_description import describe_columns
    from gan_augment.data.table_schema import LabelledTable

    marked = origin(Path(path))
    known = {"kind": "data", "synthetic": None if marked is None else vars(marked)}
    if marked is not None and Path(path).is_file() and options.get("target") is None and Path(path).suffix != ".npz":
        return [*_origin_lines(marked), "Columns    give --target to see them"], known
    try:
        data = DataRequest(path, **options).load()
    except TooFewError as error:
        if marked is None:
            raise
        return [*_origin_lines(marked), f"Note       {error}"], known | {"notes": [str(error)]}
    counts, things = data.class_counts(), THINGS[data.schema.kind]
    described, facts = _describe(data.schema)
    if isinstance(data, LabelledTable):
        described = [*_few(table(describe_columns(data), ("column", "kind", "holds"))), ""]
    notes = [f"Note       {note}" for note in data.notes]
    lines = [f"{things.capitalize():<10} {len(data):,}", *_origin_lines(marked), *described, *notes]
    summary = known | {"n": len(data), **facts, "classes": counts, "notes": list(data.notes)}
    return [*lines, *table(list(counts.items()), ("class", things))], summary


def _origin_lines(marked: Origin | None) -> list[str]:
    if marked is None:
        return []
    how_many = "marked, wholly or in part" if marked.n_synthetic is None else f"{marked.n_synthetic:,} of them"
    made = f", by generator {', '.join(marked.generators)}" if marked.generators else ""
    seeds = f", seed {', '.join(map(str, marked.seeds))}" if marked.seeds else ""
    return [f"Synthetic  {how_many}{made}{seeds}"]


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
