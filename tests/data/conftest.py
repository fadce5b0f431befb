"""Small image folders that tests of the data room share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ImageMaker = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> ImageMaker:
    """Write an array or Pillow image below `tmp_path`, folders included."""

    def write(name: str, image: np.ndarray | Image.Image, **options: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
        picture.save(path, **options)
        return path

    return write


@pytest.fixture
def make_folder(save: ImageMaker, tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of grey class folders, each image of one level, so that pixels tell where they came from."""

    def make(root: str = "photos", classes: tuple[str, ...] = ("cat", "dog"), n: int = 2, size: int = 8) -> Path:
        for i, name in enumerate(classes):
            for j in range(n):
                save(f"{root}/{name}/{j}.png", np.full((size, size), (100 * i + j) % 256, np.uint8))
        return tmp_path / root

    return make
