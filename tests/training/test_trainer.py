import os
import signal

import pytest
import torch
from torch import nn

from gan_augment.errors import ConfigError, TrainingError
from gan_augment.files import read_jsonl
from gan_augment.precision import Precision
from gan_augment.seeding import torch_rng
from gan_augment.training import trainer as trainer_module
from gan_augment.training.callbacks import Alarm, Callback, MetricsLog, ProgressBar
from gan_augment.training.ema import EmaConfig
from gan_augment.training.method import Batch, Method, OptimizerConfig, Phase
from gan_augment.training.schedules import BudgetConfig, Clock, Schedule
from gan_augment.training.streams import ClassStream
from gan_augment.training.train_config import TrainConfig
from gan_augment.training.trainer import Trainer


class Ones:
    def draw(self, rng):
        return Batch(torch.ones(4, 2) + torch.rand(4, 2, generator=rng), torch.zeros(4, dtype=torch.long))


class Watcher(Callback):
    def __init__(self):
        self.messages, self.logged, self.reported, self.n_ends = [], [], [], 0

    def on_log(self, trainer, metrics):
        self.logged.append((trainer.step, metrics["loss"]))

    def on_report(self, trainer, metrics):
        self.reported.append(trainer.step)

    def on_end(self, trainer):
        self.n_ends += 1

    def on_rollback(self, trainer, message):
        self.messages.append(message)


def trainer_of(loss_fn, steps=40, callbacks=(), optimizer=OptimizerConfig(Schedule(0.1, 0.1)), **phase):
    net = nn.Linear(2, 1)
    method = Method(
        modules={"net": net, "other": nn.Linear(2, 1)},
        phases=(Phase("fit", ("net",), loss_fn, optimizer, **phase),),
        artifacts=("net",),
        sample_fn=lambda nets, z, labels: nets["net"](z),
        z_dim=2,
    )
    clock = Clock(BudgetConfig(steps=steps))
    config = TrainConfig(batch_size=4, log_every=5)
    parts = (clock, torch.device("cpu"), Precision(), torch_rng(0), callbacks)
    return Trainer(method, {"train": Ones()}, config, EmaConfig(), *parts)


def squares(batches, ctx):
    loss = ctx.modules["net"](batches["train"].samples).square().mean()
    return loss, {"loss": loss}


def test_a_loss_that_is_not_finite_once_goes_back_and_halves_the_learning_rate():
    def breaks_once(batches, ctx):
        loss, metrics = squares(batches, ctx)
        return (loss * float("nan") if ctx.step == 12 and not watcher.messages else loss), metrics

    watcher = Watcher()
    trainer = trainer_of(breaks_once, callbacks=[watcher])
    trainer.run()
    assert len(watcher.messages) == 1
    assert trainer.lr_scale == 0.5
    assert trainer.step == 40
    assert all(weight.isfinite().all() for weight in trainer.method.modules["net"].parameters())


def test_a_loss_that_never_becomes_finite_ends_with_an_error_after_three_tries():
    watcher = Watcher()
    trainer = trainer_of(lambda b, c: (squares(b, c)[0] * float("inf"), {}), callbacks=[watcher])
    with pytest.raises(TrainingError, match=r"generator\.lr\.start and discriminator\.lr\.start"):
        trainer.run()
    assert len(watcher.messages) == 3
    assert watcher.n_ends == 1  # a progress bar is closed


@pytest.mark.parametrize("broken_step", [37, 39])
def test_a_run_that_breaks_in_its_last_steps_still_ends_whole(broken_step):
    def breaks_late(batches, ctx):
        loss, metrics = squares(batches, ctx)
        return (loss * float("inf") if ctx.step == broken_step and not watcher.messages else loss), metrics

    class Saver(Watcher):
        def on_checkpoint(self, trainer):
            self.saved = trainer.step, trainer.method.modules["net"].weight.clone()

    watcher = Saver()
    trainer_of(breaks_late, callbacks=[watcher]).run()
    step, weight = watcher.saved
    assert step == 40
    assert weight.isfinite().all()
    assert len(watcher.messages) == 1


def test_a_phase_updates_its_own_modules_only():
    def both(batches, ctx):
        samples = batches["train"].samples
        loss = (ctx.modules["net"](samples) + ctx.modules["other"](samples)).square().mean()
        return loss, {}

    trainer = trainer_of(both, steps=3)
    other = trainer.method.modules["other"].weight.clone()
    trainer.run()
    assert torch.equal(other, trainer.method.modules["other"].weight)


def test_repeats_and_every_count_updates():
    calls = []

    def count(batches, ctx):
        calls.append(ctx.step)
        return squares(batches, ctx)

    trainer_of(count, steps=6, repeats=2, every=3).run()
    assert calls == [0, 0, 3, 3]


def test_interrupt_ends_between_two_steps_and_gives_the_signal_back():
    def interrupt(batches, ctx):
        if ctx.step == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return squares(batches, ctx)

    before = signal.getsignal(signal.SIGINT)
    trainer = trainer_of(interrupt)
    trainer.run()
    assert trainer.interrupted
    assert trainer.step == 8
    assert signal.getsignal(signal.SIGINT) is before


