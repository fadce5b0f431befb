"""A bench whose models need no training: their accuracy is decided beforehand, so that a study's findings are known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.evaluation.study.bench import ArmInfo, Outcome, Parts, SampleFn
from gan_augment.seeding import numpy_rng

MOST_OF_A_FOLD = 80  # training images; a replicate of the usual ones has 105
ARMS = {
    "none": ArmInfo("none", "as they are"),
    "classical": ArmInfo("classical", "moved a little"),
    "gan": ArmInfo("gan", "with synthetic images", synthetic=True),
    "gan-only": ArmInfo("gan-only", "synthetic images alone", synthetic=True),
    "oracle": ArmInfo("oracle", "with more real ones", eligible=False),
}


@dataclass(frozen=True)
class FakeContest:
    """Predicts the label rightly with the probability that the bench gives an arm."""

    bench: "FakeBench"
    parts: Parts
    sample_fn: SampleFn
    notes: tuple[str, ...] = ("Left out nothing.",)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        # an arm that is lacking on a part of the folds: those with an odd number of test images
        lacking = self.bench.lacking if len(self.parts.train) < MOST_OF_A_FOLD and len(self.parts.test) % 2 else ""
        return tuple((arm, model) for arm in self.bench.arms if arm != lacking for model in self.bench.models)

    @property
    def usages(self) -> tuple[str, ...]:
        return tuple(self.bench.gains)

    def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
        self.bench.log(arm, model, usage, self.parts)
        if model in self.bench.broken:
            raise ZeroDivisionError("no luck today")
        if self.bench.needs_generator and self.bench.arms[arm].synthetic:
            self.sample_fn({"a": 1}, seed)
        test = self.parts.test
        n_classes = len(test.classes)
        rng = numpy_rng(seed, "answers")  # the same draws for every arm: arms are paired
        right = rng.random(len(test)) < self.bench.accuracies[arm] + self.bench.gains.get(usage or "", 0.0)
        predictions = np.where(right, test.labels, (test.labels + 1) % n_classes)
        probabilities = np.full((len(test), n_classes), 0.2 / (n_classes - 1))
        probabilities[np.arange(len(test)), predictions] = 0.8
        n_spare = len(self.parts.spare) if arm == "oracle" and self.parts.spare is not None else 0
        n_samples = len(self.parts.train) + n_spare
        return Outcome(probabilities, predictions, np.full(n_classes, 1 / n_classes), n_samples)


@dataclass(frozen=True)
class FakeBench:
    """A bench of arms with known accuracies; every training is a line of the file `trained`, if there is one."""

    accuracies: Mapping[str, float] = field(
        default_factory=lambda: {"none": 0.7, "classical": 0.8, "gan": 0.75, "oracle": 0.9}
    )
    gains: Mapping[str, float] = field(default_factory=lambda: {"share 0.25": -0.05})
    models: tuple[str, ...] = ("small",)
    broken: tuple[str, ...] = ()
    needs_generator: bool = False
    trained: Path | None = None
    lacking: str = ""
    kind: str = "image"
    chief: str = "accuracy"
    precision: str = "float32"
    reads_margins: bool = False
    repeats: int = 1

    @property
    def arms(self) -> Mapping[str, ArmInfo]:
        return {name: ARMS[name] for name in self.accuracies}

    def settings(self) -> Mapping[str, Any]:
        return {"accuracies": dict(self.accuracies)}

    def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> FakeContest:
        return FakeContest(self, parts, sample_fn)

    def quality(self, parts: Parts, sample_fn: SampleFn, seed: int) -> Mapping[str, Any]:
        return {"warnings": ["Looks odd."], "shortcut_risk": 0.9}

    def exhibit(self, parts: Parts, sample_fn: SampleFn, seed: int) -> Mapping[str, bytes]:
        return {"real.png": b"a picture", "exhibit.json": b"{}"}

    def log(self, arm: str, model: str, usage: str | None, parts: Parts) -> None:
        if self.trained is not None:
            told = {"arm": arm, "model": model, "usage": usage, "n_train": len(parts.train), "n_test": len(parts.test)}
            shared = {key.tobytes() for key in parts.train.fingerprints()} & {
                key.tobytes() for key in parts.test.fingerprints()
            }
            with self.trained.open("a") as lines:
                lines.write(json.dumps(told | {"shared": len(shared)}) + "\n")


def make_images(counts: Mapping[str, int], seed: int = 0) -> LabelledImages:
    """Return images of noise, all of them different."""
    labels = np.repeat(np.arange(len(counts)), list(counts.values()))
    images = numpy_rng(seed, "images").integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8)
    return LabelledImages(images, labels, ImageSchema(8, 8, 1, tuple(counts)))


@pytest.fixture
def images() -> LabelledImages:
    return make_images({"a": 60, "b": 40, "c": 40})
