"""What looks at a generator while it trains, by the kind of data."""

from pathlib import Path

from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import LabelledImages
from gan_augment.generation.image_score import ImageScore
from gan_augment.generation.preview import ImagePreview
from gan_augment.generation.row_preview import RowPreview
from gan_augment.generation.scored import ScoredLooks
from gan_augment.transforms.codec import Codec

Parts = tuple[LabelledData, LabelledData]  # what a generator is fitted on, and what its checkpoints are scored on
SAMPLES = "samples"


def preview_of(codec: Codec, parts: Parts, run: Path | None, seed: int) -> ImagePreview | RowPreview:
    """Return what measures the diversity of each class, and writes pictures into a run folder if there is one."""
    data, held_out = parts
    if isinstance(data, LabelledImages):
        return ImagePreview(codec, data, run and run / SAMPLES, seed)
    return RowPreview(codec, data, held_out, seed)


def scoring_of(codec: Codec, parts: Parts, seed: int) -> list[ScoredLooks]:
    """Return what scores images, on those that the generator is fitted on; rows are scored by their preview."""
    return [ImageScore(codec, parts[0], seed)] if isinstance(parts[0], LabelledImages) else []
