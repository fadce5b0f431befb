"""Pictures of many images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.grid import class_grid, write_png
from gan_augment.errors import OutputError


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
