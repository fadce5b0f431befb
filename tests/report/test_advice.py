"""Advice follows from what was found: never more, and never against it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gan_augment.report.advice import study_advice
from gan_augment.report.results import StudyFolder

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def changed(table_study: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that gives the advice for the study's summary with some of it changed."""

    def advise(
        change: Change, quality: dict[str, Any] | None = None, rows: list[dict[str, Any]] | None = None
    ) -> list[str]:
        copy = tmp_path / "study"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(table_study, copy, ignore=shutil.ignore_patterns("runs"))
        summary = json.loads((copy / "summary.json").read_text())
        change(summary)
        (copy / "summary.json").write_text(json.dumps(summary))
        if quality is not None:
            write(copy / "quality.jsonl", [{"replicate": number, "figures": quality} for number in range(2)])
        if rows is not None:
            write(copy / "results.jsonl", rows)
        return study_advice(StudyFolder(copy))

    return advise


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def verdict(word: str | None, **summary: Any) -> Change:
    def change(found: dict[str, Any]) -> None:
        found["models"]["logistic"]["verdict"] = word
        found["models"]["logistic"]["baselines"] = {"smote": 9, "none": 1}
        found["best"]["real_wins"] = False
        found["design"]["n_replicates"] = 10
        found |= summary

    return change


GOOD = {"warnings": [], "judge_accuracy": {"mean": 0.9}, "synthetic": {"label_fidelity": {"mean": 0.9}}}


@pytest.mark.parametrize("fixed", [False, True])
def test_where_there_can_be_no_verdict_advice_says_how_to_get_one(
    changed: Callable[..., list[str]], fixed: bool
) -> None:
    def change(found: dict[str, Any]) -> None:
        verdict(None)(found)
        found["design"] |= {"fixed_train": fixed, "n_replicates": 3}

    said = changed(change, GOOD)
    assert any("figures, but no verdict" in one for one in said) == fixed
    assert any("Run at least 8 replicates" in one for one in said) != fixed


def test_a_study_that_was_broken_off_before_its_verdict_is_gone_on_with(changed: Callable[..., list[str]]) -> None:
    def change(found: dict[str, Any]) -> None:
        verdict(None)(found)
        found["models"]["logistic"]["arms"]["auto"]["differences"][found["score"]]["n_pairs"] = 6

    said = changed(change, GOOD)
    assert said[0] == (
        "Go on with --resume: 6 of 10 replicates have a score of auto and of a baseline, and a verdict takes 8."
    )


def test_that_the_arm_of_the_verdict_failed_is_said_before_all_else(changed: Callable[..., list[str]]) -> None:
    note = "logistic: auto failed in 3 replicates: Too little memory: take fewer rows."

    def change(found: dict[str, Any]) -> None:
        verdict(None)(found)
        found["notes"] = [note]
        found["models"]["logistic"]["arms"]["auto"]["differences"][found["score"]]["n_pairs"] = 0

    said = changed(change, GOOD)
    assert said[0] == f"{note} Mend that, and go on with --resume: there is no verdict without it."
    assert not any(note in one for one in changed(verdict(None, notes=[note]), GOOD))


def test_what_helps_is_to_be_done_as_it_was_measured(changed: Callable[..., list[str]]) -> None:
    (said,) = changed(verdict("helps"), GOOD)
    assert said.startswith("Train logistic as the arm auto does: it helps.")
    assert "--strategy auto --out OUT" in said
    (own,) = changed(verdict("helps", confirm="smote"), GOOD)
    assert own == "Train logistic as the arm smote does: it helps."  # no synthetic samples in it


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ([None, "consistency", "consistency", "share 0.5"], "gan_augment.PLANS['consistency']"),
        ([None, "share 0.5", "share 0.5", "consistency"], "--strategy auto --out OUT"),
        ([None, "share 0.5", "balance", "balance"], "--strategy balance --out OUT"),
        (["rare, share 0.25", None], "--strategy rare --out OUT"),
        (["rare, share 0.25, curated", None], "--strategy rare --curate --latent-std 1.15 --out OUT"),
        (["share 0.25, curated", None], "--strategy auto --out OUT"),
        ([None, None], "--strategy auto --out OUT"),
    ],
)
def test_what_helps_is_said_by_the_way_that_was_chosen_most(
    usages: list[str | None], expected: str, changed: Callable[..., list[str]]
) -> None:
    row = {"arm": "auto", "model": "logistic", "per_class": None}
    rows = [row | {"replicate": number, "choice": {"usage": usage}} for number, usage in enumerate(usages)]

    def on_images(found: dict[str, Any]) -> None:
        verdict("helps")(found)
        found["about"]["kind"] = "image"

    (said,) = changed(on_images, GOOD, rows)
    assert said.startswith("Train logistic as the arm auto does: it helps.")
    assert expected in said
    assert ("PLANS" in said) != ("--strategy" in said)


