"""Files that are there whole, and folders that one process at a time works in."""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_augment.data.images import load_images
from gan_augment.errors import OutputError
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator
from gan_augment.evaluation.study.request import evaluate
from gan_augment.files import alone_in, replacing
from gan_augment.fitting import fit
from gan_augment.generation.writers import write_samples
from tests.fakes import FakeGenerator, FakeRowGenerator, typed_table
from tests.fitting.tiny import TINY

IMAGES = (np.random.default_rng(0).integers(0, 256, (24, 8, 8), dtype=np.uint8), np.arange(24) % 2)


def hold(folder: Path, entered: "threading.Event", done: "threading.Event") -> None:
    with alone_in(folder), alone_in(folder / "set.manifest.jsonl"):
        entered.set()
        done.wait(60)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[tuple[BaseProcess, "threading.Event"]]:
    """Let another process work in the folder; return it, and what ends its work."""
    context = multiprocessing.get_context("spawn")
    entered, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, entered, done))
    other.start()
    assert entered.wait(60)
    yield other, done
    if other.is_alive():  # an event waits for all that wait for it, the dead too
        done.set()
        other.join()


def test_another_process_is_kept_out_until_the_first_one_ends(tmp_path: Path, busy: Any) -> None:
    with pytest.raises(OutputError, match="Another process works in"), alone_in(tmp_path):
        pass
    busy[0].kill()  # it cannot tidy up
    busy[0].join()
    with alone_in(tmp_path), alone_in(tmp_path):  # a study and its fits may nest
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("busy")
def test_a_fit_a_study_and_writers_of_samples_keep_others_out(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Another process"):
        fit(IMAGES, tmp_path, steps=1)
    rows = FakeRowGenerator(typed_table())
    for source, place in ((FakeGenerator(), ""), (FakeGenerator(), "set.npz"), (rows, "set.csv")):
        with pytest.raises(OutputError, match="Another process"):
            write_samples(source, {source.classes[0]: 1}, tmp_path / place)
    alone = {"arms": ("none",), "models": ("cnn",)}
    with pytest.raises(OutputError, match="Another process"):
        evaluate(IMAGES, tmp_path, StudyConfig(replicates=1, confirm="none"), progress=False, **alone)
    assert {found.name for found in tmp_path.iterdir()} <= {"settings.json"}


def test_a_fit_of_a_study_waits_for_the_worker_of_another_one(tmp_path: Path, busy: Any) -> None:
    threading.Timer(0.5, busy[1].set).start()
    sample_fn = FitGenerator(GeneratorConfig("r3", steps=1, overrides=TINY))(load_images(IMAGES), tmp_path, 0)
    assert busy[1].is_set()
    assert sample_fn({"0": 2}, 0).labels.tolist() == [0, 0]


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


def test_what_a_crashed_writer_of_a_shared_file_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".ca[ch]e.1-1.part", ".ca[ch]e.2-2.part", ".cache.1-1.part"))
    for path in (old, new, other):
        path.write_bytes(b"cut")
    for path in (old, other):
        os.utime(path, (0, 0))
    with replacing(tmp_path / "ca[ch]e", shared=True) as handle:
        handle.write(b"whole")
    assert {found.name for found in tmp_path.iterdir()} == {"ca[ch]e", new.name, other.name}
