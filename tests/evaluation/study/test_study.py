"""A study: complete, leak-free, resumable, and no better on many processes than on one."""

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError, OutputError, TrainingError
from gan_augment.evaluation.study import generators, protocol, workers
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.replicate import Replicate
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.study.text import study_text

from .conftest import MOST_OF_A_FOLD, FakeBench, make_images

TWO = StudyConfig(replicates=2, inner_folds=2)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def without_seconds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ({name: value for name, value in row.items() if name != "seconds"} for row in rows)
    return sorted(kept, key=lambda row: (row["replicate"], row["arm"], row["model"]))


def test_every_replicate_has_a_row_of_every_arm_and_model(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(models=("small", "large")), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "results.jsonl")
    arms = ("none", "classical", "gan", "oracle", "auto")
    wanted = {(number, arm, model) for number in range(2) for arm in arms for model in ("small", "large")}
    assert {(row["replicate"], row["arm"], row["model"]) for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert {row["seed"] for row in rows if row["replicate"] == 0} != {row["seed"] for row in rows if row["replicate"]}
    assert all(len(row["per_class"]) == 3 and row["config"] and "torch" in row["versions"] for row in rows)
    assert json.loads((tmp_path / "out" / "summary.json").read_text())


def test_an_interrupted_study_goes_on_and_trains_nothing_twice(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = FakeBench(trained=tmp_path / "trained")
    whole = run_study(Source(images), replace(bench, trained=None), tmp_path / "whole", TWO)
    rows = Replicate.rows

    def stopped(self: Replicate) -> Iterator[Any]:
        for number, row in enumerate(rows(self)):
            if number == 6:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(Replicate, "rows", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())  # a page can be made of what is finished
    assert summary["models"]["small"]["arms"]["none"]["n_replicates"] == 1
    assert "The study was broken off" in summary["notes"][-1]
    monkeypatch.undo()
    with pytest.raises(OutputError, match="--resume"):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    result = run_study(Source(images), bench, tmp_path / "out", TWO, resume=True)
    assert result.to_dict() == whole.to_dict()
    files = [tmp_path / name / "results.jsonl" for name in ("whole", "out")]
    assert without_seconds(lines(files[0])) == without_seconds(lines(files[1]))
    trained = Counter((row["arm"], row["usage"], row["n_train"]) for row in lines(tmp_path / "trained"))
    assert trained["none", None, len(Source(images).parts(TWO, 0).train)] == 2


def test_what_breaks_a_study_off_is_said_even_if_nothing_can_be_summed_up(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any) -> Iterator[Any]:
        raise KeyboardInterrupt
        yield

    def fails(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Replicate, "rows", stopped)
    monkeypatch.setattr(protocol, "summarise_study", fails)
    with pytest.raises(KeyboardInterrupt):
        run_study(Source(images), FakeBench(), tmp_path / "out", TWO)


def test_more_replicates_may_be_asked_for_later(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    first = lines(tmp_path / "out" / "results.jsonl")
    run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, replicates=3), resume=True)
    assert lines(tmp_path / "out" / "results.jsonl")[: len(first)] == first
    assert {row["replicate"] for row in lines(tmp_path / "out" / "results.jsonl")} == {0, 1, 2}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (replace(TWO, test_share=0.5), "test_share"),
        (replace(TWO, generator=GeneratorConfig(steps=7)), "generator.steps"),
        (replace(TWO, scarcity=Scarcity(train_per_class=5)), "scarcity.train_per_class"),
    ],
)
def test_results_of_another_configuration_say_which_key_differs(
    images: LabelledImages, tmp_path: Path, changed: StudyConfig, named: str
) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    before = (tmp_path / "out" / "results.jsonl").read_bytes()
    with pytest.raises(OutputError, match=named):
        run_study(Source(images), FakeBench(), tmp_path / "out", changed, resume=True)
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before


def test_processes_give_the_rows_of_one_process(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "one", TWO)
    run_study(Source(images), FakeBench(), tmp_path / "two", replace(TWO, jobs=2))
    one, two = (without_seconds(lines(tmp_path / name / "results.jsonl")) for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("ended", ["killed", "before it began: each imports the script"])
def test_a_process_that_ends_is_an_error_that_keeps_what_is_finished(
    ended: str, images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_serve", _is_killed if ended == "killed" else _ends)
    with pytest.raises(ConfigError, match=ended):
        run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, jobs=2))


def test_an_interrupted_process_ends_without_a_word(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: Any) -> Iterator[Any]:
        yield "a note"
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_messages", interrupted)
    handler = signal.getsignal(signal.SIGINT)
    ours, theirs = multiprocessing.Pipe()
    ours.send((None, 0, {}, 1.0))
    try:
        workers._serve(theirs)
    finally:
        signal.signal(signal.SIGINT, handler)
    theirs.close()
    assert [ours.recv(), ours.recv()] == [workers.BEGUN, "a note"]
    with pytest.raises(EOFError):
        ours.recv()


