"""Training images per second: a precision, `auto` if not said otherwise, against plain float32, in one run.

Of recipes, and last of the classifier that studies train, which is channels last in both. The two take turns, so that a
busy machine slows both; what counts is the ratio. Data are random pixels.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from settings import PLAIN, PLAIN_R3

from gan_augment.config import override
from gan_augment.data.schema import ImageSchema
from gan_augment.metrics.classifiers import ClassifierConfig, train_classifier
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.precision import Precision, resolve_device, resolve_precision
from gan_augment.recipes import DEFAULT_RECIPES, RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.image import ImageCodec

N_IMAGES, N_CLASSES, CLASSIFIER_STEPS = 1000, 10, 40
Speed = Callable[[float], float]  # images per second over so many seconds


def random_images(size: int, channels: int) -> np.ndarray:
    """Return uint8 images (n, size, size, channels) of random pixels."""
    return np.random.default_rng(0).integers(0, 256, (N_IMAGES, size, size, channels), dtype=np.uint8)


def make_trainer(name: str, size: int, channels: int, device: torch.device, precision: Precision) -> Trainer:
    """Return a trainer of a recipe, or of ``plain r3``, on random images, ready to step."""
    recipe = override(RECIPES["r3"], PLAIN_R3) if name == PLAIN else RECIPES[name]
    codec = ImageCodec(ImageSchema(size, size, channels, tuple(str(label) for label in range(N_CLASSES))))
    encoded, labels = codec.encode(random_images(size, channels)).to(device), torch.arange(N_IMAGES) % N_CLASSES
    settings = recipe.train
    stream = ClassStream(encoded, labels, codec.to_model, settings.batch_size, settings.class_exponent, device)
    clock = Clock(BudgetConfig(steps=10**9))
    method = recipe.build(codec.spec, 0, device)
    return Trainer(method, {"train": stream}, settings, recipe.ema, clock, device, precision, torch_rng(0))


def samples_per_second(trainer: Trainer, seconds: float) -> float:
    """Return the speed over at least `seconds`, a whole number of cycles of all that steps do in turn."""
    cycle = math.lcm(*(phase.every for phase in trainer.method.phases))
    started, first = time.perf_counter(), trainer.samples_seen
    while time.perf_counter() - started < seconds:
        for _ in range(cycle):
            trainer.one_step()
    return (trainer.samples_seen - first) / (time.perf_counter() - started)


def classified_per_second(images: np.ndarray, device: torch.device, precision: Precision, seconds: float) -> float:
    """Return the speed of training the classifier of studies on moved images, over at least `seconds`."""
    lesson = Lesson(Labelled(images, np.arange(len(images)) % N_CLASSES), augmentation=Augmentation())
    config = ClassifierConfig(steps=CLASSIFIER_STEPS, precision=precision.name)
    started, seen = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        train_classifier(lesson, n_classes=N_CLASSES, config=config, device=device)
        seen += CLASSIFIER_STEPS * config.batch_size
    return seen / (time.perf_counter() - started)


def main() -> None:
    """Print one line per recipe, and one of the classifier."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", default=DEFAULT_RECIPES["image"], help="names, separated by commas, also plain r3")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--channels", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto", help="auto, bf16 or float32; all of them channels last")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each turn")
    options = parser.parse_args()
    device = resolve_device(options.device)
    chosen, plain = resolve_precision(options.precision, device), Precision("float32", channels_last=False)
    label = f"{chosen.name}, {'channels last' if chosen.channels_last else 'contiguous'}"
    print(f"{device}, {torch.get_num_threads()} threads, {options.size} px; {options.precision} is {label}")
    size, channels, speeds = options.size, options.channels, dict[str, list[Speed]]()
    for name in options.recipes.split(","):
        trainers = (make_trainer(name, size, channels, device, choice) for choice in (chosen, plain))
        speeds[name] = [partial(samples_per_second, trainer) for trainer in trainers]
    images = random_images(size, channels)
    speeds["classifier"] = [partial(classified_per_second, images, device, choice) for choice in (chosen, plain)]
    for name, pair in speeds.items():
        for speed in pair:
            speed(1.0)
        rounds = [[speed(options.seconds) for speed in pair] for _ in range(options.rounds)]
        fast, slow = (statistics.median(found) for found in zip(*rounds, strict=True))
        ratio = statistics.median(first / second for first, second in rounds)
        print(f"{name:10} {label} {fast:.0f} images/s, plain float32 {slow:.0f} images/s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
