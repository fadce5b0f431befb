"""Which codec goes with which kind of data."""

from typing import Any

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import LabelledImages
from gan_augment.data.table_schema import LabelledTable
from gan_augment.registry import lookup
from gan_augment.transforms.codec import Codec
from gan_augment.transforms.image import ImageCodec
from gan_augment.transforms.table import TableCodec

CODECS: dict[str, type[ImageCodec] | type[TableCodec]] = {"image": ImageCodec, "table": TableCodec}


def fit_codec(data: LabelledData, flips: tuple[str, ...], rng: np.random.Generator) -> Codec:
    """Return the codec of `data`; `flips` are mirrorings that the labels of images survive."""
    if isinstance(data, LabelledTable):
        return TableCodec.fit(data, rng)
    assert isinstance(data, LabelledImages)
    return ImageCodec(data.schema, flips)


def codec_from_state(state: dict[str, Any]) -> Codec:
    """Rebuild the codec whose `state` this is."""
    return lookup(CODECS, state["kind"], "kind of data").from_state(state)
