"""Finds and reads files of tables, CSV and Parquet; knows nothing about targets."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gan_augment.data.folder import PARTS
from gan_augment.data.labels import shortened
from gan_augment.data.table_arrow import to_frame
from gan_augment.data.table_csv import read_csv
from gan_augment.errors import DataError
from gan_augment.registry import nearest

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_PARQUET_SUFFIXES = (".parquet", ".pq")
_OTHER_SUFFIXES = (".xlsx", ".xls", ".ods", ".feather", ".arrow", ".json", ".jsonl")
READ = (*_TEXT_SUFFIXES, *_PARQUET_SUFFIXES)


def is_table_path(path: Path) -> bool:
    """Tell whether a path is a table by its ending, or a folder with one table for each part (``train.csv``)."""
    if os.path.isdir(path):
        return bool(part_tables(path))
    return path.name.lower().endswith(READ + _OTHER_SUFFIXES)


def find_file(path: Path, part: str) -> tuple[Path, tuple[str, ...]]:
    """Return the file to read, and a note where a folder holds several.

    Raises
    ------
    DataError
        If there is none; the nearest name is offered.
    """
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise DataError(_no_file(path))
        return path, ()
    parts = part_tables(path)
    if part not in parts:
        found = " and ".join(file.name for file in parts.values())
        others = f", only {found}" if found else ""
        raise DataError(f"{path} has no {part}.csv or {part}.parquet{others}: add it, or name the file itself.")
    unused = [file.name for name, file in parts.items() if name != part]
    return parts[part], (f"Taken from {parts[part].name} in {path}; not used: {shortened(unused)}.",) if unused else ()


def read_file(
    path: Path, encoding: str = "utf-8", keep_text: Collection[str] = (), progress: bool = False
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table in a file, and notes on what was decided; see `read_csv` for the parameters.

    Raises
    ------
    DataError
        If it is damaged, or of a kind that is not read.
    """
    name = path.name.lower()
    if name.endswith(_PARQUET_SUFFIXES):
        return _read_parquet(path)
    if name.endswith(_TEXT_SUFFIXES):
        return read_csv(path, encoding, keep_text, progress)
    raise DataError(f"{path} is a kind of table that is not read: save it as CSV or Parquet, or pass a DataFrame.")


def part_tables(folder: Path) -> dict[str, Path]:
    """Find a table for each part; a folder of the same name beside it means images."""
    found: dict[str, Path] = {}
    for part, names in PARTS.items():
        files = [folder / f"{name}{suffix}" for name in names for suffix in READ]
        file = next((file for file in files if os.path.isfile(file)), None)
        if file is not None and not any(os.path.isdir(folder / name) for name in names):
            found[part] = file
    return found


def _no_file(path: Path) -> str:
    tables = [file.name for file in path.parent.iterdir() if is_table_path(file)] if os.path.isdir(path.parent) else []
    guess = nearest(path.name, tables)
    hint = f" Did you mean {str(path.parent / guess)!r}?" if guess else ""
    return f"No such file or folder: {path}.{hint}"


def _read_parquet(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    try:
        with pq.ParquetFile(path) as file:
            _refuse_nested(file.schema_arrow)
            table, changed = _simplified(file.read())
        frame = to_frame(table)
    except (pa.ArrowException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0][:120]
        raise DataError(f"{path} cannot be read as Parquet ({reason}): it is damaged or of another kind.") from error
    said = f"Types that pandas has no dtype for, read as numbers, datetimes or text: {shortened(changed)}."
    return frame, (said,) if changed else ()


def _simplified(table: Any) -> tuple[Any, list[str]]:
    """Return an Arrow table with types that pandas has dtypes for, and which columns were changed."""
    changed = []
    for position, field in enumerate(table.schema):
        simpler = _simpler(field.type)
        if simpler is not None:
            table = table.set_column(position, field.name, table.column(position).cast(simpler))
            changed.append(f"{field.name} ({field.type})")
    return table, changed


def _refuse_nested(schema: Any) -> None:
    for field in schema:
        if pa.types.is_nested(field.type):
            raise DataError(
                f"Column {field.name!r} holds nested values ({field.type}): spread them over columns of their own, "
                "or leave it out."
            )


def _simpler(kind: Any) -> Any:
    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    if pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_date(kind):
        return pa.timestamp("ms")
    return pa.string() if pa.types.is_time(kind) else None
