import json
import sys
from itertools import count

import numpy as np
import pytest

from gan_augment import fitting
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import CheckpointError, ConfigError, GanAugmentError, OutputError
from gan_augment.files import read_jsonl
from gan_augment.generation.image_score import ImageScore
from gan_augment.generation.preview import settle_average
from gan_augment.planning import plan as planning
from gan_augment.recipes import RECIPES
from gan_augment.training import alarms
from gan_augment.training import trainer as trainer_module
from gan_augment.training.checkpoint import read_checkpoint
from tests.fitting.tiny import SETTINGS, TINY


def test_time_budget_ends_in_time_with_a_complete_generator(images, tmp_path):
    generator = fitting.fit(images, tmp_path / "run", time="5s", **SETTINGS)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert 0 < summary["seconds"] < 30
    assert generator.sample(2).data.shape == (6, 8, 8, 1)
    assert list((tmp_path / "run/samples").glob("step_*.png"))


def test_run_folder_holds_what_the_design_promises(images, tmp_path):
    generator = fitting.fit(images, tmp_path / "run", steps=4, flips=("horizontal",), **SETTINGS)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {
        "config.json",
        "curation.safetensors",
        "generator.safetensors",
        "metrics.jsonl",
        "samples",
        "summary.json",
        "training.safetensors",
    }
    assert generator.allowed_flips == ("horizontal",)
    np.testing.assert_array_equal(generator.fingerprints(), images.fingerprints())
    assert set(json.loads((tmp_path / "run/summary.json").read_text())["diversity"]) == {"low", "mid", "high"}


def test_collapse_is_said_and_so_is_a_discriminator_at_chance():
    rows = [{"step": step, "d_loss": 0.6931} for step in range(10)]
    warnings = fitting._warnings({"cat": 0.1, "dog": 0.9, "emu": None}, rows, RECIPES["r3"], 1.0)
    assert len(warnings) == 2
    assert "cat (0.10)" in warnings[0]
    assert "dog" not in warnings[0]
    assert fitting._warnings({"dog": 0.9}, [{"step": 1, "d_loss": 0.5}], RECIPES["r3"], 1.0) == []


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([0.69] * 2 + [0.5] * 18, False),  # the first tenth: every discriminator starts so
        ([0.5] * 2 + [0.69] + [0.5] * 17, False),  # 1 of 18
        ([0.5] * 2 + [0.69] * 2 + [0.5] * 16, True),  # 2 of 18
        ([0.5] * 19 + [None], False),
        ([0.69], False),
    ],
)
def test_a_discriminator_is_blind_when_it_was_for_a_tenth_of_the_run(losses, said):
    rows = [{"step": step, "d_loss": loss} for step, loss in enumerate(losses)]
    assert bool(fitting._warnings({}, rows, RECIPES["r3"], 1.0)) is said


def test_a_time_that_reading_the_data_used_up_is_refused_before_anything_is_written(images, tmp_path):
    with pytest.raises(ConfigError, match="reading the data"):
        fitting.fit(images, tmp_path / "run", time=0.001, **SETTINGS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "setting",
    [
        "generator.lr.start=-1",
        "discriminator.beta1=1",
        "game.gamma.end=nan",
        "ema.seen_share=2",
        "train.class_exponent=inf",
        "network.kind=dcgan",
        "network.kind=vae",
        "name=mine",
    ],
)
def test_a_refused_setting_is_named_and_nothing_is_written(images, tmp_path, setting):
    key, value = setting.split("=")
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        fitting.fit(images, tmp_path / "run", steps=2, **SETTINGS | {"overrides": TINY | {key: value}})
    assert list(tmp_path.iterdir()) == []


