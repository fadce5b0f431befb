"""What one ordinary fit on few images is worth: MNIST at 50 images a class, CIFAR-10 at 1,000, every arm of `evaluate`.

Each task is one fit of the default recipe with all threads of the machine, and one evaluation in `--jobs` processes.
Finished rows stay in a JSON-lines file, and a second call goes on with what is missing.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets import load_split
from settings import settings_digest

from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.files import read_jsonl
from gan_augment.fitting import fit
from gan_augment.recipes import DEFAULT_RECIPES

RESULTS = Path(__file__).parent / "results" / "images.jsonl"


@dataclass(frozen=True)
class Task:
    """What identifies a row."""

    dataset: str
    per_class: int
    minutes: int
    flips: tuple[str, ...]
    recipe: str
    settings: str
    seed: int


ROWS = (("mnist", 50, 20, ()), ("cifar10", 0, 30, ("horizontal",)))


def run(task: Task, root: str | None, out: Path, jobs: int) -> dict[str, Any]:
    """Fit, evaluate and return the row; run and results stay in `out`."""
    train, test = load_split(task.dataset, task.per_class, task.seed, root)
    folder = out / f"{task.dataset}-{task.recipe}-{task.settings}-{task.seed}"
    settings: dict[str, Any] = {"flips": task.flips, "seed": task.seed, "resume": True, "curate": False}
    generator = fit(train, folder / "run", recipe=task.recipe, time=60.0 * task.minutes, **settings)
    config = EvaluateConfig(seed=task.seed, jobs=jobs)
    result = evaluate_run(generator, train, test, folder / "results", config, resume=True, progress=True).to_dict()
    summary = json.loads((folder / "run" / "summary.json").read_text(encoding="utf-8"))
    arms = {name: round(arm["accuracy"], 4) for name, arm in result["arms"].items()}
    compared = [(name, *pair) for name, arm in result["arms"].items() for pair in arm["difference"].items()]
    differences = {f"{name} against {baseline}": found["accuracy"] for name, baseline, found in compared}
    quality = {name: round(figures["mean"], 4) for name, figures in result["quality"]["synthetic"].items()}
    judge = {"judge_accuracy": round(result["quality"]["judge_accuracy"]["mean"], 4)}
    return asdict(task) | arms | {"differences": differences} | quality | judge | {"images": summary["samples_seen"]}


def main() -> None:
    """Run what is missing, and print every row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder with mnist/ and cifar10/, each with train/ and test/")
    parser.add_argument("--datasets", default="mnist,cifar10")
    parser.add_argument("--recipe", default=DEFAULT_RECIPES["image"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmark-runs"), help="where runs and their pictures stay")
    options = parser.parse_args()
    rows = list(read_jsonl(RESULTS)) if RESULTS.exists() else []
    for seed in range(options.seeds):
        for dataset, per_class, minutes, flips in ROWS:
            settings = settings_digest(options.recipe)
            task = Task(dataset, per_class, minutes, flips, options.recipe, settings, seed)
            key = json.loads(json.dumps(asdict(task)))
            if dataset in options.datasets.split(",") and not any(key.items() <= row.items() for row in rows):
                rows.append(run(task, options.data_root, options.out, options.jobs))
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    for row in rows:
        print(json.dumps(row, indent=2))


if __name__ == "__main__":
    main()
