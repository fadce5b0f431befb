"""`gan-augment inspect`: what lies at a path, a fitted run, results, data or one image."""

from pathlib import Path
from typing import Any

import click

from gan_augment.files import CONFIG_FILE, SUMMARY_FILE

from .describing import describe_data, describe_image, describe_results, describe_run
from .options import json_option, parse_columns, table_options
from .output import finish


@click.command()
@click.argument("path")
@table_options
@json_option
def inspect(path: str, columns: tuple[str, ...], schema: Path | None, as_json: bool, **options: Any) -> None:
    """Show what lies at PATH: a fitted run, results of evaluate, DATA (also what generate wrote), or one image.

    Of images it shows classes, counts and size; of a table, with --target, what each column is taken for; of what is
    marked as synthetic, which generator made it.
    """
    from gan_augment.data.decode import SUFFIXES

    place = Path(path)
    if (place / CONFIG_FILE).is_file() or (place / "generator.safetensors").is_file():
        (lines, summary), what = describe_run(place), "is a run of gan-augment fit"
    elif (place / SUMMARY_FILE).is_file() and (place / "settings.json").is_file():
        (lines, summary), what = describe_results(place), "holds results of gan-augment evaluate"
    elif place.is_file() and place.suffix.lower() in SUFFIXES:
        (lines, summary), what = describe_image(place), "is an image"
    else:
        lines, summary = describe_data(path, columns=parse_columns(columns, schema), **options)
        what = "is data for gan-augment fit" if summary["synthetic"] is None else "is data, synthetic or in part"
    finish(lines, summary, f"{path} {what}.", as_json)
