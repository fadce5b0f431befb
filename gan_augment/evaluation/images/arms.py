"""The arms of an evaluation as rows of data: what a classifier is trained on, and what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup


@dataclass(frozen=True)
class Arm:
    """One way of training a classifier.

    Parameters
    ----------
    name
        As it is asked for and printed.
    real, synthetic
        Which images the classifier sees.
    classical
        Whether every image it sees is augmented classically.
    baseline
        Name of the arm it is compared with: what a user would do otherwise.
    """

    name: str
    real: bool
    synthetic: bool
    classical: bool
    baseline: str | None


ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("none", real=True, synthetic=False, classical=False, baseline=None),
        Arm("classical", real=True, synthetic=False, classical=True, baseline="none"),
        Arm("gan", real=True, synthetic=True, classical=False, baseline="none"),
        Arm("classical+gan", real=True, synthetic=True, classical=True, baseline="classical"),
        Arm("gan-only", real=False, synthetic=True, classical=False, baseline="none"),
        Arm("classical+gan-only", real=False, synthetic=True, classical=True, baseline="classical"),
    )
}


def resolve_arms(names: Sequence[str]) -> tuple[Arm, ...]:
    """Return the arms of these names, in the order of `ARMS`.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), or none at all.
    """
    chosen = {lookup(ARMS, name, "arm") for name in names}
    if not chosen:
        raise ConfigError(f"Name at least one arm to evaluate out of: {', '.join(ARMS)}.")
    return tuple(arm for arm in ARMS.values() if arm in chosen)
