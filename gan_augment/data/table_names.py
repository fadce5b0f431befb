"""Names of a table's columns: kept apart, or refused with the way to mend them; knows nothing about values."""

from collections.abc import Iterable, Sequence

import pandas as pd

from gan_augment.data.labels import shortened
from gan_augment.errors import DataError
from gan_augment.registry import nearest

SHOWN = 20


def unique_names(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return names kept apart as pandas does (``name``, ``name.1``, ``Unnamed: 0``), and a note on those changed."""
    taken = set(names)
    seen: set[str] = set()
    unique, changed = [], []
    for position, given in enumerate(names):
        name = given or f"Unnamed: {position}"
        base, number = name, 0
        while name in seen or (number and name in taken):
            number += 1
            name = f"{base}.{number}"
        seen.add(name)
        unique.append(name)
        changed += [name] if number else []
    return unique, (f"Columns of the same name, kept apart: {shortened(changed)}.",) if changed else ()


def check_names(names: pd.Index) -> None:
    """Refuse names that are not text; the message says how to mend them."""
    if names.nlevels > 1:
        raise DataError(
            "The columns have names of several levels: join them first, "
            "frame.columns = ['_'.join(map(str, name)) for name in frame.columns]."
        )
    other = next((name for name in names if not isinstance(name, str)), None)
    if other is not None or names.hasnans:
        raise DataError(
            f"Column names must be text, but one is {other!r} ({type(other).__name__}): "
            "frame.columns = frame.columns.astype(str) mends it."
        )


def no_column(name: str, names: Iterable[str]) -> str:
    """One sentence that names a column that is not there, the nearest spelling, and those that are."""
    known = list(names)
    guess = nearest(name, known)
    hint = f" Did you mean {guess!r}?" if guess else ""
    return f"There is no column {name!r}.{hint} Columns: {shortened(known, SHOWN)}."
