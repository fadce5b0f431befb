"""Splits by class, and pictures of many images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.grid import class_grid, write_png
from gan_augment.data.splits import stratified_split
from gan_augment.errors import ConfigError, DataError, OutputError

LABELS = np.repeat([0, 1, 2], [50, 10, 2])


def test_split_divides_every_class_alike_and_loses_nothing() -> None:
    first, second = stratified_split(LABELS, 0.2, np.random.default_rng(0))
    assert sorted([*first, *second]) == list(range(62))
    assert np.bincount(LABELS[second]).tolist() == [10, 2, 1]
    assert (np.diff(first) > 0).all()
    assert (np.diff(second) > 0).all()


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_each_side_keeps_one_of_each_class(share: float) -> None:
    for side in stratified_split(LABELS, share, np.random.default_rng(0)):
        assert (np.bincount(LABELS[side]) >= 1).all()


def test_split_is_fixed_by_the_generator_and_not_by_position() -> None:
    splits = [stratified_split(LABELS, 0.5, np.random.default_rng(seed))[1].tolist() for seed in (1, 1, 2)]
    assert splits[0] == splits[1] != splits[2]
    assert splits[0][:25] != list(range(25))


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_share_out_of_range(share: float) -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        stratified_split(LABELS, share, np.random.default_rng(0))


def test_a_class_of_one_cannot_be_split() -> None:
    with pytest.raises(DataError, match="Class 7 has one item"):
        stratified_split(np.array([0, 0, 7]), 0.5, np.random.default_rng(0))


@pytest.mark.parametrize(("side", "factor"), [(8, 6), (28, 2), (48, 1), (128, 1)])
def test_grid_has_a_row_a_class_and_cells_large_enough(side: int, factor: int) -> None:
    images = np.arange(6, dtype=np.uint8).reshape(2, 3, 1, 1, 1) * np.ones((1, 1, side, side, 1), np.uint8)
    picture = class_grid(images)
    cell = side * factor
    assert picture.shape == (2 * cell + 6, 3 * cell + 8)
    centres = picture[2 + cell // 2 :: cell + 2, 2 + cell // 2 :: cell + 2]
    assert centres.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (picture[:2] == picture[0, 0]).all()


def test_grid_of_colour_images_that_are_not_square() -> None:
    picture = class_grid(np.full((1, 2, 24, 32, 3), (1, 2, 3), np.uint8))
    assert picture.shape == (24 * 2 + 4, 2 * 64 + 6, 3)
    assert picture[10, 10].tolist() == [1, 2, 3]


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3)])
def test_png_holds_the_picture_and_leaves_nothing_beside_it(tmp_path: Path, shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for _ in range(2):
        write_png(tmp_path / "new" / "a.png", picture)
    assert (np.asarray(Image.open(tmp_path / "new" / "a.png")) == picture).all()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_interrupted_write_keeps_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    before = (tmp_path / "a.png").read_bytes()

    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_png(tmp_path / "a.png", np.ones((4, 4), np.uint8))
    assert (tmp_path / "a.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_unwritable_place_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        write_png(tmp_path / "file" / "a.png", np.zeros((4, 4), np.uint8))
