"""Does a study give verdicts where there is nothing to find? Whole studies of digits without any effect.

The "synthetic" images are real training images, which the arm `classical+gan` moves like all others: nothing that
`classical` does not see anyway. Each study has 10 replicates, a split of its own in each, a small network, and for a
baseline what inner folds choose out of `classical` and `classical-longer`. Of 50 studies, at most 6 may say that it
helps or hurts. A finished study is a line of ``results/null_runs.jsonl``; another call goes on with what is missing.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from gan_augment.data.images import load_images
from gan_augment.data.labelled import LabelledData
from gan_augment.data.scarcity import Scarcity
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Parts, SampleFn
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.source import Source
from gan_augment.files import read_jsonl, write_atomically
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.seeding import numpy_rng

TREATMENT, BASELINES = "classical+gan", ("classical", "classical-longer")
RESULTS = Path(__file__).parent / "results" / "null_runs.jsonl"


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


def null_study(source: Source, seed: int, steps: int | None) -> dict[str, Any]:
    """Return what one study says, as a row of the results."""
    bench = QuickBench((*BASELINES, TREATMENT), ("cnn",), classifier=ClassifierConfig(steps=steps), repeats=1)
    config = StudyConfig(seed=seed, scarcity=Scarcity(train_per_class=20), inner_folds=2, confirm=TREATMENT)
    with tempfile.TemporaryDirectory() as folder:
        result = run_study(source, bench, Path(folder) / "study", config, auto=False, generator_fn=copies)
    found = result.confirmatory("cnn")
    ends = {name: round(getattr(found.difference, name), 6) for name in ("mean", "low", "high")}
    row = {"seed": seed, "steps": steps, "verdict": found.verdict, **ends, "baselines": dict(found.baselines)}
    print(f"study {seed}: {found.verdict}, {100 * ends['mean']:+.2f} points", flush=True)
    return row


def summary(rows: list[dict[str, Any]]) -> str:
    """Return how many studies said what, and how their differences spread."""
    counts = Counter(row["verdict"] for row in rows)
    said = ", ".join(f"{verdict}: {count}" for verdict, count in counts.most_common())
    means = 100 * np.array([row["mean"] for row in rows])
    covered = np.mean([row["low"] <= 0.0 <= row["high"] for row in rows])
    spread = f", sd {means.std(ddof=1):.2f} between studies" if len(rows) > 1 else ""
    means_said = f"mean difference {means.mean():+.2f} points{spread}; the interval covers 0 in {covered:.0%}"
    return f"{len(rows)} studies: {said}\n{means_said}"


def main() -> None:
    """Run the studies that are missing and print what all of them said."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--studies", type=int, default=50)
    parser.add_argument("--steps", type=int, help="of each network; as usual when left out")
    parser.add_argument("--jobs", type=int, default=2, help="processes, one thread each")
    options = parser.parse_args()
    known = list(read_jsonl(RESULTS)) if RESULTS.exists() else []
    # Written anew, since the next row must not be appended to a line that an interruption cut off.
    write_atomically(RESULTS, "".join(json.dumps(row) + "\n" for row in known).encode())
    rows = [row for row in known if row["steps"] == options.steps]
    missing = sorted(set(range(options.studies)) - {row["seed"] for row in rows})
    source = Source(load_images("digits"))
    pool = Parallel(n_jobs=options.jobs, return_as="generator_unordered")
    for row in pool(delayed(null_study)(source, seed, options.steps) for seed in missing):
        with RESULTS.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        rows.append(row)
    print(summary(rows))


if __name__ == "__main__":
    main()
