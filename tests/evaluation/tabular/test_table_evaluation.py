"""A whole evaluation of a table: honest figures, rows that survive, and the same result however it is run."""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import has_fit_parameter

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError, DataError, OutputError
from gan_augment.evaluation.tabular import contest, protocol
from gan_augment.evaluation.tabular import models as tabular_models
from gan_augment.evaluation.tabular.arms import RUN_ARMS, TableArm
from gan_augment.evaluation.tabular.features import modelled, one_hot_features
from gan_augment.evaluation.tabular.material import FitInputs, n_added
from gan_augment.evaluation.tabular.models import MODELS
from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig, evaluate_table, score_arms
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.evaluation.tabular.text import CAVEAT, table_evaluation_text
from gan_augment.evaluation.tabular.workers import run_tasks
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.scores import SCORES

from .conftest import RepeatingGenerator, make_table

QUICK = TableEvaluateConfig(arms=("none", "oversample", "gan"), models=("logistic",), seeds=2)


def test_every_arm_and_model_is_measured_and_written_down(
    generator: RepeatingGenerator,
    train: LabelledTable,
    held_out: LabelledTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tabular_models, "MLP_STEPS", 50)
    result = evaluate_table(generator, train, held_out, tmp_path / "out", TableEvaluateConfig(seeds=1))
    assert all(found.mean("roc_auc") > 0.7 for found in result.results)
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    expected = {(arm, model, 0) for arm in RUN_ARMS for model in MODELS}
    if not has_fit_parameter(MLPClassifier(), "sample_weight"):  # scikit-learn before 1.7
        expected.remove(("weights", "mlp", 0))
    assert {(row["arm"], row["model"], row["seed"]) for row in lines} == expected
    assert all(0 <= row[score] < 9 for row in lines for score in SCORES)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary == json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert set(summary["models"]["mlp"]["gan-prior"]["difference"]) == {"none", "bootstrap"}
    assert summary["rarer_class"] == "rare"
    assert summary["rows"] == {"train": 184, "test": 120, "prior": 184}


