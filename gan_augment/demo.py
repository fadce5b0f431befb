"""The whole way on scikit-learn's digits: fit on one half, generate, evaluate on the other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_augment.data.images import load_images
from gan_augment.data.splits import stratified_split
from gan_augment.errors import OutputError
from gan_augment.evaluation.protocol import EvaluateConfig, evaluate_run
from gan_augment.evaluation.result import EvaluationResult
from gan_augment.fitting import fit
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.generation.writers import write_samples
from gan_augment.seeding import numpy_rng

PER_CLASS = 200


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
    """

    generator: TrainedGenerator
    samples: Path
    grid: Path
    evaluation: EvaluationResult

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
    time: str | float | None = "150s",
    steps: int | None = None,
    seed: int = 0,
    config: EvaluateConfig | None = None,
    progress: bool = True,
) -> DemoResult:
    """Fit on half of the digits, write 200 samples a class, evaluate on the other half.

    Parameters
    ----------
    out
        New folder: ``run``, ``samples`` and ``results`` go into it.
    time, steps
        Training budget, as for `fit`; one of them.
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
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} is not an empty folder: choose another one with --out.")
    digits = load_images("digits")
    first, second = stratified_split(digits.labels, 0.5, numpy_rng(seed, "demo"))
    train, test = digits.subset(first), digits.subset(second)
    generator = fit(train, out / "run", time=time, steps=steps, seed=seed, progress=progress)
    counts = dict.fromkeys(generator.classes, PER_CLASS)
    written = write_samples(generator, counts, out / "samples", seed=seed, progress=progress)
    config = config or EvaluateConfig(seed=seed)
    evaluation = evaluate_run(generator, train, test, out / "results", config, progress=progress)
    grid = max((out / "run" / "samples").glob("step_*.png"))
    return DemoResult(generator, written.path, grid, evaluation)
