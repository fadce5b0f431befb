"""Reads what a study left in its folder, as plain data; needs neither the real samples nor a generator."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from gan_augment.config import from_dict
from gan_augment.errors import OutputError
from gan_augment.evaluation.study.files import BASELINE_FILE, INNER_FILE, QUALITY_FILE
from gan_augment.evaluation.study.job import RUNS
from gan_augment.evaluation.study.rows import InnerRow, gains_of_ways
from gan_augment.files import RESULTS_FILE, SUMMARY_FILE, read_jsonl

KEYS = ("replicate", "fold", "arm", "model", "usage", "repeat", "share")


def read_json(path: Path) -> dict[str, Any]:
    """Return an object from a file.

    Raises
    ------
    OutputError
        If it holds anything else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be read ({error}): make it anew.") from error
    if not isinstance(found, dict):
        raise OutputError(f"{path} does not hold what it should: make it anew.")
    return found


@dataclass(frozen=True)
class StudyFolder:
    """The rows and the summary of a study.

    Parameters
    ----------
    path
        The study's folder.
    """

    path: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """All findings: see `StudyResult.to_dict`."""
        return read_json(self.path / SUMMARY_FILE)

    @property
    def about(self) -> dict[str, Any]:
        """What was measured and how; empty for results of an older version."""
        return dict(self.summary.get("about", {}))

    @property
    def score(self) -> str:
        """The score that decides, as words."""
        return str(self.summary["score"]).replace("_", " ")

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """Findings by model."""
        return dict(self.summary["models"])

    @cached_property
    def quality(self) -> list[dict[str, Any]]:
        """What synthetic samples were like, a replicate each."""
        return [row["figures"] for row in self._rows(QUALITY_FILE)]

    def classes(self) -> list[str]:
        """Names in label order; numbers where nobody wrote them down."""
        if self.about:
            return list(self.about["classes"])
        named = next((look["confusion"]["classes"] for look in self.quality if "confusion" in look), None)
        rows = (row["per_class"] for row in self._rows(RESULTS_FILE) if row["per_class"])
        return list(named or map(str, range(len(next(rows, [])))))

    def per_class(self, model: str) -> dict[str, np.ndarray]:
        """Return the accuracy within each class, (n_classes,), by arm: means over replicates."""
        found: dict[str, list[list[float]]] = {}
        for row in self._rows(RESULTS_FILE):
            if row["model"] == model and row["per_class"]:
                found.setdefault(row["arm"], []).append(row["per_class"])
        return {arm: np.mean(rows, axis=0) for arm, rows in found.items()}

    def usages(self, model: str) -> dict[str, list[float]]:
        """Return what ways of adding synthetic samples gained over the baseline, a replicate's mean over folds each."""
        rows = [from_dict(InnerRow, row) for row in self._rows(INNER_FILE)]
        bases = {(row["replicate"], row["model"]): row["arm"] for row in self._rows(BASELINE_FILE)}
        gains: dict[str, dict[int, list[float]]] = {}  # by usage and replicate: one a fold
        for (owner, usage, replicate, _), repeats in gains_of_ways(rows, bases).items():
            if owner == model:
                gains.setdefault(usage, {}).setdefault(replicate, []).append(mean(repeats))
        return {usage: [mean(folds) for folds in own.values()] for usage, own in gains.items()}

    def used(self, model: str) -> Counter[str]:
        """Return by which ways `auto` added synthetic samples, and in how many replicates."""
        return Counter(choice["usage"] for choice in self._choices(model) if choice["usage"] is not None)

    def divisions(self, model: str) -> int:
        """Return how many divisions of a training part `auto` chose on, at most."""
        return max((choice.get("divisions", 1) for choice in self._choices(model)), default=1)

    @property
    def reads_margins(self) -> bool:
        """Whether scores on inner folds are read from margins, and not those that decide."""
        return any(row.get("temperature") is not None for row in self._rows(INNER_FILE))

    @property
    def run(self) -> Path | None:
        """Folder of the first replicate's generator, where it was kept."""
        run = self.path / RUNS / "000"
        return run if (run / "metrics.jsonl").exists() else None

    def _choices(self, model: str) -> list[Mapping[str, Any]]:
        return [row["choice"] for row in self._rows(RESULTS_FILE) if row["model"] == model and row.get("choice")]

    def _rows(self, name: str) -> list[Mapping[str, Any]]:
        """Return the latest row of each kind of the replicates that the summary is about."""
        path, found = self.path / name, {}
        for row in read_jsonl(path) if path.exists() else ():
            if row["replicate"] < self.summary["design"]["n_replicates"]:
                keys = KEYS if name != BASELINE_FILE else ("replicate", "model")
                found[tuple(row.get(key) for key in keys)] = row
        return list(found.values())


def mean_figure(looks: list[dict[str, Any]], *keys: str) -> float:
    """Return the mean over replicates of a figure deep inside; NaN where nobody knows it."""
    values = [value for value in (_deep(look, keys) for look in looks) if value is not None]
    return mean(values) if values else float("nan")


def mean_by_class(looks: list[dict[str, Any]], *keys: str) -> dict[str, float]:
    """Return the means over replicates of figures by class."""
    by_class: dict[str, list[float]] = {}
    for look in looks:
        for name, value in (_deep(look, (*keys, "per_class")) or {}).items():
            if value is not None:
                by_class.setdefault(name, []).append(value)
    return {name: mean(values) for name, values in by_class.items()}


def _deep(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
