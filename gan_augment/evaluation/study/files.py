"""The files of a study: every finished row on the disk as it comes, and all of them again after a restart."""

from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from statistics import mean
from typing import Any

from gan_augment.evaluation.rows import RESULTS_FILE, RowFile
from gan_augment.evaluation.study.rows import InnerRow, QualityRow, StudyRow

SUMMARY_FILE, INNER_FILE, QUALITY_FILE = "summary.json", "inner.jsonl", "quality.jsonl"
SHORTCUT = (
    "Shortcut risk: synthetic samples of the rare classes can be told from real ones with an AUC of {risk:.2f} (mean "
    "of {n} replicate(s); 0.5 is chance): where only these classes get some, a model may learn that, not the class."
)
AnyRow = StudyRow | InnerRow | QualityRow


class StudyFiles:
    """The rows of a study in its folder.

    Parameters
    ----------
    out
        The folder; rows that it holds are read.

    Raises
    ------
    OutputError
        If a file is damaged.
    """

    def __init__(self, out: Path) -> None:
        self._results = RowFile(out / RESULTS_FILE, StudyRow)
        self._inner = RowFile(out / INNER_FILE, InnerRow)
        self._quality = RowFile(out / QUALITY_FILE, QualityRow)
        self._files: dict[type, RowFile[Any]] = {
            StudyRow: self._results,
            InnerRow: self._inner,
            QualityRow: self._quality,
        }

    def add(self, row: AnyRow) -> None:
        """Append a row to its file; it is on the disk when this returns."""
        self._files[type(row)].add(row)

    def done(self) -> dict[Hashable, AnyRow]:
        """Return all rows by their keys."""
        return {key: row for file in self._files.values() for key, row in file.rows.items()}

    @property
    def results(self) -> list[StudyRow]:
        """Trained models on the test parts."""
        return list(self._results.rows.values())

    @property
    def inner(self) -> list[InnerRow]:
        """Trained models on the inner folds."""
        return list(self._inner.rows.values())

    def warnings(self) -> list[str]:
        """Return what speaks against the synthetic samples, each with the number of replicates that showed it."""
        looks = list(self._quality.rows.values())
        counts = Counter(said for look in looks for said in look.figures.get("warnings", ()))
        said = [f"{warning} ({count} of {len(looks)} replicates)" for warning, count in counts.most_common()]
        risks = [look.figures["shortcut_risk"] for look in looks if look.figures.get("shortcut_risk") is not None]
        return [*said, SHORTCUT.format(risk=mean(risks), n=len(risks))] if risks else said
