"""Whether a generator, its training rows and a test set belong together: refuses a test that would flatter."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from gan_augment.data.labelled import require_loaded
from gan_augment.data.labels import shortened
from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import DataError
from gan_augment.evaluation.twins import hashes, leaked, natural_share
from gan_augment.generation.generator import SampleBatch
from gan_augment.generation.source import require_generator


class FittedTableGenerator(Protocol):
    """The side of a trained generator of rows that an evaluation sees."""

    digest: str

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        ...

    def sample(self, counts: Mapping[str, int], seed: int = 0) -> SampleBatch:
        """Return so many samples of each class: features as a DataFrame, and labels."""
        ...

    def fingerprints(self) -> np.ndarray:
        """Return the hashes of the rows that the generator was fitted on, uint8 (n, 16)."""
        ...


def check_inputs(generator: FittedTableGenerator, train: LabelledTable, test: LabelledTable) -> tuple[str, ...]:
    """Check that columns and classes agree and that `test` is new to the generator.

    Returns
    -------
    tuple of str
        What the user should know about the rows, a sentence each.

    Raises
    ------
    DataError
        If columns or classes differ; a class has no training or no test row; none of `train` was used to fit the
        generator; or so many test rows have a twin among what it was fitted on or the training rows that more than half
        of those that should have none must have leaked. Fewer are told, not refused, since rows of a table are alike by
        nature: as many as the training rows have twins among themselves.
    CheckpointError
        If the run has no fingerprints to check against.
    """
    require_generator(generator)
    for data in (train, test):
        require_loaded(data, LabelledTable)
    check_tables(train, test)
    if generator.classes != train.classes:
        raise DataError(
            f"The rows have the classes {shortened(train.classes)}, the run {shortened(generator.classes)}: "
            "they must be the same."
        )
    fitted, known = hashes(generator.fingerprints()), hashes(train.fingerprints())
    seen = {*fitted, *known}
    n_twins = sum(row in seen for row in hashes(test.fingerprints()))
    natural = max(natural_share(fitted), natural_share(known))
    said = (
        f"{n_twins} of {len(test)} test rows have an exact twin among the rows that the run was fitted on, "
        f"{natural:.0%} of those among themselves"
    )
    if leaked(n_twins / len(test), natural, len(test)):
        raise DataError(f"{said}: figures would flatter, so give rows that the run never saw.")
    fitted_rows = set(fitted)
    n_new = sum(row not in fitted_rows for row in known)
    if n_new == len(known):
        raise DataError("None of the training rows was used to fit this run: give the data it was fitted on.")
    notes = [f"{said}: some are alike by nature, but leaked ones would flatter."] if n_twins else []
    if n_new:
        notes.append(f"{n_new} of {len(known)} training rows were not part of what the run was fitted on.")
    return tuple(notes)


def check_tables(train: LabelledTable, test: LabelledTable) -> None:
    """Check that two tables have the same columns and classes, and rows of every class; else a `DataError`."""
    if train.classes != test.classes:
        raise DataError(
            f"The test rows have the classes {shortened(test.classes)}, the training rows {shortened(train.classes)}: "
            "they must be the same."
        )
    columns = [{(column.name, column.kind) for column in table.schema.columns} for table in (train, test)]
    differing = sorted({name for name, _ in columns[0] ^ columns[1]})
    if differing:
        raise DataError(
            f"The test rows differ from the training rows in the column {shortened(differing)}: "
            "read them with the same schema."
        )
    for part, table in (("training", train), ("test", test)):
        absent = [name for name, count in table.class_counts().items() if not count]
        if absent:
            raise DataError(f"No {part} row has the class {shortened(absent)}: every class needs at least one.")
