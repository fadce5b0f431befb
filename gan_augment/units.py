"""Reads durations and sizes as people write them (``1h30m``, ``32x48``), and writes durations back."""

import re
from collections.abc import Mapping
from typing import Any

from gan_augment.errors import ConfigError

_DURATION = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def parse_duration(duration: str | float) -> float:
    """Return seconds for ``"90s"``, ``"10m"``, ``"1h30m"``, ``"45"`` or a plain number of seconds.

    Raises
    ------
    ConfigError
        If the text is no duration, or is not above zero.
    """
    text = str(duration).replace(" ", "").lower()
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ConfigError(f"Cannot read the duration {str(duration)!r}: write 90s, 10m, 1h30m or 2h.")
    seconds = sum(_SECONDS[unit] * float(amount) for unit, amount in match.groupdict().items() if amount)
    if seconds <= 0:
        raise ConfigError(f"A duration must be above zero, not {str(duration)!r}.")
    return seconds


def format_duration(seconds: float) -> str:
    """Return a duration as `parse_duration` reads it, to the second: ``1h30m``, ``2m05s``, ``9s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def parse_size(size: str | int | tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) in pixels for ``"32"``, ``"32x48"``, ``32`` or a pair.

    Raises
    ------
    ConfigError
        If it cannot be read; whether the size is one that can be fitted is checked where the data is read.
    """
    if isinstance(size, tuple):
        return size
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", str(size).strip().lower())
    if match is None:
        raise ConfigError(f"Cannot read the image size {str(size)!r}: write N or HxW in pixels, such as 32 or 32x48.")
    height, width = match.groups()
    return int(height), int(width or height)


def format_budget(budget: Mapping[str, Any]) -> str:
    """Return what a fit was given, as its ``config.json`` has it: ``steps``, or ``seconds``."""
    return f"{budget['steps']:,} steps" if budget["steps"] else format_duration(budget["seconds"])