def test_the_text_names_the_best_with_and_without_synthetic_rows(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    config = TableEvaluateConfig(arms=("none", "bootstrap", "gan-prior"), models=("logistic", "boosting"), seeds=2)
    result = evaluate_table(generator, train, held_out, tmp_path, config)
    text = table_evaluation_text(result)
    for wanted in ("of the rarer class 'rare' (13.0% of", "gan-prior against bootstrap: average precision", CAVEAT):
        assert wanted in text
    real, fake = result.best(synthetic=False), result.best(synthetic=True)
    assert real is not None
    assert fake is not None
    assert f"{real.mean('average_precision'):.3f} without synthetic rows ({real.model}, {real.arm.name})" in text
    assert f"{fake.mean('average_precision'):.3f} with them ({fake.model}, gan-prior)" in text
    better = real.mean("average_precision") >= fake.mean("average_precision")
    assert ("a model without synthetic rows is at least as good" in text) == better
    assert all(len(line) < 200 for line in text.splitlines())


def test_a_model_without_synthetic_rows_that_is_better_is_named_plainly(
    train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    class Misleading(RepeatingGenerator):
        def sample(self, counts: Mapping[str, int], seed: int = 0) -> object:
            batch = super().sample(counts, seed)
            return replace(batch, data=batch.data.assign(amount=10 * batch.data["amount"].max() * (1 - batch.labels)))

    result = evaluate_table(Misleading(train), train, held_out, tmp_path, QUICK)
    assert "a model without synthetic rows is at least as good" in table_evaluation_text(result)


def test_seeds_change_the_draw_and_pair_the_rows(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    config = replace(QUICK, seed=7, arms=("none", "oversample", "gan", "gan-prior", "gan-only"))
    result = evaluate_table(generator, train, held_out, tmp_path, config)
    assert [row.seed for row in result.results[0].rows] == [7, 8]
    balance, prior = {"rare": 136}, {"common": 160, "rare": 24}
    assert generator.asked[:4] == [(counts, seed) for seed in (7, 8) for counts in (balance, prior)]
    by_arm = {found.arm.name: found for found in result.results}
    assert np.ptp(by_arm["none"].values("log_loss")) == 0
    assert np.ptp(by_arm["gan"].values("log_loss")) > 0
    assert np.ptp(by_arm["oversample"].values("log_loss")) > 0


def test_an_arm_that_leaves_nothing_to_chance_gets_no_verdict_from_its_seeds(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    config = replace(QUICK, arms=("none", "weights", "gan"))
    figures = evaluate_table(generator, train, held_out, tmp_path, config).to_dict()["models"]["logistic"]
    weights = figures["weights"]["difference"]["none"]
    assert weights["log_loss"]["mean"] > 0.02
    assert {weights[score]["verdict"] for score in SCORES} == {"same in every seed"}
    # A loss that grows is no help, though the difference lies above zero.
    assert figures["gan"]["difference"]["none"]["log_loss"]["low"] > 0
    assert figures["gan"]["difference"]["none"]["log_loss"]["verdict"] == "hurts"


def test_correction_for_the_prior_repairs_the_losses_of_balanced_arms(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    config = replace(QUICK, arms=("none", "weights", "oversample", "gan", "gan-prior"))
    for found in evaluate_table(generator, train, held_out, tmp_path, config).results:
        unchanged = found.arm.name in ("none", "gan-prior")
        assert (found.mean("log_loss_corrected") == pytest.approx(found.mean("log_loss"), abs=1e-9)) == unchanged
        assert found.mean("log_loss_corrected") <= found.mean("log_loss") + 1e-9


def test_a_folder_in_which_another_process_works_is_left_alone(
    generator: RepeatingGenerator,
    train: LabelledTable,
    held_out: LabelledTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(out: Path) -> NoReturn:
        raise OutputError(f"Another process works in {out}.")

    monkeypatch.setattr(protocol, "alone_in", busy)
    with pytest.raises(OutputError, match="works in"):
        evaluate_table(generator, train, held_out, tmp_path / "a", QUICK)
    assert not (tmp_path / "a").exists()


def test_finished_rows_are_kept_and_not_done_again(
    generator: RepeatingGenerator,
    train: LabelledTable,
    held_out: LabelledTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*arguments: object) -> Iterator[TableRow]:
        yield from list(run_tasks(*arguments))[:2]  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(contest, "run_tasks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate_table(generator, train, held_out, tmp_path / "a", QUICK)
    monkeypatch.setattr(contest, "run_tasks", run_tasks)
    kept = (tmp_path / "a" / "results.jsonl").read_text()
    assert len(kept.splitlines()) == 2
    with pytest.raises(OutputError, match="resume"):
        evaluate_table(generator, train, held_out, tmp_path / "a", QUICK)
    result = evaluate_table(generator, train, held_out, tmp_path / "a", QUICK, resume=True)
    undisturbed = evaluate_table(generator, train, held_out, tmp_path / "b", QUICK)
    written = (tmp_path / "a" / "results.jsonl").read_text()
    assert written.startswith(kept)
    assert len(written.splitlines()) == 6
    assert result.to_dict() == undisturbed.to_dict()
    monkeypatch.setattr(contest, "run_tasks", _no_tasks)
    evaluate_table(generator, train, held_out, tmp_path / "a", QUICK, resume=True)
    with pytest.raises(OutputError, match="another n_prior"):
        evaluate_table(generator, train, held_out, tmp_path / "a", replace(QUICK, n_prior=50), resume=True)


def test_two_processes_give_the_figures_of_one_with_arms_and_models_of_the_callers_own(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    half = TableArm("half", "every other row", lambda frame, labels, rng, material: FitInputs(frame[::2], labels[::2]))
    models = {
        "boosting": MODELS["boosting"],
        "near": lambda columns, labels, seed: make_pipeline(one_hot_features(columns), KNeighborsClassifier()),
    }
    config = TableEvaluateConfig(arms=("none", "weights", "jitter", "gan", half), models=models, seeds=1)
    one, two = (
        evaluate_table(generator, train, held_out, tmp_path / str(jobs), replace(config, jobs=jobs)) for jobs in (1, 2)
    )
    assert one.to_dict() == two.to_dict()
    assert one.notes == ("Left out weights with near: this model takes no weights.",)
    assert [(found.model, found.arm.name) for found in one.results if found.arm.name in ("weights", "half")] == [
        ("boosting", "weights"),
        ("boosting", "half"),
        ("near", "half"),
    ]


def test_one_seed_of_a_study_gives_the_rows_of_an_evaluation(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, tmp_path: Path
) -> None:
    rows = score_arms(generator.sample, train, held_out, 1, QUICK.arms, QUICK.models)
    result = evaluate_table(generator, train, held_out, tmp_path, QUICK)
    assert rows == [found.rows[1] for found in result.results]


def test_three_classes_are_scored_and_what_needs_two_is_left_out_and_said(tmp_path: Path) -> None:
    train, test = make_table({"a": 60, "b": 20, "c": 1}, seed=1), make_table({"a": 30, "b": 10, "c": 5}, seed=2)
    result = evaluate_table(RepeatingGenerator(train), train, test, tmp_path, replace(QUICK, arms=RUN_ARMS, seeds=1))
    assert {found.arm.name for found in result.results} == set(RUN_ARMS) - {"threshold", "smote"}
    assert result.notes == (
        "Left out threshold: only two classes have one cut-off between them.",
        "Left out smote: a class has a single row.",
    )
    assert result.rarer_class is None
    assert "averaged over the classes" in table_evaluation_text(result)
    json.dumps(result.to_dict(), allow_nan=False)
    with pytest.raises(ConfigError, match="Left out smote"):
        score_arms(RepeatingGenerator(train).sample, train, test, 0, ("smote",))


def test_a_generator_that_gives_other_numbers_than_asked_for_is_refused(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    def short(counts: Mapping[str, int], seed: int) -> SampleBatch:
        batch = generator.sample(counts, seed)
        return replace(batch, data=batch.data[1:], labels=batch.labels[1:])

    with pytest.raises(DataError, match="exactly as many"):
        score_arms(short, train, held_out, 0, ("gan",), ("logistic",))


def test_no_warning_of_a_library_reaches_the_user(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    def hasty(columns: object, labels: object, seed: int) -> object:
        return make_pipeline(one_hot_features(modelled(train.schema.columns)), LogisticRegression(max_iter=1))

    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        rows = score_arms(generator.sample, train, held_out, 0, ("none", "smote"), {"hasty": hasty})
    assert len(rows) == 2


def test_an_interrupted_network_does_not_become_a_row(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(MLPClassifier, "_backprop", interrupted)  # scikit-learn takes it for the end of training
    with pytest.raises(KeyboardInterrupt):
        score_arms(generator.sample, train, held_out, 0, ("none",), ("mlp",))


def test_a_leaking_test_is_refused_before_anything_is_written(
    generator: RepeatingGenerator, train: LabelledTable, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="184 of 184"):
        evaluate_table(generator, train, train, tmp_path / "out", QUICK)
    assert not (tmp_path / "out").exists()


def test_the_number_of_added_rows_follows_the_training_part_up_to_a_limit() -> None:
    assert n_added(None, 42) == 42
    assert n_added(None, 21_000) == 20_000
    assert n_added(7, 42) == 7


@pytest.mark.parametrize(
    "setting", [{"seeds": 0}, {"jobs": 0}, {"n_prior": 0}, {"arms": ("gann",)}, {"models": ("svm",)}]
)
def test_settings_out_of_range_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        TableEvaluateConfig(**setting)  # type: ignore[arg-type]


def _no_tasks(split: object, tasks: Sequence[object], jobs: int) -> Iterator[TableRow]:
    assert not tasks
    return iter(())
