import json
import os
import signal

import numpy as np
import pytest

from gan_augment import fitting
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.files import read_jsonl
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.training import trainer as trainer_module
from tests.fitting.tiny import SETTINGS, TINY


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
    rows = [row for row in read_jsonl(run / "metrics.jsonl") if not row.get("report")]
    return [(row["step"], row.get("d_loss", row.get("elbo_loss"))) for row in rows]


@pytest.mark.parametrize("recipe", ["r3", "vae"])
def test_killed_and_resumed_run_equals_an_undisturbed_one_bit_for_bit(recipe, images, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)  # checkpoints every three steps, however fast steps are
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    settings = SETTINGS | {"recipe": recipe, "overrides": TINY | {"train.log_every": "4"}}
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


def test_a_run_that_ends_before_it_was_told_labels_says_so_until_it_went_on(images, tmp_path, monkeypatch):
    untold = SETTINGS | {"recipe": "hinge", "overrides": TINY | {"game.transition": "[0.2, 0.5]"}}
    with monkeypatch.context() as patch:
        stopped = property(lambda self: self.step == 5, lambda self, _: None)
        patch.setattr(trainer_module.Trainer, "interrupted", stopped, raising=False)
        with pytest.raises(KeyboardInterrupt):
            fitting.fit(images, tmp_path / "run", steps=20, **untold)
    warned = json.loads((tmp_path / "run/summary.json").read_text())["warnings"]
    assert any("ends at 25% of its budget, before labels were told in full (game.transition, 50%)" in w for w in warned)
    fitting.fit(images, tmp_path / "run", resume=True, **SETTINGS | {"overrides": None})
    assert "told in full" not in (tmp_path / "run/summary.json").read_text()


def test_ctrl_c_while_the_last_checkpoint_is_written_keeps_everything(images, tmp_path, monkeypatch):
    original, run = fitting._Run.save, tmp_path / "run"

    def interrupted_save(self):
        if self.trainer.progress >= 1.0:
            os.kill(os.getpid(), signal.SIGINT)
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(fitting._Run, "save", interrupted_save)
        with pytest.raises(KeyboardInterrupt, match="step 6; training was over"):
            fitting.fit(images, run, steps=6, **SETTINGS)
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["finished"], summary["steps"]) == (True, 6)
    assert "elbo_loss" in summary["metrics"]
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
    times = {"seconds": 0, "seconds_of_curation": 0}
    assert again | times == summary | times
    assert "elbo_loss" in again["metrics"]


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


@pytest.mark.parametrize("part", ["recipe", "network"])
def test_resume_of_a_run_with_settings_of_another_version_says_to_fit_anew(part, images, tmp_path):
    run = tmp_path / "run"
    fitting.fit(images, run, steps=1, **SETTINGS)
    settings = json.loads((run / "config.json").read_text())
    where = settings["recipe"] if part == "recipe" else settings["recipe"]["network"]
    where["of_another_version"] = 1
    (run / "config.json").write_text(json.dumps(settings))
    with pytest.raises(CheckpointError, match="of_another_version.*fit anew"):
        fitting.fit(images, run, resume=True, **SETTINGS)


def test_resume_where_there_is_no_run_starts_one_and_says_so(images, tmp_path, capsys):
    fitting.fit(images, tmp_path / "run", steps=1, resume=True, **SETTINGS)
    assert "no run in" in capsys.readouterr().err
    fitting.fit(images, tmp_path / "run", steps=2, resume=True, **SETTINGS)
    assert "no run in" not in capsys.readouterr().err


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
