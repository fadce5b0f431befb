"""How a fitted run makes its samples: as they come or curated, by latents as wide as in training or others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from gan_augment.generation.curated import CuratedGenerator
    from gan_augment.generation.generator import TrainedGenerator

F = TypeVar("F", bound=Callable[..., Any])


def source_options(command: F) -> F:
    """Add `curate` and `latent_std`, None where they are left out: `load_source` takes them."""
    wider = click.option("--latent-std", type=float, help="0.5 to 1.5: above 1, more variety; 1 when left out.")
    curated = click.option(
        "--curate/--no-curate",
        default=None,
        help="Keep the good images alone, by the teacher of the run, or take all as they come, as when left out.",
    )
    return curated(wider(command))


def load_source(
    run: Path, device: str, curate: bool | None = None, latent_std: float | None = None
) -> TrainedGenerator | CuratedGenerator:
    """Return what makes the samples of a run; errors as of `TrainedGenerator.load`, `widened` and `curate`."""
    from gan_augment.generation import curated
    from gan_augment.generation.generator import TrainedGenerator

    generator = TrainedGenerator.load(run, device)
    if latent_std is not None:
        generator = generator.widened(latent_std)
    return curated.curate(generator) if curate else generator
