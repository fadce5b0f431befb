"""Lays an evaluation of tables out as plain aligned text: one table a model, the best of all, the notes."""

import math

from gan_augment.evaluation.layout import aligned
from gan_augment.evaluation.tabular.result import CHIEF, SAME, ModelResult, TableEvaluation, verdict
from gan_augment.metrics.statistics import PairedDifference

CAVEAT = (
    "Intervals are 95 % over seeds (synthetic draw, resampling, models): "
    "they hold for this one fit and this one test set."
)
FIGURES = {
    "ROC-AUC": "roc_auc",
    "average precision": CHIEF,
    "balanced accuracy": "balanced_accuracy",
    "log-loss": "log_loss",
    "log-loss corrected": "log_loss_corrected",
}


def table_evaluation_text(result: TableEvaluation) -> str:
    """Return an evaluation of tables as text for a terminal."""
    models = dict.fromkeys(found.model for found in result.results)
    tables = [_model_block(model, [found for found in result.results if found.model == model]) for model in models]
    return "\n\n".join([_title(result), *tables, "\n".join([*_best_line(result), *result.notes, CAVEAT])])


def _title(result: TableEvaluation) -> str:
    n_seeds = max(len(found.rows) for found in result.results)
    counts = f"{result.n_train} real training rows, {len(result.classes)} classes, {n_seeds} seed(s)"
    rarer = result.rarer_class
    if rarer is None:
        of = "averaged over the classes, each against the rest"
    else:
        of = f"of the rarer class {rarer!r} ({result.class_counts[rarer] / result.n_train:.1%} of the training rows)"
    return (
        f"Models on {result.n_test} real test rows: {counts}\n"
        f"ROC-AUC and average precision are {of}; corrected: for the class shares a model was trained on"
    )


def _model_block(model: str, found: list[ModelResult]) -> str:
    headings = (model, "rows", *FIGURES, "average precision against none", "verdict")
    controls = [
        f"{own.arm.name} against {baseline}: average precision {_signed(by_score[CHIEF])}, "
        f"{verdict(CHIEF, by_score[CHIEF])}"
        for own in found
        for baseline, by_score in own.differences.items()
        if baseline != "none"
    ]
    return "\n".join([aligned([headings, *map(_cells, found)]), *controls])


def _cells(own: ModelResult) -> tuple[str, ...]:
    figures = (f"{own.mean(score):.3f}" for score in FIGURES.values())
    cells = (own.arm.name, str(own.rows[0].n_rows), *figures)
    if "none" not in own.differences:
        return (*cells, "", "")
    difference = own.differences["none"][CHIEF]
    return (*cells, _signed(difference), verdict(CHIEF, difference))


def _signed(difference: PairedDifference) -> str:
    if math.isnan(difference.low) or verdict(CHIEF, difference) == SAME:
        return f"{difference.mean:+.3f}"
    return f"{difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"


def _best_line(result: TableEvaluation) -> list[str]:
    found = (("without synthetic rows", result.best(synthetic=False)), ("with them", result.best(synthetic=True)))
    named = [f"{best.mean(CHIEF):.3f} {how} ({best.model}, {best.arm.name})" for how, best in found if best]
    difference = result.best_difference()
    if difference is None:
        return [f"Best average precision: {named[0]}."]
    if difference.mean <= 0:
        said = "a model without synthetic rows is at least as good"
    elif difference.low > 0:
        said = "synthetic rows are ahead of everything without them"
    else:
        said = "no evidence that synthetic rows are ahead"
    return [f"Best average precision: {', '.join(named)}: {_signed(difference)}, {said}."]
