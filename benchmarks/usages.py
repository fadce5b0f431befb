"""What each way of using synthetic images brings, also those that are no `AugmentationPlan`: fits on few images.

A generator is fitted on each draw of training images. Networks then learn from these and from what it makes, with
classical augmentation, and see as many images in all as `classical-longer`, which they are compared with. Beside the
plans stand: few images (as many as there are real ones) and fresh ones (each is seen once) where `share 0.5` draws from
its usual number; soft labels, which a network trained on the real images gives the synthetic ones; and what real images
alone bring in other ways, `consistency` among them. Rows are made in processes of one torch thread and stay in a
JSON-lines file; a second call goes on with what is missing.
"""

from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from datasets import FLIPS, load_split
from levers import PRECISION, STEPS
from row_pool import Row, known_rows, main_of_draws
from settings import settings_digest
from torch import nn

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.images.arms import ARMS
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.resampling import generated
from gan_augment.evaluation.images.usages import USAGES
from gan_augment.evaluation.study.bench import Parts
from gan_augment.evaluation.study.config import repeat_seed
from gan_augment.fitting import fit
from gan_augment.metrics.classifiers import predict_probabilities, train_classifier
from gan_augment.metrics.lessons import Labelled
from gan_augment.metrics.statistics import paired_difference
from gan_augment.mixing.plans import PLANS
from gan_augment.networks.classifiers import SmallConvNet
from gan_augment.seeding import derive_seed, numpy_rng

RESULTS = Path(__file__).parent / "results" / "usages.jsonl"
RECIPES = {"digits": "vae", "mnist": "vae", "cifar10": "r3"}
BASE, PLAN = "classical-longer", "share 0.5"  # what all are compared with; what those beside the plans are changes of
FEW, FRESH, SOFT = "few images", "fresh images", "soft labels"
OTHERWISE = ("classical+mixup", "classical+consistency")  # without synthetic images
WAYS = (*OTHERWISE, *PLANS, FEW, FRESH, SOFT)
REPEATS = 3  # trainings of each
LABELS_EACH = 8  # labels that are drawn for an image by what a teacher says


def run(dataset: str, per_class: int, seed: int, root: str | None) -> list[Row]:
    """Return the one row of a draw of training images: accuracy with each way of using what a generator makes."""
    torch.set_num_threads(1)
    train, test = load_split(dataset, per_class, seed, root)
    flips = FLIPS[dataset]
    bench = ImageBench((BASE,), ("cnn",), flips=flips, device="cpu", precision=PRECISION[dataset])
    with TemporaryDirectory() as folder:
        generator = fit(
            train, Path(folder) / "run", recipe=RECIPES[dataset], steps=STEPS[dataset], flips=flips, seed=seed,
            device="cpu", precision=PRECISION[dataset], progress=False,
        )  # fmt: skip
        contest = bench.contest(Parts(train, test), generator.sample)
        tries = [_accuracies(contest, test, repeat_seed(seed, repeat)) for repeat in range(REPEATS)]
    row: Row = {"dataset": dataset, "per_class": per_class, "seed": seed, "settings": settings(dataset)}
    row["precision"] = bench.precision
    return [row | {way: round(float(np.mean([found[way] for found in tries])), 5) for way in (BASE, *WAYS)}]


def settings(dataset: str) -> str:
    """Return what rows of a dataset depend on."""
    plans = blake2b(repr(PLANS).encode(), digest_size=4).hexdigest()
    return f"{settings_digest(RECIPES[dataset])}, {STEPS[dataset]} steps, {REPEATS} trainings, plans {plans}"


def _accuracies(contest: ImageContest, test: LabelledImages, seed: int) -> dict[str, float]:
    material = replace(contest.material, synthetic_fn=partial(contest.draws, seed=seed))
    base = ARMS[BASE].lesson_fn(material, numpy_rng(seed, "arm"))
    mixed = USAGES[PLAN].add(base, material, generated, numpy_rng(seed, "arm"))
    learn = partial(train_classifier, n_classes=material.n_classes, config=contest.config)
    teacher: SmallConvNet = learn(base, seed=derive_seed(seed, "teacher"))
    lessons = {arm: ARMS[arm].lesson_fn(material, numpy_rng(seed, "arm")) for arm in (BASE, *OTHERWISE)}
    lessons |= {way: USAGES[way].add(base, material, generated, numpy_rng(seed, "arm")) for way in PLANS}
    lessons[FEW] = replace(mixed, synthetic=_made(material, len(material.real)))
    assert mixed.synthetic is not None
    assert contest.config.steps is not None
    n_seen = mixed.n_steps(contest.config.steps) * mixed.n_added(contest.config.batch_size)
    lessons[FRESH] = replace(mixed, synthetic=_made(material, n_seen))
    lessons[SOFT] = replace(mixed, synthetic=_softly_labelled(teacher, mixed.synthetic, numpy_rng(seed, "soft")))
    found = {}
    for way, lesson in lessons.items():
        net: SmallConvNet = learn(lesson, seed=derive_seed(seed, "classifier"))
        said = predict_probabilities(net, test.images).argmax(axis=1)
        found[way] = float((said == test.labels).mean())
    return found


def _made(material: ArmMaterial, n_images: int) -> Labelled:
    return material.synthetic_fn(np.full(material.n_classes, -(-n_images // material.n_classes)))


def _softly_labelled(teacher: nn.Module, images: Labelled, rng: np.random.Generator) -> Labelled:
    """Return images several times over, with labels drawn by what a network says: soft labels, on average."""
    said = predict_probabilities(teacher, images.images).astype(np.float64).cumsum(axis=1)
    drawn = rng.random((len(images), LABELS_EACH, 1)) * said[:, None, -1:]
    labels = (drawn >= said[:, None]).sum(axis=2).reshape(-1)
    return Labelled(np.repeat(images.images, LABELS_EACH, axis=0), labels)


def table(rows: list[Row]) -> str:
    """Return a Markdown table: a line a way, a column a task, gains over `BASE` in points with intervals."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(f"{row['dataset']}-{row['per_class']}", []).append(row)
    lines = [f"| way | {' | '.join(f'{task}, {len(own)} draws' for task, own in tasks.items())} |"]
    lines.append("|---|" + "---:|" * len(tasks))
    levels = [f"{100 * np.mean([row[BASE] for row in own]):.1f}" for own in tasks.values()]
    lines.append(f"| `{BASE}` | {' | '.join(levels)} |")
    lines += [
        f"| {f'`{way}`' if way in OTHERWISE else way} | {' | '.join(_gain(own, way) for own in tasks.values())} |"
        for way in WAYS
    ]
    return "\n".join(lines)


def _gain(rows: list[Row], way: str) -> str:
    if len(rows) < 2:
        return ""
    found = paired_difference([100 * row[way] for row in rows], [100 * row[BASE] for row in rows])
    return f"{found.mean:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def valid_rows() -> list[Row]:
    """Return the rows made with the settings of now, in the order of tasks and seeds."""
    rows = [row for row in known_rows(RESULTS) if row["settings"] == settings(row["dataset"])]
    return sorted(rows, key=lambda row: (row["dataset"], row["per_class"], row["seed"]))


def main() -> None:
    """Run what is missing, then print the table."""
    main_of_draws(
        str(__doc__),
        RESULTS,
        run,
        names=STEPS,
        tasks="digits-20,mnist-10,cifar10-50",
        seeds=6,
        valid_rows_fn=valid_rows,
        table_fn=table,
    )


if __name__ == "__main__":
    main()
