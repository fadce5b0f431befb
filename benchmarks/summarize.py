"""Turns the finished studies in ``results/studies/`` into the tables and the figure of the documents, negatives too.

They are made from each study's ``summary.json``. The table goes to stdout, or with ``--write`` all tables
into the ``README.md`` of this folder; ``--figure FILE`` draws the gains of `auto` and of the plain synthetic arms.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import choices
import levers
import margins
import numpy as np
import usages
from prior import TASK_FILE
from studies import STUDIES

from gan_augment.evaluation.choose import PLAIN
from gan_augment.files import RESULTS_FILE, SUMMARY_FILE, read_jsonl
from gan_augment.metrics.statistics import paired_difference

SHOWN = ("auto", "classical+gan", "gan", "gan-prior", "gan-only", "classical+gan-only", "oracle")
BESIDE = "classical+weights"  # what one does about classes with few images otherwise
OF_THE_FEW = ("classical+gan-rare", "auto")  # what synthetic images do about them
LEVELS = (
    "none", "classical", "classical-longer", "classical+mixup", "classical+consistency",
    "classical+mixup+consistency", "classical+gan", "classical+gan-consistency", "classical+mixup+gan-consistency",
    "gan-only", "classical+gan-only", "auto",
)  # fmt: skip
PAIRS = (  # which arm is compared with which
    ("classical+gan-only", "classical"),
    ("classical+gan-consistency", "classical+consistency"),
    ("classical+mixup+gan-consistency", "classical+mixup+consistency"),
)
COLUMNS = (
    "task", "model", "replicates", "baseline, points", "chosen baselines", "auto against it, points", "verdict",
    "used", "harmless", "gan-only", "worth, real samples", "oracle",
)  # fmt: skip
DOCUMENT = Path(__file__).with_name("README.md")


@dataclass(frozen=True)
class Finding:
    """What a study says of one model."""

    task: str
    model: str
    score: str
    said: dict[str, Any]

    def difference(self, arm: str) -> dict[str, Any] | None:
        """Return an arm's difference to the baseline in the score that decides; None where there is none."""
        found = self.said["arms"].get(arm)
        return None if found is None else found["differences"][self.score]

    def cells(self) -> list[str]:
        """Return a line of the table."""
        auto, use = self.difference("auto"), self.said["auto"] or {}
        if auto is None or auto["mean"] is None:
            return []
        level = self.said["arms"]["auto"]["mean"][self.score] - auto["mean"]
        only = self.difference("classical+gan-only") or self.difference("gan-only")
        return [
            self.task,
            self.model,
            str(auto["n_pairs"]),
            f"{100 * level:.1f}",
            ", ".join(f"{arm} {count}" for arm, count in self.said["baselines"].items()),
            interval(auto),
            self.said["verdict"] or "too few",
            f"{use.get('n_used', 0)} of {use.get('n_replicates', 0)}",
            f"{use.get('n_harmless', 0)} of {use.get('n_compared', 0)}",
            interval(only),
            self._worth(),
            interval(self.difference("oracle")),
        ]

    def _worth(self) -> str:
        """Return how many real samples the synthetic ones alone are worth, of how many."""
        worth = self.said.get("worth")
        if not worth:
            return ""
        found = worth["effective"]
        ends = "" if found["low"] is None else f" [{found['low']:,.0f}, {found['high']:,.0f}]"
        sign = "" if found["relation"] == "=" else f"{found['relation']} "
        return f"{sign}{found['value']:,.0f}{ends} of {worth['n_train']:,.0f}"


def interval(difference: dict[str, Any] | None) -> str:
    """Return a difference in points with its interval."""
    if difference is None or difference["mean"] is None:
        return ""
    mean = f"{100 * difference['mean']:+.1f}"
    return (
        mean
        if difference["low"] is None
        else f"{mean} [{100 * difference['low']:+.1f}, {100 * difference['high']:+.1f}]"
    )


