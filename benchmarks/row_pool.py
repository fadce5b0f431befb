"""Makes rows in processes of their own and keeps each as it comes: what studies of many short tasks share."""

import json
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

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
    """
    rows: list[Row] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=None if reuse else 1) as pool:
        for future in as_completed([pool.submit(run_fn, *task) for task in tasks]):
            made = future.result()
            with file.open("a", encoding="utf-8") as lines:
                lines.write("".join(json.dumps(row) + "\n" for row in made))
            print(made[0], flush=True)
            rows += made
    return rows
