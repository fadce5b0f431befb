"""What the recipes for tables are worth: quality, speed and memory beside CTGAN's, exact counts.

Each task runs in a process of its own with one thread, and its fit is timed on the processor's clock. Finished rows
stay in a JSON-lines file, and a second call goes on with what is missing. The rows of PyPI's `ctgan`, and the figures
of SDMetrics, need ``pip install ctgan sdmetrics``; without them they are left out.
"""

import argparse
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from datasets import data_root
from rivals import COPIES, OURS, PYPI, PYPI_EQUAL, SHUFFLED, Sampler, make_sampler
from row_pool import known_rows, make_rows
from settings import settings_digest

from gan_augment.data.splits import stratified_split
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.evaluation.tabular.protocol import score_arms
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.sdmetrics import sdmetrics_scores
from gan_augment.seeding import numpy_rng

RESULTS = Path(__file__).parent / "results" / "tabular.jsonl"
TARGETS = {
    "adult": "income",
    "attrition": "Attrition",
    "churn": "churn",
    "credit": "Status",
    "default": "default",
    "lending": "Class",
    "spam": "yesno",
}
N_TIMED = 100_000


@dataclass(frozen=True)
class Task:
    """What identifies a row: the study, the table, what makes the rows with which settings, the seed of all."""

    study: str
    table: str
    method: str
    seed: int
    settings: str = ""

    @classmethod
    def of(cls, study: str, table: str, method: str, seed: int) -> "Task":
        """Return the task, with the digest of the recipe's settings where it is one of ours."""
        return cls(study, table, method, seed, settings_digest(method) if method in OURS else "")


def load(task: Task, root: str | None) -> tuple[LabelledTable, LabelledTable]:
    """Return training and test part of a task's table: a quarter is for the test, drawn by the seed."""
    table = load_table(data_root(root) / f"{task.table}.csv", target=TARGETS[task.table])
    first, second = stratified_split(table.labels, 0.25, numpy_rng(task.seed, "split"))
    return table.subset(first), table.subset(second)


