"""Works through tasks here or in several processes; knows nothing of what is done."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from gan_augment.errors import ConfigError

KILLED = (
    "A process was killed, perhaps for want of memory: go on with --resume and fewer jobs (what is finished is kept)."
)

T = TypeVar("T")


def each(
    work_fn: Callable[[Any, Any], T], shared: Any, tasks: Sequence[Any], jobs: int = 1, mapped: bool = False
) -> Iterator[T]:
    """Yield ``work_fn(shared, task)`` of each task as it is finished.

    Parameters
    ----------
    work_fn
        Sets the number of CPU threads itself, so that nothing depends on the number of jobs.
    shared
        What all tasks have in common.
    tasks
        What to do.
    jobs
        Processes; 1 works in this one.
    mapped
        Whether processes map large arrays of `shared`, read-only, instead of having their own.

    Raises
    ------
    ConfigError
        If a process was killed, as happens when memory runs out, or cannot be sent what it needs.
    """
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            yield work_fn(shared, task)
        return
    pool = Parallel(min(jobs, len(tasks)), return_as="generator_unordered", mmap_mode="r" if mapped else None)
    try:
        yield from pool(delayed(work_fn)(shared, task) for task in tasks)
    except TerminatedWorkerError as error:
        raise ConfigError(KILLED) from error
    except BrokenProcessPool as error:
        raise ConfigError(f"A process could not be used ({error}): use --jobs 1.") from error
