"""`gan-augment demo`: fit, generate and evaluate on scikit-learn's digits."""

import itertools
import os
from pathlib import Path

import click

from .options import json_option, out_option, quiet_option, seed_option
from .output import finish

FOLDER = "gan-augment-demo"


@click.command()
@out_option(f"New folder for everything; {FOLDER}, or the next free name after it, when left out.", required=False)
@click.option("--time", default="150s", show_default=True, help="Training budget.")
@seed_option
@json_option
@quiet_option
def demo(out: Path | None, time: str, seed: int, as_json: bool, quiet: bool) -> None:
    """Run it all on scikit-learn's digits: fit on one half, generate 200 a class, evaluate on the other half."""
    from gan_augment.demo import run_demo
    from gan_augment.evaluation.protocol import EvaluateConfig
    from gan_augment.evaluation.table import evaluation_text

    config = EvaluateConfig(seed=seed, jobs=min(2, os.cpu_count() or 1))
    result = run_demo(out or _free_folder(), time=time, seed=seed, config=config, progress=not quiet)
    lines = [*evaluation_text(result.evaluation).splitlines(), "", *result.text().splitlines(), ""]
    where = f"The pictures lie in {result.samples} (200 a class) and, at one glance, in {result.grid}"
    summary = {"samples": str(result.samples), "grid": str(result.grid)} | result.evaluation.to_dict()
    finish(lines, summary, where, as_json)


def _free_folder() -> Path:
    names = itertools.chain([FOLDER], (f"{FOLDER}-{number}" for number in itertools.count(2)))
    return next(path for path in map(Path, names) if not path.exists())
