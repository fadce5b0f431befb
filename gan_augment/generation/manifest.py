"""The manifest: JSON lines that say of each sample, or of a stretch of them, where it came from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gan_augment.errors import OutputError

SCORES = "scores"
Row = dict[str, Any]


def row_line(row: Mapping[str, Any]) -> bytes:
    """Return one row as a line; pure ASCII, so that any class name comes back exactly."""
    return json.dumps(row).encode("ascii") + b"\n"


def with_scores(scores: Iterable[Row]) -> list[Row]:
    """Return what the scores of samples add to their lines."""
    return [{SCORES: one} for one in scores]


def without_scores(row: Row) -> Row:
    """Return a line without what would have to be drawn again to be known."""
    return {key: value for key, value in row.items() if key != SCORES}


def require_same(path: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Check that earlier work was made with the settings of now.

    Raises
    ------
    OutputError
        Naming the first setting that differs.
    """
    for key in ("seed", "generator"):
        if found.get(key) != expected.get(key):
            was, is_now = found.get(key), expected.get(key)
            raise OutputError(f"{path} was made with {key} {was}, not {is_now}: use that one, or choose another place.")
    if dict(found) != dict(expected):
        raise OutputError(
            f"{path} was made in another format, with other counts or from other data: choose another place."
        )
