"""Do synthetic images help where there are few? Digits, MNIST and CIFAR-10 with 10 to 800 images a class."""

from functools import partial
from typing import Any

from datasets import FLIPS, data_root
from settings import PLAIN_R3
from studies import StudyTask, main

from gan_augment.data.images import load_images
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.images.arms import ARMS
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.rows import AUTO

# How generators are fitted, by dataset and recipe. In steps, so that rows of several machines belong together: up to 5
# minutes of one thread in float32, 10 on photographs, which need more; those of digits by r3 were made in a minute
# each. Studies of grey images by r3 were begun when it was plain.
FITS: dict[tuple[str, str], dict[str, Any]] = {
    ("digits", "r3"): {"time": 60.0, "overrides": PLAIN_R3},
    ("digits", "vae"): {"steps": 600},
    ("mnist", "r3"): {"steps": 1700, "overrides": PLAIN_R3},
    ("mnist", "vae"): {"steps": 1000},
    ("cifar10", "r3"): {"steps": 4000},
}
FEW = (
    ("digits", 20, "r3"),
    ("mnist", 50, "r3"),
    ("digits", 10, "vae"),
    ("digits", 20, "vae"),
    ("mnist", 10, "vae"),
    ("mnist", 50, "vae"),
    ("mnist", 100, "vae"),
    ("cifar10", 50, "r3"),
    ("cifar10", 200, "r3"),
    ("cifar10", 800, "r3"),
)
# All learn from the images at hand alone: a pretrained network knows millions of photographs, and is an extra.
SCRATCH_ARMS = (*(name for name in ARMS if name != "pretrained"), AUTO)
# Left out where 20 passes take long: behind `classical` in every study of digits, and of MNIST at 10 a class.
BEHIND = ("none-longer", "mixup", "bootstrap", "jitter", "interpolate", "gan")
ARMS_AHEAD = tuple(name for name in SCRATCH_ARMS if name not in BEHIND)
SIX = {("mnist", 100), ("cifar10", 800)}  # replicates, which give numbers and no verdict


def load(name: str, root: str | None) -> tuple[LabelledImages, LabelledImages | None]:
    """Return the pool that training images are drawn from, and the test images; digits are split by the study."""
    if name == "digits":
        return load_images("digits"), None
    folder = data_root(root) / name
    return load_images(folder, part="train"), load_images(folder, part="test")


def generator(name: str, recipe: str) -> GeneratorConfig:
    """Return how generators of a dataset are fitted by a recipe."""
    return GeneratorConfig(recipe=recipe, flips=FLIPS[name], **FITS[name, recipe])


def task(name: str, per_class: int, recipe: str) -> StudyTask:
    """Return the task of so many images a class; names say the recipe where it is not r3."""
    config = StudyConfig(
        replicates=6 if (name, per_class) in SIX else 10,
        scarcity=Scarcity(train_per_class=per_class),
        inner_folds=2,
        inner_divisions=3 if recipe == "vae" else 1,  # whose fits are short
        generator=generator(name, recipe),
    )
    study = f"{name}-{per_class}" if recipe == "r3" else f"{name}-{per_class}-{recipe}"
    arms = SCRATCH_ARMS if name == "digits" or (name, per_class) == ("mnist", 10) else ARMS_AHEAD
    return StudyTask(study, name, "image", per_class, partial(load, name), config, {"arms": arms})


TASKS = [task(*few) for few in FEW]

if __name__ == "__main__":
    main(str(__doc__), TASKS)
