"""Writing one .npz: readable without pickle, streamed, resumable."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gan_augment.errors import OutputError
from gan_augment.generation import npz
from gan_augment.generation.npz import NpzPaths
from gan_augment.generation.writers import write_samples
from tests.fakes import FakeGenerator

COUNTS = {"cat": 150, "dog": 70}


def expected(generator: FakeGenerator, seed: int = 0) -> np.ndarray:
    parts = [b for label, n in enumerate(COUNTS.values()) for b in generator.iter_samples(label, 0, n, seed)]
    return np.concatenate(parts)


def interrupted(out: Path, at: int = 2) -> FakeGenerator:
    generator = FakeGenerator(interrupt_at=at)
    with pytest.raises(KeyboardInterrupt):
        write_samples(generator, COUNTS, out, format="npz")
    return generator


def test_the_file_reads_without_pickle_and_holds_names_and_marks(tmp_path: Path) -> None:
    out = tmp_path / "set.npz"
    written = write_samples(FakeGenerator(), COUNTS, out, format="npz", seed=4)
    with np.load(out, allow_pickle=False) as data:
        assert np.array_equal(data["X"], expected(FakeGenerator(), 4))
        assert data["X"].dtype == np.uint8
        assert data["y"].tolist() == ["cat"] * 150 + ["dog"] * 70
        assert (bool(data["synthetic"]), str(data["generator"]), int(data["seed"])) == (True, "abc123", 4)
        assert str(data["digital_source_type"]).endswith("trainedAlgorithmicMedia")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.manifest.jsonl", "set.md", "set.npz"]
    assert (written.path, written.n_written) == (out, 220)


def test_grey_images_have_no_channel_axis(tmp_path: Path) -> None:
    write_samples(FakeGenerator(size=(8, 9, 1)), {"cat": 3}, tmp_path / "set.npz", format="npz")
    assert np.load(tmp_path / "set.npz")["X"].shape == (3, 8, 9)


def test_a_folder_as_output_holds_the_file_its_manifest_and_card(tmp_path: Path) -> None:
    written = write_samples(FakeGenerator(), COUNTS, tmp_path / "out", format="npz")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["README.md", "manifest.jsonl", "samples.npz"]
    lines = [json.loads(line) for line in written.manifest.read_text().splitlines()]
    assert len(lines) == 220
    assert lines[151] == {
        "file": "samples.npz", "row": 151, "class": "dog", "index": 1,
        "synthetic": True, "seed": 0, "generator": "abc123"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["set.npz", "out"])
def test_a_resumed_run_equals_an_undisturbed_one_and_draws_no_block_twice(tmp_path: Path, name: str) -> None:
    undisturbed = FakeGenerator()
    whole = write_samples(undisturbed, COUNTS, tmp_path / "whole" / name, format="npz")
    generator = interrupted(tmp_path / "cut" / name)
    assert not NpzPaths.of(tmp_path / "cut" / name).npz.exists()
    cut = write_samples(generator, COUNTS, tmp_path / "cut" / name, format="npz", resume=True)
    assert generator.drawn == undisturbed.drawn
    for part in ("path", "manifest", "card"):
        assert getattr(cut, part).read_bytes() == getattr(whole, part).read_bytes()
    assert (cut.n_written, cut.n_found) == (92, 128)
    assert len(list(cut.path.parent.iterdir())) == 3


def test_a_sample_torn_by_a_crash_is_drawn_again(tmp_path: Path) -> None:
    whole = write_samples(FakeGenerator(), COUNTS, tmp_path / "whole.npz", format="npz").path
    generator = interrupted(tmp_path / "set.npz")
    raw = NpzPaths.of(tmp_path / "set.npz").raw
    raw.write_bytes(raw.read_bytes()[:-5])
    cut = write_samples(generator, COUNTS, tmp_path / "set.npz", format="npz", resume=True)
    assert cut.n_found == 127
    assert cut.path.read_bytes() == whole.read_bytes()


def test_an_interruption_while_the_file_is_put_together_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> Iterator[bytes]:
        raise KeyboardInterrupt
        yield b""

    with monkeypatch.context() as patch:
        patch.setattr(npz, "_name_pieces", stop)
        with pytest.raises(KeyboardInterrupt):
            write_samples(FakeGenerator(), COUNTS, tmp_path / "set.npz", format="npz")
    assert not (tmp_path / "set.npz").exists()
    generator = FakeGenerator()
    write_samples(generator, COUNTS, tmp_path / "set.npz", format="npz", resume=True)
    assert generator.drawn == []
    assert len(np.load(tmp_path / "set.npz")["y"]) == 220


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize(
    ("generator", "counts", "seed"),
    [
        (FakeGenerator(), COUNTS, 1),
        (FakeGenerator(digest="other"), COUNTS, 0),
        (FakeGenerator(), {"cat": 149, "dog": 70}, 0),
    ],
)
def test_a_resume_with_other_settings_does_not_mix_two_datasets(
    tmp_path: Path, finished: bool, generator: FakeGenerator, counts: dict[str, int], seed: int
) -> None:
    out = tmp_path / "set.npz"
    if finished:
        write_samples(FakeGenerator(), COUNTS, out, format="npz")
    else:
        interrupted(out)
    with pytest.raises(OutputError):
        write_samples(generator, counts, out, format="npz", seed=seed, resume=True)


def test_finished_and_unfinished_work_is_not_overwritten(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path / "done.npz", format="npz")
    interrupted(tmp_path / "cut.npz")
    (tmp_path / "notes.md").write_text("mine")
    for name in ("done", "cut", "notes"):
        with pytest.raises(OutputError, match="there already"):
            write_samples(FakeGenerator(), COUNTS, tmp_path / f"{name}.npz", format="npz")
    with pytest.raises(OutputError, match="other files"):
        write_samples(FakeGenerator(), COUNTS, tmp_path / "notes.npz", format="npz", resume=True)
    assert (tmp_path / "notes.md").read_text() == "mine"
    assert write_samples(FakeGenerator(), COUNTS, tmp_path / "done.npz", format="npz", resume=True).n_written == 0


def test_blocks_are_not_gathered_in_memory(tmp_path: Path) -> None:
    alive: list[int] = []

    class Counted(FakeGenerator):
        def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[np.ndarray]:
            for block in super().iter_samples(class_index, start, stop, seed):
                view = block.view(Tracked)
                Tracked.n_alive += 1
                alive.append(Tracked.n_alive)
                yield view
                del view

    class Tracked(np.ndarray):
        n_alive = 0

        def __del__(self) -> None:
            Tracked.n_alive -= self.ndim == 4

    for kind in ("npz", "folder"):
        write_samples(Counted(), {"cat": 64 * 12}, tmp_path / kind, format=kind)
    assert len(alive) == 24
    assert max(alive) <= 2


def test_long_class_names_do_not_blow_up_the_names_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "_COPY_BYTES", 100)
    sizes = [len(piece) for piece in npz._name_pieces({"x" * 300: 3, "猫": 2})]
    assert sizes == [1200] * 5
    write_samples(FakeGenerator(classes=("x" * 300, "猫")), {"x" * 300: 3, "猫": 2}, tmp_path / "s.npz", format="npz")
    assert np.load(tmp_path / "s.npz")["y"].tolist() == ["x" * 300] * 3 + ["猫"] * 2