def findings(studies: Path) -> Iterator[Finding]:
    """Yield what every study says of each of its models."""
    for path in sorted(studies.glob(f"*/{SUMMARY_FILE}")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        for model, said in summary["models"].items():
            if said["auto"] is not None:
                yield Finding(path.parent.name, model, summary["score"], said)


def table(found: list[Finding]) -> str:
    """Return the table in Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|---|" + "---:|" * (len(COLUMNS) - 2)]
    rows = (finding.cells() for finding in found)
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows if cells)])


def arms_table(studies: Path, kind: str) -> str:
    """Return what each arm changes in points against the real samples as they are, over all tasks with a verdict.

    Intervals are t intervals over the tasks' means, of which there are few.
    """
    gains: dict[str, dict[str, dict[str, list[float]]]] = {}  # by arm, model and task: a mean of each study
    for path in sorted(studies.glob(f"*/{SUMMARY_FILE}")):
        about = json.loads((path.parent / TASK_FILE).read_text(encoding="utf-8"))
        said = json.loads(path.read_text(encoding="utf-8"))
        if about["kind"] == kind and any(model["verdict"] for model in said["models"].values()):
            score = said["score"]
            for (arm, model), gain in _gains(read_jsonl(path.parent / RESULTS_FILE), score).items():
                gains.setdefault(arm, {}).setdefault(model, {}).setdefault(about["task"], []).append(gain)
    models = list(dict.fromkeys(model for by_model in gains.values() for model in by_model))
    lines = [f"| arm | {' | '.join(models)} |", "|---|" + "---|" * len(models)]
    for arm, by_model in gains.items():
        lines.append(f"| `{arm}` | {' | '.join(_over_tasks(by_model.get(model, {})) for model in models)} |")
    return "\n".join(lines)


def _gains(rows: Iterable[Mapping[str, Any]], score: str) -> dict[tuple[str, str], float]:
    scores = {(row["arm"], row["model"], row["replicate"]): row["scores"].get(score) for row in rows}
    gains: dict[tuple[str, str], list[float]] = {}
    for (arm, model, replicate), value in scores.items():
        plain = scores.get((PLAIN, model, replicate))
        if arm != PLAIN and value is not None and plain is not None:
            gains.setdefault((arm, model), []).append(value - plain)
    return {key: mean(values) for key, values in gains.items()}


def images_table(studies: Path) -> str:
    """Return the mean score of the arms of `LEVELS` on images in points, and differences of the arms of `PAIRS`."""
    names = ("task", *(f"`{arm}`" for arm in LEVELS), *(f"{arm} against {other}" for arm, other in PAIRS))
    lines = [f"| {' | '.join(names)} |", "|---|" + "---:|" * (len(names) - 1)]
    for path in sorted(studies.glob(f"*/{SUMMARY_FILE}")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        if summary["about"]["kind"] != "image":
            continue
        found: dict[str, dict[int, float]] = {}
        for row in _finished(path, summary):
            found.setdefault(row["arm"], {})[row["replicate"]] = row["scores"][summary["score"]]
        means = (f"{100 * mean(found[arm].values()):.1f}" if arm in found else "" for arm in LEVELS)
        differences = (_paired(found.get(arm, {}), found.get(other, {})) for arm, other in PAIRS)
        lines.append(f"| {' | '.join((path.parent.name, *means, *differences))} |")
    return "\n".join(lines)


def _finished(path: Path, summary: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a study's first model that did not fail."""
    model = next(iter(summary["models"]))
    return (row for row in read_jsonl(path.with_name(RESULTS_FILE)) if row["model"] == model and not row["failed"])


def _paired(own: Mapping[int, float], other: Mapping[int, float]) -> str:
    both = sorted(own.keys() & other.keys())
    if len(both) < 2:
        return ""
    return interval(asdict(paired_difference([own[number] for number in both], [other[number] for number in both])))


def lopsided_table(studies: Path) -> str:
    """Return what each arm does on images of unequal classes: over all, and on the classes with fewer than half.

    Recall is the mean over classes, in points. The last columns are of the same replicates: the few classes' recall
    against that of `BESIDE`, and accuracy of `OF_THE_FEW` against the arm's.
    """
    names = (
        *("task", "arm", "replicates", "accuracy", "recall, few", "recall, many"),
        *(f"few, against {BESIDE}", *(f"accuracy of {arm} against it" for arm in OF_THE_FEW)),
    )
    lines = [f"| {' | '.join(names)} |", "|---|---|" + "---:|" * (len(names) - 2)]
    for path in sorted(studies.glob(f"*/{SUMMARY_FILE}")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        counts = np.array(list(summary["about"]["train"].values()))
        few = 2 * counts < counts.max()
        if summary["about"]["kind"] != "image" or not few.any():
            continue
        found: dict[str, dict[int, tuple[float, ...]]] = {}
        for row in _finished(path, summary):
            recall = np.array(row["per_class"])
            figures = (row["scores"]["accuracy"], recall[few].mean(), recall[~few].mean())
            found.setdefault(row["arm"], {})[row["replicate"]] = figures
        accuracy, recall_of_few = ({arm: _one(own, place) for arm, own in found.items()} for place in (0, 1))
        for arm, by_replicate in found.items():
            shown = (f"{100 * value:.1f}" for value in np.mean(list(by_replicate.values()), axis=0))
            more_of_few = "" if arm == BESIDE else _paired(recall_of_few[arm], recall_of_few.get(BESIDE, {}))
            less = ("" if arm == own else _paired(accuracy.get(own, {}), accuracy[arm]) for own in OF_THE_FEW)
            cells = (path.parent.name, f"`{arm}`", str(len(by_replicate)), *shown, more_of_few, *less)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _one(by_replicate: Mapping[int, tuple[float, ...]], place: int) -> dict[int, float]:
    return {number: figures[place] for number, figures in by_replicate.items()}


def _over_tasks(by_task: Mapping[str, list[float]]) -> str:
    gains = [mean(studies) for studies in by_task.values()]
    if len(gains) < 2:
        return f"{100 * gains[0]:+.1f}" if gains else ""
    return interval(asdict(paired_difference(gains, [0.0] * len(gains))))


def draw(found: list[Finding], path: Path) -> None:
    """Draw the gains of all arms of `SHOWN`, a line a study and model."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = [f"{finding.task}, {finding.model}" for finding in found]
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.45 * len(found)), layout="constrained")
    for shift, arm in enumerate(SHOWN):
        known = [(row, finding.difference(arm)) for row, finding in enumerate(found)]
        points = [(row, each) for row, each in known if each is not None and each["low"] is not None]
        if points:
            means = [100 * each["mean"] for _, each in points]
            reach = [100 * (each["high"] - each["mean"]) for _, each in points]
            heights = [row + 0.1 * (shift - len(SHOWN) / 2) for row, _ in points]
            axes.errorbar(means, heights, xerr=reach, fmt="o", markersize=3, linewidth=1, label=arm)
    axes.axvline(0.0, color="grey", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.set_xlabel("points over the baseline that validation chose; 95 % intervals")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.savefig(path)


def tables(studies: Path) -> dict[str, str]:
    """Return the tables of the document by their marks."""
    return {
        "studies": table(list(findings(studies))),
        "images": images_table(studies),
        "arms of tables": arms_table(studies, "table"),
        "baselines": choices.baselines_table(studies),
        "adding": choices.adding_table(studies),
        "lopsided": lopsided_table(studies),
        "levers": levers.table(levers.valid_rows()),
        "margins": margins.table(margins.valid_rows()),
        "usages": usages.table(usages.valid_rows()),
    }


def written(text: str, tables: Mapping[str, str]) -> str:
    """Return a document with tables between the lines ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""
    for name, lines in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        head, _, rest = text.partition(start)
        _, found, tail = rest.partition(end)
        if not found:
            raise SystemExit(f"{DOCUMENT} lacks the marks of {name!r}.")
        text = f"{head}{start}{lines}\n{found}{tail}"
    return text


def main() -> None:
    """Print the table; draw the figure where asked to."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--studies", type=Path, default=STUDIES)
    parser.add_argument("--figure", type=Path, help="an .svg or .png to draw into")
    parser.add_argument("--arms", choices=("image", "table"), help="every arm over all tasks of a kind instead")
    parser.add_argument("--write", action="store_true", help="put all tables into README.md beside this file")
    options = parser.parse_args()
    found = list(findings(options.studies))
    if options.write:
        text = written(DOCUMENT.read_text(encoding="utf-8"), tables(options.studies))
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        print(table(found) if options.arms is None else arms_table(options.studies, options.arms))
    if options.figure is not None:
        draw(found, options.figure)


if __name__ == "__main__":
    main()
