"""Plain aligned text, and plain data: how every evaluation is shown and written."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines of text with columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def without_nan(value: Any) -> Any:
    """Return plain data with None, which JSON knows, in place of every number that is not finite."""
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
