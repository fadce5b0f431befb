"""Training that starts without labels and is told them little by little."""

from dataclasses import replace

from torch import Tensor

from gan_augment.errors import ConfigError
from gan_augment.networks.conditioning import tell_labels
from gan_augment.training.method import Batch, Context, Phase

Window = tuple[float, float]


def require_window(window: Window) -> None:
    """Raise a `ConfigError` where a window is none: two shares of the budget in order, the second before its end."""
    start, end = window
    if not 0 <= start <= end < 1:
        raise ConfigError(
            f"game.transition is two shares of the budget such as [0.1,0.25], in order and below 1, not {[*window]}."
        )


def label_share(window: Window, progress: float) -> float:
    """Return how much of the label is told where `progress` of the budget is spent: 0 before a window, 1 after it."""
    start, end = window
    return min(max((progress - start) / (end - start), 0.0), 1.0) if end > start else float(progress >= end)


def in_transition(phase: Phase, window: Window) -> Phase:
    """Return a phase whose networks are told no label before the window, and all of it after the window.

    Shahbazi et al. (2022), "Collapse by Conditioning: Training Class-Conditional GANs with Limited Data": few images a
    class collapse where conditions are there from the start, and do not where the classes learn together first. The
    generator's embedding and the projection of the discriminator's head grow in step; its unconditional logit stays.
    """

    def loss_fn(batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        for module in ctx.modules.values():
            tell_labels(module, label_share(window, ctx.progress))
        return phase.loss_fn(batches, ctx)

    return replace(phase, loss_fn=loss_fn)
