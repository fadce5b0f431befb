"""What each lever does alone: one fit a row, judged by classifiers, beside diversity, coverage and copies.

A lever is a recipe, or the default GAN without mode seeking and with one more thing; with mode seeking it is the
default, ``r3``. Rows are made in processes of one torch thread and stay in a JSON-lines file; a second call goes on
with what is missing. A row counts for the settings it was made with.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import FLIPS, load_split, parsed_tasks
from row_pool import Row, known_rows, make_rows
from settings import PLAIN, PLAIN_R3, settings_digest

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.images.likeness import copying
from gan_augment.evaluation.images.quality import measure_quality
from gan_augment.evaluation.study.bench import Parts
from gan_augment.fitting import fit
from gan_augment.generation.curated import CuratedGenerator, curate
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled
from gan_augment.metrics.statistics import paired_difference

RESULTS = Path(__file__).parent / "results" / "levers.jsonl"
STEPS = {"digits": 500, "mnist": 1700, "cifar10": 1300}  # of photographs a third of what studies take
PRECISION = {"digits": "float32", "mnist": "float32", "cifar10": "auto"}
REAL_ARMS = ("none", "classical", "classical-longer")
SYNTHETIC_ARMS = ("gan-only", "classical+gan-only", "classical+gan")
PER_CLASS = 200  # synthetic images that quality is measured on


@dataclass(frozen=True)
class Lever:
    """A way of fitting: a recipe, what is changed in it, how wide latents are and whether images are curated."""

    recipe: str = "r3"
    overrides: Mapping[str, str] | None = None
    curated: bool = False
    latent_std: float = 1.0

    @property
    def digest(self) -> str:
        """A short hash of the settings."""
        wide = f" latents {self.latent_std}" if self.latent_std != 1.0 else ""
        return settings_digest(self.recipe, self.overrides) + wide + (" curated" if self.curated else "")


REAL, BASE = "real images", "r3, no mode seeking"
SEEKS_NO_MODES = {"game.mode_seeking": "0"}
ADAPTIVE = {"diffaug.target": "0.1", "diffaug.probability": "0.8", "diffaug.ramp": "0.3"}
ALONE = {
    "last weights": {"train.keep": "last"},
    "passes apart": {"game.joint": "false"},
    "penalty four times as often": {"game.penalty_every": "4"},
    "consistency": {"game.consistency": "1"},
    "transition": {"game.transition": "[0.1,0.25]"},
    "adaptive augmentation": ADAPTIVE,
    "no augmentation": {"diffaug.probability": "0"},
    "geometry": {"diffaug.policy": "colour,translation,cutout,geometry"},
    "LeCam": {"game.lecam": "0.1"},
    "unconditional levels": {"network.unconditional_levels": "1"},
    "group spectral penalty": {"game.group_spectral": "0.002"},
    "minibatch deviation": {"network.minibatch_std": "true", "game.joint": "false"},
}
LEVERS = {
    "r3": Lever(),
    "hinge": Lever("hinge"),
    "dcgan": Lever("dcgan"),
    "vae": Lever("vae"),
    "vae, curation": Lever("vae", curated=True),
    "vae, nearer": Lever("vae", {"network.bandwidth": "0.4"}),
    "vae, farther": Lever("vae", {"network.bandwidth": "1"}),
    "vae, wider latents": Lever("vae", latent_std=1.15),
    PLAIN: Lever("r3", PLAIN_R3),
    BASE: Lever("r3", SEEKS_NO_MODES),
    "curation": Lever("r3", SEEKS_NO_MODES, curated=True),
    "wider latents": Lever("r3", SEEKS_NO_MODES, latent_std=1.15),
    "wider latents, curation": Lever("r3", SEEKS_NO_MODES, curated=True, latent_std=1.15),
    **{name: Lever("r3", SEEKS_NO_MODES | changes) for name, changes in ALONE.items()},
}


def run(dataset: str, per_class: int, name: str, seed: int, root: str | None) -> list[Row]:
    """Return the one row of a lever (or of the real images alone) on one draw of training images."""
    torch.set_num_threads(1)
    row = {"dataset": dataset, "per_class": per_class, "lever": name, "seed": seed}
    train, test = load_split(dataset, per_class, seed, root)
    shared: dict[str, Any] = {"flips": FLIPS[dataset], "device": "cpu", "precision": PRECISION[dataset]}
    bench = ImageBench((*REAL_ARMS, *SYNTHETIC_ARMS), ("cnn",), **shared)
    parts = Parts(train, test, None)
    if name == REAL:
        contest = bench.contest(parts, _nothing)
        return [row | {"settings": ""} | {arm: _accuracy(contest, arm, test, seed) for arm in REAL_ARMS}]
    lever, started = LEVERS[name], time.process_time()
    own: dict[str, Any] = {"recipe": lever.recipe, "curate": lever.curated, "overrides": dict(lever.overrides or {})}
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(train, Path(folder, "run"), steps=STEPS[dataset], seed=seed, progress=False, **shared, **own)
        wide = fitted.widened(lever.latent_std)
        generator = curate(wide) if lever.curated else wide
    row |= {"settings": lever.digest, "steps": STEPS[dataset], "precision": bench.precision}
    row |= {"fit_seconds": round(time.process_time() - started, 1)}
    contest = bench.contest(parts, generator.sample)
    row |= {arm: _accuracy(contest, arm, test, seed) for arm in SYNTHETIC_ARMS}
    judge = _judge(dataset, seed if dataset == "digits" else 0, root)  # digits are divided anew by each seed
    return [row | _quality(generator, judge, train, test, FLIPS[dataset])]


def _nothing(counts: Mapping[str, int], seed: int) -> Any:
    raise AssertionError("no arm here asks for synthetic images")


def _accuracy(contest: Any, arm: str, test: LabelledImages, seed: int) -> float:
    return round(float((contest.outcome(arm, "cnn", seed).predictions == test.labels).mean()), 4)


def _quality(
    generator: TrainedGenerator | CuratedGenerator,
    judge: Judge,
    train: LabelledImages,
    test: LabelledImages,
    flips: tuple[str, ...],
) -> dict[str, float]:
    batch, n_classes = generator.sample(PER_CLASS, seed=1), len(train.classes)
    made = Labelled(batch.data, batch.labels)
    real, held_out = (Labelled(part.images, part.labels) for part in (train, test))
    figures = measure_quality(judge, held_out, made, real, n_classes).synthetic.means()
    copies = copying(real, held_out, made, n_classes, 0, flips)
    figures["near_copies"] = copies["n_copies"] / copies["n_synthetic"]
    return {name: round(float(value), 4) for name, value in figures.items()}


@lru_cache(maxsize=1)
def _judge(dataset: str, seed: int, root: str | None) -> Judge:
    _, test = load_split(dataset, 1, seed, root)
    labelled = Labelled(test.images, test.labels)
    return Judge.fit(labelled, n_classes=len(test.classes), flips=FLIPS[dataset])


def valid_rows() -> list[Row]:
    """Return the rows made with the settings of now, in the order of tasks, levers and seeds."""
    digests = {REAL: ""} | {name: lever.digest for name, lever in LEVERS.items()}
    order = {name: number for number, name in enumerate(digests)}
    known = [row for row in known_rows(RESULTS) if row.get("steps") in (None, STEPS[row["dataset"]])]
    rows = [row for row in known if digests.get(row["lever"]) == row["settings"]]
    return sorted(rows, key=lambda row: (row["dataset"], row["per_class"], order[row["lever"]], row["seed"]))


def table(rows: list[Row]) -> str:
    """Return means over seeds as a Markdown table, gains over other rows of the same seeds with intervals."""
    names = {
        "gan-only": "gan-only",
        "classical+gan-only": "classical+gan-only",
        "label_fidelity": "fidelity",
        "diversity_judge": "diversity (judge)",
        "diversity_pixels": "diversity (pixels)",
        "coverage": "coverage",
        "near_copies": "near-copies",
        "fit_seconds": "fit, s",
    }
    lines = [
        f"| task | lever | fits | {' | '.join(names.values())} | gan-only against {BASE} "
        f"| {' / '.join(REAL_ARMS)} | gain of classical+gan |",
        "|---|---|" + "---:|" * (len(names) + 4),
    ]
    real, base = (_by_draw(rows, lever) for lever in (REAL, BASE))
    keys = [(row["dataset"], row["per_class"], row["lever"]) for row in rows]
    for key in dict.fromkeys(key for key in keys if key[2] != REAL):
        own = [row for row, other in zip(rows, keys, strict=True) if other == key]
        cells = [f"{_shown(name, float(np.mean([row[name] for row in own])))}" for name in names]
        cells += ["" if key[2] == BASE else _gain(own, "gan-only", base, "gan-only"), *_beside(own, real)]
        lines.append(f"| {key[0]}-{key[1]} | {key[2]} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shown(name: str, value: float) -> str:
    if name == "fit_seconds":
        return f"{value:.0f}"
    return f"{100 * value:.1f}" if name in SYNTHETIC_ARMS else f"{value:.2f}"


def _by_draw(rows: list[Row], lever: str) -> dict[Any, Row]:
    return {_draw(row): row for row in rows if row["lever"] == lever}


def _draw(row: Row) -> tuple[Any, ...]:
    return row["dataset"], row["per_class"], row["seed"]


def _beside(own: list[Row], real: Mapping[Any, Row]) -> tuple[str, str]:
    """Return what the real images of the same draws give, and the gain over the better of its last two, in points."""
    known = [real[_draw(row)] for row in own if _draw(row) in real]
    if len(known) < 2:
        return "", ""
    levels = {arm: 100 * float(np.mean([row[arm] for row in known])) for arm in REAL_ARMS}
    best = max(REAL_ARMS[1:], key=lambda arm: levels[arm])
    shown = " / ".join(f"{level:.1f}" for level in levels.values())
    return shown, _gain(own, "classical+gan", real, best)


def _gain(own: list[Row], arm: str, others: Mapping[Any, Row], other_arm: str) -> str:
    """Return the gain of an arm over that of the same draws in other rows, in points with an interval."""
    own = [row for row in own if _draw(row) in others]
    if len(own) < 2:
        return ""
    found = paired_difference([100 * row[arm] for row in own], [100 * others[_draw(row)][other_arm] for row in own])
    return f"{found.mean:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder with mnist/train, mnist/test and the like")
    parser.add_argument("--tasks", default="digits-20,mnist-50,cifar10-200")
    parser.add_argument("--levers", default="all", help="names, separated by semicolons")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    done = {(row["dataset"], row["per_class"], row["lever"], row["seed"]) for row in valid_rows()}
    wanted = list(dict.fromkeys([REAL, *(LEVERS if options.levers == "all" else options.levers.split(";"))]))
    unknown = [name for name in wanted[1:] if name not in LEVERS]
    if unknown:
        parser.error(f"unknown levers: {'; '.join(unknown)}. There are: {'; '.join(LEVERS)}")
    tasks = parsed_tasks(parser, options.tasks, STEPS)
    keys = [(*task, name, seed) for task in tasks for name in wanted for seed in range(options.seeds)]
    missing = [(*key, options.data_root) for key in keys if key not in done]
    make_rows(RESULTS, run, missing, options.jobs, reuse=True)
    print(table(valid_rows()))


if __name__ == "__main__":
    main()
