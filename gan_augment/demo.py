"""The whole way on what scikit-learn ships, digits or a table: fit on one half, generate, evaluate on the other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_augment.data.images import load_images
from gan_augment.data.splits import stratified_split
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.errors import OutputError
from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.evaluation.images.result import EvaluationResult
from gan_augment.evaluation.layout import aligned
from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig, evaluate_table
from gan_augment.evaluation.tabular.result import CHIEF, TableEvaluation
from gan_augment.fitting import fit
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.generation.writers import write_samples
from gan_augment.mixing.counts import share_counts
from gan_augment.report.build import write_report
from gan_augment.seeding import numpy_rng

STEPS = 3000  # of the fit on digits
PER_CLASS = 200
RARE_CLASS, N_RARE, N_ROWS = "malignant", 40, 1000
DIGITS_TITLE = "gan-augment demo: handwritten digits"
TABLE_TITLE = "gan-augment demo: breast cancer, 40 malignant cases"
ARMS_SHOWN = ("none", "gan", "gan-prior", "gan-only")


@dataclass(frozen=True)
class DemoResult:
    """What the demo made.

    Parameters
    ----------
    generator
        Fitted on the first half of the digits.
    samples
        Folder of synthetic pictures, one sub-folder a class.
    grid
        One picture with a row of samples a class.
    evaluation
        What the second half says.
    report
        The page on it.
    """

    generator: TrainedGenerator
    samples: Path
    grid: Path
    evaluation: EvaluationResult
    report: Path

    def text(self) -> str:
        """Return what came out in a few lines: the images' quality, then what a classifier learns from them."""
        quality, arms = self.evaluation.quality, {arm.arm.name: arm for arm in self.evaluation.arms}
        means, own = quality.synthetic.means(), np.nanmean(quality.judge_accuracy)
        lines = [
            "What came out",
            f"  label fidelity        {means['label_fidelity']:.3f}   the judge on real digits: {own:.3f}",
            f"  diversity in a class  {means['diversity_judge']:.3f}   by pixels: {means['diversity_pixels']:.3f}",
            f"  coverage              {means['coverage']:.3f}   of real digits have a synthetic one near",
        ]
        if {"none", "gan-only"} <= set(arms):
            only, real = (arms[name].accuracies.mean() for name in ("gan-only", "none"))
            lines.append(f"  gan-only accuracy     {only:.3f}   trained on real digits: {real:.3f}")
        return "\n".join(lines)


def run_demo(
    out: str | Path,
    *,
    time: str | float | None = None,
    steps: int | None = None,
    seed: int = 0,
    config: EvaluateConfig | None = None,
    progress: bool = True,
) -> DemoResult:
    """Fit on half of the digits, write 200 samples a class, evaluate on the other half.

    Parameters
    ----------
    out
        New folder: ``run``, ``samples``, ``results`` and ``report.html`` go into it.
    time, steps
        Training budget, as for `fit`; 3,000 steps when neither is given: about half a minute, and on a busy machine
        longer instead of worse.
    seed
        Fixes the split and everything after it.
    config
        How to evaluate; the defaults of `EvaluateConfig` when None.
    progress
        Show progress on stderr.

    Raises
    ------
    OutputError
        If `out` is not empty or cannot be written.
    """
    out = _empty_folder(out)
    steps = STEPS if time is None and steps is None else steps
    digits = load_images("digits")
    first, second = stratified_split(digits.labels, 0.5, numpy_rng(seed, "demo"))
    train, test = digits.subset(first), digits.subset(second)
    generator = fit(train, out / "run", time=time, steps=steps, seed=seed, progress=progress)
    counts = dict.fromkeys(generator.classes, PER_CLASS)
    written = write_samples(generator, counts, out / "samples", seed=seed, progress=progress)
    config = config or EvaluateConfig(seed=seed)
    evaluation = evaluate_run(generator, train, test, out / "results", config, progress=progress)
    grid = max((out / "run" / "samples").glob("step_*.png"))
    page = write_report(out / "results", out / "report.html", title=DIGITS_TITLE, run=out / "run")
    return DemoResult(generator, written.path, grid, evaluation, page)


@dataclass(frozen=True)
class TableDemoResult:
    """What the demo on a table made.

    Parameters
    ----------
    generator
        Fitted on the lopsided first half of the rows.
    table
        The file of synthetic rows.
    evaluation
        What the second half says.
    report
        The page on it.
    """

    generator: TrainedGenerator
    table: Path
    evaluation: TableEvaluation
    report: Path

    def text(self) -> str:
        """Return what came out in a few lines: average precision of each model, without synthetic rows and with."""
        found = {(result.model, result.arm.name): result.mean(CHIEF) for result in self.evaluation.results}
        arms = [arm for arm in ARMS_SHOWN if any(name == arm for _, name in found)]
        rows = [
            (model, *(f"{found[model, arm]:.3f}" for arm in arms))
            for model in dict.fromkeys(model for model, _ in found)
        ]
        return "What came out (average precision)\n" + aligned([("trained on", *arms), *rows])


def run_table_demo(
    out: str | Path,
    *,
    time: str | float | None = None,
    steps: int | None = None,
    seed: int = 0,
    config: TableEvaluateConfig | None = None,
    progress: bool = True,
) -> TableDemoResult:
    """Fit on half of scikit-learn's breast-cancer table, write 1,000 rows, evaluate on the other half.

    The training half keeps 40 of its malignant cases, so that one class is rare; the test half stays as it is.

    Parameters
    ----------
    out
        New folder: ``run``, ``synthetic.parquet``, ``results`` and ``report.html`` go into it.
    time, steps
        Training budget, as for `fit`; one of them, or neither.
    seed
        Fixes the split and everything after it.
    config
        How to evaluate; the defaults of `TableEvaluateConfig` when None.
    progress
        Show progress on stderr.

    Raises
    ------
    OutputError
        If `out` is not empty or cannot be written.
    """
    out = _empty_folder(out)
    train, test = _lopsided_halves(seed)
    generator = fit(train, out / "run", time=time, steps=steps, seed=seed, progress=progress)
    counts = share_counts(N_ROWS, generator.class_counts)
    written = write_samples(generator, counts, out / "synthetic.parquet", seed=seed, progress=progress)
    config = config or TableEvaluateConfig(seed=seed)
    evaluation = evaluate_table(generator, train, test, out / "results", config, progress=progress)
    page = write_report(out / "results", out / "report.html", title=TABLE_TITLE, run=out / "run")
    return TableDemoResult(generator, written.path, evaluation, page)


def _lopsided_halves(seed: int) -> tuple[LabelledTable, LabelledTable]:
    table, rng = load_table("breast_cancer"), numpy_rng(seed, "demo")
    first, second = stratified_split(table.labels, 0.5, rng)
    is_rare = table.labels[first] == table.classes.index(RARE_CLASS)
    kept = np.concatenate([first[~is_rare], rng.choice(first[is_rare], N_RARE, replace=False)])
    return table.subset(np.sort(kept)), table.subset(second)


def _empty_folder(out: str | Path) -> Path:
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} is not an empty folder: choose another one with --out.")
    return out
