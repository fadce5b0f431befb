"""From a DataFrame to rows of it: exact counts, the same columns, and a seed that decides every bit."""

import json

import numpy as np
import pandas as pd
import pytest

from gan_augment import fitting
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.files import read_jsonl
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.generation.row_preview import RowPreview
from gan_augment.training import trainer as trainer_module
from gan_augment.training.checkpoint import read_checkpoint
from tests.fitting.tables import people
from tests.fitting.tiny import ROW_SETTINGS, TINY_ROWS

RECIPES = ("tabular", "ctgan", "tvae")
SETTINGS = ROW_SETTINGS | {"target": "answer"}


@pytest.fixture(scope="module")
def frame():
    return people()


@pytest.fixture(scope="module")
def run(frame, tmp_path_factory):
    """Return the folder of a finished run of 60 steps, which were looked at more than once."""
    out = tmp_path_factory.mktemp("fit") / "run"
    fitting.fit(frame, out, steps=60, **SETTINGS)
    return out


@pytest.fixture(scope="module")
def generator(run):
    return TrainedGenerator.load(run, "cpu")


@pytest.mark.parametrize("recipe", RECIPES)
def test_exactly_what_was_asked_for_comes_out_with_columns_and_dtypes_of_the_table(frame, recipe):
    generator = fitting.fit(frame, steps=3, recipe=recipe, **SETTINGS)
    batch = generator.sample({"a": 7, "b": 3})
    assert np.bincount(batch.labels).tolist() == [7, 3]
    features = frame.drop(columns="answer")
    assert list(batch.data) == list(features)
    assert batch.data.dtypes.equals(features.dtypes)
    assert batch.data.index.tolist() == list(range(10))
    table = generator.schema.assemble(batch.data, batch.labels)
    assert list(table) == list(frame)
    assert table["answer"].tolist() == ["a"] * 7 + ["b"] * 3
    assert table.dtypes.equals(frame.dtypes)


def test_only_values_that_were_seen_come_out_and_identifiers_are_new(frame, generator):
    rows = generator.sample(500).data
    for name in ("city", "size", "member", "country"):
        assert set(rows[name].dropna()) <= set(frame[name].dropna()), name
    for name in ("age", "income", "joined", "score"):
        assert frame[name].min() <= rows[name].min() <= rows[name].max() <= frame[name].max(), name
    for name in ("age", "city", "score"):
        assert 0 < rows[name].isna().mean() < 1, name
    assert not rows["income"].isna().any()
    assert rows["number"].is_unique
    assert set(rows["number"]).isdisjoint(frame["number"])


def test_asking_for_more_extends_the_same_rows(generator):
    block = generator.codec.block
    many, few = generator.sample(block + 9, seed=3), generator.sample({"b": 5}, seed=3)
    own = many.data[many.labels == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[:5], few.data)
    tail = generator.codec.join(list(generator.iter_samples(1, block - 2, block + 3, seed=3)))
    pd.testing.assert_frame_equal(own[block - 2 : block + 3].reset_index(drop=True), tail)
    assert not generator.sample({"b": 5}, seed=4).data.equals(few.data)
    assert len(generator.sample({"a": 0}).data) == 0


def test_a_run_of_a_table_holds_no_pictures_and_says_how_it_went(run, frame):
    names = {path.name for path in run.iterdir()}
    files = {f"{name}.safetensors" for name in ("curation", "generator", "training")}
    assert names == files | {"config.json", "metrics.jsonl", "summary.json"}
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["finished"], summary["steps"]) == (True, 60)
    assert summary["diversity"].keys() == {"a", "b"}
    assert TrainedGenerator.load(run, "cpu").fingerprints().shape == (200, 16)


@pytest.mark.parametrize("recipe", RECIPES)
def test_in_memory_and_in_a_folder_a_seed_gives_the_same_generator(frame, tmp_path, recipe):
    settings = SETTINGS | {"steps": 25, "recipe": recipe, "seed": 3}
    written, kept = fitting.fit(frame, tmp_path / "run", **settings), fitting.fit(frame, **settings)
    assert kept.digest == written.digest
    assert not kept._network.training
    assert fitting.fit(frame, **settings | {"seed": 4}).digest != kept.digest
    pd.testing.assert_frame_equal(kept.sample(3).data, written.sample(3).data)
    with pytest.raises(CheckpointError, match="out=RUN"):
        kept.fingerprints()


def test_how_fast_the_machine_is_does_not_decide_which_weights_are_kept(frame, run, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)  # reports as often as may be
    look = RowPreview.look

    def slow(self, trainer):
        self._longest += 1e6
        return look(self, trainer)

    monkeypatch.setattr(RowPreview, "look", slow)
    fitting.fit(frame, tmp_path / "run", steps=60, **SETTINGS)
    assert (tmp_path / "run/generator.safetensors").read_bytes() == (run / "generator.safetensors").read_bytes()


def worse_every_time(monkeypatch):
    """Let the first look score best; return the averaged weights at each look."""
    look, seen = RowPreview.look, []

    def spied(self, trainer):
        figures = look(self, trainer)
        seen.append({key: value.clone() for key, value in trainer.average.state_dict().items()})
        return figures | {"score": float(len(seen))}

    monkeypatch.setattr(RowPreview, "look", spied)
    return seen