def _ends(*args: Any) -> None:
    raise SystemExit(1)


def _is_killed(*args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_model_that_fails_is_marked_and_the_study_goes_on(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(models=("small", "odd"), broken=("odd",)), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "results.jsonl")
    assert {row["failed"] for row in rows if row["model"] == "odd"} == {"ZeroDivisionError: no luck today"}
    assert {row["failed"] for row in rows if row["model"] == "small"} == {None}
    assert not any(row["arm"] == "auto" for row in rows if row["model"] == "odd")


def test_a_generator_that_fails_is_fitted_once_and_marks_its_arms(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []

    def fails(*args: Any, **kwargs: Any) -> None:
        fits.append(args)
        raise TrainingError("The loss is not a number.")

    monkeypatch.setattr(generators, "fit", fails)
    bench = FakeBench(models=("small", "large"), needs_generator=True)
    run_study(Source(images), bench, tmp_path / "out", replace(TWO, replicates=1))
    rows = lines(tmp_path / "out" / "results.jsonl")
    assert {row["failed"] for row in rows if row["arm"] == "gan"} == {"The loss is not a number."}
    assert len(fits) == 1


def test_nothing_is_begun_when_the_time_is_over(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, time=1e-9))
    assert not (tmp_path / "out" / "results.jsonl").exists()


def test_what_speaks_against_the_samples_is_said_with_its_number_of_replicates(
    images: LabelledImages, tmp_path: Path
) -> None:
    text = study_text(run_study(Source(images), FakeBench(), tmp_path / "out", TWO))
    assert "Looks odd. (2 of 2 replicates)" in text
    assert "AUC of 0.90 (mean of 2 replicate(s)" in text
    assert "Left out nothing." in text


def test_a_setting_that_was_taken_away_is_another_configuration(images: LabelledImages, tmp_path: Path) -> None:
    both = replace(TWO, scarcity=Scarcity(cut={"a": 20, "b": 10}))
    run_study(Source(images), FakeBench(), tmp_path / "out", both)
    with pytest.raises(OutputError, match="scarcity.cut.b"):
        run_study(
            Source(images), FakeBench(), tmp_path / "out", replace(TWO, scarcity=Scarcity(cut={"a": 20})), resume=True
        )


def test_arms_that_no_process_can_be_sent_are_an_error_not_a_wait(images: LabelledImages, tmp_path: Path) -> None:
    def local(*args: Any) -> Any:
        raise AssertionError

    with pytest.raises(ConfigError, match="--jobs 1"):
        run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, jobs=2), generator_fn=local)


def test_what_failed_is_tried_again_on_resume(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(broken=("small",)), tmp_path / "out", TWO)
    result = run_study(Source(images), FakeBench(), tmp_path / "out", TWO, resume=True)
    assert result.summaries["small", "none"].n_replicates == 2
    assert result.summaries["small", "auto"].n_replicates == 2


def test_a_study_says_when_its_time_was_over(images: LabelledImages, tmp_path: Path) -> None:
    result = run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, time=1e-9))
    assert any("go on with --resume" in note for note in result.notes)


def test_replicates_that_differ_in_seeds_alone_get_no_verdict(images: LabelledImages, tmp_path: Path) -> None:
    test = make_images({"a": 30, "b": 30, "c": 30}, seed=1)
    config = StudyConfig(replicates=8, inner_folds=2, confirm="oracle")
    with pytest.warns(UserWarning, match="figures, but no verdict"):  # before hours are spent
        text = study_text(run_study(Source(images, test), FakeBench(), tmp_path / "out", config))
    assert "no verdict on oracle, since all replicates have the same samples" in text


def test_a_way_that_fails_where_it_did_not_before_leaves_what_is_known(images: LabelledImages, tmp_path: Path) -> None:
    class Failing(FakeBench):
        def log(self, arm: str, model: str, usage: str | None, parts: Any) -> None:
            if usage is not None and len(parts.train) >= MOST_OF_A_FOLD:
                raise ZeroDivisionError("no luck today")

    out, config = tmp_path / "out", replace(TWO, replicates=1)
    run_study(Source(images), FakeBench({"none": 0.5, "gan": 0.5}, {"share 0.25": 0.4}), out, config)
    known = lines(out / "results.jsonl")
    known = [
        row | {"choice": row["choice"] and row["choice"] | {"threshold": 0.7}} for row in known
    ]  # another one then
    (out / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in known))
    run_study(Source(images), Failing({"none": 0.5, "gan": 0.5}, {"share 0.25": 0.4}), out, config, resume=True)
    assert [row for row in lines(out / "results.jsonl") if row["arm"] == "auto"] == [known[-1]]