def test_a_better_model_without_synthetic_samples_is_named(changed: Callable[..., list[str]]) -> None:
    best = {"real_wins": True, "without": {"model": "logistic", "arm": "none", "mean": 0.9}, "with_synthetic": None}
    said = changed(verdict("helps", best=best), GOOD)
    assert said[1] == "Or train logistic with none: without synthetic samples it is the best of all here."


@pytest.mark.parametrize("word", ["equivalent", "no evidence"])
def test_without_a_gain_it_stays_with_what_validation_chose_not_with_the_best_on_the_test(
    word: str, changed: Callable[..., list[str]]
) -> None:
    (said,) = changed(verdict(word), GOOD)
    assert said == "Leave synthetic samples out for logistic: train it as validation chose (smote, none)."
    assert changed(verdict(word, confirm="smote"), GOOD) == []  # which adds none


def test_what_hurts_is_not_to_be_done(changed: Callable[..., list[str]]) -> None:
    (said,) = changed(verdict("hurts"), GOOD)
    assert said.startswith("Do not train logistic as the arm auto does")


def test_what_speaks_against_the_samples_in_most_replicates_is_on_top(changed: Callable[..., list[str]]) -> None:
    said = changed(verdict("equivalent"), {**GOOD, "warnings": ["Warning: 60% are near-copies.", "No judge."]})
    assert "Warning: 60% are near-copies. (2 of 2 replicates)" in said
    assert "No judge." not in said
    poor = {**GOOD, "synthetic": {"label_fidelity": {"mean": 0.5}, "diversity_pixels": {"mean": 0.2}}}
    assert [sentence[:10] for sentence in changed(verdict("equivalent"), poor)[1:]] == ["Fit longer"] * 2


def test_a_gain_of_more_real_samples_needs_enough_replicates(changed: Callable[..., list[str]]) -> None:
    def with_oracle(n_pairs: int) -> Change:
        def change(found: dict[str, Any]) -> None:
            verdict("equivalent")(found)
            gain = {"mean": 0.03, "low": 0.01, "high": 0.05, "n_pairs": n_pairs}
            found["models"]["logistic"]["arms"]["oracle"] = {"differences": {found["score"]: gain}}

        return change

    assert any("worth +3.0 points to logistic" in said for said in changed(with_oracle(10), GOOD))
    assert not any("more real samples" in said for said in changed(with_oracle(2), GOOD))


def test_rows_that_were_made_anew_or_are_of_no_replicate_of_the_summary_do_not_count(
    table_study: Path, tmp_path: Path
) -> None:
    shutil.copytree(table_study, tmp_path / "study", ignore=shutil.ignore_patterns("runs"))
    before = StudyFolder(tmp_path / "study").per_class("logistic")["auto"].tolist()
    rows = [json.loads(line) for line in (tmp_path / "study" / "results.jsonl").read_text().splitlines()]
    stale = [{**row, "per_class": [0.0, 0.0, 0.0]} for row in rows if row["arm"] == "auto"]
    beyond = [{**row, "replicate": 7, "per_class": [0.0, 0.0, 0.0]} for row in rows]
    lines = "".join(json.dumps(row) + "\n" for row in [*stale, *rows, *beyond])
    (tmp_path / "study" / "results.jsonl").write_text(lines)
    assert StudyFolder(tmp_path / "study").per_class("logistic")["auto"].tolist() == before


def test_points_on_inner_folds_are_named_by_how_they_were_read(table_study: Path, tmp_path: Path) -> None:
    shutil.copytree(table_study, tmp_path / "study", ignore=shutil.ignore_patterns("runs"))
    assert not StudyFolder(tmp_path / "study").reads_margins
    file = tmp_path / "study" / "inner.jsonl"
    rows = [json.loads(line) | {"temperature": 1.5} for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert StudyFolder(tmp_path / "study").reads_margins


def test_a_gain_on_inner_folds_is_the_mean_over_repeats_within_folds(table_study: Path, tmp_path: Path) -> None:
    shutil.copytree(table_study, tmp_path / "study", ignore=shutil.ignore_patterns("runs"))
    place = {"replicate": 0, "model": "logistic", "arm": "none", "n_folds": 2}
    scores = [(0, 0, 0.5, 0.6), (0, 1, 0.5, 0.8), (0, 2, 0.6, 0.7), (1, 0, 0.4, 0.5)]  # fold, repeat, base, with
    rows = [
        place | {"fold": fold, "repeat": repeat, "usage": usage, "score": score}
        for fold, repeat, *found in scores
        for usage, score in zip((None, "rows 1"), found, strict=True)
    ]
    (tmp_path / "study" / "inner.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    base = json.dumps({"replicate": 0, "model": "logistic", "arm": "none"})
    (tmp_path / "study" / "baselines.jsonl").write_text(base + "\n")
    (gain,) = StudyFolder(tmp_path / "study").usages("logistic")["rows 1"]
    assert gain == pytest.approx(((0.1 + 0.3 + 0.1) / 3 + 0.1) / 2)
