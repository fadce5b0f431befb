"""Turns the finished studies in ``results/studies/`` into the table and the figure of the documents, negatives too.

Both are made from each study's ``summary.json``. The table goes to stdout; ``--figure FILE`` draws the gains of `auto`
and of the plain synthetic arms with their intervals (needs ``pip install matplotlib``).
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studies import STUDIES

SHOWN = ("auto", "classical+gan", "gan", "gan-prior", "gan-only", "classical+gan-only", "oracle")
ENDS = ("mean", "low", "high")
COLUMNS = (
    "task",
    "model",
    "replicates",
    "baseline, points",
    "chosen baselines",
    "auto against it, points",
    "verdict",
    "used",
    "harmless",
    "gan-only",
    "oracle",
)


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
            interval(self.difference("oracle")),
        ]


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
    for path in sorted(studies.glob("*/summary.json")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        for model, said in summary["models"].items():
            if said["auto"] is not None:
                yield Finding(path.parent.name, model, summary["score"], said)


def table(found: list[Finding]) -> str:
    """Return the table in Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|---|" + "---:|" * (len(COLUMNS) - 2)]
    rows = (finding.cells() for finding in found)
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows if cells)])


def draw(found: list[Finding], path: Path) -> None:
    """Draw the gains of all arms of `SHOWN`, a line a study and model."""
    import matplotlib

    matplotlib.use("Agg")
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
    axes.set_xlabel("points over the best arm without synthetic samples, chosen on validation; 95 % intervals")
    axes.legend(loc="best", fontsize="small")
    figure.savefig(path)


def main() -> None:
    """Print the table; draw the figure where asked to."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--studies", type=Path, default=STUDIES)
    parser.add_argument("--figure", type=Path, help="an .svg or .png to draw into")
    options = parser.parse_args()
    found = list(findings(options.studies))
    print(table(found))
    if options.figure is not None:
        draw(found, options.figure)


if __name__ == "__main__":
    main()
