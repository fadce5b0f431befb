"""Files that are there whole, and folders that one process at a time works in."""

import multiprocessing
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from gan_augment.errors import OutputError
from gan_augment.files import LOCK_FILE, alone_in, replacing


def hold(folder: Path, entered: "threading.Event", done: "threading.Event") -> None:
    with alone_in(folder):
        entered.set()
        done.wait(60)


def test_another_process_is_kept_out_until_the_first_one_ends(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    entered, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, entered, done))
    other.start()
    assert entered.wait(60)
    with pytest.raises(OutputError, match="Another process works in"), alone_in(tmp_path):
        pass
    other.kill()  # it cannot tidy up
    other.join()
    with alone_in(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()
    assert not (tmp_path / LOCK_FILE).exists()


def test_writers_of_one_shared_file_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    path, opened, finished = tmp_path / "cache", threading.Event(), threading.Event()

    def late() -> None:
        with replacing(path, shared=True) as handle:
            opened.set()
            finished.wait(60)
            handle.write(b"late")

    other = threading.Thread(target=late)
    with replacing(path, shared=True) as handle:
        handle.write(b"ear")
        other.start()
        assert opened.wait(60)
        handle.write(b"ly")
    assert path.read_bytes() == b"early"
    finished.set()
    other.join()
    assert path.read_bytes() == b"late"
    assert [found.name for found in tmp_path.iterdir()] == ["cache"]


def test_where_there_are_no_locks_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", unknown)
    with alone_in(tmp_path):
        (tmp_path / "work").touch()
    assert [found.name for found in tmp_path.iterdir()] == ["work"]