def fitted(task: Task, train: LabelledTable) -> tuple[Sampler, dict[str, Any]]:
    """Return what makes the rows of a task, and what its fit cost."""
    sampler, seconds = make_sampler(task.method, train, task.seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return sampler, {"fit_seconds": round(seconds, 1), "peak_mb": peak}


def batches(sampler: Sampler, train: LabelledTable) -> Callable[[Mapping[str, int], int], SampleBatch]:
    """Return a sampler as an evaluation wants it."""
    return lambda counts, seed: SampleBatch(*sampler(counts, seed), train.classes)


def run_quality(task: Task, root: str | None) -> list[dict[str, Any]]:
    """Trained on synthetic rows, tested on real ones: as many rows of each class as there are real ones."""
    train, test = load(task, root)
    sampler, cost = fitted(task, train)
    rows = score_arms(
        batches(sampler, train), train, test, task.seed, arms=("none", "gan-only"), models=("logistic", "boosting")
    )
    scores = {f"{row.arm} {row.model}": round(row.roc_auc, 4) for row in rows}
    return [asdict(task) | cost | scores | sdmetrics(sampler, train, task.seed)]


def sdmetrics(sampler: Sampler, train: LabelledTable, seed: int) -> dict[str, float]:
    """Return the scores of SDMetrics' quality and diagnostic reports, if it is installed."""
    if find_spec("sdmetrics") is None:
        return {}
    frame, labels = sampler(train.class_counts(), seed)
    real, fake = (train.schema.assemble(*pair) for pair in ((train.frame, train.labels), (frame, labels)))
    columns = (*train.schema.columns, replace(train.schema.target, kind="categorical"))
    return {name: round(score, 4) for name, score in sdmetrics_scores(real, fake, columns).items()}


def run_counts(task: Task, root: str | None) -> list[dict[str, Any]]:
    """Ask for another number of every class, count what came, and time 100,000 rows."""
    train, _ = load(task, root)
    sampler, cost = fitted(task, train)
    wanted = {name: 1000 + 7 * label for label, name in enumerate(train.classes)}
    frame, labels = sampler(wanted, 0)
    exact = len(frame) == len(labels) and np.bincount(labels).tolist() == list(wanted.values())
    started = time.process_time()
    sampler({train.classes[0]: N_TIMED}, 0)
    rate = round(N_TIMED / (time.process_time() - started))
    same = list(frame) == list(train.frame) and (frame.dtypes == train.frame.dtypes).all()
    return [asdict(task) | cost | {"exact": bool(exact), "same_columns": bool(same), "rows_per_second": rate}]


STUDIES = {"quality": run_quality, "counts": run_counts}


def run(task: Task, root: str | None) -> list[dict[str, Any]]:
    """Run one task with one thread."""
    torch.set_num_threads(1)
    return STUDIES[task.study](task, root)


def tasks(study: str, seeds: int) -> list[Task]:
    """Return the tasks of a study."""
    pypi = (PYPI, PYPI_EQUAL) if find_spec("ctgan") is not None else ()
    if study == "quality":
        return [
            Task.of(study, "adult", method, seed)
            for seed in range(seeds)
            for method in (*OURS, COPIES, SHUFFLED, *pypi)
        ]
    return [Task.of(study, table, "tabular", 0) for table in TARGETS]


def quality_table(rows: list[dict[str, Any]]) -> str:
    """Return the means over seeds as a Markdown table, a line a method."""
    keys = ("gan-only logistic", "gan-only boosting", "quality", "diagnostic", "fit_seconds", "peak_mb")
    lines = [f"| method | fits | {' | '.join(keys)} |", "|---|" + "---:|" * (len(keys) + 1)]
    for method in dict.fromkeys(row["method"] for row in rows):
        same = [row for row in rows if row["method"] == method]
        cells = [f"{mean(row[key] for row in same):.4g}" if key in same[0] else "" for key in keys]
        lines.append(f"| {method} | {len(same)} | {' | '.join(cells)} |")
    real = {key: mean(row[key] for row in rows) for key in ("none logistic", "none boosting")}
    return "\n".join([*lines, "", ", ".join(f"real rows, {key[5:]}: {value:.4f}" for key, value in real.items())])


def counts_table(rows: list[dict[str, Any]]) -> str:
    """Return a line a table: whether the counts were exact, how fast rows come."""
    lines = ["| table | exact | same columns | rows/s | fit, s | peak, MB |", "|---|---|---|---:|---:|---:|"]
    keys = ("table", "exact", "same_columns", "rows_per_second", "fit_seconds", "peak_mb")
    return "\n".join([*lines, *(f"| {' | '.join(str(row[key]) for key in keys)} |" for row in rows)])


TABLES = {"quality": quality_table, "counts": counts_table}


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder with adult.csv and the others")
    parser.add_argument("--studies", default=",".join(STUDIES))
    parser.add_argument("--methods", help="only these, separated by semicolons")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = known_rows(RESULTS)
    done = {Task(*(row[name] for name in Task.__dataclass_fields__)) for row in rows}
    wanted = [task for study in options.studies.split(",") for task in tasks(study, options.seeds)]
    chosen = None if options.methods is None else options.methods.split(";")
    missing = [task for task in wanted if task not in done and (chosen is None or task.method in chosen)]
    rows += make_rows(RESULTS, run, [(task, options.data_root) for task in missing], options.jobs)
    for study in options.studies.split(","):
        now = {Task.of(study, row["table"], row["method"], row["seed"]).settings for row in rows}
        own = [row for row in rows if row["study"] == study and row["settings"] in now]
        if own:
            print(f"\n{study}\n\n{TABLES[study](own)}")


if __name__ == "__main__":
    main()
