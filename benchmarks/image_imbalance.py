"""Do synthetic images help the classes that have few? MNIST and CIFAR-10 with half of the classes cut 20-fold."""

from functools import partial

from image_lowdata import generator, load
from studies import StudyTask, main

from gan_augment.data.scarcity import Scarcity
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.rows import AUTO

RECIPES = {"mnist": "vae", "cifar10": "r3"}
# A training is long where half of the classes are whole: what competes with synthetic images, and these.
ARMS = (
    "none", "classical", "classical-longer", "classical+weights", "classical+mixup", "classical+consistency",
    "gan-only", "classical+gan", "classical+gan-balance", "classical+gan-rare", AUTO,
)  # fmt: skip
LARGE, FOLD = {"mnist": 200, "cifar10": 400}, 20
RARE = {
    "mnist": ("1", "3", "5", "7", "9"),
    "cifar10": ("bird", "cat", "deer", "dog", "horse"),
}


def task(name: str, replicates: int) -> StudyTask:
    """Return the task of a dataset with half of its classes cut; balanced accuracy decides."""
    few = LARGE[name] // FOLD
    config = StudyConfig(
        replicates=replicates,
        scarcity=Scarcity(train_per_class=LARGE[name], cut=dict.fromkeys(RARE[name], few)),
        inner_folds=2,
        generator=generator(name, RECIPES[name]),
    )
    request = {"score": "balanced_accuracy", "arms": ARMS}
    return StudyTask(f"{name}-lopsided", name, "image", few, partial(load, name), config, request)


TASKS = [task("mnist", 6), task("cifar10", 10)]

if __name__ == "__main__":
    main(str(__doc__), TASKS)
