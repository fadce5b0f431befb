"""How finely margins tell a gain, beside hits: what `auto` and the choice of a baseline read on few validation images.

Networks learn from few images, by arms and by ways of adding images of `vae`, and are tested on others. The true gain
over what they are compared with is the one in accuracy on all of these. Beside it stand gains on many draws as small as
an inner fold of two: by hits (accuracy), and by margins (`margin_accuracy`) at one temperature for both or, as studies
do, at one for each; temperatures are fitted to the draw. Wanted: a mean over draws that is the true gain, and little
variation. Rows are made in processes of one torch thread and stay in a JSON-lines file; a second call goes on with what
is missing.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from datasets import FLIPS, load_split
from row_pool import Row, known_rows, main_of_draws
from settings import settings_digest

from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Parts
from gan_augment.fitting import fit
from gan_augment.metrics.margins import HOTTEST, LEAST, fitted_temperature, margin_accuracy
from gan_augment.seeding import numpy_rng

RESULTS = Path(__file__).parent / "results" / "margins.jsonl"
ARMS = ("none", "mixup", "classical", "classical-longer", "classical+mixup", "classical+mixup+consistency")
BASES = ARMS[-3:]
WAYS = ("share 0.25", "share 0.5", "pretrain", "consistency")
STEPS, DRAWS, MOST_TEST = 400, 200, 1500
SETTINGS = f"{settings_digest('vae')}, {STEPS} steps, {DRAWS} draws, p >= {LEAST:g}, T <= {HOTTEST:g}"


def run(dataset: str, per_class: int, seed: int, root: str | None) -> list[Row]:
    """Return a row a comparison on one draw of training images."""
    torch.set_num_threads(1)
    train, test = load_split(dataset, per_class, seed, root)
    rng = numpy_rng(seed, "draws")
    test = test.subset(rng.permutation(len(test))[:MOST_TEST])
    flips = FLIPS[dataset]
    bench = ImageBench(ARMS, ("cnn",), flips=flips, device="cpu")
    with TemporaryDirectory() as folder:
        generator = fit(
            train, Path(folder) / "run", recipe="vae", steps=STEPS, flips=flips, seed=seed, device="cpu", progress=False
        )
        contest = bench.contest(Parts(train, test), generator.sample)
        said = {(arm, ""): contest.outcome(arm, "cnn", seed).probabilities for arm in ARMS}
        for arm in BASES:
            said |= {(arm, way): contest.outcome(arm, "cnn", seed, way).probabilities for way in WAYS}
    of_class = [np.flatnonzero(test.labels == label) for label in range(len(test.classes))]
    draws = [np.concatenate([rng.permutation(own)[:per_class] for own in of_class]) for _ in range(DRAWS)]
    about = {"dataset": dataset, "per_class": per_class, "seed": seed, "settings": SETTINGS}
    rows = []
    for arm, way in said:
        if (arm, way) == (ARMS[0], ""):
            continue
        before, after = said[(arm, "") if way else (ARMS[0], "")], said[arm, way]
        row = about | {"arm": arm, "way": way, "true": round(by_hits(test.labels, before, after), 5)}
        for name, gain_fn in YARDSTICKS.items():
            small = [gain_fn(test.labels[draw], before[draw], after[draw]) for draw in draws]
            row[name] = {"mean": round(float(np.mean(small)), 5), "sd": round(float(np.std(small)), 5)}
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
    """Return a Markdown table in points, a line a comparison: means over draws of training images; variation, rms."""
    headings = ["true gain", *(f"{name}: gain, varies" for name in YARDSTICKS)]
    lines = [f"| task | of | over | draws | {' | '.join(headings)} |", "|---|---|---|" + "---:|" * (len(headings) + 1)]
    by_comparison: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        of, over = (row["way"], row["arm"]) if row["way"] else (row["arm"], ARMS[0])
        by_comparison.setdefault((f"{row['dataset']}-{row['per_class']}", of, over), []).append(row)
    for names, own in by_comparison.items():
        cells = [*names, str(len(own)), f"{100 * np.mean([row['true'] for row in own]):+.1f}"]
        for name in YARDSTICKS:
            gain, spread = (100 * np.array([row[name][key] for row in own]) for key in ("mean", "sd"))
            cells.append(f"{gain.mean():+.1f}, {np.sqrt((spread**2).mean()):.1f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def valid_rows() -> list[Row]:
    """Return the rows made with the settings of now, in the order of tasks and seeds."""
    rows = [row for row in known_rows(RESULTS) if row["settings"] == SETTINGS]
    return sorted(rows, key=lambda row: (row["dataset"], row["per_class"], row["seed"]))


def main() -> None:
    """Run what is missing, then print the table."""
    main_of_draws(
        str(__doc__), RESULTS, run, names=FLIPS, tasks="digits-5", seeds=8, valid_rows_fn=valid_rows, table_fn=table
    )


if __name__ == "__main__":
    main()
