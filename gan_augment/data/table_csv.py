"""Reads delimited text into typed columns; what is text stays as it is written. Knows nothing about targets."""

import codecs
import csv
import gzip
import io
import sys
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from tqdm import tqdm

from gan_augment.data.labels import shortened
from gan_augment.data.table_names import unique_names
from gan_augment.data.table_schema import TEXT
from gan_augment.errors import DataError

MISSING = ("", "NA", "NaN", "nan", "null", "NULL", "N/A", "n/a", "<NA>", "#N/A")
_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 20  # characters that the dialect is told from
_MOST_RECORDS = 100
_BLOCK = 16 << 20  # bytes; a row must fit into a block
_WITH_GAPS = {"i": "Int64", "f": "float64", "b": "boolean"}
_NOT_A_NUMBER = r"^(\+|-?0[0-9xX])"  # phone numbers, zip codes and the like: their digits would not come back
_MISSING_SET = pa.array(MISSING)


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    delimiter
        Between fields.
    header
        Fields of the first line.
    padded
        Whether every delimiter is followed by a blank, so that blanks around values belong to it.
    """

    delimiter: str
    header: tuple[str, ...]
    padded: bool


def read_csv(
    path: Path, encoding: str = "utf-8", keep_text: Collection[str] = (), progress: bool = False
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of a delimited file, gzipped or not, and notes on what was decided.

    Parameters
    ----------
    path
        Fields are separated by commas, semicolons, tabs or bars, which is found out; the first line is the header.
    encoding
        Of the text, as Python names it.
    keep_text
        Columns that are text even if every value looks like a number.
    progress
        Shows a progress bar on stderr.

    Returns
    -------
    tuple
        The table: int64, float64, bool (Int64 and boolean where values are missing) and text; and what the user should
        know, a sentence each.

    Raises
    ------
    DataError
        If the file is empty, damaged, in another encoding, or a line has fewer or more fields than the header.
    """
    with _readable(path, encoding):
        dialect = _sniff(path, encoding)
        table = _parse(path, encoding, dialect)
    names, notes = unique_names(dialect.header)
    columns: dict[str, pd.Series] = {}
    with_comma, blanks = [], []
    for position, name in enumerate(tqdm(names, "Reading", unit="column", file=sys.stderr, disable=not progress)):
        texts = table.column(position).slice(1)
        texts = pc.utf8_trim_whitespace(texts) if dialect.padded else texts
        columns[name], has_comma = _typed(texts, name in keep_text, dialect.delimiter != ",")
        with_comma += [name] if has_comma else []
        blanks += _words_for_missing(name, columns[name], texts)
    if with_comma:
        notes = (*notes, f"Numbers with a decimal comma, read as numbers: {shortened(with_comma)}.")
    if blanks:
        listed = ", ".join(blanks[:5]) + f" and {len(blanks) - 5} more columns" * (len(blanks) > 5)
        notes = (*notes, f"Words that stand for a missing value are read as such: {listed}.")
    return pd.DataFrame(columns), notes


@contextmanager
def _readable(path: Path, encoding: str) -> Iterator[None]:
    """Turn what may go wrong with a file into one line; fields may be as long as a block."""
    longest = csv.field_size_limit(_BLOCK)
    try:
        yield
    except UnicodeError as error:
        raise DataError(_other_encoding(path, encoding)) from error
    except csv.Error as error:
        raise DataError(f"{path} is not a table of delimited text ({error}): mend it or save it anew.") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path} is cut short or damaged: copy it again.") from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
    finally:
        csv.field_size_limit(longest)


def _other_encoding(path: Path, encoding: str) -> str:
    with _open_bytes(path) as file:
        wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    other = "utf-16" if wide else "latin-1" if _is_utf8(encoding) else "utf-8"
    return f"{path} is not {encoding} text: name its encoding, for example --encoding {other}."


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith("utf-8")


def _open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_open_bytes(path), "utf-8-sig" if _is_utf8(encoding) else encoding, newline="")


def _sniff(path: Path, encoding: str) -> Dialect:
    with _open_text(path, encoding) as file:
        sample = file.read(_SAMPLE)
    if not sample.strip():
        raise DataError(f"{path} is empty: a header and rows are expected.")
    best = max(_DELIMITERS, key=lambda delimiter: _fit(_records(sample, delimiter)))
    records = _records(sample, best)
    if not records:
        raise DataError(f"{path} is not a table of delimited text: a header and rows are expected.")
    if len(records) == 1 and len(sample) < _SAMPLE:
        raise DataError(f"{path} has no rows below its header.")
    later = [field for record in records for field in record[1:] if field]
    padded = bool(later) and all(field.startswith(" ") for field in later)
    quoted = [field for field in later if field.lstrip().startswith('"')]  # a quote after a blank is not one by itself
    if quoted:
        skipping = _records(sample, best, skip_blanks=True)
        whole = all(field.rstrip().endswith('"') for field in quoted) and _fit(skipping) == _fit(records)
        padded = padded or whole or _fit(skipping) > _fit(records)
        records = skipping if padded else records
    return Dialect(best, tuple(field.strip() for field in records[0]), padded)


