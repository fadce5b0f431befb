"""Reads DATA the way a fitted run needs it: its size and channels or its columns, and its classes in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gan_augment.data.labelled import LabelledData
    from gan_augment.generation.generator import TrainedGenerator


def load_for_run(
    data: str, generator: TrainedGenerator, encoding: str, part: str = "train", progress: bool = False
) -> LabelledData:
    """Return the samples of `data`, brought to what the generator makes; what the reader decided goes to stderr."""
    from gan_augment.data.open import DataRequest

    samples = DataRequest(data, encoding=encoding).load(generator.schema, part, progress)
    for note in samples.notes:
        click.echo(f"Note: {note}", err=True)
    return samples
