"""Real rows against real plus synthetic ones: fits the arms of one generator of rows, seed by seed.

The caller gives the real rows the generator was fitted on and real rows it never saw. Models learn from the former and
from what an arm adds to them, and are tested on the latter at their natural class shares.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.exhibit import EXHIBIT, write_exhibit
from gan_augment.evaluation.rows import Ledger
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.tabular.arms import RUN_ARMS, TableArm, resolve_arms
from gan_augment.evaluation.tabular.contest import TableContest
from gan_augment.evaluation.tabular.exhibit import table_exhibit
from gan_augment.evaluation.tabular.inputs import FittedTableGenerator, check_inputs
from gan_augment.evaluation.tabular.likeness import look
from gan_augment.evaluation.tabular.models import MODELS, ModelFactory, resolve_models
from gan_augment.evaluation.tabular.result import TableEvaluation, summarise
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.files import SUMMARY_FILE, alone_in, as_path, output_errors, write_atomically
from gan_augment.precision import plain_torch

Models = Sequence[str] | Mapping[str, ModelFactory]


@dataclass(frozen=True)
class TableEvaluateConfig:
    """How a fitted generator of rows is evaluated.

    Parameters
    ----------
    arms
        Names out of `ARMS`, or arms of the caller's own; without `oracle`, for which no rows are left over.
    models
        Names out of `MODELS`, and ``module:factory`` ones as of `OwnModel`; or the caller's own ``{name: factory}``:
        see `fit_model` for what a factory is.
    seeds
        How often everything is drawn and fitted.
    seed
        The first of them; the others follow. The synthetic rows are those that `generate` makes with it.
    n_prior
        Rows that `gan-prior`, `bootstrap` and `interpolate` add; None takes as many as there are training rows, at most
        20,000.
    jobs
        Processes to fit models in; does not change the figures.

    Raises
    ------
    ConfigError
        For an unknown arm or model, or a number below 1.
    """

    arms: Sequence[str | TableArm] = RUN_ARMS
    models: Models = tuple(MODELS)
    seeds: int = 5
    seed: int = 0
    n_prior: int | None = None
    jobs: int = 1

    def __post_init__(self) -> None:
        resolve_arms(self.arms)
        resolve_models(self.models)
        for name in ("seeds", "jobs", "n_prior"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError(f"An evaluation needs {name} of at least 1, not {value}.")


@plain_torch()
def evaluate_table(
    generator: FittedTableGenerator,
    train: LabelledTable,
    test: LabelledTable,
    out: str | Path,
    config: TableEvaluateConfig | None = None,
    *,
    resume: bool = False,
    progress: bool = False,
) -> TableEvaluation:
    """Measure what a generator's rows do to models, beside what a user would do otherwise.

    Parameters
    ----------
    generator
        A `TrainedGenerator` of rows.
    train, test
        The rows it was fitted on, and real rows it never saw, at their natural class shares.
    out
        New folder for ``results.jsonl`` (a line a seed, arm and model, as they are finished), ``settings.json``,
        ``summary.json`` and ``exhibit``.
    config
        Arms, models, seeds.
    resume
        Keep the rows that an earlier call with the same settings left in `out`; more seeds, arms or models may be
        asked for. An arm or model of the caller's own is known by its name alone.
    progress
        Show a progress bar on stderr.

    Raises
    ------
    DataError
        If more than half of `test` has a twin in what the generator was fitted on, or columns or classes differ.
    OutputError
        If `out` is not empty and `resume` is not set, holds results of other settings, or cannot be written.

    Notes
    -----
    A seed stands for a draw of synthetic rows, of resampling and of the models' own chance: the intervals hold these,
    not the fit or the choice of the test rows.
    """
    config, out = config or TableEvaluateConfig(), as_path(out)
    notes = check_inputs(generator, train, test)
    contest = _contest(generator.sample, train, test, config)
    settings = _settings(generator, train, test, contest.material.n_prior)
    keys = contest.keys(seeds := range(config.seed, config.seed + config.seeds))
    with output_errors(out), alone_in(out):
        ledger = Ledger(out, settings, TableRow, resume)
        with tqdm(total=sum(key not in ledger.rows for key in keys), desc="models", disable=not progress) as bar:
            for seed in seeds:
                for row in contest.rows(seed, config.jobs, done=set(ledger.rows)):
                    ledger.add(row)
                    bar.update()
        results = summarise((arm for arm, _ in contest.fitting), [ledger.rows[key] for key in keys])
        quality = look(train, test, generator.sample, config.seed)
        write_exhibit(out / EXHIBIT, table_exhibit(train, generator.sample, config.seed))
        counts, said = (len(test), contest.material.n_prior), (*notes, *contest.notes)
        result = TableEvaluation(out, train.class_counts(), results, quality, *counts, settings, said)
        write_atomically(out / SUMMARY_FILE, json.dumps(result.to_dict(), indent=2).encode())
    return result


def score_arms(
    sample_fn: SampleFn,
    train: LabelledTable,
    test: LabelledTable,
    seed: int,
    arms: Sequence[str | TableArm] = RUN_ARMS,
    models: Models = tuple(MODELS),
    n_prior: int | None = None,
    jobs: int = 1,
) -> list[TableRow]:
    """Return the rows of one seed, for studies that fit a generator in every split of their data.

    Parameters
    ----------
    sample_fn
        ``(counts by class name, seed) ->`` so many synthetic rows of each class; called only for arms that need them.
    train, test
        Real rows; the generator saw none of `test`.
    seed
        Of the synthetic draw, the resampling and the models, and the number that pairs the rows.
    arms, models, n_prior, jobs
        As in `TableEvaluateConfig`. What cannot be fitted on these rows is left out.

    Raises
    ------
    DataError
        If columns or classes differ, a class has no row, or `sample_fn` gives other numbers than asked for.
    """
    config = TableEvaluateConfig(arms, models, n_prior=n_prior, jobs=jobs)
    return list(_contest(sample_fn, train, test, config).rows(seed, jobs))


def _contest(
    sample_fn: SampleFn, train: LabelledTable, test: LabelledTable, config: TableEvaluateConfig
) -> TableContest:
    arms, models = resolve_arms(config.arms), resolve_models(config.models)
    return TableContest.of(train, test, arms, models, config.n_prior, sample_fn)


def _settings(
    generator: FittedTableGenerator, train: LabelledTable, test: LabelledTable, n_prior: int
) -> dict[str, Any]:
    """Return what a row depends on besides its seed, arm and model."""
    return {
        "generator": generator.digest,
        "train": train.digest(),
        "test": test.digest(),
        "columns": {column.name: column.kind for column in train.schema.columns},
        "n_prior": n_prior,
    }
