"""Real and synthetic images in one folder."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError, DataError, OutputError
from gan_augment.mixing.augment import blur_warning, write_mixed
from gan_augment.seeding import numpy_rng
from tests.fakes import FakeGenerator


def real_images(classes: tuple[str, ...] = ("dog", "cat"), size: tuple[int, int, int] = (8, 9, 3)) -> LabelledImages:
    labels = np.array([0] * 80 + [1] * 5)
    images = numpy_rng("real").integers(0, 256, (85, *size), dtype=np.uint8)
    return LabelledImages(images, labels, ImageSchema(*size, classes=classes), [f"{i}.jpg" for i in range(85)])


def rows(folder: Path) -> dict[str, dict]:
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    return {row["file"]: row for row in map(json.loads, lines)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_real_and_synthetic_lie_side_by_side_and_only_the_synthetic_are_marked(tmp_path: Path) -> None:
    data = real_images()
    written = write_mixed(data, FakeGenerator(), {"cat": 75}, tmp_path)
    assert written.n_written == 160
    real, fake = (Image.open(tmp_path / "cat" / name) for name in ("real_000002.png", "synthetic_000002.png"))
    assert np.array_equal(np.asarray(real), data.images[82])
    assert real.text == {}
    assert fake.text["Synthetic"] == "true"


def test_the_manifest_tells_real_from_synthetic_and_where_real_came_from(tmp_path: Path) -> None:
    write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path, seed=2)
    found = rows(tmp_path)
    assert found["cat/real_000002.png"] == {
        "file": "cat/real_000002.png", "class": "cat", "index": 2, "synthetic": False, "source": "82.jpg",
        "fingerprint": real_images().fingerprints()[82].tobytes().hex(),
    }  # fmt: skip
    assert found["cat/synthetic_000002.png"]["synthetic"] is True
    assert sum(row["synthetic"] for row in found.values()) == 75


def test_the_card_gives_both_numbers(tmp_path: Path) -> None:
    card = write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path).card.read_text()
    for line in ("| cat | 5 | 75 |", "| dog | 80 | 0 |", "| **all** | 85 | 75 |"):
        assert line in card


def test_a_resumed_run_equals_an_undisturbed_one(tmp_path: Path) -> None:
    write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path / "whole")
    generator = FakeGenerator(interrupt_at=1)
    with pytest.raises(KeyboardInterrupt):
        write_mixed(real_images(), generator, {"cat": 75}, tmp_path / "cut")
    written = write_mixed(real_images(), generator, {"cat": 75}, tmp_path / "cut", resume=True)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert (written.n_found, generator.drawn) == (149, [(0, 0, 0), (0, 1, 0)])


def test_images_of_another_size_or_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="8 x 8 x 3"):
        write_mixed(real_images(size=(8, 8, 3)), FakeGenerator(), {"cat": 1}, tmp_path)
    with pytest.raises(DataError, match="Did you mean 'dog'"):
        write_mixed(real_images(classes=("dogs", "cat")), FakeGenerator(), {"cat": 1}, tmp_path)
    with pytest.raises(ConfigError, match="class"):
        write_mixed(real_images(), FakeGenerator(), {"cow": 1}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sizes", "aspect", "n"),
    [
        ([(8, 9)], "crop", 0),
        ([(12, 13)], "crop", 0),
        ([(16, 18), (8, 9)], "crop", 1),
        ([(4, 4)], "crop", 1),
        ([(8, 90)], "crop", 0),
        ([(8, 90)], "pad", 1),
        ([(8, 90)], "stretch", 1),
    ],
)
def test_a_resize_that_blurs_is_noticed_and_a_mere_crop_is_not(sizes: list, aspect: str, n: int) -> None:
    warning = blur_warning(sizes, ImageSchema(8, 9, 3, ("cat",), aspect))
    assert (warning or "0 of").startswith(f"{n} of")


def test_the_warning_reaches_the_caller(tmp_path: Path) -> None:
    real = replace(real_images(), native_sizes=np.array([(80, 90)] * 85))
    written = write_mixed(real, FakeGenerator(), {"cat": 1}, tmp_path)
    assert written.notes[0].startswith("85 of 85 real images were scaled")


def test_a_resume_with_other_real_images_does_not_mix_the_two(tmp_path: Path) -> None:
    write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path)
    (tmp_path / "cat/real_000002.png").unlink()
    others = replace(real_images(), images=255 - real_images().images)
    with pytest.raises(OutputError, match="from other data"):
        write_mixed(others, FakeGenerator(), {"cat": 75}, tmp_path, resume=True)


def test_a_folder_of_a_version_without_fingerprints_goes_on(tmp_path: Path) -> None:
    write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path)
    older = [{key: value for key, value in row.items() if key != "fingerprint"} for row in rows(tmp_path).values()]
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in older))
    (tmp_path / "cat/real_000002.png").unlink()
    assert write_mixed(real_images(), FakeGenerator(), {"cat": 75}, tmp_path, resume=True).n_written == 1


def test_samples_that_were_not_loaded_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="load_images"):
        write_mixed((np.zeros((4, 8, 9, 3)), [0, 0, 1, 1]), FakeGenerator(), {"cat": 75}, tmp_path / "out")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
