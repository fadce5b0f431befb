"""By which P(gain > 0) inner folds should choose the baseline, and whether synthetic samples are added to it.

Computed from the committed studies; evidence is of the other tasks alone. The rules for a baseline are the best mean of
the inner folds, and the arm of the largest expected gain among those with P(gain > 0) of at least so much
(`choose_arm`); the test judges. Those for adding are the same thresholds of `choose`, on the first division. What it
would have added was not trained on the whole training part as a rule, so the mean gain of the same way over the same
baseline on the inner folds of the study's other replicates judges. That is no part of the choice, but the gauge is the
same, and reads what training on a part of the samples gains: it tells ways and studies apart, not whether the right
replicates were picked. The package has `THRESHOLD` for both.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from prior import (
    FEWEST_REPLICATES,
    STUDIES,
    about_task,
    baselines_of,
    mean_gains,
    most_trainings,
    shipped,
    with_inner_rows,
)

from gan_augment.config import from_dict
from gan_augment.evaluation import choose
from gan_augment.evaluation.prior import Circumstances, Prior
from gan_augment.evaluation.study.files import INNER_FILE
from gan_augment.evaluation.study.rows import InnerRow, gains_of_ways
from gan_augment.files import RESULTS_FILE, SUMMARY_FILE, read_jsonl

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
Scores = Mapping[str, Sequence[float | None]]  # by arm, one a fold
ByTask = Mapping[str, Sequence[float | None]]  # gains, one a replicate
GainsFn = Callable[[Path, Prior], Iterator[tuple[str, str, float | None]]]
Rule = Callable[[Scores, Mapping[str, Any], Prior], str | None]


def best_mean(scores: Scores, about: Mapping[str, Any], prior: Prior) -> str | None:
    """Return the arm with the highest mean score."""
    whole = {arm: [value for value in folds if value is not None] for arm, folds in scores.items() if None not in folds}
    known = {arm: mean(folds) for arm, folds in whole.items()}
    return max(known, key=lambda arm: known[arm], default=None)


def expected(threshold: float, scores: Scores, about: Mapping[str, Any], prior: Prior) -> str | None:
    """Return what `choose_arm` chooses with another threshold."""
    return choose.choose_arm(scores, circumstances(about, 1), prior, threshold)


def circumstances(about: Mapping[str, Any], repeats: int) -> Circumstances:
    """Return what `about_task` says of a study, for choices on folds with so many trainings."""
    return Circumstances(about["kind"], about["per_class"], about["imbalance"], about["n_classes"], repeats)


RULES: dict[str, Rule] = {
    "best mean": best_mean,
    **{f"P >= {threshold:g}": partial(expected, threshold) for threshold in THRESHOLDS},
}


def gains_of_baselines(path: Path, prior: Prior) -> Iterator[tuple[str, str, float]]:
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


def gains_of_adding(path: Path, prior: Prior) -> Iterator[tuple[str, str, float | None]]:
    """Yield (rule, model, gain of what would be added; None where that is nothing) of replicates that others judge."""
    about, bases = about_task(path), baselines_of(path)
    rows = [from_dict(InnerRow, row) for row in read_jsonl(path / INNER_FILE)]
    repeated = gains_of_ways(rows, bases)
    here, n_folds = circumstances(about, most_trainings(repeated)), max(row.n_folds for row in rows)
    tried: dict[tuple[str, str], dict[int, dict[str, list[float]]]] = {}  # by model and baseline, replicate and way
    for (model, usage), by_replicate in mean_gains(repeated).items():
        for number, folds in by_replicate.items():
            if len(folds) == n_folds:
                tried.setdefault((model, bases[number, model]), {}).setdefault(number, {})[usage] = folds
    for (model, _), alike in tried.items():
        if len(alike) < FEWEST_REPLICATES:
            continue
        ways = set.intersection(*map(set, alike.values()))
        for (number, own), threshold in itertools.product(alike.items(), THRESHOLDS):
            way = choose.choose("", {usage: own[usage] for usage in sorted(ways)}, here, prior, threshold).usage
            others = [mean(gained[way]) for other, gained in alike.items() if other != number] if way else None
            yield f"P >= {threshold:g}", model, None if others is None else mean(others)


def table(studies: Path, gains_fn: GainsFn, cell_fn: Callable[[ByTask], str]) -> str:
    """Return a Markdown table, a line a rule and a column a kind and model."""
    evidence = shipped(studies)
    by_rule: dict[str, dict[str, dict[str, list[float | None]]]] = {}  # by kind and model, then by task
    for path in with_inner_rows(studies):
        about = about_task(path.parent)
        for rule, model, gain in gains_fn(path.parent, evidence.without(about["task"])):
            by_task = by_rule.setdefault(rule, {}).setdefault(f"{about['kind']}s, {model}", {})
            by_task.setdefault(about["task"], []).append(gain)
    columns = sorted(set(itertools.chain(*by_rule.values())), reverse=True)
    lines = [f"| rule | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for rule, by_column in by_rule.items():
        lines.append(f"| {rule} | {' | '.join(cell_fn(by_column[column]) for column in columns)} |")
    return "\n".join(lines)


def mean_of_tasks(by_task: ByTask) -> str:
    """Return the mean gain over tasks, in points."""
    return f"{mean(_of_tasks(by_task)):+.2f}"


def mean_lowest_used(by_task: ByTask) -> str:
    """Return the mean gain over tasks, the lowest of a task, both in points, and how often something was added."""
    found, flat = _of_tasks(by_task), list(itertools.chain(*by_task.values()))
    used = sum(gain is not None for gain in flat)
    return f"{mean(found):+.2f}, lowest {min(found):+.2f}, used {used} of {len(flat)}"


def _of_tasks(by_task: ByTask) -> list[float]:
    return [100 * mean(gain or 0.0 for gain in own) for own in by_task.values()]


def baselines_table(studies: Path) -> str:
    """Return what each rule's baseline gains over the real samples as they are."""
    return table(studies, gains_of_baselines, mean_of_tasks)


def adding_table(studies: Path) -> str:
    """Return what adding synthetic samples would gain over the baseline, by each threshold."""
    return table(studies, gains_of_adding, mean_lowest_used)


if __name__ == "__main__":
    print(baselines_table(STUDIES), adding_table(STUDIES), sep="\n\n")
