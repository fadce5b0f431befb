"""By which P(gain > 0) inner folds should choose the baseline, and whether synthetic samples are added to it.

Computed from the committed studies; evidence is of the other tasks alone. The rules for a baseline are the best mean of
the inner folds, and the arm of the largest expected gain among those with P(gain > 0) of at least so much
(`choose_arm`); the test judges. Those for adding are the same thresholds of `choose`. What it would have added was not
trained on the whole training part as a rule, so the mean gain of the same way on the inner folds of the study's other
replicates judges. The package has `THRESHOLD` for both.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from prior import FEWEST_REPLICATES, STUDIES, about_task, baselines_of, shipped, with_inner_rows

from gan_augment.config import from_dict
from gan_augment.evaluation import choose
from gan_augment.evaluation.prior import Circumstances, Prior
from gan_augment.evaluation.rows import RESULTS_FILE
from gan_augment.evaluation.study.files import INNER_FILE
from gan_augment.evaluation.study.rows import InnerRow, gains_of_ways
from gan_augment.files import SUMMARY_FILE, read_jsonl

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
Scores = Mapping[str, Sequence[float | None]]  # by arm, one a fold
Rule = Callable[[Scores, Mapping[str, Any], Prior], str | None]


def best_mean(scores: Scores, about: Mapping[str, Any], prior: Prior) -> str | None:
    """Return the arm with the highest mean score."""
    whole = {arm: [value for value in folds if value is not None] for arm, folds in scores.items() if None not in folds}
    known = {arm: mean(folds) for arm, folds in whole.items()}
    return max(known, key=lambda arm: known[arm], default=None)


def expected(threshold: float, scores: Scores, about: Mapping[str, Any], prior: Prior) -> str | None:
    """Return what `choose_arm` chooses with another threshold."""
    here = Circumstances(about["kind"], about["per_class"], about["imbalance"], about["n_classes"], repeats=1)
    return choose.choose_arm(scores, here, prior, threshold)


RULES: dict[str, Rule] = {
    "best mean": best_mean,
    **{f"P >= {threshold:g}": partial(expected, threshold) for threshold in THRESHOLDS},
}


def gains(path: Path, prior: Prior) -> Iterator[tuple[str, str, float]]:
    """Yield (rule, model, gain of the chosen arm over `none` on the test) of every replicate of a study."""
    about = about_task(path)
    score = json.loads((path / SUMMARY_FILE).read_text(encoding="utf-8"))["score"]
    tested = {(row["replicate"], row["model"], row["arm"]): row["scores"].get(score)
              for row in read_jsonl(path / RESULTS_FILE)}  # fmt: skip
    folds: dict[tuple[int, str], dict[str, dict[int, float | None]]] = {}
    for row in read_jsonl(path / INNER_FILE):
        if row["usage"] is None and not row.get("repeat") and row["fold"] < row["n_folds"]:
            by_arm = folds.setdefault((row["replicate"], row["model"]), {})
            by_arm.setdefault(row["arm"], {})[row["fold"]] = row["score"]
    for (number, model), by_arm in folds.items():
        if choose.PLAIN not in by_arm:  # a study that goes on later
            continue
        n_folds = len(by_arm[choose.PLAIN])
        scores = {arm: [own.get(fold) for fold in range(n_folds)] for arm, own in by_arm.items()}
        for name, rule in RULES.items():
            chosen = rule(scores, about, prior)
            found, plain = tested.get((number, model, str(chosen))), tested.get((number, model, choose.PLAIN))
            if found is not None and plain is not None:
                yield name, model, found - plain


def baselines_table(studies: Path) -> str:
    """Return what each rule's baseline gains as a Markdown table, in points, averaged over tasks."""
    evidence = shipped(studies)
    by_rule: dict[str, dict[str, dict[str, list[float]]]] = {}  # by kind and model, then by task
    for path in with_inner_rows(studies):
        about = about_task(path.parent)
        for rule, model, gain in gains(path.parent, evidence.without(about["task"])):
            column = f"{about['kind']}s, {model}"
            by_rule.setdefault(rule, {}).setdefault(column, {}).setdefault(about["task"], []).append(gain)
    columns = list(by_rule["best mean"])
    lines = [f"| rule | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for rule, by_column in by_rule.items():
        means = (100 * mean(mean(own) for own in by_column[column].values()) for column in columns)
        lines.append(f"| {rule} | {' | '.join(f'{value:+.2f}' for value in means)} |")
    return "\n".join(lines)


def added(path: Path, prior: Prior) -> Iterator[tuple[float, str, float | None]]:
    """Yield (threshold, model, gain of what `auto` adds; None where it is nothing) of every replicate of a study."""
    about = about_task(path)
    rows = [from_dict(InnerRow, row) for row in read_jsonl(path / INNER_FILE)]
    repeated = gains_of_ways(rows, baselines_of(path))
    n_folds, n_repeats = max(row.n_folds for row in rows), max(map(len, repeated.values()), default=1)
    here = Circumstances(about["kind"], about["per_class"], about["imbalance"], about["n_classes"], n_repeats)
    found: dict[str, dict[int, dict[str, list[float]]]] = {}  # by model, replicate and way: one a fold
    for (model, usage, number, _), own in repeated.items():
        if len(own) == n_repeats:
            found.setdefault(model, {}).setdefault(number, {}).setdefault(usage, []).append(mean(own))
    for model, by_replicate in found.items():
        tried = {number: {usage: folds for usage, folds in ways.items() if len(folds) == n_folds}
                 for number, ways in by_replicate.items()}  # fmt: skip
        for (number, ways), threshold in itertools.product(tried.items(), THRESHOLDS):
            way = choose.choose("", ways, here, prior, threshold).usage
            others = [mean(own[way]) for other, own in tried.items() if other != number and way in own] if way else []
            if way is None or len(others) >= FEWEST_REPLICATES - 1:
                yield threshold, model, mean(others) if way else None


def added_table(studies: Path) -> str:
    """Return what `auto` would gain by each threshold as a Markdown table, in points: mean and lowest of studies."""
    evidence = shipped(studies)
    by_threshold: dict[float, dict[str, dict[str, list[float | None]]]] = {}  # by kind and model, then by study
    for path in with_inner_rows(studies):
        about = about_task(path.parent)
        for threshold, model, gain in added(path.parent, evidence.without(about["task"])):
            column = by_threshold.setdefault(threshold, {}).setdefault(f"{about['kind']}s, {model}", {})
            column.setdefault(path.parent.name, []).append(gain)
    columns = list(by_threshold[THRESHOLDS[0]])
    lines = [f"| rule | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for threshold, by_column in by_threshold.items():
        lines.append(f"| P >= {threshold:g} | {' | '.join(_added_cell(by_column[column]) for column in columns)} |")
    return "\n".join(lines)


def _added_cell(by_study: Mapping[str, Sequence[float | None]]) -> str:
    gained = [100 * mean(gain or 0.0 for gain in gains) for gains in by_study.values()]
    flat = [gain for gains in by_study.values() for gain in gains]
    used = sum(gain is not None for gain in flat)
    return f"{mean(gained):+.2f}, lowest {min(gained):+.2f}, used {used} of {len(flat)}"


if __name__ == "__main__":
    print(baselines_table(STUDIES))
    print()
    print(added_table(STUDIES))
