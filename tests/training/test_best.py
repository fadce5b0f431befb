"""The weights that scored best must be kept as they were, whatever training does to them afterwards."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from gan_augment.training.best import BestAverage
from gan_augment.training.ema import EmaConfig, WeightAverage
from gan_augment.training.schedules import BudgetConfig, Clock


@pytest.fixture
def trainer():
    average = WeightAverage({"generator": nn.Linear(1, 1, bias=False)}, EmaConfig())
    clock = Clock(BudgetConfig(steps=100))
    return SimpleNamespace(average=average, clock=clock, step=0, progress=0.5, interrupted=False, stopped=False)


def scored(best, trainer, level, score):
    """Let the average stand at `level` and be scored."""
    nn.init.constant_(trainer.average.modules["generator"].weight, level)
    trainer.step += 1
    best.on_report(trainer, {} if score is None else {"score": score})


def kept(best, trainer):
    return best.weights(trainer)["generator.weight"].item()


def test_the_weights_of_the_lowest_score_are_kept(trainer):
    best = BestAverage()
    for level, score in ((1.0, 0.9), (2.0, 0.4), (3.0, 0.4), (4.0, 0.7), (5.0, None), (6.0, float("nan"))):
        scored(best, trainer, level, score)
    assert (kept(best, trainer), best.step(trainer)) == (2.0, 2)
    assert trainer.average.modules["generator"].weight.item() == 6.0


def test_a_score_among_logged_metrics_counts_too(trainer):
    best = BestAverage()
    best.on_log(trainer, {"d_loss": 1.0, "score": 0.5})
    nn.init.constant_(trainer.average.modules["generator"].weight, 9.0)
    assert kept(best, trainer) != 9.0


def test_where_nothing_was_scored_the_weights_of_now_are_published(trainer):
    best = BestAverage()
    for level in (1.0, 2.0):
        scored(best, trainer, level, None)
    assert kept(best, trainer) == 2.0


@pytest.mark.parametrize("n_scored", [0, 2])
def test_a_resume_keeps_the_best_and_beats_only_its_score(trainer, n_scored):
    best, again = BestAverage(), BestAverage()
    for level, score in ((1.0, 0.5), (2.0, 0.9))[:n_scored]:
        scored(best, trainer, level, score)
    state = {key: value.clone() for key, value in best.state_dict().items()}
    again.load_state_dict(state)
    assert again.state_dict().keys() == state.keys()
    assert all(torch.equal(value, state[key]) for key, value in again.state_dict().items())
    scored(again, trainer, 3.0, 0.6)
    assert kept(again, trainer) == (1.0 if n_scored else 3.0)
    assert again.step(trainer) == (1 if n_scored else trainer.step)
    scored(again, trainer, 4.0, 0.4)
    assert kept(again, trainer) == 4.0


def test_going_back_to_a_state_without_a_best_forgets_it(trainer):
    best = BestAverage()
    before = {key: value.clone() for key, value in best.state_dict().items()}
    scored(best, trainer, 1.0, 0.5)
    best.load_state_dict(before)
    scored(best, trainer, 2.0, 0.8)
    assert kept(best, trainer) == 2.0


@pytest.mark.parametrize(
    ("patience", "scores", "stops_at"),
    [
        (1, (0.5, 0.4, 0.4), 3),
        (2, (0.5, 0.6, 0.4, 0.5, 0.6), 5),
        (2, (0.5, None, 0.6, None, float("nan")), 5),
        (2, (0.5, 0.6, 0.4, 0.5), None),
        (0, (0.5, 0.6, 0.7, 0.8, 0.9), None),
    ],
)
def test_scores_that_are_no_better_so_often_in_a_row_stop_the_run(trainer, patience, scores, stops_at):
    best, stopped = BestAverage(patience), []
    for score in scores:
        scored(best, trainer, 1.0, score)
        stopped.append(trainer.stopped)
    assert stopped == [stops_at is not None and n >= stops_at for n in range(1, len(scores) + 1)]


def waiting(trainer, *scores, patience=2):
    best = BestAverage(patience)
    best.on_start(trainer)
    for score in scores:
        scored(best, trainer, 1.0, score)
    return best


def test_a_resume_goes_on_waiting_and_a_rollback_takes_it_back(trainer):
    best, again = waiting(trainer, 0.5, 0.6), BestAverage(2)
    again.load_state_dict(best.state_dict())
    again.on_start(trainer)
    assert not trainer.stopped
    before = again.state_dict()
    scored(again, trainer, 1.0, 0.7)
    assert trainer.stopped
    again.load_state_dict(before)
    again.on_rollback(trainer, "back")
    assert not trainer.stopped


@pytest.mark.parametrize(("budget", "stopped"), [(BudgetConfig(steps=100), True), (BudgetConfig(seconds=9.0), False)])
def test_a_resume_with_another_budget_waits_anew(trainer, budget, stopped):
    best, again = waiting(trainer, 0.5, 0.6, 0.7), BestAverage(2)
    again.load_state_dict(best.state_dict())
    trainer.clock = Clock(budget)
    again.on_start(trainer)
    assert trainer.stopped == stopped


def test_the_same_step_is_waited_for_once(trainer):
    best = waiting(trainer, 0.5, 0.6)
    for _ in range(3):  # as a finished run is scored again whenever it is resumed
        trainer.step -= 1
        scored(best, trainer, 1.0, 0.6)
    assert not trainer.stopped


@pytest.mark.parametrize(("budget", "stopped"), [(BudgetConfig(steps=100), True), (BudgetConfig(seconds=9.0), False)])
def test_an_interruption_adds_no_look_to_those_at_fixed_steps(trainer, budget, stopped):
    trainer.clock = Clock(budget)
    best = waiting(trainer, 0.5, 0.6)
    trainer.interrupted = True
    scored(best, trainer, 1.0, 0.7)
    assert trainer.stopped == stopped


def test_what_ends_anyway_is_not_stopped(trainer):
    best = waiting(trainer, 0.5, 0.6)
    trainer.progress = 1.0
    scored(best, trainer, 1.0, 0.7)
    assert not trainer.stopped
