"""What `auto` knows of other tasks: computes the package's prior.json from the results of studies.

A study lies in a folder ``results/studies/NAME/`` of two files: ``inner.jsonl``, as a study with `auto` leaves it, and
``task.json``, which says what it was about: ``{"task": "digits", "kind": "image", "per_class": 20}`` (``kind`` is image
or table; ``per_class`` are the training samples per class, of a table those of the rarest class; other keys are left
alone). Studies of one task, such as digits at 20 and at 50 a class, have the same ``task``: none of them is evidence
where `auto` is judged on that task.

A row of evidence is about a task, a model and a way of adding synthetic samples. The gain on a fold is the score with
them minus that of the same arm without, which is the replicate's baseline: the best arm on its inner folds. A replicate
counts where no fold failed, and a row needs two replicates.
``--check`` writes nothing and ends with 1 when the shipped file is not what the results give.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from gan_augment.config import from_dict, to_dict
from gan_augment.evaluation.prior import SHIPPED, Evidence
from gan_augment.evaluation.study.files import INNER_FILE
from gan_augment.evaluation.study.rows import InnerRow
from gan_augment.files import read_jsonl

STUDIES = Path(__file__).parent / "results" / "studies"
TASK_FILE = "task.json"
DECIMALS = 6

Gains = dict[tuple[str, str], dict[int, list[float]]]  # by model and usage, then by replicate: one a fold


def evidence(studies: Path) -> list[Evidence]:
    """Return what the studies in a folder say, in the order of their names."""
    found: list[Evidence] = []
    for path in sorted(studies.glob(f"*/{INNER_FILE}")):
        about_file = path.parent / TASK_FILE
        if not about_file.exists():  # it was killed, and has not gone on yet
            continue
        about = json.loads(about_file.read_text(encoding="utf-8"))
        rows = [from_dict(InnerRow, row) for row in read_jsonl(path)]
        found += _of_study({name: about[name] for name in ("task", "kind", "per_class")}, rows)
    return found


def prior_text(found: list[Evidence]) -> str:
    """Return the file's content: a row a line, so that changes can be read."""
    rows = ",\n".join(json.dumps(to_dict(row)) for row in found)
    return f'{{"evidence": [\n{rows}\n]}}\n' if found else '{"evidence": []}\n'


def _of_study(about: dict[str, Any], rows: list[InnerRow]) -> Iterator[Evidence]:
    wanted = {row.replicate: row.n_folds for row in rows}
    n_folds = max(wanted.values(), default=0)
    for (model, usage), by_replicate in sorted(_gains(rows).items()):
        means = [mean(gains) for replicate, gains in by_replicate.items() if len(gains) == wanted[replicate]]
        if len(means) > 1:
            gain, sd = round(mean(means), DECIMALS), round(stdev(means), DECIMALS)
            yield Evidence(
                **about, model=model, usage=usage, gain=gain, gain_sd=sd, n_replicates=len(means), n_folds=n_folds
            )


def _gains(rows: list[InnerRow]) -> Gains:
    scores, bases = {row.key: row.score for row in rows}, _bases(rows)
    gains: Gains = defaultdict(lambda: defaultdict(list))
    for row in rows:
        without = scores.get((row.replicate, row.fold, row.arm, row.model, None))
        based = row.usage is not None and row.arm == bases.get((row.replicate, row.model))
        if based and row.score is not None and without is not None:
            gains[row.model, str(row.usage)][row.replicate].append(row.score - without)
    return gains


def _bases(rows: list[InnerRow]) -> dict[tuple[int, str], str]:
    """Return the arm without synthetic samples that does best, by replicate and model."""
    own: dict[tuple[int, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.usage is None and row.score is not None:
            own[row.replicate, row.model][row.arm].append(row.score)
    n_folds = {row.replicate: row.n_folds for row in rows}
    whole = {
        key: {arm: scores for arm, scores in by_arm.items() if len(scores) == n_folds[key[0]]}
        for key, by_arm in own.items()
    }
    return {key: max(by_arm, key=lambda arm: mean(by_arm[arm])) for key, by_arm in whole.items() if by_arm}


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=Path, default=STUDIES, help="folder of studies")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the file to write, or to compare")
    parser.add_argument("--check", action="store_true", help="compare only; 1 where they differ")
    options = parser.parse_args()
    found = evidence(options.studies)
    text = prior_text(found)
    print(f"{len(found)} rows of evidence on {len({row.task for row in found})} tasks")
    if not options.check:
        options.out.write_text(text, encoding="utf-8")
    elif options.out.read_text(encoding="utf-8") != text:
        print(f"{options.out} is not what the results give: run this without --check.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
