"""Reads DATA the way a fitted run needs it: its size and channels or its columns, and its classes in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gan_augment.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from gan_augment.data.labelled import LabelledData
    from gan_augment.generation.source import SampleSource


def load_for_run(
    data: str, generator: SampleSource, encoding: str, part: str = "train", progress: bool = False
) -> LabelledData:
    """Return the samples of `data`, brought to what the generator makes; what the reader decided goes to stderr."""
    from gan_augment.data.open import DataRequest

    samples = DataRequest(data, encoding=encoding).load(generator.schema, part, progress)
    for note in samples.notes:
        click.echo(f"Note: {note}", err=True)
    return samples


def load_parts(
    data: str, test: str | None, run: Path, generator: SampleSource, encoding: str, progress: bool
) -> tuple[LabelledData, LabelledData]:
    """Return what to train on and what to test on: `data` and `test`, or the parts into which the fit divided `data`.

    Raises
    ------
    GanAugmentError
        If something cannot be read; without `test`, if the run kept nothing back or was fitted on other data.
    """
    from gan_augment.data.marks import require_real
    from gan_augment.planning.plan import parts_of_run, saved_config

    require_real(data, "training")
    require_real(test, "test")
    if test is not None:
        train = load_for_run(data, generator, encoding, progress=progress)
        return train, load_for_run(test, generator, encoding, part="test", progress=progress)
    if not saved_config(run).holdout:
        how = "give --test DATA that it never saw, or fit anew with --holdout 0.2"
        raise ConfigError(f"The run in {run} kept nothing back to test on: {how}.")
    train, held_out = parts_of_run(run, load_for_run(data, generator, encoding, progress=progress))
    assert held_out is not None
    return train, held_out
