"""Opens data of any kind: decides whether it is images or a table, and reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_augment.data.images import load_images
from gan_augment.data.labelled import LabelledData, Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.data.table_files import READ
from gan_augment.data.table_schema import TableSchema
from gan_augment.data.tables import is_table, load_table
from gan_augment.errors import ConfigError

OF_IMAGES = {"image_size": "--image-size", "channels": "--channels", "aspect": "--aspect"}
OF_TABLES = {"target": "--target", "columns": "--column", "encoding": "--encoding"}


@dataclass(frozen=True)
class DataRequest:
    """What is to be read and how; settings of the other kind of data are refused.

    Parameters
    ----------
    data
        Any form that `load_images` or `load_table` takes.
    image_size, channels, aspect
        Of images; see `load_images`.
    target, columns, encoding
        Of tables; see `load_table`.
    """

    data: Any
    image_size: tuple[int, int] | None = None
    channels: int | None = None
    aspect: str = "crop"
    target: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"

    def load(self, schema: Schema | None = None, part: str = "train", progress: bool = False) -> LabelledData:
        """Read the data; where a run has fixed a schema, as it says.

        Raises
        ------
        GanAugmentError
            If the data cannot be read, or a setting does not belong to its kind.
        """
        if is_table(self.data):
            return self._table(schema, part, progress)
        return self._images(schema, part, progress)

    def _images(self, schema: Schema | None, part: str, progress: bool) -> LabelledData:
        self._refuse(OF_TABLES, "a table")
        if schema is None:
            size, channels, aspect, classes = self.image_size, self.channels, self.aspect, None
        else:
            if not isinstance(schema, ImageSchema):
                raise ConfigError("The run was fitted on a table, and this data is none, or not there: give a table.")
            size, channels = (schema.height, schema.width), schema.channels
            aspect, classes = schema.aspect, schema.classes
        return load_images(
            self.data,
            part=part,
            image_size=size,
            channels=channels,
            aspect=aspect,
            classes=classes,
            progress=progress,
        )

    def _table(self, schema: Schema | None, part: str, progress: bool) -> LabelledData:
        self._refuse(OF_IMAGES, "images")
        if schema is not None and not isinstance(schema, TableSchema):
            raise ConfigError("The run was fitted on images, and this data is a table: give images.")
        return load_table(
            self.data,
            target=self.target,
            schema=schema,
            columns=self.columns,
            part=part,
            encoding=self.encoding,
            progress=progress,
        )

    def _refuse(self, foreign: Mapping[str, str], owner: str) -> None:
        unsaid = DataRequest(None)
        for name, option in foreign.items():
            if getattr(self, name) != getattr(unsaid, name):
                is_path = owner == "a table" and isinstance(self.data, (str, Path))
                files = f" (files that are: {', '.join(READ)})" if is_path else ""
                raise ConfigError(f"{option} is a setting of {owner}, which this data is not{files}.")
