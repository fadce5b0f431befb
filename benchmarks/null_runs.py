"""Does a study give verdicts where there is nothing to find? Whole studies of digits without any effect.

The "synthetic" images are real training images, which the arm `classical+gan` moves like all others: nothing that
`classical` does not see anyway. Each study has 10 replicates, a split of its own in each, and a small network. Of 50
studies, at most 6 may say that it helps or hurts. They come on top of the real images of a step, so that networks which
are trained too briefly gain by seeing more: with ``--steps 100`` that is what studies find.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gan_augment.data.images import load_images
from gan_augment.data.labelled import LabelledData
from gan_augment.data.scarcity import Scarcity
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Parts, SampleFn
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.source import Source
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.seeding import numpy_rng

TREATMENT, BASELINE = "classical+gan", "classical"


class QuickBench(ImageBench):
    """An `ImageBench` that does not look at the quality of images, which are known here."""

    def quality(self, parts: Parts, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
        """Return nothing."""
        return {}


def copies(train: LabelledData, run: Path, seed: int) -> SampleFn:
    """Return what draws real images again: a `GeneratorFn` that knows nothing new."""

    def sample(counts: Mapping[str, int], seed: int) -> SampleBatch:
        rng, wanted = numpy_rng(seed, "copies"), [counts.get(name, 0) for name in train.classes]
        own = [np.flatnonzero(train.labels == label) for label in range(len(wanted))]
        rows = np.concatenate([rng.choice(members, n) for members, n in zip(own, wanted, strict=True)])
        return SampleBatch(train.raw[rows], np.repeat(np.arange(len(wanted)), wanted), train.classes)

    return sample


def null_study(source: Source, seed: int, steps: int | None, jobs: int) -> tuple[str, float]:
    """Return the verdict of one study, and the mean difference."""
    bench = QuickBench((BASELINE, TREATMENT), ("cnn",), classifier=ClassifierConfig(steps=steps))
    config = StudyConfig(seed=seed, scarcity=Scarcity(train_per_class=20), confirm=TREATMENT, jobs=jobs)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "study"
        result = run_study(source, bench, out, config, auto=False, generator_fn=copies)
    found = result.confirmatory("cnn")
    return str(found.verdict), found.difference.mean


def main() -> None:
    """Run the studies and print what they said."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--studies", type=int, default=50)
    parser.add_argument("--steps", type=int, help="of each network; as usual when left out")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    source = Source(load_images("digits"))
    found = []
    for seed in tqdm(range(options.studies)):
        found.append(null_study(source, seed, options.steps, options.jobs))
        tqdm.write(f"study {seed}: {found[-1][0]}, {100 * found[-1][1]:+.2f} points")
    counts = Counter(verdict for verdict, _ in found)
    print(", ".join(f"{verdict}: {count}" for verdict, count in counts.most_common()))
    differences = np.array([mean for _, mean in found])
    mean, spread = 100 * differences.mean(), 100 * differences.std(ddof=1)
    print(f"mean difference {mean:+.2f} points, sd {spread:.2f} between studies")


if __name__ == "__main__":
    main()
