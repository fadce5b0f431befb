"""The files of a study: every finished row on the disk as it comes, and all of them again after a restart."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from tqdm import tqdm

from gan_augment.evaluation.rows import RowFile
from gan_augment.evaluation.study.alike import gathered
from gan_augment.evaluation.study.rows import FAILED, BaselineRow, CurveRow, InnerRow, QualityRow, StudyRow
from gan_augment.files import RESULTS_FILE

INNER_FILE, QUALITY_FILE = "inner.jsonl", "quality.jsonl"
BASELINE_FILE, CURVE_FILE = "baselines.jsonl", "curve.jsonl"
SHORTCUT = (
    "Shortcut risk: synthetic samples of the rare classes can be told from real ones with an AUC of {risk:.2f} (mean "
    "of {n} replicate(s); 0.5 is chance): where only these classes get some, a model may learn that, not the class."
)
AnyRow = StudyRow | InnerRow | BaselineRow | CurveRow | QualityRow


class StudyFiles:
    """The rows of a study in its folder.

    Parameters
    ----------
    out
        The folder; rows that it holds are read.
    reads_margins
        Whether scores on inner folds are read from margins: those of before, which were not, do not count.

    Raises
    ------
    OutputError
        If a file is damaged.
    """

    def __init__(self, out: Path, reads_margins: bool = False) -> None:
        self._notes: dict[str, None] = {}
        self._results = RowFile(out / RESULTS_FILE, StudyRow)
        self._baselines = RowFile(out / BASELINE_FILE, BaselineRow)
        self._curve = RowFile(out / CURVE_FILE, CurveRow)
        self._quality = RowFile(out / QUALITY_FILE, QualityRow)
        self._files: dict[type, RowFile[Any]] = {
            StudyRow: self._results,
            InnerRow: RowFile(out / INNER_FILE, InnerRow, partial(_counts, reads_margins)),
            BaselineRow: self._baselines,
            CurveRow: self._curve,
            QualityRow: self._quality,
        }

    def add(self, row: AnyRow) -> None:
        """Append a row to its file; it is on the disk when this returns."""
        self._files[type(row)].add(row)

    def done(self) -> dict[Hashable, AnyRow]:
        """Return all rows by their keys, but for what failed: it is tried again."""
        rows = {key: row for file in self._files.values() for key, row in file.rows.items()}
        return {key: row for key, row in rows.items() if not _failed(row)}

    def keep(self, messages: Iterable[AnyRow | str], progress: bool = False) -> None:
        """Add rows as they come, and remember what else is said.

        Parameters
        ----------
        messages
            Rows, and notes as text.
        progress
            Show a progress bar on stderr.
        """
        with tqdm(desc="trained models", initial=len(self.done()), disable=not progress, unit="") as bar:
            for message in messages:
                if isinstance(message, str):
                    self._notes[message] = None
                else:
                    self.add(message)
                    bar.update()

    @property
    def notes(self) -> list[str]:
        """What was said beside rows that were kept, once each."""
        return list(self._notes)

    @property
    def results(self) -> list[StudyRow]:
        """Trained models on the test parts."""
        return list(self._results.rows.values())

    @property
    def baselines(self) -> list[BaselineRow]:
        """What inner folds chose."""
        return list(self._baselines.rows.values())

    @property
    def curve(self) -> list[CurveRow]:
        """Models trained on parts of the real samples."""
        return list(self._curve.rows.values())

    def warnings(self) -> list[str]:
        """Return what the synthetic samples are like, and what speaks against them in how many replicates."""
        looks = list(self._quality.rows.values())
        said = [common.of(len(looks)) for common in gathered(look.figures.get("warnings", ()) for look in looks)]
        said = [*_quality_line([look.figures for look in looks]), *said]
        risks = [look.figures["shortcut_risk"] for look in looks if look.figures.get("shortcut_risk") is not None]
        return [*said, SHORTCUT.format(risk=mean(risks), n=len(risks))] if risks else said


def _counts(reads_margins: bool, row: InnerRow) -> bool:
    return row.temperature is not None or not reads_margins


def _failed(row: AnyRow) -> bool:
    if isinstance(row, InnerRow | CurveRow):
        return row.score is None
    if isinstance(row, QualityRow):
        return FAILED in row.figures
    return isinstance(row, StudyRow) and row.failed is not None


def _quality_line(looks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return label fidelity and diversity in a sentence; none where nobody looked."""
    seen = [look for look in looks if "judge_accuracy" in look]
    if not seen:
        return []
    own = mean(look["judge_accuracy"]["mean"] for look in seen)
    named = {name: [look["synthetic"][name]["mean"] for look in seen] for name in seen[0]["synthetic"]}
    figures = {name: [value for value in values if value is not None] for name, values in named.items()}
    shown = ", ".join(f"{name.replace('_', ' ')} {mean(values):.2f}" for name, values in figures.items() if values)
    return [f"Synthetic samples: {shown}, by a judge that is right on {own:.2f} of real ones (means of {len(seen)})."]
