"""For each kind of data a codec, raw samples with labels, and settings that make a recipe tiny."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.recipes import RECIPES, Recipe
from gan_augment.seeding import numpy_rng
from gan_augment.transforms.codec import Codec
from gan_augment.transforms.image import ImageCodec
from gan_augment.transforms.table import TableCodec
from tests.transforms.tables import mixed_table

NOT_EXACT = ["id", "score", "amount"]  # made anew, or rounded by float32


@dataclass(frozen=True)
class Kind:
    """A kind of data; `check_same` compares decoded samples with the raw ones they came from."""

    codec: Codec
    raw: Any
    labels: np.ndarray
    check_same: Callable[[Any, Any], None]


def images(height: int, width: int, channels: int, flips: tuple[str, ...] = ()) -> Kind:
    codec = ImageCodec(ImageSchema(height, width, channels, ("cat", "dog", "fox")), flips)
    raw = numpy_rng("images").integers(0, 256, (24, height, width, channels), dtype=np.uint8)
    return Kind(codec, raw, np.arange(24) % 3, np.testing.assert_array_equal)


def rows() -> Kind:
    table = mixed_table(200)
    return Kind(TableCodec.fit(table, numpy_rng(0)), table.frame, table.labels, check_same_rows)


def check_same_rows(decoded: pd.DataFrame, raw: pd.DataFrame) -> None:
    assert list(decoded) == list(raw)
    pd.testing.assert_frame_equal(decoded.drop(columns=NOT_EXACT), raw.drop(columns=NOT_EXACT))


KINDS = {"image": images(9, 12, 3, ("horizontal",)), "table": rows()}
TINY = {
    "image": {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "6"},
    "table": {"network.hidden": "8", "network.z_dim": "4", "network.label_dim": "3", "train.batch_size": "20"},
}


def tiny(name: str) -> Recipe:
    recipe = RECIPES[name]
    return config.override(recipe, TINY[recipe.kind])


def resting(kind: Kind) -> tuple[torch.Tensor, torch.Tensor]:
    """Return samples as they rest, and their labels."""
    return kind.codec.encode(kind.raw), torch.from_numpy(kind.labels)
