"""Reads labelled tables from whatever form they come in; the one door to this part of the room."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.builtin import TABLE_NAMES
from gan_augment.data.folder import PARTS
from gan_augment.data.labels import shortened
from gan_augment.data.table_conform import conform
from gan_augment.data.table_files import find_file, is_table_path, read_file
from gan_augment.data.table_inference import OVERRIDES, Inferred, infer_column, override_column
from gan_augment.data.table_names import no_column
from gan_augment.data.table_schema import LabelledTable, TableSchema
from gan_augment.data.table_target import check_target, read_target, target_column
from gan_augment.data.table_values import plain_frame
from gan_augment.data.tensors import is_array, to_numpy
from gan_augment.errors import ConfigError, DataError
from gan_augment.registry import nearest, unknown

TARGET = "target"

_Frame = tuple[pd.DataFrame, tuple[str, ...]]  # with notes


@dataclass(frozen=True)
class TableRequest:
    """What is asked of a table, checked: see `load_table`."""

    target: str | None = None
    schema: TableSchema | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    part: str = "train"
    encoding: str = "utf-8"
    progress: bool = False

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ConfigError(unknown("part", self.part, PARTS))
        for name, kind in self.columns.items():
            if kind not in OVERRIDES:
                raise ConfigError(f"Column {name!r}: {unknown('kind', kind, OVERRIDES)}")
        try:
            "".encode(self.encoding)  # which refuses codecs that are not of text
        except (LookupError, UnicodeError) as error:
            raise ConfigError(f"Unknown encoding {self.encoding!r}: write utf-8, latin-1 or cp1252, say.") from error
        if self.schema is not None:
            self._check_run(self.schema)

    def _check_run(self, schema: TableSchema) -> None:
        if self.target not in (None, schema.target.name):
            raise ConfigError(f"The run's target is {schema.target.name!r}, not {self.target!r}: leave it out.")
        kinds = {column.name: column.kind for column in schema.columns}
        for name, kind in self.columns.items():
            if name not in kinds:
                raise ConfigError(no_column(name, kinds))
            if kinds[name] != kind:
                raise ConfigError(f"Column {name!r} is {kinds[name]} in the run, not {kind}: leave it out.")

    @property
    def text_columns(self) -> frozenset[str]:
        """Columns of the run that are text, whatever they look like in a file."""
        columns = (*self.schema.columns, self.schema.target) if self.schema else ()
        return frozenset(column.name for column in columns if column.is_text)


def load_table(
    data: Any,
    *,
    target: str | None = None,
    schema: TableSchema | None = None,
    columns: Mapping[str, str] | None = None,
    part: str = "train",
    encoding: str = "utf-8",
    progress: bool = False,
) -> LabelledTable:
    """Read a labelled table and tell what kind of column each one is.

    Parameters
    ----------
    data
        A path (``.csv``, ``.tsv``, ``.txt``, gzipped or not, ``.parquet``; a folder with ``train.csv`` and
        ``test.csv``), ``wine``, ``breast_cancer`` or ``iris``, a DataFrame, a pair (X, y) of a DataFrame or 2-D array
        and labels, or a `LabelledTable`, which passes through.
    target
        The column of labels. Pairs and built-in tables call it ``target`` where nothing else is said.
    schema
        Of a fitted run: its columns, dtypes and classes are required. Other columns are dropped, and values that the
        run never saw are kept; both are said. Classes may then be small or missing, others are refused.
    columns
        Kinds that overrule what is told from the values, such as ``{"age": "numeric"}``; see `OVERRIDES`.
    part
        Which of ``train``, ``val`` and ``test`` to take from a folder.
    encoding
        Of a text file.
    progress
        Shows progress on stderr.

    Returns
    -------
    LabelledTable
        Features, labels, schema, and notes on what was decided or left out.

    Raises
    ------
    DataError
        If the data is missing, damaged or empty, lacks a column, or the target is not one of classes.
    ConfigError
        If a setting is out of range, or is not that of the run.
    """
    request = TableRequest(target, schema, columns or {}, part, encoding, progress)
    if isinstance(data, LabelledTable):
        return _passed_through(data, request)
    (frame, notes), named = _open(data, request)
    return _labelled(frame, notes, replace(request, target=named))


def is_table(data: Any) -> bool:
    """Tell whether data in any form that `load_table` takes is a table, without reading it."""
    if isinstance(data, (str, Path)):
        path = Path(os.path.expanduser(data))
        return _is_builtin(data, path) or is_table_path(path)
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return _is_frame(data[0]) or (is_array(data[0]) and data[0].ndim == 2)
    return isinstance(data, LabelledTable) or _is_frame(data)


def _is_builtin(data: str | Path, path: Path) -> bool:
    return str(data) in TABLE_NAMES and not (isinstance(data, Path) and os.path.exists(path))


def _is_frame(data: Any) -> bool:
    return isinstance(data, pd.DataFrame)


def _open(data: Any, request: TableRequest) -> tuple[_Frame, str | None]:
    """Return the whole table with notes, and the name of its target where it is known."""
    named = request.target or (request.schema.target.name if request.schema else None)
    if isinstance(data, (str, Path)):
        path = Path(os.path.expanduser(data))
        if _is_builtin(data, path):
            return (_builtin(str(data)), _shadowed(str(data), path)), named or TARGET
        return _read(path, request), named
    if _is_frame(data):
        return plain_frame(data), named
    if isinstance(data, (tuple, list)) and len(data) == 2:
        frame, name = _joined(data[0], data[1], named)
        return plain_frame(frame), name
    kind = type(data).__name__
    raise DataError(f"The data is a {kind}: a table is expected, as a path, a DataFrame or a pair (X, y).")


def _read(path: Path, request: TableRequest) -> _Frame:
    if not os.path.exists(path) and not is_table_path(path):
        guess = nearest(str(path), TABLE_NAMES)
        raise DataError(f"No such file or folder: {path}." + (f" Did you mean {guess!r}?" if guess else ""))
    file, found = find_file(path, request.part)
    frame, notes = read_file(file, request.encoding, request.text_columns, request.progress)
    plain, more = plain_frame(frame)
    return plain, (*found, *notes, *more)


def _builtin(name: str) -> pd.DataFrame:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    return bunch.data.assign(**{TARGET: bunch.target_names[bunch.target]})


def _shadowed(name: str, path: Path) -> tuple[str, ...]:
    exists = os.path.exists(path)
    return (f"{name!r} is scikit-learn's data set; write ./{name} for the folder of that name.",) if exists else ()


def _joined(features: Any, labels: Any, named: str | None) -> tuple[pd.DataFrame, str]:
    """Return (X, y) as one table, the labels last, and the name of their column."""
    frame = features if _is_frame(features) else _array_frame(features)
    values = labels if isinstance(labels, pd.Series) else _one_column(labels)
    if len(values) != len(frame):
        raise DataError(f"X has {len(frame)} rows but y has {len(values)} labels: they must be as many.")
    name = named or (values.name if isinstance(values.name, str) else TARGET)
    if name in frame.columns:
        raise DataError(f"X has a column {name!r}, which is the name of the labels: name them otherwise, target='...'.")
    frame = frame.reset_index(drop=True)
    return pd.concat([frame, values.reset_index(drop=True).rename(name)], axis=1), name


def _array_frame(features: Any) -> pd.DataFrame:
    array = to_numpy(features)
    if array.ndim != 2:
        raise DataError(f"X has shape {array.shape}: a table of shape (rows, columns) is expected.")
    frame = pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])
    return frame.infer_objects() if array.dtype == object else frame


def _one_column(labels: Any) -> pd.Series:
    values = labels.iloc[:, 0] if _is_frame(labels) and labels.shape[1] == 1 else None
    if values is not None:
        return values
    array = np.asarray(labels, dtype=object) if isinstance(labels, (list, tuple)) else to_numpy(labels)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if array.ndim != 1:
        raise DataError(f"y has shape {array.shape}: one label a row is expected, shape (n,).")
    return pd.Series(array).infer_objects()


def _passed_through(data: LabelledTable, request: TableRequest) -> LabelledTable:
    same = request.target in (None, data.schema.target.name) and request.schema in (None, data.schema)
    if same and all(c.kind == request.columns.get(c.name, c.kind) for c in data.schema.columns):
        return data
    named = request.target or (request.schema or data.schema).target.name
    return _labelled(data.schema.assemble(data.frame, data.labels), (), replace(request, target=named))


def _labelled(frame: pd.DataFrame, notes: tuple[str, ...], request: TableRequest) -> LabelledTable:
    if request.schema is not None:
        frame, more = conform(frame, request.schema)
        name = request.schema.target.name
        target = read_target(frame[name], request.schema)
        return LabelledTable(frame.drop(columns=name), target.labels, request.schema, (*notes, *more))
    name = check_target(request.target, frame)
    _check_overrides(request.columns, name, frame)
    target, features = read_target(frame[name]), frame.drop(columns=name)
    inferred = [_inferred(features[column], request.columns) for column in features.columns]
    _require_columns(inferred, name)
    schema = TableSchema(
        columns=tuple(one.column for one in inferred),
        target=target_column(frame[name]),
        position=int(frame.columns.get_loc(name)),
        class_values=target.values,
        classes=target.classes,
    )
    table = pd.DataFrame({one.column.name: one.values for one in inferred})
    return LabelledTable(table, target.labels, schema, (*notes, *_left_out_notes(inferred), *_hints(inferred)))


def _inferred(values: pd.Series, columns: Mapping[str, str]) -> Inferred:
    kind = columns.get(str(values.name))
    return infer_column(values) if kind is None else override_column(values, kind)


def _check_overrides(columns: Mapping[str, str], target: str, frame: pd.DataFrame) -> None:
    for name in columns:
        if name not in frame.columns:
            raise ConfigError(no_column(name, frame.columns))
        if name == target:
            raise ConfigError(f"Column {name!r} is the target, which is always one of classes: leave its kind out.")


def _left_out_notes(inferred: list[Inferred]) -> tuple[str, ...]:
    said = [(f"Left out of the model, {one.left_out}", one.column.name) for one in inferred if one.left_out]
    return _noted_together(said)


def _hints(inferred: list[Inferred]) -> tuple[str, ...]:
    return _noted_together([(one.hint, one.column.name) for one in inferred if one.hint])


def _noted_together(said: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return a note for each text of (text, column), with all columns that it is said of."""
    names = {text: [name for other, name in said if other == text] for text, _ in said}
    return tuple(f"{text}: {shortened(own, 20)}." for text, own in names.items())


def _require_columns(inferred: list[Inferred], target: str) -> None:
    if not inferred:
        raise DataError(f"There is no column beside the target {target!r}: at least one is needed to learn from.")
    if all(one.left_out for one in inferred):
        why = " ".join(_left_out_notes(inferred))
        raise DataError(f"No column is left to learn from. {why} Say otherwise with --column NAME=KIND.")
