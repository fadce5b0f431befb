"""What `auto` knows of other tasks: computes the package's prior.json from the results of studies.

A study lies in a folder ``results/studies/NAME/``: ``inner.jsonl``, ``baselines.jsonl`` and ``summary.json``, as a
study with `auto` leaves them, and ``task.json``, which says what it was about: ``{"task": "digits", "kind": "image",
"per_class": 20}`` (``kind`` is image or table; ``per_class`` are the training samples per class, of a table those of
the rarest; other keys are left alone). How uneven classes are stands in the summary. Studies of one task, such as
digits at 20 and at 50 a class, have the same ``task``: none of them is evidence where `auto` is judged on that task.

A row of evidence is about a task, a model and a way of adding synthetic samples, or an arm without any. The gain on a
fold is the score with them minus that of the same arm without, which is the replicate's baseline; of an arm, it is the
gain over the real samples as they are. A replicate counts where no fold failed, and a row needs five replicates: ways
that were tried in few are those whose baseline did well there by chance.
What is known of arms decides about baselines, and these about what the ways of adding are compared with: run this, the
studies, and this once more.
It also prints how gains vary over folds and with each other, which `choose` takes for granted.
``--check`` writes nothing and ends with 1 when the shipped file is not what the results give.
"""

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from gan_augment.config import from_dict, to_dict
from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.prior import DEFAULTS, SHIPPED, Evidence, Prior
from gan_augment.evaluation.study.files import BASELINE_FILE, INNER_FILE
from gan_augment.evaluation.study.rows import BaselineRow, InnerRow, gains_of_ways
from gan_augment.files import SUMMARY_FILE, read_jsonl

STUDIES = Path(__file__).parent / "results" / "studies"
TASK_FILE = "task.json"
DECIMALS = 6
LIKENESS = {
    "ways": "variance of a way's mean over folds, times folds, over that of one fold",
    "arms": "the same of arms",
    "noise": "correlation of two ways on a fold",
    "chance": "of the variance of a way's gain in one training on a fold, what differs between repeats of it",
}
FEWEST_REPLICATES = 5  # of a study that says what gains are or how they vary

Gains = dict[tuple[str, str], dict[int, list[float]]]  # by model and usage or arm, then by replicate: one a fold
Repeated = dict[tuple[str, str, int, int], list[float]]  # by model, usage, replicate and fold: one a training


def shipped(studies: Path) -> Prior:
    """Return what the studies in a folder say, in the order of their names."""
    ways, arms = list[Evidence](), list[Evidence]()
    for path in with_inner_rows(studies):
        about = about_task(path.parent)
        rows = [from_dict(InnerRow, row) for row in read_jsonl(path)]
        repeated = gains_of_ways(rows, baselines_of(path.parent))
        ways += _evidence(about | {"repeats": most_trainings(repeated)}, rows, mean_gains(repeated))
        arms += _evidence(about | {"repeats": 1}, rows, _gains_of_arms(rows))
    return Prior(tuple(ways), tuple(arms))


def about_task(study: Path) -> dict[str, Any]:
    """Return what a study's rows are evidence on: task, kind, and what its classes are like."""
    about = json.loads((study / TASK_FILE).read_text(encoding="utf-8"))
    counts = json.loads((study / SUMMARY_FILE).read_text(encoding="utf-8"))["about"]["train"].values()
    known = {name: about[name] for name in ("task", "kind", "per_class")}
    return known | {"imbalance": round(max(counts) / min(counts), 1), "n_classes": len(counts)}


def likeness(studies: Path, kind: str) -> dict[str, float]:
    """Return how gains vary over folds and go together, medians over studies of a kind and models: see `choose`.

    A study takes part with the replicates in which every way (or arm) was tried on every fold. Gains on folds vary with
    the training set, with the samples of the fold and with chance in training; `noise` is the part of that variance
    that ways share. `ways` and `arms` are the variance of a mean over folds, times their number, over that of one: see
    folds.py.
    """
    found: dict[str, list[float]] = {name: [] for name in LIKENESS}
    for path in with_inner_rows(studies):
        if about_task(path.parent)["kind"] != kind:
            continue
        rows = [from_dict(InnerRow, row) for row in read_jsonl(path)]
        n_folds = max(row.n_folds for row in rows)
        bases = baselines_of(path.parent)
        repeated = gains_of_ways(rows, bases)
        found["chance"] += _chance(repeated)
        for name, gains in (("ways", mean_gains(repeated)), ("arms", _gains_of_arms(rows))):
            for cube in _cubes(gains, n_folds):
                of_one = cube.var(axis=(1, 2), ddof=1).mean()
                found[name].append(cube.mean(axis=2).var(axis=1, ddof=1).mean() / of_one * n_folds)
                if name == "ways":
                    shared = cube.mean(axis=0).var(ddof=1) / of_one
                    found["noise"].append((shared * len(cube) - 1) / (len(cube) - 1))
    return {name: float(np.median(values)) for name, values in found.items() if values}


def noise(evidence: Iterable[Evidence]) -> dict[tuple[Any, ...], float]:
    """Return the standard deviation of a replicate's gain by kind, whether classes are even, samples and trainings."""
    variances = defaultdict(list)
    for row in evidence:
        key = (row.kind, "uneven" if row.imbalance > 1.5 else "even", row.per_class * row.n_classes, row.repeats)
        variances[key].append(row.gain_sd**2)
    return {key: math.sqrt(mean(values)) for key, values in sorted(variances.items())}


