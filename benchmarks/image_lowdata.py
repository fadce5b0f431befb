"""Do synthetic images help where there are few? Digits, MNIST and CIFAR-10 with 10 to 800 images a class."""

from functools import partial

from datasets import data_root
from studies import StudyTask, main

from gan_augment.data.images import load_images
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig

# In steps, so that rows of several machines belong together: up to 5 minutes of one thread in float32.
GENERATORS = {
    "digits": GeneratorConfig(recipe="vae", steps=600),
    "mnist": GeneratorConfig(recipe="vae", steps=1000),
    "cifar10": GeneratorConfig(recipe="r3", steps=2000, flips=("horizontal",)),
}
FEW = (
    ("digits", 10),
    ("digits", 20),
    ("mnist", 10),
    ("mnist", 50),
    ("mnist", 100),
    ("cifar10", 50),
    ("cifar10", 200),
    ("cifar10", 800),
)
# Without copies, noise and mixtures of pixels, which no inner fold ever chose: they cost as much as the others.
ARMS = (
    *("none", "none-longer", "classical", "classical-longer", "mixup", "classical+mixup"),
    *("gan", "classical+gan", "gan-only", "classical+gan-only", "oracle", "auto"),
)
SIX = {("mnist", 100), ("cifar10", 800)}  # replicates, which give numbers and no verdict


def load(name: str, root: str | None) -> tuple[LabelledImages, LabelledImages | None]:
    """Return the pool that training images are drawn from, and the test images; digits are split by the study."""
    if name == "digits":
        return load_images("digits"), None
    folder = data_root(root) / name
    return load_images(folder, part="train"), load_images(folder, part="test")


def task(name: str, per_class: int) -> StudyTask:
    """Return the task of so many images a class."""
    config = StudyConfig(
        replicates=6 if (name, per_class) in SIX else 10,
        scarcity=Scarcity(train_per_class=per_class),
        inner_folds=2,
        generator=GENERATORS[name],
    )
    return StudyTask(f"{name}-{per_class}", name, "image", per_class, partial(load, name), config, {"arms": ARMS})


TASKS = [task(name, per_class) for name, per_class in FEW]

if __name__ == "__main__":
    main(str(__doc__), TASKS)
