"""Tables in a study: arms and models for any division of the rows; fits no generator."""

from collections.abc import Mapping, Sequence
from typing import Any

from gan_augment.data.labelled import LabelledData
from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.study.bench import ArmInfo, Parts, SampleFn
from gan_augment.evaluation.tabular.arms import ARMS, TableArm, resolve_arms
from gan_augment.evaluation.tabular.contest import TableContest
from gan_augment.evaluation.tabular.exhibit import table_exhibit
from gan_augment.evaluation.tabular.likeness import look
from gan_augment.evaluation.tabular.models import MODELS, ModelFactory, resolve_models
from gan_augment.evaluation.tabular.quality import table_shortcut_risk
from gan_augment.evaluation.tabular.result import CHIEF
from gan_augment.metrics.scores import GAINS
from gan_augment.registry import unknown


class TableBench:
    """Puts models to the test on rows, trained on the arms of a table.

    Parameters
    ----------
    arms
        Names out of `ARMS`, or arms of the caller's own.
    models
        Names out of `MODELS`, and ``module:factory`` ones as of `OwnModel`; or the caller's own ``{name: factory}``:
        see `fit_model` for what a factory is. A study in several processes needs factories that a module holds.
    n_prior
        Rows that `gan-prior`, `bootstrap`, `interpolate` and `oracle` add; None takes as many as there are training
        rows, at most 20,000.
    chief
        The score that decides, out of `GAINS`.
    repeats
        How often each model is trained; scores are means.

    Raises
    ------
    ConfigError
        For an unknown arm, model or score, a factory that cannot be imported, or a number below 1.
    """

    kind, precision = "table", "float32"
    reads_margins = False  # the scores rank rows, or count what a tuned cut-off hits

    def __init__(
        self,
        arms: Sequence[str | TableArm] = tuple(ARMS),
        models: Sequence[str] | Mapping[str, ModelFactory] = tuple(MODELS),
        n_prior: int | None = None,
        chief: str = CHIEF,
        repeats: int = 1,
    ) -> None:
        if repeats < 1:
            raise ConfigError(f"A study trains each model at least once, not {repeats} times.")
        if chief not in GAINS:
            raise ConfigError(unknown("score", chief, GAINS))
        if n_prior is not None and n_prior < 1:
            raise ConfigError(f"A study needs n_prior of at least 1, not {n_prior}.")
        self._arms, self._models = resolve_arms(arms), resolve_models(models)
        self._n_prior, self.chief, self.repeats = n_prior, chief, repeats

    @property
    def arms(self) -> dict[str, ArmInfo]:
        """The arms that were asked for, by name."""
        return {arm.name: arm.info(self.chief) for arm in self._arms}

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self._models)

    def settings(self) -> dict[str, Any]:
        """Return what outcomes depend on besides the data, arms and models, as plain JSON data."""
        return {"kind": self.kind, "chief": self.chief, "n_prior": self._n_prior}

    def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> TableContest:
        """Return the contest on some rows; see `Bench.contest`.

        Raises
        ------
        ConfigError
            If none of the arms can be had on these rows, or a model gives no probabilities.
        DataError
            If columns or classes of the parts differ, or one of the classes has no row.
        """
        train, test = _table(parts.train), _table(parts.test)
        spare = None if parts.spare is None else _table(parts.spare)
        return TableContest.of(train, test, self._arms, self._models, self._n_prior, sample_fn, spare)

    def quality(self, parts: Parts, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
        """Return what synthetic rows are like beside real ones, as plain JSON data: see `look`."""
        train, test = _table(parts.train), _table(parts.test)
        risk = {"shortcut_risk": table_shortcut_risk(train, sample_fn, seed)}
        return look(train, test, sample_fn, seed) | without_nan(risk)

    def exhibit(self, parts: Parts, sample_fn: SampleFn, seed: int) -> dict[str, bytes]:
        """Return columns of real and synthetic rows for a page: see `table_exhibit`."""
        return table_exhibit(_table(parts.train), sample_fn, seed)


def _table(data: LabelledData) -> LabelledTable:
    if not isinstance(data, LabelledTable):
        raise ConfigError(f"Rows of a table are needed here, not {data.schema.describe()}.")
    return data
