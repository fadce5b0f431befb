"""One file of rows, CSV or Parquet, with a manifest and a card; knows where rows go, not where they come from.

Rows are streamed in groups, so that memory does not grow with their number, to a temporary file that is renamed when it
is whole. A hundred thousand of them take seconds, so an interrupted file is not taken up but written anew.

The manifest has a line for each `Stretch`, not for each row: a row of a table has no file of its own to be named, which
row it is of its class follows from where the stretch begins, and a line a row could be larger than the table.
"""

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from gan_augment.data.labels import shortened
from gan_augment.data.marks import beside
from gan_augment.data.table_csv import MISSING
from gan_augment.data.table_schema import Column, TableSchema
from gan_augment.errors import OutputError
from gan_augment.files import MANIFEST, alone_in, output_errors, read_jsonl, replacing, write_atomically
from gan_augment.generation.manifest import Row, require_same, row_line

CSV_ENDINGS, PARQUET_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz"), (".parquet", ".pq")
_GROUP_CELLS = 1_000_000
_PLACE = ("first_row", "n")


@dataclass(frozen=True)
class RowPaths:
    """Where the parts of a table lie: ``NAME.csv``, ``NAME.manifest.jsonl`` and ``NAME.md``."""

    table: Path
    manifest: Path
    card: Path

    @classmethod
    def of(cls, out: Path) -> "RowPaths":
        """Return the paths beside `out`, whose name has one of the endings of a table."""
        return cls(out, beside(out, MANIFEST), beside(out, "md"))

    @property
    def is_parquet(self) -> bool:
        """Whether the table is a Parquet file."""
        return self.table.name.lower().endswith(PARQUET_ENDINGS)


@dataclass(frozen=True)
class Stretch:
    """Rows that lie together and share an origin: the synthetic ones of a class, or all real ones.

    Parameters
    ----------
    count
        Number of rows.
    tables_fn
        Yields them in order, as whole tables with the target.
    origin
        What the manifest says of them besides where they lie.
    """

    count: int
    tables_fn: Callable[[], Iterator[pd.DataFrame]]
    origin: Row


def lost_in_text(paths: RowPaths, schema: TableSchema) -> tuple[str, ...]:
    """Return what a CSV does not give back to those who read it, a sentence each; of Parquet nothing is lost."""
    if paths.is_parquet:
        return ()
    texts = {column.name: (*column.levels, *column.categories) for column in schema.columns}
    texts[schema.target.name] = schema.class_values
    words = {
        (text, name) for name, own in texts.items() for text in own if isinstance(text, str) and text.strip() in MISSING
    }
    lost, where = (shortened(sorted({pair[place] for pair in words})) for place in (0, 1))
    names = shortened([name for name in schema.names if name != name.strip()])
    said = (
        f"Text that is read from a CSV as a missing value: {lost} in {where}. Parquet keeps it.",
        f"Names that are read from a CSV without the blanks around them: {names}. Parquet keeps them.",
    )
    return tuple(one for one, any_lost in zip(said, (lost, names), strict=True) if any_lost)


def write_rows(
    paths: RowPaths,
    stretches: Sequence[Stretch],
    columns: Sequence[Column],
    card: str,
    marks: Mapping[str, str],
    *,
    resume: bool = False,
    progress: bool = False,
) -> int:
    """Write the rows of every stretch, one after the other; return how many those were.

    Parameters
    ----------
    paths
        Where to; the ending says which format.
    columns
        Of the features; dates are written to CSV to the resolution of their column.
    marks
        What a Parquet file says of itself in its metadata, besides pandas' own, which gives the dtypes back.
    resume
        Leave a finished file of the same rows as it is, and write one that is unfinished, or to which rows are to be
        added, anew.

    Raises
    ------
    OutputError
        If something is there already and `resume` is False, or it holds other rows than these; or it cannot be written.
    """
    with output_errors(paths.table), alone_in(paths.manifest):  # tables of one name share it
        lines = _manifest_lines(paths, stretches)
        if _is_finished(paths, lines, resume):
            return 0
        paths.table.parent.mkdir(parents=True, exist_ok=True)
        n_rows = sum(one.count for one in stretches)
        with replacing(paths.table) as handle, tqdm(total=n_rows, unit="row", disable=not progress) as bar:
            groups = _groups(_tables(stretches, bar))
            if paths.is_parquet:
                _write_parquet(handle, groups, marks)
            else:
                _write_csv(handle, paths.table.name.lower(), groups, columns)
            # The table comes last: where it is, the other files are whole and speak of it.
            paths.table.unlink(missing_ok=True)
            write_atomically(paths.card, card.encode("utf-8", "backslashreplace"))
            write_atomically(paths.manifest, b"".join(map(row_line, lines)))
    return n_rows