def _records(sample: str, delimiter: str, skip_blanks: bool = False) -> list[list[str]]:
    records = []
    with suppress(csv.Error):  # a wrong delimiter may take quotes for something else
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=skip_blanks):
            records += [record] if record else []
            if len(records) > _MOST_RECORDS:
                break
    may_be_cut = len(records) > 1 and len(sample) == _SAMPLE
    return records[:-1] if may_be_cut else records


def _fit(records: list[list[str]]) -> tuple[float, int]:
    """Tell how well a delimiter divides lines: how many have as many fields as the header, and how many those are."""
    width = len(records[0]) if records else 0
    if width < 2:
        return 0.0, width
    return sum(len(record) == width for record in records) / len(records), width


def _parse(path: Path, encoding: str, dialect: Dialect) -> Any:
    """Return all fields as an Arrow table of text, the header as its first row."""
    if dialect.padded:  # Arrow knows quotes at the beginning of a field alone
        columns = list(map(pa.array, zip(*_whole_records(path, encoding, dialect), strict=True)))
        return pa.Table.from_arrays(columns, list(map(str, range(len(columns)))))
    width = len(dialect.header)
    read = pa_csv.ReadOptions(
        autogenerate_column_names=True, block_size=_BLOCK, encoding="utf8" if _is_utf8(encoding) else encoding
    )
    parse = pa_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True)
    convert = pa_csv.ConvertOptions(column_types={f"f{i}": pa.string() for i in range(width)})
    try:
        with _open_bytes(path) as file:
            return pa_csv.read_csv(file, read, parse, convert)
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise DataError(_other_encoding(path, encoding)) from error
        if not dialect.padded and _is_padded(path, encoding, dialect):
            return _parse(path, encoding, replace(dialect, padded=True))
        for _ in _whole_records(path, encoding, dialect):  # which says what line is wrong
            pass
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0][:200]}.") from error


def _is_padded(path: Path, encoding: str, dialect: Dialect) -> bool:
    """Tell whether every line has as many fields as the header if quotes may follow a blank."""
    try:
        return all(_whole_records(path, encoding, replace(dialect, padded=True)))
    except DataError:
        return False


def _whole_records(path: Path, encoding: str, dialect: Dialect) -> Iterator[list[str]]:
    """Yield the fields of each line; one with more or fewer than the header is refused."""
    width = len(dialect.header)
    with _open_text(path, encoding) as file:
        reader = csv.reader(file, delimiter=dialect.delimiter, skipinitialspace=dialect.padded)
        for record in reader:
            if record and len(record) != width:
                raise DataError(
                    f"{path}: line {reader.line_num} has {len(record)} fields but the header has {width}: mend the "
                    f"line, or put values that hold {dialect.delimiter!r} into double quotes."
                )
            if record:
                yield record


def _typed(texts: Any, keep_text: bool, comma: bool) -> tuple[pd.Series, bool]:
    """Return an Arrow column of text as the type that all its values have, and whether it has decimal commas."""
    trimmed = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(trimmed, value_set=_MISSING_SET)
    present = pc.if_else(missing, None, trimmed).drop_null()
    if not keep_text:
        if len(present) == 0:
            return pd.Series(np.full(len(texts), np.nan)), False
        for change in ("", ",") if comma else ("",):
            numbers = _numbers(present, change)
            if numbers is not None:
                return _spread(numbers, missing), change == ","
        if pc.all(pc.is_in(present, value_set=pa.array(["True", "False"]))).as_py():
            return _spread(pc.equal(present, "True"), missing), False
    words = pc.if_else(missing, None, texts).to_pandas()
    return words.where(words.notna(), np.nan).astype(TEXT), False


def _words_for_missing(name: str, values: pd.Series, texts: Any) -> list[str]:
    """Return which words of a column of text were read as missing, in a phrase; of numbers they are no surprise."""
    if values.dtype != TEXT or not values.isna().any():
        return []
    words = sorted({str(word).strip() for word in texts.filter(pa.array(values.isna())).unique().to_pylist()} - {""})
    return [f"{shortened(words)} in {name!r}"] if words else []


def _numbers(texts: Any, decimal_mark: str) -> Any:
    """Return text without missing values as int64 or float64, or None where it holds anything else."""
    if decimal_mark:
        if not pc.all(pc.match_substring_regex(texts, r"^-?[0-9]+(,[0-9]+)?$")).as_py():
            return None
        texts = pc.replace_substring(texts, decimal_mark, ".")
    if pc.any(pc.match_substring_regex(texts, _NOT_A_NUMBER)).as_py():
        return None
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        too_long = kind == pa.float64() and pc.all(pc.match_substring_regex(texts, r"^-?[0-9]+$")).as_py()
        return None if too_long else numbers
    return None


def _spread(values: Any, missing: Any) -> pd.Series:
    """Return values without missing ones as a pandas column that has them; whole numbers stay whole."""
    gaps = missing.to_numpy()
    plain = values.to_numpy()
    if not gaps.any():
        return pd.Series(plain)
    spread = pd.Series(index=range(len(gaps)), dtype=_WITH_GAPS[plain.dtype.kind])
    spread[~gaps] = plain
    return spread
