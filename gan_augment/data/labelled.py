"""What every kind of labelled data has in common: raw samples, labels, a schema with class names."""

from typing import Any, Protocol, Self

import numpy as np

from gan_augment.data.schema import ImageSchema
from gan_augment.data.table_schema import LabelledTable, TableSchema
from gan_augment.errors import DataError

Schema = ImageSchema | TableSchema


class LabelledData(Protocol):
    """The face that `LabelledImages` and `LabelledTable` share."""

    @property
    def raw(self) -> Any:
        """The samples without their labels, as a codec encodes them."""
        ...

    @property
    def labels(self) -> np.ndarray:
        """int64 labels (n,), indices into `classes`."""
        ...

    @property
    def schema(self) -> Schema:
        """What a sample is, and the class names."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader decided or left out, a sentence each."""
        ...

    def __len__(self) -> int: ...

    def class_counts(self) -> dict[str, int]:
        """Return how many samples each class has, in label order."""
        ...

    def subset(self, indices: np.ndarray) -> Self:
        """Return the samples at `indices`."""
        ...

    def fingerprints(self) -> np.ndarray:
        """Return a 128-bit hash of each sample, uint8 (n, 16)."""
        ...

    def digest(self) -> str:
        """Return a hash of all samples and labels in their order."""
        ...


def require_loaded(data: Any, kind: type) -> None:
    """Refuse what is no `LabelledImages` or `LabelledTable`, whichever is expected, with how to come by it."""
    if not isinstance(data, kind):
        how = "load_table(data, target=...)" if kind is LabelledTable else "load_images(data)"
        raise DataError(f"Samples are expected as {how} returns them, not as a {type(data).__name__}: load them first.")
