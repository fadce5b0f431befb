"""Says in a few words what each column of a table holds, for a person to check before a fit."""

import pandas as pd

from gan_augment.data.labels import shortened
from gan_augment.data.table_schema import Column, LabelledTable


def describe_columns(table: LabelledTable) -> list[tuple[str, str, str]]:
    """Return (name, kind, what it holds) for each column in the order of the table, the target among them."""
    rows = [(column.name, column.kind, _holds(column, table.frame[column.name])) for column in table.schema.columns]
    counts = ", ".join(f"{name} {count:,}" for name, count in list(table.class_counts().items())[:5])
    more = f" and {len(table.classes) - 5} more" if len(table.classes) > 5 else ""
    target = table.schema.target
    rows.insert(table.schema.position, (target.name, "target", f"{target.dtype}, {counts}{more}"))
    return rows


def _holds(column: Column, values: pd.Series) -> str:
    present = values.dropna()
    n_distinct = present.nunique()
    parts = [column.dtype, f"{n_distinct:,} value{'' if n_distinct == 1 else 's'}"]
    if n_distinct and column.kind in ("numeric", "datetime"):
        numbers = column.numbers(present)  # of dates in text too, which letters would order wrongly
        parts.append(f"{_shown(present.iloc[numbers.argmin()])} to {_shown(present.iloc[numbers.argmax()])}")
    elif n_distinct and column.kind != "identifier":
        parts.append(shortened([str(level) for level in present.value_counts().index[:3]]))
    if len(present) < len(values):
        parts.append(f"{len(values) - len(present):,} missing")
    return ", ".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, (str, pd.Timestamp)):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    return f"{number:,.0f}" if number.is_integer() else f"{number:.6g}"
