"""What is planted in the rows of a study is what it finds, and it claims no more than that."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from gan_augment.errors import ConfigError
from gan_augment.evaluation.study.bench import ArmInfo
from gan_augment.evaluation.study.rows import StudyRow
from gan_augment.evaluation.study.verdict import Design, summarise_study

from .made_rows import ARMS, around, chosen, row, rows, study

DESIGN = Design(10, n_train=200, n_test=100)
NOT_ALIKE = (0.01, -0.02, 0.015, -0.005, 0.01, -0.015, 0.02, -0.01, 0.005, -0.01)


@pytest.mark.parametrize(
    ("gan", "verdict"),
    [
        (around(0.82, 3.0), "helps"),
        (around(0.78, 3.0), "hurts"),
        (around(0.80), "equivalent"),
        (around(0.8005, 2.0), "equivalent"),
        ([0.8 + by for by in NOT_ALIKE], "no evidence"),
    ],
)
def test_the_planted_truth_is_found(gan: list[float], verdict: str) -> None:
    result = study({"none": around(0.80), "classical": around(0.79), "gan": gan})
    assert result.confirmatory("cnn").verdict == verdict
    assert result.to_dict()["models"]["cnn"]["verdict"] == verdict


def test_the_finding_is_a_sentence_with_its_figures() -> None:
    result = study({"none": around(0.80), "classical": around(0.79), "gan": around(0.812, 3.0)})
    assert result.sentence("cnn") == (
        "cnn: gan helps: +1.2 points [+0.9, +1.5] of accuracy over 10 replicates, against the best arm without "
        "synthetic samples chosen on validation (none 10x)."
    )


def test_where_there_was_nothing_to_choose_the_finding_says_what_it_is_against() -> None:
    infos = {name: ARMS[name] for name in ("none", "gan", "oracle", "auto")}
    by_arm = {"none": around(0.80), "gan": around(0.812, 3.0)}
    result = summarise_study(rows(by_arm), chosen(), infos, ["cnn"], "accuracy", "gan", Design(10, 200, 100))
    assert "against none, the only arm without synthetic samples that was asked for." in result.sentence("cnn")


@pytest.mark.parametrize(
    ("mean", "claim"),
    [(0.78, "gan hurts: -2.0"), (0.80, "gan is equivalent (within +-0.5 points): +0.0")],
)
def test_every_verdict_is_said_as_it_is(mean: float, claim: str) -> None:
    result = study({"none": around(0.80), "gan": around(mean)})
    assert result.headline().startswith(f"cnn: {claim} points [")


def test_an_interval_never_hides_on_which_side_of_zero_it_ends() -> None:
    result = study({"none": around(0.80), "gan": around(0.8003, 1.1)})
    assert "gan helps: +0.03 points [+0.01, +0.05]" in result.sentence("cnn")


def test_seven_replicates_give_figures_but_no_verdict() -> None:
    seven, eight = (study({"none": around(0.80, n=n), "gan": around(0.82, 3.0, n)}).confirmatory("cnn") for n in (7, 8))
    assert seven.verdict is None
    assert seven.difference.low > 0
    assert "too few replicates for a verdict on gan (8 are needed): +2.0 points [+1.6" in seven.sentence
    assert eight.verdict == "helps"


def test_the_baseline_is_chosen_on_validation_even_where_another_is_better_on_the_test() -> None:
    by_arm = {"none": around(0.80), "classical": around(0.85), "gan": around(0.82, 3.0)}
    found = study(by_arm).confirmatory("cnn")
    assert found.baselines == {"none": 10}
    assert found.verdict == "helps"
    assert study(by_arm, baseline="classical").confirmatory("cnn").verdict == "hurts"


def test_every_replicate_is_compared_with_its_own_baseline() -> None:
    bases = chosen("classical", replicates=range(1, 10)) + chosen(replicates=[0])
    own = rows({"none": around(0.9), "classical": around(0.8), "gan": around(0.81)})
    found = summarise_study(own, bases, ARMS, ["cnn"], "accuracy", "gan", DESIGN).confirmatory("cnn")
    assert found.baselines == {"classical": 9, "none": 1}
    assert found.difference.mean == pytest.approx((9 * 0.01 - 0.09) / 10)
    assert "(classical 9x, none 1x)" in found.sentence


def test_a_replicate_without_a_baseline_is_not_compared() -> None:
    own = rows({"none": around(0.8), "classical": around(0.8), "gan": around(0.8)})
    result = summarise_study(own, chosen(replicates=range(9)), ARMS, ["cnn"], "accuracy", "gan", DESIGN)
    assert result.confirmatory("cnn").n_missing == 1


def test_the_baseline_of_one_model_says_nothing_of_another() -> None:
    own = rows({"none": around(0.8), "gan": around(0.8)})
    own += rows({"none": around(0.9), "classical": around(0.8), "gan": around(0.8)}, model="wrn")
    bases = [*chosen(), *chosen("classical", model="wrn")]
    result = summarise_study(own, bases, ARMS, ["cnn", "wrn"], "accuracy", "gan", DESIGN)
    assert result.confirmatory("cnn").baselines == {"none": 10}
    assert result.confirmatory("wrn").baselines == {"classical": 10}


@pytest.mark.parametrize("arm", ["gan", "none"])
def test_a_failed_row_leaves_its_replicate_out_and_that_is_said(arm: str) -> None:
    by_arm = {"none": around(0.80), "classical": around(0.79), "gan": around(0.82, 3.0)}
    by_arm[arm] = [None, *by_arm[arm][1:]]  # type: ignore[list-item]
    result = study(by_arm)
    found = result.confirmatory("cnn")
    assert (found.difference.n_pairs, found.n_missing) == (9, 1)
    assert found.sentence.endswith("Without a score or a baseline: 1 replicate.")
    assert result.notes == (f"cnn: {arm} failed in 1 replicate: ValueError: no luck",)
    assert found.verdict == "helps"


def test_a_missing_row_leaves_its_replicate_out() -> None:
    own = [one for one in rows({"none": around(0.8), "gan": around(0.8)}) if one.key != (3, "gan", "cnn")]
    result = summarise_study(own, chosen(), ARMS, ["cnn"], "accuracy", "gan", DESIGN)
    assert (result.confirmatory("cnn").difference.n_pairs, result.confirmatory("cnn").n_missing) == (9, 1)
    assert result.summaries["cnn", "gan"].n_replicates == 9
    assert result.summaries["cnn", "none"].n_replicates == 10


def test_a_study_whose_chief_arm_failed_says_so_first() -> None:
    failed = rows({"none": around(0.8), "gan": [None] * 10})
    result = summarise_study(failed, chosen(), ARMS, ["cnn"], "accuracy", "gan", DESIGN)
    assert result.headline() == "cnn: gan cannot be compared: no replicate has a score of it and of a baseline."


@pytest.mark.filterwarnings("error")
def test_a_study_without_rows_has_no_findings_and_no_error() -> None:
    result = summarise_study([], [], ARMS, ["cnn"], "accuracy", "auto", DESIGN)
    assert result.headline() == "cnn: auto cannot be compared: no replicate has a score of it and of a baseline."
    assert result.confirmatory("cnn").verdict is None
    assert json.dumps(result.to_dict(), allow_nan=False)


def test_auto_says_how_often_it_added_and_how_often_that_did_no_harm() -> None:
    none = [None, *around(0.80)[1:]]
    auto = [0.9, *around(0.80)[1:6], 0.81, 0.80 - 0.0004, 0.79, None]
    use = study({"none": none, "gan": around(0.8), "auto": auto}, "auto", used=(0, 6, 7, 8, 9)).uses["cnn"]
    assert (use.n_replicates, use.n_used, use.n_compared, use.n_harmless) == (9, 4, 3, 2)
    assert use.share_harmless == pytest.approx(2 / 3)
    assert use.sentence == (
        "cnn: auto added synthetic samples in 4 of 9 replicates; the score did not fall in 2 of the 3 of them that "
        "have a baseline (67 %)."
    )
    everywhere = study({"none": around(0.8), "gan": around(0.8), "auto": around(0.81)}, "auto", used=range(10))
    assert everywhere.uses["cnn"].sentence == (
        "cnn: auto added synthetic samples in 10 of 10 replicates; the score did not fall in 10 of these (100 %)."
    )


def test_auto_that_never_adds_is_equivalent_and_without_synthetic_samples() -> None:
    result = study({"none": around(0.80), "gan": around(0.7), "auto": around(0.80)}, "auto")
    assert result.confirmatory("cnn").verdict == "equivalent"
    assert "auto added nothing in 10 of 10 replicates." in result.headline()
    assert result.best.with_synthetic is not None
    assert result.best.with_synthetic.arm == "gan"


def test_auto_takes_part_where_it_has_rows_and_not_where_nobody_asked_for_it() -> None:
    without = {name: info for name, info in ARMS.items() if name != "auto"}
    own = rows({"none": around(0.8), "auto": around(0.8)})
    result = summarise_study(own, chosen(), without, ["cnn"], "accuracy", "auto", DESIGN)
    assert result.confirmatory("cnn").difference.n_pairs == 10
    with pytest.raises(ConfigError, match="auto"):
        summarise_study(own[:10], [], without, ["cnn"], "accuracy", "auto", DESIGN)


def test_everything_but_the_confirmed_arm_is_exploratory_and_corrected_together() -> None:
    by_arm = {"none": around(0.80), "classical": [0.802 + by for by in NOT_ALIKE], "gan": around(0.82)}
    by_arm["oracle"] = [0.807 + by for by in NOT_ALIKE]
    own = rows(by_arm) + rows({**by_arm, "classical": [0.806 + by for by in NOT_ALIKE]}, model="wrn")
    folds = chosen() + chosen(model="wrn")
    result = summarise_study(own, folds, ARMS, ["cnn", "wrn"], "accuracy", "gan", DESIGN)
    cells = [(model, arm) for model in ("cnn", "wrn") for arm in ("classical", "oracle")]
    figures = result.to_dict()["models"]
    assert [figures[name]["arms"]["classical"]["mean"]["accuracy"] for name in figures] == pytest.approx([0.802, 0.806])
    assert [figures[model]["arms"][arm]["holm"] for model, arm in cells] == [
        result.comparisons[cell].holm for cell in cells
    ]
    by_key = {one.key: one.scores["accuracy"] for one in own}
    plain = [
        stats.ttest_rel(*([by_key[number, name, model] for number in range(10)] for name in (arm, "none"))).pvalue
        for model, arm in cells
    ]
    corrected = multipletests(plain, method="holm")[1]
    assert [result.comparisons[cell].holm for cell in cells] == pytest.approx(list(corrected))
    assert {result.comparisons[cell].word for cell in cells} == {"exploratory"}
    assert {result.comparisons[cell].verdict for cell in cells} == {None}
    assert np.isnan(result.confirmatory("cnn").holm)


def test_the_baseline_is_no_test_of_itself() -> None:
    result = study({"none": around(0.80), "classical": [0.81 + by for by in NOT_ALIKE], "gan": around(0.82)})
    itself, other = result.comparisons["cnn", "none"], result.comparisons["cnn", "classical"]
    assert itself.word == "is the baseline"
    assert np.isnan(itself.holm)
    assert other.holm == pytest.approx(other.difference.p_value)


def test_repeated_splits_of_one_set_get_the_corrected_interval_and_no_bootstrap() -> None:
    by_arm = {"none": around(0.80), "gan": around(0.803, 3.0)}
    plain, corrected = (study(by_arm, overlapping=on).confirmatory("cnn") for on in (False, True))
    widths = [found.difference.high - found.difference.low for found in (plain, corrected)]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt((1 / 10 + 100 / 200) / (1 / 10)))
    assert not np.isnan(plain.bca).any()
    assert np.isnan(corrected.bca).all()


def test_what_the_intervals_are_conditional_on_is_said() -> None:
    said = {
        "splits of one set": Design(10, 200, 100, overlapping=True),
        "this one test set": Design(10, 200, 100, fixed_test=True),
        "test parts of one pool": Design(10, 200, 100),
        "seeds alone": Design(10, 200, 100, fixed_test=True, fixed_train=True),
    }
    sentences = [design.condition() for design in said.values()]
    assert all(words in sentence for words, sentence in zip(said, sentences, strict=True))
    assert len(set(sentences)) == 4
    with pytest.raises(ConfigError, match="n_test"):
        Design(10, 200, 0)


def test_all_scores_have_their_means_and_losses_keep_their_sign() -> None:
    figures = study({"none": around(0.80), "gan": around(0.82)}).to_dict()
    gan = figures["models"]["cnn"]["arms"]["gan"]
    assert gan["mean"]["macro_f1"] == pytest.approx(0.82, abs=1e-3)
    assert gan["mean"]["log_loss"] == pytest.approx(0.18, abs=1e-3)
    assert gan["sd"]["brier"] == pytest.approx(np.std(around(0.82), ddof=1))
    assert gan["differences"]["log_loss"]["mean"] == pytest.approx(-0.02)
    assert "log_loss" in figures["lower_is_better"]
    assert "accuracy" not in figures["lower_is_better"]


def test_another_score_may_decide_but_not_one_that_should_fall() -> None:
    own = [replace(one, scores={**one.scores, "roc_auc": 1 - one.scores["accuracy"]}) for one in _rows()]
    by_score = {
        score: summarise_study(own, chosen(), _only(), ["cnn"], score, "gan", DESIGN).confirmatory("cnn").verdict
        for score in ("accuracy", "roc_auc")
    }
    assert by_score == {"accuracy": "helps", "roc_auc": "hurts"}
    with pytest.raises(ConfigError, match="log_loss"):
        summarise_study(own, [], _only(), ["cnn"], "log_loss", "gan", DESIGN)


def _rows() -> list[StudyRow]:
    return rows({"none": around(0.80), "gan": around(0.82)})


def _only() -> dict[str, ArmInfo]:
    return {name: ARMS[name] for name in ("none", "gan")}


def test_an_arm_to_confirm_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'gan'"):
        summarise_study(_rows(), [], _only(), ["cnn"], "accuracy", "gam", DESIGN)


@pytest.mark.parametrize("n", [1, 2, 10])
def test_the_data_of_a_study_are_json_without_nan(n: int) -> None:
    own = rows({"none": around(0.8, n=n), "gan": [*around(0.8, n=n)[1:], None], "auto": around(0.8, n=n)})
    own[0] = replace(own[0], scores={**own[0].scores, "brier": None, "log_loss": float("nan")})  # type: ignore[dict-item]
    result = summarise_study(own, chosen(), ARMS, ["cnn", "wrn"], "accuracy", "gan", DESIGN, ["A note."])
    again = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert again == result.to_dict()
    assert again["models"]["cnn"]["arms"]["none"]["mean"]["log_loss"] is None
    assert again["models"]["wrn"]["verdict"] is None
    assert "A note." in again["notes"]


def test_findings_do_not_depend_on_the_order_in_which_rows_were_finished() -> None:
    own = rows({"none": around(0.80), "classical": around(0.81, 2.0), "gan": [None, *around(0.82, 3.0)[1:]]})
    own[0] = row(0, "none", None)
    bases = chosen("classical", replicates=range(4)) + chosen(replicates=range(4, 10))
    straight = summarise_study(own, bases, ARMS, ["cnn"], "accuracy", "gan", DESIGN)
    for seed in range(2):
        random.Random(seed).shuffle(own)
        random.Random(seed).shuffle(bases)
        shuffled = summarise_study(own, bases, ARMS, ["cnn"], "accuracy", "gan", DESIGN)
        assert shuffled.to_dict() == straight.to_dict()


def test_replicates_that_differ_in_seeds_alone_have_no_p_values() -> None:
    own = rows({"none": around(0.80), "gan": around(0.82, 3.0), "oracle": around(0.85, 2.0)})
    folds = chosen()
    for fixed in (False, True):
        design = Design(10, n_train=200, n_test=100, fixed_test=fixed, fixed_train=fixed)
        found = summarise_study(own, folds, ARMS, ["cnn"], "accuracy", "gan", design).comparisons["cnn", "oracle"]
        assert np.isnan(found.holm) == fixed
