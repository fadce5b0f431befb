"""Writes real and synthetic rows as one table, the real ones first.

No column says which rows are synthetic: a model would learn from it where it is not taken out before every use. The
manifest beside the table says where real and synthetic rows lie instead.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from gan_augment.data.labels import shortened
from gan_augment.data.table_moments import FINEST, RESOLUTIONS, resolution_of
from gan_augment.data.table_schema import TEXT, Column, LabelledTable, TableSchema, as_text
from gan_augment.data.tables import load_table
from gan_augment.generation.card import mixed_card
from gan_augment.generation.rows import RowPaths, Stretch, lost_in_text, write_rows
from gan_augment.generation.source import SampleSource, table_schema
from gan_augment.generation.writers import Written, choose_format, synthetic_marks, synthetic_stretches

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
_LAYOUT = "The real rows come first, then the synthetic ones by class; the manifest says where each part begins."
_BLOCK = 1024


def write_mixed_rows(
    data: LabelledTable,
    generator: SampleSource,
    counts: Mapping[str, int],
    out: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> Written:
    """Write real rows as they are, then synthetic ones, into one CSV or Parquet file; parameters as in `write_mixed`.

    Raises
    ------
    ConfigError
        If `out` does not end like a table.
    DataError
        If the real rows lack a column of the run, or have classes that it does not know.
    OutputError
        If `out` cannot be written, is there and `resume` is False, or was made with other settings.
    """
    choose_format(generator, out)
    schema = table_schema(generator)
    real = load_table(data, schema=schema)
    stretches = [Stretch(len(real), partial(_real_tables, real), {"synthetic": False, "data": real.digest()})]
    stretches += synthetic_stretches(generator, counts, seed)
    if dtypes := _common_dtypes(real):
        stretches = [replace(one, tables_fn=partial(_changed, one.tables_fn, dtypes)) for one in stretches]
    columns = [_finest(column, real.frame[column.name]) for column in schema.columns]
    marks = synthetic_marks(generator, seed) | {"synthetic": "partly", "DigitalSourceType": SOURCE_TYPE}
    card, paths = mixed_card(generator, real.class_counts(), counts, seed, _LAYOUT), RowPaths.of(out)
    n_written = write_rows(paths, stretches, columns, card, marks, resume=resume, progress=progress)
    n_found = sum(one.count for one in stretches) - n_written
    notes = (*_notes(schema), *lost_in_text(paths, schema))
    return Written(paths.table, paths.manifest, paths.card, dict(counts), n_written, n_found, notes)


def _notes(schema: TableSchema) -> tuple[str, ...]:
    named = [column.name for column in schema.columns if column.kind == "identifier"]
    said = f"Identifiers are new in synthetic rows, which they tell from real ones: train without {shortened(named)}."
    return (said,) if named else ()


def _real_tables(real: LabelledTable) -> Iterator[pd.DataFrame]:
    for first in range(0, len(real), _BLOCK):
        part = slice(first, first + _BLOCK)
        yield real.schema.assemble(real.frame[part], real.labels[part])


def _common_dtypes(real: LabelledTable) -> dict[str, Any]:
    """Return dtypes for real and synthetic values alike, of columns where the real ones are not as the run has them."""
    dtypes = {}
    for column in real.schema.columns:
        own, here = column.restore(pd.Series([], dtype=object)).dtype, real.frame[column.name].dtype
        if own != here:
            dtypes[column.name] = _wider(own, here)
    return dtypes


def _wider(own: Any, here: Any) -> Any:
    """Return a dtype that holds the values of both: real ones are kept as they are, synthetic ones have the run's."""
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in (own, here)]
    if all(numeric) and not pd.api.types.is_bool_dtype(own):
        return pd.concat([pd.Series([0]).astype(dtype) for dtype in (own, here)]).dtype
    is_text = isinstance(own, pd.CategoricalDtype) or pd.api.types.is_string_dtype(own)
    return TEXT if is_text else here


def _changed(tables_fn: Callable[[], Iterator[pd.DataFrame]], dtypes: Mapping[str, Any]) -> Iterator[pd.DataFrame]:
    for table in tables_fn():
        for name, dtype in dtypes.items():
            table[name] = as_text(table[name]) if dtype == TEXT else table[name].astype(dtype)
        yield table


def _finest(column: Column, values: pd.Series) -> Column:
    """Return the column with the resolution of its own or of other dates, whichever is finer."""
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return column
    units = [*RESOLUTIONS, FINEST]
    return replace(column, resolution=max(column.resolution, resolution_of(values), key=units.index))
