"""Reads a labels.csv: which file has which label; knows nothing about image formats."""

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from gan_augment.data.labels import missing_labels, shortened
from gan_augment.errors import DataError

LABELS_FILE = "labels.csv"
_FILE_COLUMNS = ("file", "filename", "file_name", "path", "filepath", "file_path", "image", "image_path")
_LABEL_COLUMNS = ("label", "labels", "class", "class_name", "category", "target")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class LabelTable:
    """Image files and their class names, row by row, and what was decided while reading."""

    paths: list[Path]
    labels: list[str]
    notes: tuple[str, ...]


def read_labels(path: Path) -> LabelTable:
    """Return the rows of a labels.csv; file names are relative to its folder.

    The columns may stand in any order among others, their names in any case and with common synonyms, and commas,
    semicolons or tabs between them.

    Raises
    ------
    DataError
        If a column is missing, a label is empty, a file has two labels, or files do not exist.
    """
    rows = _read_rows(path)
    file_column, label_column = _find_columns(path, rows[0] if rows else [])
    pairs = [(_cell(row, file_column), _cell(row, label_column)) for row in rows[1:]]
    if not pairs:
        raise DataError(f"{path} has no rows below its header.")
    _refuse_missing_labels(path, pairs)
    unique = _unique_pairs(path, pairs)
    paths = [_found(path.parent, file) for file in unique]
    _refuse_missing_files(path, paths, list(unique))
    n_repeated = len(pairs) - len(unique)
    notes = (f"Rows of {path.name} that repeat another one, left out: {n_repeated}.",) if n_repeated else ()
    return LabelTable(paths, list(unique.values()), notes)


def _read_rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file: {error}.") from error
    return [row for row in rows if any(map(str.strip, row))]


def _find_columns(path: Path, header: list[str]) -> tuple[int, int]:
    names = [name.strip().lower() for name in header]
    file_column = next((names.index(name) for name in _FILE_COLUMNS if name in names), None)
    label_column = next((names.index(name) for name in _LABEL_COLUMNS if name in names), None)
    if file_column is None or label_column is None:
        found = ", ".join(repr(name.strip()) for name in header) or "nothing"
        raise DataError(f"{path} needs a header with the columns file and label; its first line has {found}.")
    return file_column, label_column


def _found(folder: Path, name: str) -> Path:
    """Return the path of a file, also where its name was written on Windows."""
    return folder / name if os.path.lexists(folder / name) else folder / name.replace("\\", "/")


def _cell(row: list[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _refuse_missing_labels(path: Path, pairs: list[tuple[str, str]]) -> None:
    missing = [file for file, label in pairs if not label or label.lower() == "nan"]
    if missing:
        raise DataError(f"{path}: {missing_labels(len(missing), len(pairs), missing[0] or 'an empty row')}")


def _unique_pairs(path: Path, pairs: list[tuple[str, str]]) -> dict[str, str]:
    unique: dict[str, str] = {}
    for file, label in pairs:
        if unique.setdefault(file, label) != label:
            raise DataError(f"{path} gives {file!r} two labels, {unique[file]!r} and {label!r}: keep one.")
    return unique


def _refuse_missing_files(path: Path, paths: list[Path], names: list[str]) -> None:
    missing = [name for file, name in zip(paths, names, strict=True) if not os.path.isfile(file)]
    if missing:
        raise DataError(
            f"{path} names {len(missing)} of {len(names)} files that do not exist: {shortened(missing)}. "
            "File names are relative to the folder of the CSV."
        )
