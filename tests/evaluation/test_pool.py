"""What becomes of tasks that processes cannot do."""

import os
import signal
from typing import NoReturn

import pytest

from gan_augment.errors import ConfigError
from gan_augment.evaluation.pool import each


def killed(shared: None, task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def doubled(shared: int, task: int) -> int:
    return shared * task


class Unsendable:
    """Comes out of its pickle with an error."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return refuse, ("not here",)


def refuse(said: str) -> NoReturn:
    raise OSError(said)


def test_processes_give_what_one_gives() -> None:
    assert [sorted(each(doubled, 3, range(5), jobs)) for jobs in (1, 2)] == [[0, 3, 6, 9, 12]] * 2


def test_a_killed_process_and_one_that_cannot_begin_are_told_apart() -> None:
    with pytest.raises(ConfigError, match="killed, perhaps for want of memory"):
        list(each(killed, None, range(2), 2))
    with pytest.raises(ConfigError, match="could not be used .* --jobs 1"):
        list(each(doubled, Unsendable(), range(2), 2))
