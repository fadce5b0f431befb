"""What writers and datasets ask of a trained generator; knows nothing of networks, devices or files."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from gan_augment.data.labelled import Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.data.table_schema import TableSchema
from gan_augment.errors import ConfigError


class HasSchema(Protocol):
    """Anything that says what its samples are."""

    @property
    def schema(self) -> Schema:
        """What a sample is, and the class names."""
        ...


class SampleSource(HasSchema, Protocol):
    """The side of a trained generator that gives samples; sample ``j`` depends on (generator, seed, class, j) alone."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        ...

    @property
    def class_counts(self) -> dict[str, int]:
        """How many real samples of each class the generator was fitted on."""
        ...

    @property
    def recipe(self) -> str:
        """Name of the recipe the generator was fitted with."""
        ...

    @property
    def digest(self) -> str:
        """Hexadecimal hash of the generator file."""
        ...

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int) -> Iterator[Any]:
        """Yield samples ``start .. stop - 1`` of a class in order, in chunks.

        A chunk is a uint8 array (k, height, width, channels) of images, or a DataFrame of the features of k rows.
        """
        ...


@runtime_checkable
class ScoredSource(SampleSource, Protocol):
    """A source that chooses among candidates: it may run short, and can say of each sample why it was kept."""

    def check(self, counts: Mapping[str, int], seed: int) -> None:
        """Raise a `GanAugmentError` where it can be told that fewer samples can be had than `counts` asks for."""
        ...

    def scores(self, class_index: int, start: int, stop: int, seed: int) -> list[dict[str, Any]]:
        """Return the scores of samples ``start .. stop - 1`` of a class, plain JSON data."""
        ...


def story_of(source: SampleSource) -> tuple[str, ...]:
    """Return how a source makes its samples besides drawing them, a line each for a dataset card; mostly nothing."""
    return tuple(getattr(source, "story", ()))


def check_yield(source: SampleSource, counts: Mapping[str, int], seed: int) -> None:
    """Let a source that may run short say so before anything is written; see `ScoredSource.check`."""
    if isinstance(source, ScoredSource):
        source.check(counts, seed)


def require_generator(source: Any) -> None:
    """Refuse what is no generator, such as the path of a run, with how to come by one."""
    if not hasattr(source, "classes"):
        raise ConfigError(f"{source!r} is no generator: fit one, or load a run with TrainedGenerator.load(path).")


def image_schema(source: HasSchema) -> ImageSchema:
    """Return the schema of what makes images; anything else is a `ConfigError`."""
    require_generator(source)
    if not isinstance(source.schema, ImageSchema):
        raise ConfigError("This needs a run that makes images, and this one makes rows of a table.")
    return source.schema


def table_schema(source: HasSchema) -> TableSchema:
    """Return the schema of what makes rows of a table; anything else is a `ConfigError`."""
    require_generator(source)
    if not isinstance(source.schema, TableSchema):
        raise ConfigError("This needs a run that makes rows of a table, and this one makes images.")
    return source.schema
