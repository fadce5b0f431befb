"""One finished classifier as a line of ``results.jsonl``: appended as it comes, read back to go on."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_augment.errors import OutputError
from gan_augment.files import claim_folder, read_jsonl, write_atomically

RESULTS_FILE = "results.jsonl"
SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Row:
    """How one classifier did on the test images.

    Parameters
    ----------
    arm
        Name of the arm.
    seed
        Number of the classifier seed, from 0; rows of the same number are paired.
    steps
        Optimiser steps it was trained for.
    accuracy, macro_f1
        On all test images.
    per_class
        Accuracy within each class, in label order.
    """

    arm: str
    seed: int
    steps: int
    accuracy: float
    macro_f1: float
    per_class: tuple[float, ...]


class Ledger:
    """The finished rows of one evaluation in a folder of its own.

    Parameters
    ----------
    out
        The folder; made if it is not there.
    settings
        What the rows depend on, as plain JSON data; kept beside them in ``settings.json``.
    resume
        Go on with the rows found there.

    Raises
    ------
    OutputError
        If `out` holds something and `resume` is not set, or its rows were made with other settings.
    """

    def __init__(self, out: Path, settings: Mapping[str, Any], resume: bool = False) -> None:
        self._path = out / RESULTS_FILE
        self.rows: dict[tuple[str, int], Row] = {}
        if claim_folder(out, resume):
            _require_same(out, settings)
            self._take_up()
        write_atomically(out / SETTINGS_FILE, json.dumps(settings, indent=2).encode())

    def add(self, row: Row) -> None:
        """Append a row; it is on the disk when this returns."""
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(_line(row))
            lines.flush()
            os.fsync(lines.fileno())
        self.rows[row.arm, row.seed] = row

    def _take_up(self) -> None:
        if not self._path.exists():
            return
        for values in read_jsonl(self._path):
            row = _parse(self._path, values)
            self.rows[row.arm, row.seed] = row
        # Written anew, since the next row must not be appended to a line that an interruption cut off.
        write_atomically(self._path, "".join(_line(row) for row in self.rows.values()).encode())


def _line(row: Row) -> str:
    return json.dumps(dataclasses.asdict(row)) + "\n"


def _parse(path: Path, values: Mapping[str, Any]) -> Row:
    try:
        return Row(**{**values, "per_class": tuple(values["per_class"])})
    except (KeyError, TypeError) as error:
        raise OutputError(f"{path} holds a line that is no result: choose another folder.") from error


def _require_same(out: Path, settings: Mapping[str, Any]) -> None:
    path = out / SETTINGS_FILE
    if not path.is_file():
        raise OutputError(f"{out} holds no evaluation to go on with: choose another folder.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutputError(f"{path} is damaged: choose another folder.") from error
    changed = [key for key, value in settings.items() if found.get(key) != value]
    if changed:
        raise OutputError(f"{out} was evaluated with another {changed[0]}: use that again, or choose another folder.")
