"""`gan-augment demo`: fit, generate and evaluate on what scikit-learn ships, digits or a table."""

import itertools
import os
from pathlib import Path

import click

from .options import json_option, out_option, quiet_option, seed_option
from .output import finish, resumable

FOLDER = "gan-augment-demo"
NO_WAY_BACK = "a demo does not go on where it was; the next one starts in a folder of its own"


@click.command()
@out_option(f"New folder for everything; {FOLDER}, or the next free name after it, when left out.", required=False)
@click.option("--table", is_flag=True, help="Rows, not images: breast cancer with 40 malignant cases to learn from.")
@click.option(
    "--time", help="Training budget; when left out 3,000 steps for digits, and by the number of rows for the table."
)
@seed_option
@json_option
@quiet_option
def demo(out: Path | None, table: bool, time: str | None, seed: int, as_json: bool, quiet: bool) -> None:
    """Run it all: fit on one half of a dataset, generate, evaluate on the other half.

    The dataset is scikit-learn's digits with 200 pictures a class to be made, or with --table its breast-cancer table,
    made lopsided, and 1,000 rows.
    """
    run = _rows if table else _digits
    with resumable(NO_WAY_BACK):
        run(out or _free_folder(), time, seed, as_json, not quiet)


def _digits(out: Path, time: str | None, seed: int, as_json: bool, progress: bool) -> None:
    from gan_augment.demo import run_demo
    from gan_augment.evaluation.images.protocol import EvaluateConfig
    from gan_augment.evaluation.images.text import evaluation_text

    config = EvaluateConfig(seed=seed, jobs=min(2, os.cpu_count() or 1))
    result = run_demo(out, time=time, seed=seed, config=config, progress=progress)
    lines = [*evaluation_text(result.evaluation).splitlines(), "", *result.text().splitlines(), ""]
    where = f"The pictures lie in {result.samples} (200 a class); everything on one page: {result.report}"
    summary = {
        "samples": str(result.samples),
        "grid": str(result.grid),
        "report": str(result.report),
    } | result.evaluation.to_dict()
    finish(lines, summary, where, as_json)


def _rows(out: Path, time: str | None, seed: int, as_json: bool, progress: bool) -> None:
    from gan_augment.demo import run_table_demo
    from gan_augment.evaluation.tabular.text import table_evaluation_text

    result = run_table_demo(out, time=time, seed=seed, progress=progress)
    lines = [*table_evaluation_text(result.evaluation).splitlines(), "", *result.text().splitlines(), ""]
    where = f"The synthetic rows lie in {result.table}; everything on one page: {result.report}"
    finish(
        lines, {"table": str(result.table), "report": str(result.report)} | result.evaluation.to_dict(), where, as_json
    )


def _free_folder() -> Path:
    names = itertools.chain([FOLDER], (f"{FOLDER}-{number}" for number in itertools.count(2)))
    return next(path for path in map(Path, names) if not path.exists())