def test_metrics_are_cut_back_to_the_step_a_run_goes_on_from(tmp_path):
    log = tmp_path / "metrics.jsonl"
    first = trainer_of(squares, steps=20, callbacks=[MetricsLog(log)])
    first.run()
    with log.open("a") as file:
        file.write('{"step": 999, "los')  # a torn line, as a killed process leaves it
    rest = trainer_of(squares, steps=30, callbacks=[MetricsLog(log)])
    tensors, numbers = first.state()
    rest.load_state(tensors, numbers | {"step": 12})
    rest.run()
    steps = [row["step"] for row in read_jsonl(log)]
    assert steps == sorted(steps)
    assert steps[-1] == 30
    assert [step for step in steps if step <= 20] != []


def test_a_step_is_reported_once_however_often_a_finished_run_is_resumed(tmp_path):
    log = tmp_path / "metrics.jsonl"
    first = trainer_of(squares, steps=20, callbacks=[MetricsLog(log)])
    first.run()
    before = log.read_text()
    again = trainer_of(squares, steps=20, callbacks=[MetricsLog(log)])
    again.load_state(*first.state())
    again.run()
    assert log.read_text() == before


def test_the_last_step_is_not_looked_at_twice(monkeypatch):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)
    watcher = Watcher()
    trainer_of(squares, steps=20, callbacks=[watcher]).run()
    assert watcher.reported == list(range(1, 21))


def test_losses_of_the_last_steps_are_logged_too():
    watcher = Watcher()
    trainer_of(squares, steps=3, callbacks=[watcher]).run()
    assert [step for step, _ in watcher.logged] == [3]
    watcher = Watcher()
    trainer_of(squares, steps=12, callbacks=[watcher]).run()
    assert [step for step, _ in watcher.logged] == [5, 10, 12]


def test_a_run_takes_one_step_however_little_time_there_is():
    trainer = trainer_of(squares)
    trainer.clock = Clock(BudgetConfig(seconds=1.0), seconds_before=5.0)
    trainer.run()
    assert trainer.step == 1


def test_a_finished_run_by_the_clock_stays_finished_after_a_resume():
    first, again = trainer_of(squares), trainer_of(squares)
    for trainer in (first, again):
        trainer.clock = Clock(BudgetConfig(seconds=100.0), seconds_before=95.0)
    first._reserve = 6.0
    assert first.progress == 1.0
    again.load_state(*first.state())
    assert again.progress == 1.0


def test_the_progress_bar_of_a_resumed_run_starts_where_it_stopped():
    seen = []

    class Bar(ProgressBar):
        def on_start(self, trainer):
            super().on_start(trainer)
            seen.append((self._bar.n, self._bar.initial))

    trainer = trainer_of(squares, steps=40, callbacks=[Bar()])
    trainer.step = 10
    trainer.run()
    assert seen == [(25.0, 25.0)]


def test_an_alarm_is_given_once_in_the_second_half(monkeypatch, capsys):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)
    asked = []
    alarm = Alarm(lambda: asked.append(trainer.step) or "cats look alike")
    trainer = trainer_of(squares, steps=20, callbacks=[alarm])
    trainer.run()
    assert asked == [10]
    assert capsys.readouterr().err.count("Warning: cats look alike") == 1


def test_schedules_follow_progress_not_a_fixed_number_of_steps():
    rates = []

    def record(batches, ctx):
        rates.append(trainer.optimizers[("net",)].param_groups[0]["lr"])
        return squares(batches, ctx)

    trainer = trainer_of(record, steps=10, optimizer=OptimizerConfig(Schedule(1.0, 0.1)))
    trainer.run()
    assert rates[0] == pytest.approx(1.0)
    assert rates == sorted(rates, reverse=True)
    assert rates[5] == pytest.approx(0.55)


def test_a_time_budget_ends_by_the_clock_with_room_for_the_last_checkpoint():
    clock = Clock(BudgetConfig(seconds=100.0), seconds_before=0.0)
    clock.started -= 60.0
    assert clock.progress(step=1) == pytest.approx(0.6, abs=0.01)
    assert clock.progress(step=1, reserve=40.0) == 1.0
    resumed = Clock(BudgetConfig(seconds=100.0), seconds_before=50.0)
    assert resumed.progress(step=1) == pytest.approx(0.5, abs=0.01)


def test_a_budget_must_be_one_of_the_two_and_positive():
    for steps, seconds in ((None, None), (5, 5.0), (0, None), (None, -1.0)):
        with pytest.raises(ConfigError, match="budget|steps"):
            BudgetConfig(steps, seconds)


def test_streams_of_one_phase_draw_the_same_labels():
    def noted(batches, ctx):
        seen.append([batch.labels.tolist() for batch in batches.values()])
        loss = ctx.modules["net"](torch.cat([batch.samples for batch in batches.values()])).square().mean()
        return loss, {"loss": loss}

    seen, sizes = [], {"known": [6, 1, 9], "held_out": [3, 5, 2]}
    trainer = trainer_of(noted, steps=5, streams=tuple(sizes))
    labels = {name: torch.repeat_interleave(torch.arange(3), torch.tensor(n)) for name, n in sizes.items()}
    trainer.streams = {
        name: ClassStream(own.float()[:, None].expand(-1, 2), own, lambda rows, rng: rows, 8, 1.0, torch.device("cpu"))
        for name, own in labels.items()
    }
    trainer.run()
    assert all(known == held_out for known, held_out in seen)
    assert len({tuple(known) for known, _ in seen}) > 1
