"""Which recipe is the default: gan-only accuracy of every recipe after the same time, beside fidelity and diversity.

Each task is one fit and one evaluation in a process of its own, with one torch thread. The time of a fit is that of
its processor, so that other work on the machine does not count. Finished rows stay in a
JSON-lines file, and a second call goes on with what is missing: a row counts for the recipe's settings it was made
with, so a changed recipe is measured anew.
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any
from unittest import mock

import torch
from datasets import load_split
from row_pool import Row, known_rows, make_rows
from settings import settings_digest

from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.fitting import fit
from gan_augment.recipes import RECIPES

RESULTS = Path(__file__).parent / "results" / "recipes.jsonl"
ARMS = ("classical", "classical+gan-only")
# of one thread; the longer times are what 150 s and 10 min (the default) are on two
SECONDS = {"digits": (90, 230), "mnist": (300, 930)}
PER_CLASS = {"digits": 0, "mnist": 50}


@dataclass(frozen=True)
class Task:
    """One fit: what identifies a row."""

    dataset: str
    recipe: str
    seed: int
    seconds: int
    settings: str


def run(task: Task, data_root: str | None) -> list[Row]:
    """Fit, evaluate and return the row, which is the only one."""
    torch.set_num_threads(1)
    train, test = load_split(task.dataset, PER_CLASS[task.dataset], task.seed, data_root)
    with tempfile.TemporaryDirectory() as folder, mock.patch("time.monotonic", time.process_time):
        settings: dict[str, Any] = {"time": task.seconds, "seed": task.seed, "device": "cpu"}
        settings |= {"curate": False, "progress": False}
        generator = fit(train, Path(folder, "run"), recipe=task.recipe, **settings)
        config = EvaluateConfig(ARMS, seeds=3, seed=task.seed)
        result = evaluate_run(generator, train, test, Path(folder, "results"), config)
        summary = json.loads(Path(folder, "run", "summary.json").read_text(encoding="utf-8"))
    accuracies = {arm.arm.name: float(arm.accuracies.mean()) for arm in result.arms}
    judge = {"judge_accuracy": float(result.quality.judge_accuracy.mean())}
    figures = accuracies | judge | result.quality.synthetic.means()
    rounded = {name: round(value, 4) for name, value in figures.items()}
    return [asdict(task) | rounded | {"images": summary["samples_seen"], "warnings": len(summary["warnings"])}]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the means over seeds as a Markdown table, a line a dataset, time and recipe."""
    columns = {
        "gan-only": "classical+gan-only",
        "classical": "classical",
        "label fidelity": "label_fidelity",
        "judge": "judge_accuracy",
        "diversity (judge)": "diversity_judge",
        "diversity (pixels)": "diversity_pixels",
        "coverage": "coverage",
        "images": "images",
    }
    lines = [
        f"| dataset | seconds | recipe | fits | {' | '.join(columns)} |",
        "|---|---:|---|" + "---:|" * (len(columns) + 1),
    ]
    keys = [(row["dataset"], row["seconds"], row["recipe"]) for row in rows]
    for key in dict.fromkeys(keys):
        same = [row for row, own in zip(rows, keys, strict=True) if own == key]
        means = {name: mean(row[key] for row in same) for name, key in columns.items()}
        cells = [f"{value:,.0f}" if name == "images" else f"{value:.3f}" for name, value in means.items()]
        dataset, seconds, recipe = key
        lines.append(f"| {dataset} | {seconds} | `{recipe}` | {len(same)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder with mnist/train and mnist/test")
    parser.add_argument("--datasets", default="digits,mnist")
    parser.add_argument("--recipes", default=",".join(name for name, row in RECIPES.items() if row.kind == "image"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = known_rows(RESULTS)
    done = {Task(*(row[name] for name in Task.__dataclass_fields__)) for row in rows}
    tasks = [
        Task(dataset, recipe, seed, seconds, settings_digest(recipe))
        for seed in range(options.seeds)
        for dataset in options.datasets.split(",")
        for seconds in SECONDS[dataset]
        for recipe in options.recipes.split(",")
    ]
    missing = [(task, options.data_root) for task in tasks if task not in done]
    rows += make_rows(RESULTS, run, missing, options.jobs)
    shown = [row for row in rows if row["settings"] == settings_digest(row["recipe"])]
    print(table(sorted(shown, key=lambda row: (row["dataset"], row["seconds"], row["recipe"], row["seed"]))))


if __name__ == "__main__":
    main()
