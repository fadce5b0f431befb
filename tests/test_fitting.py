import json
import os
import signal
import sys

import numpy as np
import pytest

from gan_augment import fitting, planning
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import CheckpointError, ConfigError, GanAugmentError, OutputError
from gan_augment.files import read_jsonl
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.training import trainer as trainer_module

TINY = {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "8"}
SETTINGS = {"device": "cpu", "precision": "float32", "overrides": TINY, "progress": False}


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 12)
    pixels = (rng.integers(0, 60, (36, 8, 8, 1)) + 70 * labels[:, None, None, None]).astype(np.uint8)
    return LabelledImages(pixels, labels, ImageSchema(8, 8, 1, ("low", "mid", "high")))


class Killed(BaseException):
    """Stands for a process that ends without a chance to write anything."""


def killed_at(step, monkeypatch):
    original = trainer_module.Trainer.one_step

    def one_step(self):
        if self.step == step:
            raise Killed
        original(self)

    monkeypatch.setattr(trainer_module.Trainer, "one_step", one_step)


def losses(run):
    return [(row["step"], row["d_loss"]) for row in read_jsonl(run / "metrics.jsonl") if "d_loss" in row]


def test_killed_and_resumed_run_equals_an_undisturbed_one_bit_for_bit(images, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)  # checkpoints every three steps, however fast steps are
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    settings = SETTINGS | {"overrides": TINY | {"train.log_every": "4"}}
    fitting.fit(images, whole, steps=60, **settings)
    with monkeypatch.context() as patch:
        killed_at(30, patch)
        with pytest.raises(Killed):
            fitting.fit(images, broken, steps=60, **settings)
    assert max(step for step, _ in losses(broken)) < 30
    fitting.fit(images, broken, resume=True, **settings)
    for name in ("generator.safetensors", "training.safetensors"):
        if name == "training.safetensors":
            ours, theirs = (fitting.checkpoint.read_checkpoint(run / name)[0] for run in (whole, broken))
            assert all(np.array_equal(ours[key], theirs[key]) for key in ours | theirs)
        else:
            assert (whole / name).read_bytes() == (broken / name).read_bytes()
    assert losses(whole) == losses(broken)


def test_interrupt_writes_everything_and_says_how_to_go_on(images, tmp_path, monkeypatch):
    original = trainer_module.Trainer.one_step

    def one_step(self):
        original(self)
        self.interrupted = self.step == 5

    with monkeypatch.context() as patch:
        patch.setattr(trainer_module.Trainer, "one_step", one_step)
        with pytest.raises(KeyboardInterrupt, match="--resume"):
            fitting.fit(images, tmp_path / "run", steps=20, **SETTINGS)
    assert TrainedGenerator.load(tmp_path / "run", "cpu").sample(3).data.shape == (9, 8, 8, 1)
    assert json.loads((tmp_path / "run/summary.json").read_text())["finished"] is False
    fitting.fit(images, tmp_path / "run", resume=True, **SETTINGS)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert (summary["finished"], summary["steps"]) == (True, 20)


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
    warnings = fitting._warnings({"cat": 0.1, "dog": 0.9, "emu": None}, rows, "relativistic")
    assert len(warnings) == 2
    assert "cat (0.10)" in warnings[0]
    assert "dog" not in warnings[0]
    assert fitting._warnings({"dog": 0.9}, [{"step": 1, "d_loss": 0.5}], "relativistic") == []


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
    assert bool(fitting._warnings({}, rows, "relativistic")) is said


def test_ctrl_c_while_the_last_checkpoint_is_written_keeps_everything(images, tmp_path, monkeypatch):
    original, run = fitting._save, tmp_path / "run"

    def interrupted_save(plan, trainer, out):
        if trainer.progress >= 1.0:
            os.kill(os.getpid(), signal.SIGINT)
        original(plan, trainer, out)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_save", interrupted_save)
        with pytest.raises(KeyboardInterrupt, match="step 6; the budget was spent"):
            fitting.fit(images, run, steps=6, **SETTINGS)
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["finished"], summary["steps"]) == (True, 6)
    assert summary["metrics"]["d_loss"] > 0
    assert fitting.checkpoint.read_checkpoint(run / "training.safetensors")[1]["numbers"]["step"] == 6
    assert TrainedGenerator.load(run, "cpu").sample(1).data.shape == (3, 8, 8, 1)


