"""`gan-augment fit`: train a generator on labelled images or a table."""

import json
from pathlib import Path
from typing import Any

import click

from gan_augment.config import parse_assignments
from gan_augment.files import SUMMARY_FILE
from gan_augment.units import parse_size

from .options import (
    ASPECTS,
    FLIPS,
    data_argument,
    device_option,
    json_option,
    out_option,
    parse_columns,
    quiet_option,
    seed_option,
    table_options,
)
from .output import describe_fit, finish, page_beside


@click.command()
@data_argument
@out_option("Folder for the run: generator, settings, metrics, sample grids.")
@table_options
@click.option("--recipe", default="auto", show_default=True, help="A name from `gan-augment recipes`.")
@click.option("--steps", type=int, help="Budget in training steps.")
@click.option("--time", help="Budget in time, such as 90s, 10m or 1h30m.")
@click.option("--image-size", help="N or HxW in pixels, 8 to 128; inferred from the images when left out.")
@click.option("--channels", type=click.Choice(["1", "3"]), help="1 grey, 3 RGB; inferred when left out.")
@click.option(
    "--aspect",
    type=click.Choice(ASPECTS),
    default="crop",
    show_default=True,
    help="How an image of another shape is brought to the size.",
)
@click.option(
    "--flips",
    type=click.Choice(list(FLIPS)),
    default="none",
    show_default=True,
    help="Mirrorings of images after which every label still holds.",
)
@device_option
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bf16"]),
    default="auto",
    show_default=True,
    help="auto takes bf16 where the machine is fast at it.",
)
@seed_option
@click.option("--holdout", type=float, default=0.0, help="Share of each class kept back for evaluate, such as 0.2.")
@click.option("--init-from", metavar="RUN", help="A run on related data to begin with; classes go by their names.")
@click.option("--curate/--no-curate", default=True, help="Train a teacher on images too, by which generate curates.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, or start it if there is none.")
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("--tensorboard", is_flag=True, help="Write TensorBoard logs too (extra: gan-augment[tensorboard]).")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting, as train.batch_size=64.")
@json_option
@quiet_option
def fit(
    data: str,
    out: Path,
    columns: tuple[str, ...],
    schema: Path | None,
    image_size: str | None,
    channels: str | None,
    flips: str,
    dry_run: bool,
    assignments: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Fit a class-conditional generator to DATA and write it to the folder --out.

    Images: DATA is a folder with one sub-folder a class (or with train/ holding such folders), a folder with
    labels.csv, an .npz with X and y, the name `digits`, or torchvision:NAME@DIR.

    Tables: DATA is a .csv, .tsv (or one of these gzipped) or .parquet file with --target, a folder with train.csv, or
    one of the names `wine`, `breast_cancer` and `iris`. --dry-run shows what each column is taken for.
    """
    from gan_augment import fitting

    settings: dict[str, Any] = dict(options, flips=FLIPS[flips], overrides=parse_assignments(assignments))
    settings["columns"] = parse_columns(columns, schema)
    settings["image_size"] = None if image_size is None else parse_size(image_size)
    settings["channels"] = None if channels is None else int(channels)
    if dry_run:
        plan = fitting.plan(data, out, **settings)
        finish(plan.text().splitlines(), plan.as_dict(), "Nothing is written: this was a dry run.", as_json)
        return
    generator = fitting.fit(data, out, progress=not quiet, **settings)
    from gan_augment.report.build import write_report  # now: nothing draws before a fit, or in a dry run

    page = out / "report.html"
    with page_beside():
        write_report(out, page)
    if generator.schema.kind == "image":
        advice = f"look at {page}, then gan-augment generate {out} --per-class 100 --out OUT"
    else:
        advice = f"look at {page}, then gan-augment generate {out} --n 1000 --out OUT.parquet"
    summary = json.loads((out / SUMMARY_FILE).read_text(encoding="utf-8"))
    finish(
        describe_fit(summary),
        {"out": str(out), "recipe": generator.recipe, "classes": generator.class_counts, **summary},
        f"The run lies in {out}: {advice}",
        as_json,
    )
