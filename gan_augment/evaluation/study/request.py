"""From what a user asks for to a study: reads the samples, and sets up arms and models for their kind."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.labelled import LabelledData
from gan_augment.data.marks import require_real
from gan_augment.data.open import DataRequest
from gan_augment.data.schema import LabelledImages
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import is_table
from gan_augment.errors import ConfigError, DataError, ForeignSettingError
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Bench
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.generators import refuse_learned
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.result import StudyResult
from gan_augment.evaluation.study.rows import AUTO
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.tabular.bench import TableBench
from gan_augment.fitting import plan
from gan_augment.precision import plain_torch
from gan_augment.registry import unknown

Column = str | Sequence[Any] | np.ndarray


@dataclass(frozen=True)
class StudyRequest:
    """What to measure on what.

    Parameters
    ----------
    data
        The real samples; see `DataRequest`.
    test
        Real samples that every replicate is tested on, in any form that `data` may have; None splits them off `data`.
    groups, times
        A column of a table, or one value a sample: see `Source`. The column is no feature then.
    arms
        Names, or arms of the caller's own (`ImageArm`, `TableArm`); all that there are, and `auto`, when None.
    models
        Names, or the caller's own by name: see `ImageBench` and `TableBench`; the usual ones when None.
    score
        The score that decides; when None, accuracy of images and average precision of rows.
    options
        Further settings of the bench, by their names there.
    """

    data: DataRequest
    test: Any = None
    groups: Column | None = None
    times: Column | None = None
    arms: Sequence[Any] | None = None
    models: Sequence[str] | Mapping[str, Any] | None = None
    score: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def auto(self) -> bool:
        """Whether `auto` takes part."""
        return self.arms is None or AUTO in self.arms

    def source(self, progress: bool = False) -> Source:
        """Read the samples.

        Raises
        ------
        GanAugmentError
            If they cannot be read, or a column is not there.
        """
        asked = (self.groups, self.times) if is_table(self.data.data) else ()
        by_column = [values for values in asked if isinstance(values, str)]
        request = replace(self.data, columns={**dict.fromkeys(by_column, "identifier"), **self.data.columns})
        require_real(request.data, "study")
        require_real(self.test, "test")
        data = request.load(progress=progress)
        test = None if self.test is None else replace(request, data=self.test).load(data.schema, "test", progress)
        return Source(data, test, _values(self.groups, data), _moments(_values(self.times, data)))

    def bench(self, data: LabelledData, config: StudyConfig) -> Bench:
        """Return arms and models for the kind of the data.

        Raises
        ------
        ConfigError
            For an unknown arm, model or score, or a setting of the other kind of data.
        """
        arms = None if self.arms is None else [arm for arm in self.arms if arm != AUTO]
        return make_bench(data, config, arms=arms, models=self.models, chief=self.score, **self.options)


def make_bench(data: LabelledData, config: StudyConfig, **given: Any) -> Bench:
    """Return an `ImageBench` or a `TableBench`, with the settings that are given and not None.

    Raises
    ------
    ConfigError
        For an unknown arm, model or score, or a setting of the other kind of data.
    """
    bench: type[ImageBench] | type[TableBench] = ImageBench if isinstance(data, LabelledImages) else TableBench
    settings = {name: value for name, value in given.items() if value is not None}
    known = inspect.signature(bench).parameters
    for name in settings:
        if name not in known:
            raise ForeignSettingError(name, bench.kind)
    if bench is ImageBench:
        settings |= {name: getattr(config.generator, name) for name in ("flips", "device", "precision")}
    return bench(**settings)


@plain_torch()
def evaluate(
    data: Any,
    out: str | Path,
    config: StudyConfig | None = None,
    *,
    resume: bool = False,
    progress: bool = True,
    **request: Any,
) -> StudyResult:
    """Measure whether synthetic samples help, with a generator fitted anew in every replicate.

    Parameters
    ----------
    data
        Real samples in any form that `fit` takes.
    out
        New folder for the results.
    config
        How often, on how little data, with which generator, how long.
    resume, progress
        Go on with what an earlier call left in `out`; show a progress bar on stderr.
    request
        Parameters of `DataRequest` (`target`, `columns`, `image_size`, ...) and of `StudyRequest` (`test`, `groups`,
        `times`, `arms`, `models`, `score`, `options`).

    Raises
    ------
    GanAugmentError
        If data, settings or output cannot be used.
    """
    config = StudyConfig() if config is None else config
    if not isinstance(config, StudyConfig):
        raise ConfigError(f"config must be a StudyConfig, not a {type(config).__name__}: StudyConfig(replicates=5).")
    of_data = {name: request.pop(name) for name in DataRequest.__dataclass_fields__ if name in request}
    for name in request:
        if name not in StudyRequest.__dataclass_fields__:
            raise ConfigError(
                unknown("setting", name, [*DataRequest.__dataclass_fields__, *StudyRequest.__dataclass_fields__])
            )
    asked = StudyRequest(DataRequest(data, **of_data), **request)
    source = asked.source(progress)
    bench = asked.bench(source.data, config)
    refuse_learned(config.generator, source)
    if asked.auto or any(arm.synthetic for arm in bench.arms.values()):
        first = source.parts(config, config.replicate_seed(0)).train
        settled = plan(first, **vars(config.generator))
        _ = settled.build(), settled.streams  # what no replicate could fit is told before any is begun
    return run_study(source, bench, out, config, auto=asked.auto, resume=resume, progress=progress)


def _values(asked: Column | None, data: LabelledData) -> np.ndarray | None:
    if asked is None or not isinstance(asked, str):
        return None if asked is None else np.asarray(asked)
    if not isinstance(data, LabelledTable):
        raise ConfigError(f"{asked!r} would be a column of a table, which this data is not: give one value a sample.")
    if asked not in data.frame:
        raise ConfigError(unknown("column", asked, list(data.frame)))
    return data.frame[asked].to_numpy()


def _moments(values: np.ndarray | None) -> np.ndarray | None:
    """Return times as numbers that sort by time; text must be dates as ISO 8601 writes them."""
    if values is None or values.dtype.kind in "iufM":
        return values
    try:
        return pd.to_datetime(pd.Series(values), format="ISO8601", utc=True).to_numpy()
    except (ValueError, TypeError) as error:
        raise DataError(f"The times must be numbers, or dates such as 2020-12-31 ({error}).") from error
