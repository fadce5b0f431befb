"""Runs the replicates of a study, here or a process each; hands their rows on as they are finished."""

import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

from gan_augment.errors import ConfigError, GanAugmentError
from gan_augment.evaluation.pool import KILLED
from gan_augment.evaluation.study.files import AnyRow
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.replicate import Finished, OutOfTime, Replicate
from gan_augment.precision import limited_threads, plain_torch

UNGUARDED = (
    "A process ended before it began: each imports the script that asks for several, so call evaluate there under "
    "`if __name__ == '__main__':`, or use jobs=1."
)
BEGUN = "begun"  # what a process says first, and to nobody else
TIME_OVER = "The time was over before every replicate was finished: go on with --resume."


def run_replicates(job: Job, numbers: Sequence[int], done: Finished, until: float) -> Iterator[AnyRow | str]:
    """Yield the rows of some replicates as they are finished, and what was left out as text.

    Parameters
    ----------
    job
        The study; ``job.config.jobs`` says in how many processes. Each has one CPU thread, so that rows do not depend
        on their number.
    numbers
        Which replicates.
    done
        Rows that are finished.
    until
        When nothing new is begun, on the clock of `time.monotonic`.

    Raises
    ------
    GanAugmentError
        If data or settings do not allow a replicate, or a process was killed.
    """
    if min(job.config.jobs, len(numbers)) <= 1:
        for number in numbers:
            with limited_threads(1):
                yield from _messages(job, number, done, until)
    else:
        yield from _in_processes(job, numbers, done, until)


def _messages(job: Job, number: int, done: Finished, until: float) -> Iterator[AnyRow | str]:
    if time.monotonic() > until:
        yield TIME_OVER
        return
    replicate = Replicate(job, number, done, until)
    yield from replicate.notes
    try:
        yield from replicate.rows()
    except OutOfTime:
        yield TIME_OVER


def _in_processes(job: Job, numbers: Sequence[int], done: Finished, until: float) -> Iterator[AnyRow | str]:
    """Let a thread a process take replicates from a list; what their processes send comes out of one queue."""
    waiting, arrived = queue.SimpleQueue[int](), queue.SimpleQueue[Any]()
    for number in numbers:
        waiting.put(number)
    stop = threading.Event()

    def attend() -> None:
        try:
            while not stop.is_set():
                _run_process(job, waiting.get_nowait(), done, until, arrived.put, stop)
        except queue.Empty:
            arrived.put(None)
        except Exception as error:  # such as arms that no other process can be sent
            arrived.put(ConfigError(f"A process could not be used ({error}): use --jobs 1."))

    attendants = [threading.Thread(target=attend, daemon=True) for _ in range(min(job.config.jobs, len(numbers)))]
    try:
        for attendant in attendants:
            attendant.start()
        n_running = len(attendants)
        while n_running:
            message = arrived.get()
            if isinstance(message, BaseException):
                raise message
            if message is None:
                n_running -= 1
            else:
                yield message
    finally:
        stop.set()
        for attendant in attendants:
            attendant.join()


def _run_process(
    job: Job, number: int, done: Finished, until: float, put_fn: Callable[[Any], None], stop: threading.Event
) -> None:
    # Spawned, not forked: a forked process inherits torch's thread pools in a state it cannot use.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    own = {key: row for key, row in done.items() if row.replicate == number}
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    begun = finished = False
    try:
        ours.send((job, number, own, until - time.monotonic()))  # not as an argument, which one that died never reads
        while not stop.is_set():
            if ours.poll(0.2):
                message = ours.recv()
                if message == BEGUN:
                    begun = True
                    continue
                finished = message is None
                if finished:
                    break
                put_fn(message)
    except (EOFError, ConnectionError):
        process.join()
        put_fn(ConfigError(KILLED if begun or (process.exitcode or 0) < 0 else UNGUARDED))
    finally:
        if not finished:
            process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal: a worker ends at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with limited_threads(1), plain_torch():
        try:
            job, number, done, seconds = pipe.recv()
            pipe.send(BEGUN)
            for message in _messages(job, number, done, time.monotonic() + seconds):
                pipe.send(message)
            pipe.send(None)
        except GanAugmentError as error:
            pipe.send(error)
        except KeyboardInterrupt:  # a fit keeps the first Ctrl-C until it has saved
            return
        except (Exception, SystemExit) as error:  # its traceback would come from elsewhere, and the study would wait
            pipe.send(ConfigError(f"A replicate failed ({type(error).__name__}: {error}); what is finished is kept."))
