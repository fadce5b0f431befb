"""One finished classifier as a line of ``results.jsonl``: appended as it comes, read back to go on."""

import json
import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from gan_augment.config import from_dict, to_dict
from gan_augment.errors import ConfigError, OutputError
from gan_augment.files import RESULTS_FILE, claim_folder, read_jsonl, write_atomically

SETTINGS_FILE = "settings.json"


class Keyed(Protocol):
    """A row as a frozen dataclass that says which one it is."""

    @property
    def key(self) -> Hashable:
        """What no other row of an evaluation has."""
        ...


R = TypeVar("R", bound=Keyed)


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

    @property
    def key(self) -> tuple[str, int]:
        """Arm and seed."""
        return self.arm, self.seed


def _any(row: Keyed) -> bool:
    return True


class RowFile(Generic[R]):
    """Rows of one kind in a JSON-lines file: those it holds are read, new ones appended.

    Parameters
    ----------
    path
        The file; it need not be there yet.
    row_type
        The dataclass of a row, such as `Row`.
    wanted_fn
        Tells which of the rows found there still count; others are dropped.
    """

    def __init__(self, path: Path, row_type: type[R], wanted_fn: Callable[[R], bool] = _any) -> None:
        self._path, self._row_type = path, row_type
        self.rows: dict[Hashable, R] = {}
        if path.exists():
            self.rows = {row.key: row for row in filter(wanted_fn, map(self._parse, read_jsonl(path)))}
            # Written anew, since the next row must not be appended to a line that an interruption cut off.
            write_atomically(path, "".join(_line(row) for row in self.rows.values()).encode())

    def add(self, row: R) -> None:
        """Append a row; it is on the disk when this returns."""
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(_line(row))
            lines.flush()
            os.fsync(lines.fileno())
        self.rows[row.key] = row

    def _parse(self, values: Mapping[str, Any]) -> R:
        try:
            return from_dict(self._row_type, values)
        except (ConfigError, TypeError, ValueError) as error:
            raise OutputError(f"{self._path} holds a line that is no result: choose another folder.") from error


class Ledger(RowFile[R]):
    """The finished rows of one evaluation in a folder of its own; parameters and errors as of `claim_results`."""

    def __init__(self, out: Path, settings: Mapping[str, Any], row_type: type[R], resume: bool = False) -> None:
        claim_results(out, settings, resume)
        super().__init__(out / RESULTS_FILE, row_type)


def claim_results(out: Path, settings: Mapping[str, Any], resume: bool) -> None:
    """Make a folder for results, with what they depend on beside them in ``settings.json``.

    Parameters
    ----------
    out
        The folder; made if it is not there.
    settings
        What the rows depend on, as plain JSON data.
    resume
        Go on with what is found there.

    Raises
    ------
    OutputError
        If `out` holds something and `resume` is not set, or its rows were made with other settings.
    """
    if claim_folder(out, resume):
        _require_same(out, settings)
    write_atomically(out / SETTINGS_FILE, json.dumps(settings, indent=2).encode())


def _line(row: Keyed) -> str:
    return json.dumps(to_dict(row)) + "\n"


def _require_same(out: Path, settings: Mapping[str, Any]) -> None:
    path = out / SETTINGS_FILE
    if not path.is_file():
        raise OutputError(f"{out} holds no evaluation to go on with: choose another folder.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutputError(f"{path} is damaged: choose another folder.") from error
    changed = [key for key in {**settings, **found} if found.get(key) != settings.get(key)]
    if changed:
        raise OutputError(f"{out} was evaluated with another {changed[0]}: use that again, or choose another folder.")
