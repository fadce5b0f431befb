"""Reads DATA the way a fitted run needs it: its size, its channels, its classes in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gan_augment.data.schema import LabelledImages
    from gan_augment.generation.generator import TrainedGenerator


def load_for_run(data: str, generator: TrainedGenerator, part: str = "train", progress: bool = False) -> LabelledImages:
    """Return the images of `data`, brought to what the generator makes; what the reader decided goes to stderr."""
    from gan_augment.data.images import load_images

    schema = generator.schema
    images = load_images(
        data,
        part=part,
        image_size=(schema.height, schema.width),
        channels=schema.channels,
        aspect=schema.aspect,
        classes=schema.classes,
        progress=progress,
    )
    for note in images.notes:
        click.echo(f"Note: {note}", err=True)
    return images