def test_a_finished_run_that_is_resumed_stays_as_it_was(images, tmp_path):
    run = tmp_path / "run"
    fitting.fit(images, run, steps=4, **SETTINGS)
    names = ("generator.safetensors", "metrics.jsonl", "config.json")
    before = [(run / name).read_bytes() for name in names]
    summary = json.loads((run / "summary.json").read_text())
    fitting.fit(images, run, resume=True, **SETTINGS)
    assert [(run / name).read_bytes() for name in names] == before
    again = json.loads((run / "summary.json").read_text())
    assert again | {"seconds": 0} == summary | {"seconds": 0}
    assert "d_loss" in again["metrics"]


def test_resume_without_the_training_state_does_not_start_over(images, tmp_path):
    run = tmp_path / "run"
    fitting.fit(images, run, steps=2, **SETTINGS)
    before = (run / "generator.safetensors").read_bytes()
    training = (run / "training.safetensors").read_bytes()
    (run / "training.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"training\.safetensors is missing"):
        fitting.fit(images, run, resume=True, **SETTINGS)
    (run / "training.safetensors").write_bytes(before)
    with pytest.raises(CheckpointError, match="holds 'generator', not 'training'"):
        fitting.fit(images, run, resume=True, **SETTINGS)
    assert (run / "generator.safetensors").read_bytes() == before
    (run / "training.safetensors").write_bytes(training)
    (tmp_path / "other").mkdir()
    wider = SETTINGS | {"overrides": TINY | {"network.width": "5"}}
    fitting.fit(images, tmp_path / "other/run", steps=2, **wider)
    (run / "training.safetensors").write_bytes((tmp_path / "other/run/training.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="does not fit"):
        fitting.fit(images, run, resume=True, **SETTINGS)


def test_resume_where_there_is_no_run_starts_one_and_says_so(images, tmp_path, capsys):
    fitting.fit(images, tmp_path / "run", steps=1, resume=True, **SETTINGS)
    assert "no run in" in capsys.readouterr().err
    fitting.fit(images, tmp_path / "run", steps=2, resume=True, **SETTINGS)
    assert "no run in" not in capsys.readouterr().err


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
    monkeypatch.setattr(fitting, "COLLAPSED", 1e9)
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


def test_resume_refuses_other_settings_and_other_data(images, tmp_path):
    run = tmp_path / "run"
    fitting.fit(images, run, steps=2, **SETTINGS)
    for change in ({"seed": 5}, {"recipe": "dcgan"}, {"image_size": (16, 16)}, {"flips": ("vertical",)}):
        with pytest.raises(ConfigError, match="keeps its settings"):
            fitting.fit(images, run, resume=True, **SETTINGS | change)
    with pytest.raises(CheckpointError, match="other data"):
        fitting.fit(images.subset(np.arange(35)), run, resume=True, **SETTINGS)
    (run / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        fitting.fit(images, run, resume=True, **SETTINGS)


def test_a_longer_budget_can_be_given_on_resume(images, tmp_path):
    run = tmp_path / "run"
    fitting.fit(images, run, steps=2, **SETTINGS)
    fitting.fit(images, run, steps=5, resume=True, **SETTINGS)
    assert json.loads((run / "summary.json").read_text())["steps"] == 5


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
    build, update = planning.Plan.build, trainer_module.Trainer._update

    def counted_build(self):
        made.append(build(self))
        return made[-1]

    def counted_update(self, phase):
        phases.append((self.step, phase.name))
        update(self, phase)

    monkeypatch.setattr(planning.Plan, "build", counted_build)
    monkeypatch.setattr(trainer_module.Trainer, "_update", counted_update)
    plan = fitting.plan(images, steps=50, device="cpu", overrides=TINY)
    plan.text()
    plan.as_dict()
    assert len(made) == 1
    assert plan.stream is plan.stream
    assert [step for step, name in phases if name == "penalty"] == [0, 4]
    assert max(step for step, _ in phases) == 4
