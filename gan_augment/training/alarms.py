"""What speaks against a run, in sentences for the user: classes that collapsed, a discriminator that saw nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from gan_augment.metrics.fidelity import COLLAPSED

AT_CHANCE = 0.01  # how near its chance level the discriminator's loss must be to count as blind


def collapse_warning(diversity: Mapping[str, float | None]) -> str | None:
    """Return a sentence when classes vary too little, None otherwise; `diversity` is by class, 1 as real ones vary."""
    collapsed = {name: value for name, value in diversity.items() if value is not None and value < COLLAPSED}
    if not collapsed:
        return None
    shown = ", ".join(f"{name} ({value:.2f})" for name, value in list(collapsed.items())[:8])
    return (
        f"Collapsed classes: {shown} vary less than {COLLAPSED:g} of what real samples do. Train longer, or try "
        "another recipe; such samples add little to a classifier."
    )


def blindness_warning(rows: Sequence[Mapping[str, Any]], chance: float) -> str | None:
    """Return a sentence when the discriminator's loss stayed at `chance` for a tenth of the metrics `rows`."""
    losses = [row["d_loss"] for row in rows if row.get("d_loss") is not None]
    losses = losses[-(-len(losses) // 10) :]  # every discriminator starts at chance
    blind = sum(abs(value - chance) < AT_CHANCE for value in losses)
    if not blind or blind * 10 < len(losses):
        return None
    return (
        f"For {blind / len(losses):.0%} of the run the discriminator could not tell real from fake (its loss was "
        "at chance) and taught the generator little: raise discriminator.lr.start or game.d_steps with --set."
    )


def untold_warning(window: tuple[float, float], progress: float) -> str | None:
    """Return a sentence when a run ends before labels were told in full, see `training.transition`; None otherwise."""
    if progress >= window[1]:
        return None
    return (
        f"The run ends at {progress:.0%} of its budget, before labels were told in full (game.transition, "
        f"{window[1]:.0%}): its samples are hardly of the class that they are said to be. Go on with --resume."
    )