def _manifest_lines(paths: RowPaths, stretches: Sequence[Stretch]) -> list[Row]:
    firsts = accumulate((one.count for one in stretches), initial=0)
    return [
        {"file": paths.table.name, "first_row": first, "n": one.count} | one.origin
        for first, one in zip(firsts, stretches, strict=False)
    ]


def _is_finished(paths: RowPaths, lines: Sequence[Row], resume: bool) -> bool:
    there = [path for path in (paths.table, paths.manifest, paths.card) if path.exists()]
    if not there:
        return False
    if not resume:
        raise OutputError(f"{there[0]} is there already: go on with --resume, or choose another name.")
    if not paths.manifest.is_file():
        raise OutputError(f"{there[0]} has no {paths.manifest.name} beside it to resume from: choose another name.")
    found = list(read_jsonl(paths.manifest))
    for line in found:
        _require_kept(paths.manifest, line, lines)
    return paths.table.is_file() and found == lines


def _require_kept(path: Path, found: Row, lines: Sequence[Row]) -> None:
    """Check that rows that the manifest lists would be in the new file too."""
    same, n = next((line for line in lines if line.get("class") == found.get("class")), None), found.get("n")
    if same is None or not isinstance(n, int) or n > same["n"]:
        raise OutputError(f"{path} lists rows that are not asked for now: ask for them too, or choose another name.")
    require_same(path, *({key: row[key] for key in row if key not in _PLACE} for row in (found, same)))


def _tables(stretches: Sequence[Stretch], bar: "tqdm[None]") -> Iterator[pd.DataFrame]:
    for one in stretches:
        for table in one.tables_fn():
            yield table
            bar.update(len(table))


def _groups(tables: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Join tables to groups of about `_GROUP_CELLS` cells, so that small ones do not make a file large and slow."""
    waiting: list[pd.DataFrame] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) * table.shape[1] >= _GROUP_CELLS:
            yield pd.concat(waiting, ignore_index=True)
            waiting = []
    if waiting:
        yield pd.concat(waiting, ignore_index=True)


def _write_parquet(handle: BinaryIO, groups: Iterator[pd.DataFrame], marks: Mapping[str, str]) -> None:
    first = next(groups)
    schema = _arrow_schema(first, marks)
    with pq.ParquetWriter(handle, schema) as writer:
        for group in chain([first], groups):
            writer.write_table(pa.Table.from_pandas(group, schema, preserve_index=False))


def _arrow_schema(table: pd.DataFrame, marks: Mapping[str, str]) -> Any:
    inferred = pa.Schema.from_pandas(table, preserve_index=False)
    # Text may be missing in all of the first group, which then looks as if it had no type.
    fields = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in inferred]
    return pa.schema(fields, {**inferred.metadata, **{key.encode(): value.encode() for key, value in marks.items()}})


def _write_csv(handle: BinaryIO, name: str, groups: Iterator[pd.DataFrame], columns: Sequence[Column]) -> None:
    separator = "\t" if name.endswith((".tsv", ".tsv.gz")) else ","
    zipped = gzip.GzipFile("", "wb", 6, handle, mtime=0) if name.endswith(".gz") else nullcontext(handle)
    with zipped as stream:
        for number, group in enumerate(groups):
            plain = _with_written_dates(group, columns)
            style = {"sep": separator, "lineterminator": "\n", "quoting": _quoting(group)}
            plain.to_csv(stream, index=False, header=number == 0, mode="wb", **style)


def _quoting(table: pd.DataFrame) -> int:
    # Before Python 3.13 a lone carriage return, which ends a line to whoever reads it, gets no quotes by itself.
    texts = (table[name] for name in table if not pd.api.types.is_numeric_dtype(table[name].dtype))
    returns = any("\r" in value for values in texts for value in values.unique() if isinstance(value, str))
    return csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL


def _with_written_dates(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    # Left to itself, pandas leaves out in each group what is zero in all of its rows, such as the time of day.
    written = table.copy(deep=False)
    for column in columns:
        values = table[column.name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            written[column.name] = values.dt.strftime(_date_format(column.resolution, values.dt.tz is not None))
    return written


def _date_format(resolution: str, zoned: bool) -> str:
    if resolution == "D" and not zoned:
        return "%Y-%m-%d"
    return f"%Y-%m-%d %H:%M:%S{'.%f' if resolution in ('ms', 'us') else ''}{'%z' if zoned else ''}"