@pytest.mark.parametrize("out", ["run", None])
def test_the_weights_that_scored_best_are_published_and_described(frame, tmp_path, monkeypatch, out):
    seen = worse_every_time(monkeypatch)
    generator = fitting.fit(frame, out and tmp_path / out, steps=60, **SETTINGS)
    assert len(seen) > 2
    first, last = seen[0]["generator.head.weight"], seen[-2]["generator.head.weight"]
    assert not first.equal(last)
    assert generator._network.head.weight.equal(first)
    assert seen[-1]["generator.head.weight"].equal(first)  # what the summary's figures are of
    if out:
        published, _ = read_checkpoint(tmp_path / "run/generator.safetensors")
        assert all(published[key].equal(value) for key, value in seen[0].items())
        resumable, _ = read_checkpoint(tmp_path / "run/training.safetensors")
        assert resumable["average/generator.head.weight"].equal(last)


class Killed(BaseException):
    """Stands for a process that ends without a chance to write anything."""


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_killed_and_resumed_run_equals_an_undisturbed_one_bit_for_bit(frame, tmp_path, monkeypatch, recipe):
    monkeypatch.setattr(trainer_module, "CHECKPOINT_COST", 0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    settings = SETTINGS | {"recipe": recipe}
    fitting.fit(frame, whole, steps=60, **settings)
    original = trainer_module.Trainer.one_step

    def one_step(self):
        if self.step == 47:
            raise Killed
        original(self)

    with monkeypatch.context() as patch:
        patch.setattr(trainer_module.Trainer, "one_step", one_step)
        with pytest.raises(Killed):
            fitting.fit(frame, broken, steps=60, **settings)
    fitting.fit(frame, broken, resume=True, **settings)
    assert (whole / "generator.safetensors").read_bytes() == (broken / "generator.safetensors").read_bytes()
    ours, theirs = (read_checkpoint(out / "training.safetensors")[0] for out in (whole, broken))
    assert ours.keys() == theirs.keys()
    assert all(ours[key].equal(theirs[key]) for key in ours)
    rows = [
        [row.get("score") for row in read_jsonl(out / "metrics.jsonl") if "score" in row] for out in (whole, broken)
    ]
    assert rows[0] == rows[1]


def test_a_finished_run_that_is_resumed_stays_as_it_was(frame, run):
    names = ("generator.safetensors", "metrics.jsonl", "config.json")
    before = [(run / name).read_bytes() for name in names]
    summary = json.loads((run / "summary.json").read_text())
    fitting.fit(frame, run, resume=True, **SETTINGS)
    assert [(run / name).read_bytes() for name in names] == before
    assert json.loads((run / "summary.json").read_text()) | {"seconds": 0} == summary | {"seconds": 0}


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"target": "member"}, ConfigError, "target is 'answer'"),
        ({"columns": {"age": "categorical"}}, ConfigError, "'age' is numeric in the run"),
        ({"columns": {"aeg": "numeric"}}, ConfigError, "'age'"),
        ({"recipe": "tvae"}, ConfigError, "--recipe was tabular"),
        ({"overrides": TINY_ROWS | {"network.hidden": "9"}}, ConfigError, "leave --set out"),
    ],
)
def test_resume_refuses_other_settings_of_a_table(frame, run, change, error, said):
    with pytest.raises(error, match=said):
        fitting.fit(frame, run, resume=True, **SETTINGS | change)


def test_resume_refuses_other_rows_and_other_kinds_of_data(frame, run, images):
    with pytest.raises(CheckpointError, match="other data"):
        fitting.fit(frame[:199], run, resume=True, **SETTINGS)
    without_target = {name: value for name, value in SETTINGS.items() if name != "target"}
    with pytest.raises(ConfigError, match="give a table"):
        fitting.fit(images, run, resume=True, **without_target)


def test_what_needs_a_folder_is_refused_without_one(frame):
    for setting in ({"resume": True}, {"tensorboard": True}):
        with pytest.raises(ConfigError, match="out=RUN"):
            fitting.fit(frame, steps=2, **SETTINGS | setting)


def test_an_interrupt_in_memory_does_not_promise_a_resume(frame, monkeypatch):
    original = trainer_module.Trainer.one_step

    def one_step(self):
        original(self)
        self.interrupted = self.step == 5

    monkeypatch.setattr(trainer_module.Trainer, "one_step", one_step)
    with pytest.raises(KeyboardInterrupt, match="step 5; nothing was kept"):
        fitting.fit(frame, steps=20, **SETTINGS)


def test_a_time_budget_ends_with_a_scored_generator(frame, tmp_path):
    generator = fitting.fit(frame, tmp_path / "run", time="2s", **SETTINGS)
    rows = list(read_jsonl(tmp_path / "run/metrics.jsonl"))
    assert "score" in rows[-1]
    assert len(generator.sample(2).labels) == 4


@pytest.mark.parametrize("classes", [[0, 1], [True, False], ["x", "y", "z"]])
def test_classes_of_any_type_are_named_and_come_back_as_they_were(classes):
    frame = people(90)[["age", "score"]].assign(label=np.array(classes)[np.arange(90) % len(classes)])
    generator = fitting.fit(frame, steps=2, **ROW_SETTINGS | {"target": "label"})
    assert set(generator.classes) == {str(value) for value in classes}
    batch = generator.sample(2)
    table = generator.schema.assemble(batch.data, batch.labels)
    assert table["label"].dtype == frame["label"].dtype
    assert set(table["label"]) == set(classes)


def test_a_table_of_numbers_alone_is_fitted_by_every_recipe():
    rng = np.random.default_rng(0)
    data = (rng.normal(size=(60, 3)), np.arange(60) % 2)
    for recipe in RECIPES:
        rows = fitting.fit(data, steps=2, recipe=recipe, **ROW_SETTINGS).sample(5).data
        assert rows.shape == (10, 3)
        assert rows.notna().all(axis=None)