def _chance(repeated: Repeated) -> Iterator[float]:
    """Yield, for each model that was trained several times, the part of the variance that is within a fold."""
    n_repeats = most_trainings(repeated)
    for model in sorted({model for model, *_ in repeated}) if n_repeats > 1 else ():
        by_way: dict[str, list[list[float]]] = defaultdict(list)
        for (owner, usage, *_), gains in repeated.items():
            if owner == model and len(gains) == n_repeats:
                by_way[usage].append(gains)
        tables = [np.array(rows) for rows in by_way.values() if len(rows) >= FEWEST_REPLICATES]
        if tables:
            within = np.mean([table.var(axis=1, ddof=1).mean() for table in tables])
            of_means = np.mean([table.mean(axis=1).var(ddof=1) for table in tables])
            yield float(within / (of_means + within * (1.0 - 1.0 / n_repeats)))


def _cubes(gains: Gains, n_folds: int) -> Iterator[np.ndarray]:
    """Yield the gains of each model, (way, replicate, fold), of replicates where all were tried."""
    for model in sorted({model for model, _ in gains}):
        ways = [by_replicate for (owner, _), by_replicate in gains.items() if owner == model]
        whole = [{number for number, folds in way.items() if len(folds) == n_folds} for way in ways]
        shared = sorted(set.intersection(*whole))
        if len(shared) >= FEWEST_REPLICATES and len(ways) > 1:
            yield np.array([[way[number] for number in shared] for way in ways])


def with_inner_rows(studies: Path) -> list[Path]:
    """Return the rows on inner folds of all studies that have any and were summed up, in the order of their names."""
    found = sorted(studies.glob(f"*/{INNER_FILE}"))
    return [path for path in found if all(path.with_name(name).exists() for name in (TASK_FILE, SUMMARY_FILE))]


def prior_text(found: Prior) -> str:
    """Return the file's content: a row a line, so that changes can be read."""
    parts = (f'"{name}": [{_lines(rows)}]' for name, rows in vars(found).items())
    return f"{{{', '.join(parts)}}}\n"


def _lines(rows: Iterable[Evidence]) -> str:
    lines = ",\n".join(json.dumps(to_dict(row)) for row in rows)
    return f"\n{lines}\n" if lines else ""


def _evidence(about: dict[str, Any], rows: list[InnerRow], gains: Gains) -> Iterator[Evidence]:
    wanted = {row.replicate: row.n_folds for row in rows}
    for (model, usage), by_replicate in sorted(gains.items()):
        means = [mean(gains) for replicate, gains in by_replicate.items() if len(gains) == wanted[replicate]]
        if len(means) >= FEWEST_REPLICATES:
            gain, sd = round(mean(means), DECIMALS), round(stdev(means), DECIMALS)
            yield Evidence(**about, model=model, usage=usage, gain=gain, gain_sd=sd, n_replicates=len(means))


def most_trainings(repeated: Repeated) -> int:
    """Return how often models are trained on a fold of a study; one that goes on may have folds with fewer."""
    return max(map(len, repeated.values()), default=1)


def mean_gains(repeated: Repeated) -> Gains:
    """Return the gain of each way on each fold that has all its repeats, their mean."""
    gains: Gains = defaultdict(lambda: defaultdict(list))
    n_repeats = most_trainings(repeated)
    for (model, usage, replicate, _), own in repeated.items():
        if len(own) == n_repeats:
            gains[model, usage][replicate].append(mean(own))
    return gains


def _gains_of_arms(rows: list[InnerRow]) -> Gains:
    first = [row for row in rows if row.fold < row.n_folds]  # the division on which all arms are tried
    own = [row for row in first if row.usage is None and not row.repeat and row.score is not None]
    plain = {(row.replicate, row.fold, row.model): row.score for row in own if row.arm == PLAIN}
    gains: Gains = defaultdict(lambda: defaultdict(list))
    for row in own:
        without = plain.get((row.replicate, row.fold, row.model))
        if row.arm != PLAIN and row.score is not None and without is not None:
            gains[row.model, row.arm][row.replicate].append(row.score - without)
    return gains


def baselines_of(study: Path) -> dict[tuple[int, str], str]:
    """Return the baselines of a study by replicate and model."""
    path = study / BASELINE_FILE
    rows = (from_dict(BaselineRow, row) for row in (read_jsonl(path) if path.exists() else ()))
    return {row.key: row.arm for row in rows}


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=Path, default=STUDIES, help="folder of studies")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the file to write, or to compare")
    parser.add_argument("--check", action="store_true", help="compare only; 1 where they differ")
    options = parser.parse_args()
    found = shipped(options.studies)
    text, known = prior_text(found), (*found.evidence, *found.arms)
    print(f"{len(known)} rows of evidence on {len({row.task for row in known})} tasks")
    for kind in DEFAULTS:
        for name, value in likeness(options.studies, kind).items():
            print(f"{kind}s, {LIKENESS[name]}: {value:.2f}")
    for what, rows in (("ways", found.evidence), ("arms", found.arms)):
        for (kind, evenness, samples, repeats), sd in noise(rows).items():
            about = f"{kind}s, {evenness} classes, {samples:g} samples, trainings on each fold: {repeats}"
            print(f"{about}: a replicate's gain of {what} has a standard deviation of {100 * sd:.1f} points")
    if not options.check:
        options.out.write_text(text, encoding="utf-8")
    elif options.out.read_text(encoding="utf-8") != text:
        print(f"{options.out} is not what the results give: run this without --check.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
