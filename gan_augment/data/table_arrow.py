"""Takes Arrow's columns to pandas; what is whole, or true or false, stays so where some values are missing."""

from typing import Any

import pandas as pd
import pyarrow as pa

_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def _has_whole_gaps(column: Any) -> bool:
    """Tell whether a column is of a type that plain pandas has no missing value for, and misses some."""
    return column.null_count > 0 and column.type in _NULLABLE


def to_series(column: Any) -> pd.Series:
    """Return a column (`pyarrow.ChunkedArray`) as plain pandas values, nullable ones where it takes them."""
    return column.to_pandas(types_mapper=_NULLABLE.get if column.null_count else None)


def to_frame(table: Any) -> pd.DataFrame:
    """Return a `pyarrow.Table`, which is used up, as a DataFrame; columns that were an index become one again."""
    index = (table.schema.pandas_metadata or {}).get("index_columns", ())
    places = [place for place, name in enumerate(table.column_names) if name not in index]
    columns = [table.column(place) for place in places]
    with_gaps = {n: to_series(column) for n, column in enumerate(columns) if _has_whole_gaps(column)}
    del columns
    frame = table.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)
    for n, values in with_gaps.items():
        frame.isetitem(n, values.set_axis(frame.index))
    return frame
