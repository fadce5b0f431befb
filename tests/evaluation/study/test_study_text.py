"""What the terminal shows of a study is complete, aligned and no more than what was found."""

import re

import pytest

from gan_augment.evaluation.study.findings import probability
from gan_augment.evaluation.study.text import study_text
from gan_augment.evaluation.study.verdict import Design, summarise_study

from .made_rows import ARMS, around, chosen, rows, study

BY_ARM = {
    "none": around(0.80),
    "classical": around(0.79, 2.0),
    "gan": around(0.812, 3.0),
    "oracle": around(0.81, -3.0),
    "auto": [*around(0.80)[:8], 0.81, 0.82],
}


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_the_finding_comes_first_and_what_auto_did_next() -> None:
    lines = study_text(study(BY_ARM, "auto", used=(8, 9))).splitlines()
    assert lines[0].startswith(
        "cnn: no evidence that auto helps or hurts: +0.3 points [-0.2, +0.8] of accuracy over 10"
    )
    assert lines[1].startswith("cnn: auto added synthetic samples in 2 of 10 replicates;")
    assert lines[2] == ""


def test_every_arm_has_a_line_with_its_figures() -> None:
    text = study_text(study(BY_ARM, "gan"))
    assert line_of(text, "none").split() == ["none", "10", "0.800", "+-", "0.002", "is", "the", "baseline"]
    gan = line_of(text, "gan")
    assert "0.812 +- 0.007" in gan
    assert gan.count("[+0.9, +1.5]") == 2
    assert gan.endswith("helps")
    assert "exploratory" not in gan
    for arm in ("classical", "oracle", "auto"):
        assert line_of(text, arm).endswith("exploratory")
    assert "< 0.001" in line_of(text, "classical")
    columns = [line.index("0.8") for line in text.splitlines() if re.match("(none|gan|oracle|auto) ", line)]
    assert len(columns) == 4
    assert len(set(columns)) == 1


def test_the_baseline_itself_may_be_what_the_verdict_is_about() -> None:
    line = line_of(study_text(study(BY_ARM, "none")), "none")
    assert "+0.0 [+0.0, +0.0]" in line
    assert line.endswith("equivalent")


def test_p_values_are_of_the_exploratory_arms_alone() -> None:
    result = study(BY_ARM, "auto")
    for (_, arm), found in result.comparisons.items():
        shown = f"{found.holm:.3f}" if found.holm >= 0.0005 else "< 0.001"
        assert (shown in line_of(study_text(result), arm)) == (arm in ("classical", "gan", "oracle"))


@pytest.mark.parametrize(
    ("value", "shown"), [(0.2, "0.200"), (0.0005, "0.001"), (0.0004, "< 0.001"), (0.0, "< 0.001"), (float("nan"), "")]
)
def test_no_p_value_is_shown_as_nothing(value: float, shown: str) -> None:
    assert probability(value) == shown


def test_every_model_has_a_table_and_one_without_scores_has_none() -> None:
    own = rows(BY_ARM) + rows(BY_ARM, model="wrn")
    folds = chosen() + chosen(model="wrn")
    result = summarise_study(own, folds, ARMS, ["cnn", "wrn", "odd"], "accuracy", "gan", Design(10, 200, 100))
    text = study_text(result)
    headings = [line.split()[0] for line in text.splitlines() if "BCa bootstrap" in line]
    assert headings == ["cnn", "wrn"]
    assert "odd: gan cannot be compared" in text
    assert "\n\n\n" not in text


def test_pairs_that_are_missing_show_beside_their_difference() -> None:
    text = study_text(study({**BY_ARM, "gan": [None, None, None, *BY_ARM["gan"][3:]]}))
    assert "(7 pairs)" in line_of(text, "gan")
    assert line_of(text, "gan").endswith("too few replicates")
    assert "pairs" not in line_of(text, "oracle")
    assert "cnn: gan failed in 3 replicates: ValueError: no luck" in text


@pytest.mark.filterwarnings("error")
def test_a_single_replicate_shows_figures_without_spread_or_interval() -> None:
    text = study_text(study({arm: scores[:1] for arm, scores in BY_ARM.items()}))
    assert "nan" not in text
    assert line_of(text, "gan").split() == ["gan", "1", "0.815", "+1.4", "(1", "pairs)", "too", "few", "replicates"]


def test_where_no_arm_was_chosen_nothing_is_compared() -> None:
    text = study_text(study(BY_ARM, baseline=None))
    assert text.startswith("cnn: gan cannot be compared")
    assert line_of(text, "gan").endswith("no baseline")
    assert "nan" not in text


def test_warnings_are_shown_once_and_the_conditions_of_the_intervals_last() -> None:
    result = study(BY_ARM, overlapping=True)
    text = study_text(result, ["Labels look odd.", "Labels look odd."])
    assert text.count("Labels look odd.") == 1
    assert text.index("Best mean accuracy") < text.index("Labels look odd.") < text.index("repeated splits of one set")
    assert result.design.condition() in text
    assert "Points are hundredths of a score" in text.splitlines()[-1]
    assert "exploratory" in text.splitlines()[-2]