def test_missing_tensorboard_is_said_before_anything_is_written(images, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(GanAugmentError, match="pip install"):
        fitting.fit(images, tmp_path / "run", steps=2, tensorboard=True, **SETTINGS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_classes_of_equal_images_have_no_diversity_and_give_no_numpy_warning(images, tmp_path):
    flat = np.repeat(np.array([[[[0]]], [[[90]]], [[[180]]]], np.uint8), 12, axis=0).repeat(8, 1).repeat(8, 2)
    equal = LabelledImages(flat, images.labels, images.schema)
    fitting.fit(equal, tmp_path / "run", steps=2, **SETTINGS)
    assert json.loads((tmp_path / "run/summary.json").read_text())["diversity"] == dict.fromkeys(images.classes)


def test_a_collapse_is_said_during_the_run_once(images, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)
    monkeypatch.setattr(alarms, "COLLAPSED", 1e9)
    original = trainer_module.Trainer.run

    def run(self):
        original(self)
        said.append(capsys.readouterr().err)

    said = []
    monkeypatch.setattr(trainer_module.Trainer, "run", run)
    fitting.fit(images, tmp_path / "run", steps=12, **SETTINGS | {"progress": True})
    assert said[0].count("Warning: Collapsed classes") == 1


def test_a_full_folder_is_never_overwritten(images, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="not empty"):
        fitting.fit(images, tmp_path, steps=2, **SETTINGS)
    with pytest.raises(CheckpointError, match="no run to resume"):
        fitting.fit(images, tmp_path, steps=2, resume=True, **SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_misspelt_recipe_and_setting_offer_the_nearest(images, tmp_path):
    with pytest.raises(ConfigError, match="dcgan"):
        fitting.fit(images, tmp_path / "run", steps=2, recipe="dcgna")
    with pytest.raises(ConfigError, match=r"train\.batch_size"):
        fitting.fit(images, tmp_path / "run", steps=2, overrides={"train.batchsize": "3"})
    assert not (tmp_path / "run").exists()


def test_plan_says_what_will_happen_and_writes_nothing(images, tmp_path):
    plan = fitting.plan(images, tmp_path / "run", steps=50, device="cpu", overrides=TINY)
    text = plan.text()
    assert "36 grey images of 8x8 in 3 classes" in text
    assert "low 12" in text
    assert "50 steps of 8" in text
    assert plan.as_dict()["class_counts"] == {"low": 12, "mid": 12, "high": 12}
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_warms_up_and_covers_every_phase_on_networks_made_once(images, monkeypatch):
    made, phases = [], []
    build, update = planning.Plan.build, trainer_module.Trainer.update

    def counted_build(self):
        made.append(build(self))
        return made[-1]

    def counted_update(self, phase):
        phases.append((self.step, phase.name))
        update(self, phase)

    monkeypatch.setattr(planning.Plan, "build", counted_build)
    monkeypatch.setattr(trainer_module.Trainer, "update", counted_update)
    plan = fitting.plan(images, recipe="r3", steps=50, device="cpu", overrides=TINY)
    plan.text()
    plan.as_dict()
    assert len(made) == 1
    assert plan.stream is plan.stream
    assert [step for step, name in phases if name == "penalty"] == [0, 5]
    assert [step for step, name in phases if name == "generator"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("every", "seconds"), [("1", 3.0), ("2", 4.0), ("16", 3.0 + 2 / 16)])
def test_the_estimate_weighs_phases_by_how_often_they_run(every, seconds, images, monkeypatch):
    clock = count()
    monkeypatch.setattr(trainer_module.Trainer, "update", lambda self, phase: next(clock))
    monkeypatch.setattr(planning.time, "perf_counter", lambda: float(next(clock)))
    overrides = TINY | {"game.penalty_every": every}
    plan = fitting.plan(images, recipe="r3", steps=50, device="cpu", overrides=overrides)
    assert plan.seconds_per_step == pytest.approx(seconds)


@pytest.fixture
def seen(monkeypatch):
    """Weights as they were looked at, which score worse every time."""
    seen = []

    def look(self, trainer):
        settle_average(trainer, self.seed)
        seen.append({key: value.clone() for key, value in trainer.average.state_dict().items()})
        return {"score": float(len(seen))}

    monkeypatch.setattr(ImageScore, "look", look)
    return seen


@pytest.mark.parametrize(("recipe", "keep"), [("vae", "best"), ("r3", "best"), ("r3", "last")])
def test_images_too_are_published_with_the_weights_that_scored_best(recipe, keep, images, tmp_path, seen):
    overrides = TINY | {"train.keep": keep, "train.log_every": "4"}
    fitting.fit(images, tmp_path / "run", recipe=recipe, steps=400, **SETTINGS | {"overrides": overrides})
    published, header = read_checkpoint(tmp_path / "run/generator.safetensors")
    assert (len(seen) > 2) == (keep == "best") == (header["step"] < 400)
    if keep == "best":
        assert all(published[key].equal(value) for key, value in seen[0].items())
        assert not all(published[key].equal(value) for key, value in seen[-1].items())


def test_a_fit_that_gets_no_better_stops_early_and_stays_so_when_it_is_resumed(images, tmp_path, seen, capsys):
    settings = SETTINGS | {"overrides": TINY | {"train.patience": "2", "train.log_every": "4"}}
    fitting.fit(images, tmp_path / "run", steps=400, **settings | {"progress": True})
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert f"Stopped early at step {summary['steps']}" in capsys.readouterr().err
    looks = [row["step"] for row in read_jsonl(tmp_path / "run/metrics.jsonl") if "score" in row]
    assert (summary["finished"], summary["stopped_early"]) == (True, True)
    assert summary["steps"] == looks[2] < 400
    assert len(looks) == len(set(looks)) == 3
    published = (tmp_path / "run/generator.safetensors").read_bytes()
    assert all(read_checkpoint(tmp_path / "run/generator.safetensors")[0][key].equal(seen[0][key]) for key in seen[0])
    for budget in ({}, {"steps": 400}):
        fitting.fit(images, tmp_path / "run", resume=True, **budget, **settings)
        again = json.loads((tmp_path / "run/summary.json").read_text())
        assert (again["steps"], again["stopped_early"]) == (summary["steps"], True)
        assert (tmp_path / "run/generator.safetensors").read_bytes() == published
    fitting.fit(images, tmp_path / "run", resume=True, steps=800, **settings)
    assert json.loads((tmp_path / "run/summary.json").read_text())["steps"] > summary["steps"]


def test_a_fit_with_patience_that_gets_better_spends_its_budget(images, tmp_path, monkeypatch):
    scores = iter(range(100, 0, -1))
    monkeypatch.setattr(ImageScore, "look", lambda self, trainer: {"score": float(next(scores))})
    settings = SETTINGS | {"overrides": TINY | {"train.patience": "1", "train.log_every": "4"}}
    fitting.fit(images, tmp_path / "run", steps=100, **settings)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert (summary["steps"], summary["stopped_early"]) == (100, False)


@pytest.mark.parametrize("setting", [{"steps": 2.5}, {"steps": "3"}, {"steps": True}, {"steps": 2, "seed": 1.5}])
def test_numbers_that_are_not_whole_are_refused_before_anything_is_written(images, tmp_path, setting):
    with pytest.raises(ConfigError, match="whole number"):
        fitting.fit(images, tmp_path / "run", **SETTINGS | setting)
    assert not (tmp_path / "run").exists()


def test_numbers_of_numpy_are_taken_as_they_are(images, tmp_path):
    settings = SETTINGS | {"steps": np.int64(2), "seed": np.int64(3)}
    fitted = fitting.fit(images, tmp_path / "run", recipe="r3", **settings)
    again = fitting.fit(images, recipe="r3", **SETTINGS | {"steps": 2, "seed": 3})
    assert np.array_equal(fitted.sample(1, seed=np.int64(1)).data, again.sample(1, seed=1).data)
