"""What a study's rows depend on must not change with what a word means from one version to the next."""

import json
from pathlib import Path

import numpy as np
import pytest

from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import GanAugmentError, OutputError
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.request import evaluate
from gan_augment.evaluation.study.source import Source
from gan_augment.metrics.classifiers import ClassifierConfig

ARMS = ("none",)


def study(out: Path, recipe: str, channels: int = 1, resume: bool = False) -> str:
    """Run a study that fits no generator and return the recipe among what its rows depend on."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 8, 8, channels), np.uint8)
    data = LabelledImages(pixels, np.arange(24) % 2, ImageSchema(8, 8, channels, ("a", "b")))
    bench = ImageBench(ARMS, ("cnn",), classifier=ClassifierConfig(steps=2))
    config = StudyConfig(replicates=1, confirm="none", generator=GeneratorConfig(recipe=recipe, steps=1))
    run_study(Source(data), bench, out, config, auto=False, resume=resume)
    found: str = json.loads((out / "settings.json").read_text())["generator.recipe"]
    return found


@pytest.mark.parametrize(
    ("recipe", "channels", "said"),
    [("auto", 1, "vae"), ("vae", 1, "vae"), ("r3", 1, "auto"), ("auto", 3, "auto"), ("r3", 3, "auto")],
)
def test_the_recipe_is_said_but_for_the_one_that_auto_always_meant(
    recipe: str, channels: int, said: str, tmp_path: Path
) -> None:
    assert study(tmp_path / "out", recipe, channels) == said


def test_a_study_does_not_go_on_with_another_recipe(tmp_path: Path) -> None:
    study(tmp_path / "out", "r3")
    study(tmp_path / "out", "r3", resume=True)
    with pytest.raises(OutputError, match=r"generator\.recipe"):
        study(tmp_path / "out", "auto", resume=True)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("network.unconditional_levels", "9", "unconditional_levels"), ("diffaug.target", "0.1", "diffaug.target")],
)
def test_what_no_replicate_could_fit_is_told_before_any_is_begun(
    setting: str, value: str, said: str, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    generator = GeneratorConfig("r3", steps=1, overrides={setting: value})
    config = StudyConfig(replicates=1, scarcity=Scarcity(train_per_class=4), generator=generator)
    quick = {"arms": ("none", "gan"), "options": {"classifier": ClassifierConfig(steps=1)}}
    with pytest.raises(GanAugmentError, match=said):
        evaluate((pixels, np.arange(40) % 2), tmp_path / "out", config, progress=False, **quick)
    assert not (tmp_path / "out").exists()


def test_one_flip_may_be_given_as_it_is_for_a_fit() -> None:
    assert GeneratorConfig(flips="horizontal").flips == ("horizontal",)  # type: ignore[arg-type]
