"""Training images per second: a precision, `auto` if not said otherwise, against plain float32, in one run.

The two take turns, so that a busy machine slows both; what counts is the ratio. Data are random pixels.
"""

import argparse
import statistics
import time

import numpy as np
import torch

from gan_augment.data.schema import ImageSchema
from gan_augment.precision import Precision, resolve_device, resolve_precision
from gan_augment.recipes import DEFAULT_RECIPES, RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.image import ImageCodec

N_IMAGES, N_CLASSES = 1000, 10


def make_trainer(name: str, size: int, channels: int, device: torch.device, precision: Precision) -> Trainer:
    """Return a trainer of a recipe on random images, ready to step."""
    recipe = RECIPES[name]
    codec = ImageCodec(ImageSchema(size, size, channels, tuple(str(label) for label in range(N_CLASSES))))
    raw = np.random.default_rng(0).integers(0, 256, (N_IMAGES, size, size, channels), dtype=np.uint8)
    encoded, labels = codec.encode(raw).to(device), torch.arange(N_IMAGES) % N_CLASSES
    settings = recipe.train
    stream = ClassStream(encoded, labels, codec.to_model, settings.batch_size, settings.class_exponent, device)
    clock = Clock(BudgetConfig(steps=10**9))
    method = recipe.build(codec.spec, 0, device)
    return Trainer(method, {"train": stream}, settings, recipe.ema, clock, device, precision, torch_rng(0))


def samples_per_second(trainer: Trainer, seconds: float) -> float:
    """Return the speed over at least `seconds`, a whole number of penalty cycles."""
    started, first = time.perf_counter(), trainer.samples_seen
    while time.perf_counter() - started < seconds:
        for _ in range(4):
            trainer.one_step()
    return (trainer.samples_seen - first) / (time.perf_counter() - started)


def main() -> None:
    """Print one line per recipe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", default=DEFAULT_RECIPES["image"], help="names, separated by commas")
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
    for name in options.recipes.split(","):
        trainers = [make_trainer(name, options.size, options.channels, device, choice) for choice in (chosen, plain)]
        for trainer in trainers:
            samples_per_second(trainer, 1.0)
        rounds = [[samples_per_second(trainer, options.seconds) for trainer in trainers] for _ in range(options.rounds)]
        fast, slow = (statistics.median(speeds) for speeds in zip(*rounds, strict=True))
        ratio = statistics.median(first / second for first, second in rounds)
        print(f"{name:8} {label} {fast:.0f} images/s, plain float32 {slow:.0f} images/s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
