"""Looking at rows must tell good ones from bad, take little of a fit, and happen at the same steps every time."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column
from gan_augment.generation import row_preview
from gan_augment.generation.row_preview import RowPreview
from gan_augment.seeding import numpy_rng
from gan_augment.training.schedules import BudgetConfig
from gan_augment.transforms.table import TableCodec
from tests.transforms.tables import make_table


def table(n=300, n_classes=2):
    labels = np.arange(n) % n_classes
    frame = pd.DataFrame({"x": numpy_rng("x").normal(size=n) + labels, "y": numpy_rng("y").normal(size=n)})
    columns = [Column(name, "numeric", "float64") for name in frame]
    return make_table(frame, labels, columns, n_classes)


@pytest.fixture
def preview():
    data = table()
    return RowPreview(TableCodec.fit(data, numpy_rng(0)), data, data, seed=0)


def steps_looked_at(monkeypatch, preview, n_steps, budget, log_every=20, n_reports=0):
    """Return the steps at which a run of `n_steps` is looked at; a look takes three seconds, a step a tenth of one."""
    trainer = SimpleNamespace(config=SimpleNamespace(log_every=log_every), step=0, now=0.0)
    trainer.clock = SimpleNamespace(budget=budget, seconds=lambda: trainer.now)
    looks = []

    def look(self, trainer):
        looks.append(trainer.step)
        trainer.now += 3.0
        self._spent, self._longest = self._spent + 3.0, 3.0
        return {"score": 0.5}

    monkeypatch.setattr(RowPreview, "look", look)
    for trainer.step in range(1, n_steps + 1):
        trainer.now += 0.1
        trainer.progress = trainer.step / n_steps
        trainer.over = trainer.progress >= 1.0
        if trainer.step % log_every == 0:
            preview.on_log(trainer, {})
        if trainer.step == n_steps or (n_reports and trainer.step % (n_steps // n_reports) == 0):
            preview.on_report(trainer, {})
    return looks


def test_the_steps_looked_at_follow_from_the_budget_and_not_from_reports_or_clocks(monkeypatch, preview):
    budget = BudgetConfig(steps=600)
    expected = [*range(40, 600, 40), 600]
    for n_reports in (0, 7, 20):
        assert steps_looked_at(monkeypatch, preview, 600, budget, n_reports=n_reports) == expected


@pytest.mark.parametrize(("steps", "expected"), [(20, [20]), (40, [40]), (300, 8), (4000, 20), (40_000, 20)])
def test_long_runs_are_looked_at_twenty_times_and_short_ones_once(monkeypatch, preview, steps, expected):
    looks = steps_looked_at(monkeypatch, preview, steps, BudgetConfig(steps=steps))
    assert (looks if steps < 100 else len(looks)) == expected
    assert looks[-1] == steps


def test_many_classes_are_looked_at_more_rarely_since_they_take_longer(monkeypatch):
    data = table(n_classes=100)
    preview = RowPreview(TableCodec.fit(data, numpy_rng(0)), data, data, seed=0)
    assert steps_looked_at(monkeypatch, preview, 600, BudgetConfig(steps=600)) == [160, 320, 480, 600]


def test_of_a_time_no_more_than_a_tenth_is_spent_on_looking(monkeypatch, preview):
    looks = steps_looked_at(monkeypatch, preview, 2000, BudgetConfig(seconds=200.0), n_reports=20)
    assert len(looks) >= 5
    assert 3 * (len(looks) - 1) <= 0.1 * (200 + 3 * len(looks))  # the last one always happens


@pytest.fixture
def made(monkeypatch, preview):
    """Return what a look gives where the generator's rows are `rows`."""

    def look(rows):
        monkeypatch.setattr(row_preview.preview, "settle_average", lambda trainer, seed: None)
        monkeypatch.setattr(row_preview.preview, "sample_average", lambda trainer, labels, rng: rows)
        return preview.look(SimpleNamespace())

    return look


def real_rows(preview, labels):
    """Return a real row of each of `labels`, drawn again."""
    import torch

    rows, own = preview.real
    rng = numpy_rng("again")
    return torch.from_numpy(np.stack([rows[rng.choice(np.flatnonzero(own == label))] for label in labels]))


def test_real_rows_score_better_than_rows_of_the_wrong_class(preview, made):
    right = made(real_rows(preview, preview.labels))
    mixed = made(real_rows(preview, numpy_rng("mixed").permutation(preview.labels)))
    wrong = made(real_rows(preview, 1 - preview.labels))
    assert right["score"] < 0.62 < np.log(2) - 0.02 < mixed["score"] < wrong["score"]


def test_rows_that_are_all_the_same_have_no_diversity_and_real_ones_have_all_of_it(preview, made):
    rows = real_rows(preview, preview.labels)
    assert made(rows)["diversity_min"] == pytest.approx(1.0, abs=0.15)
    assert preview.diversity.keys() == {"0", "1"}
    rows[preview.labels == 1] = 0.5
    assert made(rows)["diversity_min"] == pytest.approx(0.0, abs=1e-6)
    assert preview.diversity["1"] == pytest.approx(0.0, abs=1e-6)


def test_rows_are_made_at_the_shares_of_the_real_classes_but_some_of_each(monkeypatch):
    monkeypatch.setattr(row_preview, "MOST_ROWS", 100)
    counts = np.bincount(row_preview._labels_to_make(np.array([900, 95, 5])))
    assert counts.tolist() == [90, row_preview.FEWEST_OF_A_CLASS, row_preview.FEWEST_OF_A_CLASS]


def test_no_more_than_so_many_rows_are_looked_at_and_they_keep_their_labels(monkeypatch):
    monkeypatch.setattr(row_preview, "MOST_ROWS", 50)
    data = table()
    data.frame["x"] = data.labels * 10.0 + data.frame["y"]
    preview = RowPreview(TableCodec.fit(data, numpy_rng(0)), data, data, seed=0)
    rows, labels = preview.held_out
    assert len(rows) == len(labels) == 50
    assert ((rows[:, 0] > 0) == (labels == 1)).all()
