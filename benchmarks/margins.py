"""How finely margins tell a gain, beside hits: what `auto` and the choice of a baseline read on few validation images.

Networks learn from few images, with arms and with ways of adding images of `vae`, and are tested on all others. The
gain over what they are compared with is taken on all of these, and on many draws as small as an inner fold of two: by
hits (accuracy), and by margins (`margin_accuracy`) at one temperature for both, or at one for each. Wanted: the gain
that hits say, with less variation on small draws. Rows are made in processes of one torch thread and stay in a
JSON-lines file; a second call goes on with what is missing.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from datasets import load_split
from row_pool import Row, known_rows, make_rows
from settings import settings_digest

from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Parts
from gan_augment.fitting import fit
from gan_augment.metrics.margins import fitted_temperature, margin_accuracy
from gan_augment.seeding import numpy_rng

RESULTS = Path(__file__).parent / "results" / "margins.jsonl"
FLIPS: dict[str, tuple[str, ...]] = {"cifar10": ("horizontal",)}
ARMS = ("none", "classical", "classical-longer", "classical+mixup")
WAYS = ("share 0.25", "share 0.5", "pretrain")
STEPS, DRAWS, MOST_TEST = 400, 200, 1500


def run(dataset: str, per_class: int, seed: int, root: str | None) -> list[Row]:
    """Return a row a comparison on one draw of training images."""
    torch.set_num_threads(1)
    train, test = load_split(dataset, per_class, seed, root)
    rng = numpy_rng(seed, "draws")
    test = test.subset(rng.permutation(len(test))[:MOST_TEST])
    flips = FLIPS.get(dataset, ())
    bench = ImageBench(ARMS, ("cnn",), flips=flips, device="cpu")
    with TemporaryDirectory() as folder:
        generator = fit(
            train, Path(folder) / "run", recipe="vae", steps=STEPS, flips=flips, seed=seed, device="cpu", progress=False
        )
        contest = bench.contest(Parts(train, test), generator.sample)
        said = {(arm, ""): contest.outcome(arm, "cnn", seed).probabilities for arm in ARMS}
        for arm in ARMS[2:]:
            said |= {(arm, way): contest.outcome(arm, "cnn", seed, way).probabilities for way in WAYS}
    of_class = [np.flatnonzero(test.labels == label) for label in range(len(test.classes))]
    draws = [np.concatenate([rng.permutation(own)[:per_class] for own in of_class]) for _ in range(DRAWS)]
    about = {"dataset": dataset, "per_class": per_class, "seed": seed, "settings": settings_digest("vae")}
    rows = []
    for arm, way in said:
        if (arm, way) == (ARMS[0], ""):
            continue
        before, after = said[(arm, "") if way else (ARMS[0], "")], said[arm, way]
        row = about | {"arm": arm, "way": way}
        for name, gain_fn in YARDSTICKS.items():
            small = [gain_fn(test.labels[draw], before[draw], after[draw]) for draw in draws]
            row[name] = round(gain_fn(test.labels, before, after), 5)
            row[f"{name}, sd"] = round(float(np.std(small)), 5)
        rows.append(row)
    return rows


def by_hits(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    """Return the gain in accuracy."""
    return float((after.argmax(axis=1) == labels).mean() - (before.argmax(axis=1) == labels).mean())


def by_margins(labels: np.ndarray, before: np.ndarray, after: np.ndarray, shared: bool = True) -> float:
    """Return the gain that margins say, both read at the temperature of `before`, or each at its own."""
    own = fitted_temperature(labels, before)
    other = own if shared else fitted_temperature(labels, after)
    return margin_accuracy(labels, after, other) - margin_accuracy(labels, before, own)


YARDSTICKS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], float]] = {
    "hits": by_hits,
    "margins, one temperature": by_margins,
    "margins, own temperatures": partial(by_margins, shared=False),
}


def table(rows: list[Row]) -> str:
    """Return a Markdown table in points: mean gains, how far off they are and how various on small draws (rms)."""
    lines = [
        "| task | gains of | rows | read by | mean gain | off by | varies by |",
        "|---|---|---:|---|---:|---:|---:|",
    ]
    kinds: dict[str, Callable[[Row], bool]] = {
        "arms over `none`": lambda row: not row["way"],
        "ways over their arm": lambda row: bool(row["way"]),
    }
    for task in dict.fromkeys((row["dataset"], row["per_class"]) for row in rows):
        for kind, belongs_fn in kinds.items():
            own = [row for row in rows if (row["dataset"], row["per_class"]) == task and belongs_fn(row)]
            hits = np.array([100 * row["hits"] for row in own])
            for name in YARDSTICKS:
                gains, spread = (np.array([100 * row[key] for row in own]) for key in (name, f"{name}, sd"))
                figures = f"{gains.mean():+.1f} | {_rms(gains - hits):.1f} | {_rms(spread):.1f}"
                lines.append(f"| {task[0]}-{task[1]} | {kind} | {len(own)} | {name} | {figures} |")
    return "\n".join(lines)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def valid_rows() -> list[Row]:
    """Return the rows made with the settings of now, in the order of tasks and seeds."""
    rows = [row for row in known_rows(RESULTS) if row["settings"] == settings_digest("vae")]
    return sorted(rows, key=lambda row: (row["dataset"], row["per_class"], row["seed"]))


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder with mnist/train, mnist/test and the like")
    parser.add_argument("--tasks", default="digits-5", help="such as digits-5,mnist-5,cifar10-25")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    done = {(row["dataset"], row["per_class"], row["seed"]) for row in valid_rows()}
    parts = [text.rpartition("-") for text in options.tasks.split(",")]
    keys = [(name, int(number), seed) for name, _, number in parts for seed in range(options.seeds)]
    make_rows(RESULTS, run, [(*key, options.data_root) for key in keys if key not in done], options.jobs)
    print(table(valid_rows()))


if __name__ == "__main__":
    main()
