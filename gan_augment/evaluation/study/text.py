"""Lays a study out as plain aligned text: the findings, a table a model, the best of all, what to keep in mind."""

import math
from collections.abc import Sequence

from gan_augment.evaluation.layout import aligned
from gan_augment.evaluation.study.findings import Comparison, hundredths, points, probability, spelled
from gan_augment.evaluation.study.result import StudyResult, Summary

LEGEND = "Points are hundredths of a score; intervals in brackets; +- is the standard deviation over replicates."
EXPLORATION = (
    "Only the arm in the first lines has a verdict: the others are exploratory, their p after Holm over all of them."
)


def study_text(result: StudyResult, notes: Sequence[str] = ()) -> str:
    """Return a study as text for a terminal.

    Parameters
    ----------
    result
        What was found.
    notes
        What else the user should know, such as warnings about the synthetic samples; a sentence each.
    """
    tables = [_table(result, model) for model in result.models]
    worth = [found.sentence for found in result.worth.values()]
    after = [
        result.best.sentence(result.chief),
        *worth,
        *result.notes,
        *notes,
        result.design.condition(),
        EXPLORATION,
        LEGEND,
    ]
    return "\n\n".join([result.headline(), *filter(None, tables), "\n".join(dict.fromkeys(after))])


def _table(result: StudyResult, model: str) -> str:
    """Return the table of one model; nothing where it has no score."""
    cells = [
        (arm, *_figures(result.summaries[own, arm], result.chief), *_against(found))
        for (own, arm), found in result.comparisons.items()
        if own == model and (own, arm) in result.summaries
    ]
    chief = spelled(result.chief)
    headings = (model, "replicates", chief, "against the baseline, points", "BCa bootstrap", "p (Holm)", "verdict")
    return aligned([headings, *cells]) if cells else ""


def _figures(summary: Summary, chief: str) -> tuple[str, str]:
    spread = "" if math.isnan(summary.sd[chief]) else f" +- {summary.sd[chief]:.3f}"
    return str(summary.n_replicates), f"{summary.mean[chief]:.3f}{spread}"


def _against(found: Comparison) -> tuple[str, str, str, str]:
    if not found.difference.n_pairs:
        return "", "", "", "no baseline"
    if found.is_baseline and not found.confirmatory:
        return "", "", "", found.word
    bca = "" if any(map(math.isnan, found.bca)) else f"[{', '.join(hundredths(*found.bca))}]"
    n_pairs = f" ({found.difference.n_pairs} pairs)" * bool(found.n_missing)
    return points(found.difference) + n_pairs, bca, probability(found.holm), found.word
