"""Where a run may be written: a new folder, or one with a run that goes on."""

from pathlib import Path

from gan_augment.errors import CheckpointError, ConfigError, OutputError
from gan_augment.files import CONFIG_FILE, output_errors
from gan_augment.generation.generator import GENERATOR_FILE
from gan_augment.planning.warm_start import TRAINING_FILE


def require_place(out: Path | None, resume: bool, tensorboard: bool) -> None:
    """Refuse a folder that a run cannot be written to; None stands for a run in memory.

    Raises
    ------
    ConfigError
        If a run in memory is to be resumed or logged.
    OutputError
        If `out` is a file, or holds something and `resume` is False.
    CheckpointError
        If there is no run in `out` to resume, or it cannot go on.
    """
    if out is None:
        if resume or tensorboard:
            raise ConfigError("Resuming and TensorBoard need a run folder: give out=RUN.")
        return
    with output_errors(out):
        if out.exists() and not out.is_dir():
            raise OutputError(f"{out} is a file: choose another folder with --out.")
        full = out.is_dir() and any(out.iterdir())
    if full and not resume:
        raise OutputError(f"{out} is not empty: choose another --out, or go on with the run in it with --resume.")
    if full and not (out / CONFIG_FILE).exists():
        raise CheckpointError(f"{out} holds files but no run to resume ({CONFIG_FILE} is missing): choose another one.")
    if (out / GENERATOR_FILE).exists() and not (out / TRAINING_FILE).exists():
        raise CheckpointError(f"{out} cannot go on ({TRAINING_FILE} is missing): copy it back, or fit anew elsewhere.")
