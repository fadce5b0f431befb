"""From the finished rows of a study to its findings: the verdict, what else was tried, the best of all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gan_augment.evaluation.study.bench import ArmInfo
from gan_augment.evaluation.study.design import Design
from gan_augment.evaluation.study.findings import AutoUse, Best, Comparison, Standing, counted
from gan_augment.evaluation.study.result import Cell, StudyResult, Summary
from gan_augment.evaluation.study.rows import AUTO, BaselineRow, CurveRow, StudyRow
from gan_augment.evaluation.study.worth import worth_by_model
from gan_augment.metrics.scores import GAINS, LOSSES, SCORES
from gan_augment.metrics.statistics import MARGIN, holm
from gan_augment.registry import lookup
from gan_augment.seeding import numpy_rng

ORACLE = "oracle"  # more real samples than anybody has: compared, but never the best

Cells = Mapping[Cell, Mapping[int, StudyRow]]  # the finished rows of a cell by replicate
Chosen = Mapping[tuple[int, str], str]  # the baseline by replicate and model
Pairs = list[tuple[StudyRow, StudyRow]]  # an arm's row and its baseline's, in the order of the replicates


def summarise_study(
    rows: Sequence[StudyRow],
    baselines: Iterable[BaselineRow],
    arms: Mapping[str, ArmInfo],
    models: Sequence[str],
    chief: str,
    confirm: str,
    design: Design,
    notes: Sequence[str] = (),
    curve: Sequence[CurveRow] = (),
) -> StudyResult:
    """Return the findings of a study, finished or not.

    Parameters
    ----------
    rows
        What is finished.
    baselines
        What inner folds chose. A replicate and model without one is not compared.
    arms
        In the order of the results; `auto` takes part where it is among them, or has rows.
    models
        Names, in the order of the results.
    chief, confirm
        The score that decides, one of `GAINS`, where more is better; and the arm that the verdict is about.
    design
        How replicates hang together.
    notes
        What else the user should know, a sentence each.
    curve
        Models trained on parts of the real samples.

    Raises
    ------
    ConfigError
        If `confirm` is not among the arms, or `chief` not among the scores that can decide.
    """
    lookup(dict.fromkeys(GAINS), chief, "score that can decide")
    if any(row.arm == AUTO for row in rows):
        arms = {**arms, AUTO: arms.get(AUTO, ArmInfo(AUTO, ""))}
    lookup(arms, confirm, "arm")
    rows = [row for row in rows if row.replicate < design.n_replicates]  # fewer may be asked for than there are
    rows = sorted(rows, key=lambda row: row.replicate)  # findings do not depend on the order of a file
    chosen = {row.key: row.arm for row in baselines}
    cells: dict[Cell, dict[int, StudyRow]] = {(model, arm): {} for model in models for arm in arms}
    for row in rows:
        if (row.model, row.arm) in cells and not np.isnan(_score(row, chief)) and not _stale(row, chosen):
            cells[row.model, row.arm][row.replicate] = row
    unrivalled = sum(arm.may_be_baseline for name, arm in arms.items() if name != AUTO) == 1
    return StudyResult(
        design,
        chief,
        confirm,
        {cell: _summary(list(own.values())) for cell, own in cells.items() if own},
        _with_holm({cell: _compare(cell, cells, chosen, chief, confirm, design, unrivalled) for cell in cells}),
        {model: _use(model, cells, chosen, chief) for model in models if cells.get((model, AUTO))},
        _best(cells, arms, chief),
        (*_failures(rows, cells), *notes),
        worth_by_model([row for row in curve if row.replicate < design.n_replicates], rows, models, chief),
    )


def _stale(row: StudyRow, chosen: Chosen) -> bool:
    """Tell whether `auto` rests on another baseline, from before an arm was added: it is made anew on resume."""
    base = None if row.choice is None else row.choice.get("arm")
    return base is not None and base != chosen.get((row.replicate, row.model), base)


def _score(row: StudyRow, score: str) -> float:
    value = row.scores.get(score)
    return float("nan") if value is None else float(value)


def _summary(rows: Sequence[StudyRow]) -> Summary:
    values = {score: np.array([_score(row, score) for row in rows]) for score in SCORES}
    sd = {score: float(own.std(ddof=1)) if len(rows) > 1 else float("nan") for score, own in values.items()}
    return Summary(len(rows), {score: float(own.mean()) for score, own in values.items()}, sd)


def _compare(
    cell: Cell, cells: Cells, chosen: Chosen, chief: str, confirm: str, design: Design, unrivalled: bool
) -> Comparison:
    (model, arm), pairs = cell, _pairs(cell, cells, chosen)
    differences = {
        score: design.difference(*_sides(pairs, score), 0.0 if score in LOSSES else MARGIN)  # a loss has no points
        for score in SCORES
    }
    bca = design.bootstrap(*_sides(pairs, chief), numpy_rng("bca", model, arm))
    counts = Counter(other.arm for _, other in pairs)
    n_missing = max(0, design.n_replicates - len(pairs))
    return Comparison(
        model,
        arm,
        differences,
        chief,
        bca,
        dict(counts.most_common()),
        n_missing,
        arm == confirm,
        fixed_train=design.fixed_train,
        unrivalled=unrivalled,
    )


def _sides(pairs: Pairs, score: str) -> tuple[list[float], list[float]]:
    return [_score(row, score) for row, _ in pairs], [_score(other, score) for _, other in pairs]


def _pairs(cell: Cell, cells: Cells, chosen: Chosen) -> Pairs:
    model, _ = cell
    found = []
    for replicate, row in cells[cell].items():
        other = cells.get((model, chosen.get((replicate, model), "")), {}).get(replicate)
        if other is not None:
            found.append((row, other))
    return found


def _with_holm(comparisons: Mapping[Cell, Comparison]) -> dict[Cell, Comparison]:
    tried = [
        cell
        for cell, found in comparisons.items()
        if not (found.confirmatory or found.is_baseline or found.fixed_train)
    ]
    corrected = holm([comparisons[cell].difference.p_value for cell in tried])
    known = dict(zip(tried, corrected, strict=True))
    return {cell: replace(found, holm=known.get(cell, float("nan"))) for cell, found in comparisons.items()}


def _use(model: str, cells: Cells, chosen: Chosen, chief: str) -> AutoUse:
    rows = cells[model, AUTO]
    used = [(row, other) for row, other in _pairs((model, AUTO), cells, chosen) if _used(row)]
    n_harmless = sum(_score(row, chief) >= _score(other, chief) for row, other in used)
    return AutoUse(model, len(rows), sum(map(_used, rows.values())), len(used), n_harmless)


def _used(row: StudyRow) -> bool:
    return row.choice is not None and row.choice.get("usage") is not None


def _best(cells: Cells, arms: Mapping[str, ArmInfo], chief: str) -> Best:
    """Compare everything but `oracle` over the replicates they share; what mostly failed does not stand in the way."""
    most = max((len(own) for own in cells.values()), default=0)
    entered = {cell: own for cell, own in cells.items() if own and cell[1] != ORACLE and 2 * len(own) >= most}
    shared = sorted(set.intersection(*map(set, entered.values()))) if entered else []
    standings: dict[bool, list[Standing]] = {True: [], False: []}
    for (model, arm), own in entered.items() if shared else ():
        synthetic = arms[arm].synthetic or any(_used(own[replicate]) for replicate in shared)
        mean = float(np.mean([_score(own[replicate], chief) for replicate in shared]))
        standings[synthetic].append(Standing(model, arm, mean))
    real, fake = (max(standings[kind], key=lambda one: one.mean, default=None) for kind in (False, True))
    return Best(real, fake, len(shared))


def _failures(rows: Iterable[StudyRow], cells: Cells) -> list[str]:
    reasons: dict[Cell, list[str]] = {cell: [] for cell in cells}
    for row in rows:
        if row.failed is not None and (row.model, row.arm) in cells:
            reasons[row.model, row.arm].append(row.failed)
    return [
        f"{model}: {arm} failed in {counted(len(said), 'replicate')}: {said[0]}"
        for (model, arm), said in reasons.items()
        if said
    ]


__all__ = ["Design", "StudyResult", "summarise_study"]
