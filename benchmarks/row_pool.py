"""Makes rows in processes of their own and keeps each as it comes: what studies of many short tasks share."""

import argparse
import json
import multiprocessing
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from datasets import parsed_tasks

from gan_augment.errors import GanAugmentError
from gan_augment.files import read_jsonl

Row = dict[str, Any]


def known_rows(file: Path) -> list[Row]:
    """Return the rows that earlier calls left."""
    return list(read_jsonl(file)) if file.exists() else []


def make_rows(
    file: Path, run_fn: Callable[..., list[Row]], tasks: Iterable[tuple[Any, ...]], jobs: int, reuse: bool = False
) -> list[Row]:
    """Return the rows of all tasks, each appended to a JSON-lines file when its task is done.

    Parameters
    ----------
    file
        Where they are kept.
    run_fn
        Makes the rows of a task, given what the tuple holds.
    tasks
        What is missing.
    jobs
        Number of processes.
    reuse
        Whether a process does one task after another, so that they may share what is dear to make; otherwise each has
        a process of its own, whose memory and time are its own too.

    Raises
    ------
    Exception
        What the first task that failed raised, when all others are done and kept.
    """
    rows, failure = list[Row](), None
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=None if reuse else 1) as pool:
        for future in as_completed([pool.submit(run_fn, *task) for task in tasks]):
            error = future.exception()
            if error is not None:
                failure = failure or error
                continue
            made = future.result()
            with file.open("a", encoding="utf-8") as lines:
                lines.write("".join(json.dumps(row) + "\n" for row in made))
            print(made[0], flush=True)
            rows += made
    if failure is not None:
        raise failure
    return rows


def main_of_draws(
    about: str,
    file: Path,
    run_fn: Callable[..., list[Row]],
    *,
    names: Collection[str],
    tasks: str,
    seeds: int,
    valid_rows_fn: Callable[[], list[Row]],
    table_fn: Callable[[list[Row]], str],
) -> None:
    """Run what is missing of a study of draws of few images, then print its table.

    Parameters
    ----------
    about
        What the study is, whose first line `--help` shows.
    file
        Where rows are kept.
    run_fn
        ``(dataset, per_class, seed, data_root) ->`` the rows of a draw.
    names
        Datasets that there may be.
    tasks, seeds
        What is run when nothing is said, such as ``digits-5,mnist-5``, and how many draws of each.
    valid_rows_fn
        Returns the rows that count.
    table_fn
        Makes the table of them.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--data-root", help="folder with mnist/train, mnist/test and the like")
    parser.add_argument("--tasks", default=tasks, help="datasets with so many images a class, such as digits-5,mnist-5")
    parser.add_argument("--seeds", type=int, default=seeds, help="draws of each")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    done = {(row["dataset"], row["per_class"], row["seed"]) for row in valid_rows_fn()}
    drawn = [(*task, seed) for task in parsed_tasks(parser, options.tasks, names) for seed in range(options.seeds)]
    try:
        make_rows(file, run_fn, [(*draw, options.data_root) for draw in drawn if draw not in done], options.jobs)
    except GanAugmentError as error:
        parser.error(str(error))
    print(table_fn(valid_rows_fn()))
