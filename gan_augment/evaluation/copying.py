"""When near-copies of training samples are worth a warning; knows nothing of what the samples are."""

from collections.abc import Mapping
from typing import Any

NOTABLE = 0.01  # share of near-copies beyond that of held-out real samples
SURE = -3.0  # Z of Meehan et al. 2020; of fresh real samples it varies by less than 1


def copying_warnings(found: Mapping[str, Any]) -> list[str]:
    """Return what `Memorisation.to_dict` says against synthetic samples, a sentence each."""
    said = []
    if found["copied"] > found["copied_held_out"] + NOTABLE:
        said.append(
            f"Warning: {found['copied']:.0%} of synthetic samples are near-copies of training samples (held-out real "
            f"ones: {found['copied_held_out']:.0%})."
        )
    if found["identical"] > found["identical_held_out"] + NOTABLE:
        said.append(
            f"Warning: {found['identical']:.0%} of synthetic samples are training samples again (held-out real ones: "
            f"{found['identical_held_out']:.0%})."
        )
    if found["z"] is not None and found["z"] < SURE and not said:
        said.append(
            "Warning: synthetic samples lie nearer to training samples than held-out real ones do "
            f"(Z {found['z']:.1f})."
        )
    return said
