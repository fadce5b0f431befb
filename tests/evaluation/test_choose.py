"""`auto` does no harm: noise and luck are not enough, real gains are, and it says why."""

import math
from dataclasses import replace

import pytest
from scipy import stats

from gan_augment.evaluation.choose import CURATED, RARE, THRESHOLD, Choice, Estimate, choose, choose_arm
from gan_augment.evaluation.prior import DEFAULTS, NOISE_DF, Circumstances, Evidence, Prior
from gan_augment.seeding import numpy_rng

ARMS = ("none", "weights", "oversample", "bootstrap", "interpolate", "smote", "jitter")
SHARES = ("share 0.1", "share 0.25", "share 0.5")


def chosen(gains, *, prior=Prior(), kind="image", **settings):
    """Choose from gains in points."""
    in_units = {usage: [None if gain is None else gain / 100 for gain in folds] for usage, folds in dict(gains).items()}
    return choose("classical", in_units, Circumstances(kind, 20, 1.0, 10, 1), prior, **settings)


def evidence(*gains, usage="share 0.25"):
    """Return a prior of tasks that gained so many points."""
    rows = (
        Evidence("image", 20, 1.0, 10, 1, f"task {i}", "cnn", usage, gain / 100, 0.005, 10)
        for i, gain in enumerate(gains)
    )
    return Prior(tuple(rows))


def test_small_gains_in_noise_are_not_enough():
    found = chosen({"share 0.1": [0.4, -0.6, 0.9], "share 0.25": [1.0, -1.5, 1.2]})
    assert found.usage is None
    assert found.gain == 0.0


def test_large_gains_on_every_fold_are_used():
    found = chosen({"share 0.1": [0.1, -0.2, 0.3], "share 0.25": [4.0, 3.6, 4.4]})
    assert found.usage == "share 0.25"
    assert 0.01 < found.gain < 0.04
    assert found.probability >= 0.9


def test_one_lucky_fold_is_not_enough_where_the_same_mean_on_all_folds_is():
    assert chosen({"share 0.25": [12.0, 0.0, 0.0]}).usage is None
    assert chosen({"share 0.25": [4.0, 4.0, 4.0]}).usage == "share 0.25"


def test_gains_that_vary_little_by_chance_are_not_taken_for_exact():
    found = chosen({"share 0.25": [0.5, 0.5, 0.5]})
    assert found.usage is None
    assert found.considered["share 0.25"].sd > 0.005


def test_losses_are_never_used():
    assert chosen({"share 0.25": [-3.0, -3.1, -2.9]}, prior=evidence(2.0, 2.0, 2.0)).usage is None


def test_the_largest_expected_gain_wins_among_those_that_are_sure():
    varied = evidence(6.0, -6.0, 6.0, -6.0, usage="pretrain").evidence
    prior = Prior((*varied, *evidence(0.5, 0.6, 0.4).evidence))
    measured = {"share 0.25": [2.0, 2.2, 1.8], "pretrain": [9.0, -5.0, 9.0]}
    found = chosen(measured, prior=prior)
    steady, wild = found.considered["share 0.25"], found.considered["pretrain"]
    assert wild.posterior > steady.posterior
    assert wild.probability < THRESHOLD < steady.probability
    assert (found.usage, found.gain) == ("share 0.25", steady.posterior)
    assert chosen(measured, prior=prior, threshold=wild.probability).usage == "pretrain"


def test_the_posterior_lies_between_what_was_measured_and_what_other_tasks_say():
    gains = {"share 0.25": [2.0, 2.4, 1.6]}
    better, nothing, worse = (
        chosen(gains, prior=prior).considered["share 0.25"]
        for prior in (evidence(1.5, 1.5, 1.5), Prior(), evidence(-1.5, -1.5, -1.5))
    )
    assert worse.prior < nothing.prior == 0.0 < better.prior
    assert worse.prior < worse.posterior < nothing.posterior < better.posterior < better.mean == pytest.approx(0.02)


def test_what_other_tasks_say_can_tip_the_scales_both_ways():
    gains = {"share 0.25": [1.0, 1.6, 1.3]}
    assert chosen(gains, prior=evidence(1.0, 1.2, 0.8, 1.0)).usage == "share 0.25"
    assert chosen(gains, prior=evidence(-1.0, -1.2, -0.8, -1.0)).usage is None


def test_the_same_gains_on_more_folds_are_worth_more():
    def probability(n_folds):
        folds = [1.0, 2.0] * (n_folds // 2)
        return chosen({"share 0.25": folds}).probability

    by_folds = [probability(n) for n in (2, 4, 6, 10, 20)]
    assert by_folds == sorted(set(by_folds))


def test_noise_that_was_seen_on_three_folds_is_not_taken_for_known():
    found = chosen({"share 0.25": [2.0, 2.2, 1.8]}).considered["share 0.25"]
    z = found.posterior / found.sd
    assert found.probability == pytest.approx(stats.t.cdf(z, NOISE_DF + 2), abs=1e-4)
    assert found.probability < stats.norm.cdf(z)


def test_ways_that_gain_together_are_surer_than_each_alone_and_one_that_gains_alone_is_less_so():
    gains, nothing = [2.0, 1.5, 2.5], [0.0, 0.5, -0.5]
    alone, together, lone = (
        chosen({"share 0.25": gains} | others).considered["share 0.25"]
        for others in ({}, {"share 0.1": gains, "share 0.5": gains}, {"share 0.1": nothing, "share 0.5": nothing})
    )
    assert lone.posterior < alone.posterior < together.posterior
    assert lone.probability < alone.probability < together.probability


def test_a_way_of_another_kind_says_less_about_a_way_than_one_of_its_own():
    gains, bad = [2.0, 1.5, 2.5], [-2.0, -1.5, -2.5]
    other, own = (chosen({"share 0.25": gains, way: bad}).considered["share 0.25"] for way in ("pretrain", "share 0.5"))
    assert own.posterior < other.posterior
    other, own = (chosen({RARE: gains, way: bad}).considered[RARE] for way in ("pretrain", RARE + CURATED))
    assert own.posterior < other.posterior


def test_a_way_that_lost_on_the_folds_is_not_used_however_others_did():
    found = chosen({"share 0.25": [-1.0, -1.0, -1.0]} | {"share 0.1": [6.0, 6.0, 6.0], "share 0.5": [6.0, 6.0, 6.0]})
    assert found.usage in ("share 0.1", "share 0.5")
    lost = chosen({"share 0.25": [-0.1, -0.1, -0.1]}, prior=evidence(*[3.0] * 30))
    assert lost.considered["share 0.25"].probability > 0.9
    assert lost.usage is None


def test_a_way_alone_is_what_two_normal_distributions_make_of_it():
    (found,) = chosen({"share 0.25": [2.0, 1.5, 2.5]}).considered.values()
    default = DEFAULTS["image"]
    variance = (NOISE_DF * default.noise_sd**2 + 0.5e-4 / 3) / (NOISE_DF + 2)
    assert found.posterior == pytest.approx(0.02 * default.sd**2 / (default.sd**2 + variance), rel=1e-3)
    assert found.sd == pytest.approx((1 / default.sd**2 + 1 / variance) ** -0.5, rel=1e-3)


@pytest.mark.parametrize("folds", [[5.0, None, 5.0], [5.0, math.nan, 5.0], [5.0, math.inf, 5.0], []])
def test_a_way_that_failed_on_a_fold_is_not_considered(folds):
    found = chosen({"share 0.25": folds, "share 0.1": [0.1, 0.0, 0.1]})
    assert list(found.considered) == ["share 0.1"]
    assert found.usage is None
    alone = chosen({"share 0.25": folds})
    assert (alone.usage, alone.probability) == (None, 0.0)
    assert alone.line == "auto adds nothing to classical: no way of adding synthetic samples could be scored"


def test_the_threshold_is_the_one_asked_for():
    gains = {"share 0.25": [0.8, 1.3, 0.6]}
    assert 0.5 < chosen(gains).probability < THRESHOLD
    assert chosen(gains).usage is None
    assert chosen(gains, threshold=0.5).usage == "share 0.25"
    assert chosen(gains, threshold=chosen(gains).probability).usage == "share 0.25"


def test_the_line_says_what_is_added_how_sure_that_is_and_from_where():
    found = chosen({"share 0.25": [4.0, 3.6, 4.4]}, prior=evidence(0.5, 0.5))
    assert found.line.startswith("auto adds synthetic samples (share 0.25) to classical: expected gain +")
    assert f" +{100 * found.gain:.1f} points, P(gain > 0) = 0.9" in found.line
    assert "(inner folds +4.0; other tasks +0.3)" in found.line


def test_the_line_never_says_that_a_number_is_under_itself():
    nearly = Estimate(mean=0.01, prior=0.0, posterior=0.004, sd=0.003, probability=0.7996)
    found = Choice("classical", None, 0.0, 0.7996, {"share 0.5": replace(nearly, probability=0.3), "share 0.1": nearly})
    reason = "the best way of adding (share 0.1) had P(gain > 0) = 0.79 (inner folds), under 0.8"
    assert found.line == f"auto adds nothing to classical: {reason}"


def test_a_choice_becomes_plain_data_with_its_line():
    found = chosen({"share 0.25": [4.0, 3.6, 4.4], "share 0.5": [1.0, 2.0, 3.0]})
    data = found.to_dict()
    assert data["line"] == found.line
    assert data["usage"] == "share 0.25"
    assert data["considered"]["share 0.5"]["mean"] == pytest.approx(0.02)
    assert set(data["considered"]["share 0.25"]) == {"mean", "prior", "posterior", "sd", "probability"}


def baseline(scores, *, prior=Prior()):
    points = {arm: [None if one is None else 0.01 * one for one in folds] for arm, folds in scores.items()}
    return choose_arm(points, Circumstances("image", 20, 1.0, 10, 1), prior)


def test_the_arm_that_is_better_on_every_fold_is_the_baseline():
    assert baseline({"none": [80, 81, 79], "mixup": [79, 79, 79], "classical": [84, 85, 83]}) == "classical"


def test_an_arm_that_is_ahead_by_chance_alone_leaves_the_first_in_its_place():
    assert baseline({"none": [80, 85, 75], "classical": [86, 79, 76.5]}) == "none"
    assert baseline({"none": [80, 85, 75], "classical": [80, 85, 75]}) == "none"


def test_what_arms_gained_on_other_tasks_tips_the_scales_where_the_first_is_the_plain_one():
    near = [80.4, 81.4, 79.4]
    for gains, expected in (((2.0, 2.5), "classical"), ((-2.0, -2.5), "none")):
        prior = Prior(arms=evidence(*gains, usage="classical").evidence)
        assert baseline({"none": [80, 81, 79], "classical": near}, prior=prior) == expected
    known = Prior(arms=evidence(-5.0, -5.0, usage="classical").evidence)
    ahead = [82, 83, 81]
    assert baseline({"mixup": [80, 81, 79], "classical": ahead}, prior=known) == "classical"  # known over `none` alone


@pytest.mark.parametrize("failed", [None, math.nan])
def test_an_arm_that_failed_on_a_fold_is_no_baseline(failed):
    assert baseline({"none": [50, 50], "classical": [90, failed]}) == "none"
    assert baseline({"none": [50, failed], "classical": [60, 61], "mixup": [50, 50]}) == "classical"
    assert baseline({"none": [failed, 50], "classical": [failed, failed]}) is None


def test_where_no_arm_gains_anything_the_first_is_kept_far_more_often_than_by_the_best_mean():
    """Six arms of no gain: the best mean would be that of the first in one of seven."""
    rng, n_kept = numpy_rng(0, "arms"), 0
    for _ in range(200):
        scores = dict(zip(ARMS, (40 + 3 * rng.standard_normal((7, 2))).tolist(), strict=True))
        n_kept += baseline(scores) == "none"
    assert n_kept >= 3 * 200 / 7


def simulated(gain, noise, *, n=150, n_folds=3, prior=Prior(), kind="image", alike=0.5, common=0.0):
    """Return how often synthetic samples were used, and the mean gain in points that this brought.

    Errors of the three ways are correlated by `alike`; `common` of a fold's variance is that of all folds.
    """
    rng, n_used = numpy_rng(0, "auto", str(gain), str(noise)), 0
    for _ in range(n):
        own, shared = rng.standard_normal((3, n_folds + 1)), rng.standard_normal(n_folds + 1)
        errors = noise * (math.sqrt(1 - alike) * own + math.sqrt(alike) * shared)
        folds = gain + math.sqrt(1 - common) * errors[:, :-1] + math.sqrt(common) * errors[:, -1:]
        found = chosen(dict(zip(SHARES, folds.tolist(), strict=True)), prior=prior, kind=kind)
        n_used += found.usage is not None
    return n_used / n, gain * n_used / n


@pytest.mark.parametrize("alike", [0.2, 0.9])
@pytest.mark.parametrize("common", [0.0, 0.2])
def test_noise_that_is_shared_otherwise_than_assumed_does_little_harm(alike, common):
    used, made = simulated(-0.5, 1.5, alike=alike, common=common)
    assert used <= 0.15
    assert made >= -0.1


@pytest.mark.parametrize(("kind", "noise"), [("image", 0.7), ("image", 1.5), ("table", 3.0)])
@pytest.mark.parametrize("gain", [0.0, -0.5, -1.0])
def test_what_gains_nothing_is_seldom_used_and_costs_next_to_nothing(kind, noise, gain):
    used, made = simulated(gain, noise, kind=kind)
    assert used <= 0.15
    assert made >= -0.05


@pytest.mark.parametrize("noise", [3.0, 6.0])
def test_folds_much_noisier_than_elsewhere_do_not_fool_it(noise):
    used, made = simulated(-0.5, noise)
    assert used <= 0.3
    assert made >= -0.15


@pytest.mark.parametrize("noise", [0.7, 1.5])
def test_what_gains_three_points_is_mostly_used(noise):
    used, made = simulated(3.0, noise)
    assert used >= 0.65
    assert made >= 1.95


def test_evidence_of_other_tasks_that_it_hurts_makes_it_rarer_still():
    doubtful = evidence(-1.0, -0.8, -1.2, usage="share 0.25")
    assert simulated(-0.5, 3.0, prior=doubtful)[0] <= 0.65 * simulated(-0.5, 3.0)[0]


def test_curated_samples_are_believed_to_do_what_the_same_way_does_as_they_come() -> None:
    uneven = Circumstances("image", 10, 20.0, 10, 3)
    known = [
        Evidence("image", 10, 20.0, 10, 3, "a", "cnn", usage, gain, gain_sd=0.01, n_replicates=9)
        for usage, gain in ((RARE, 0.05), ("share 0.25", -0.02), (f"{RARE}, curated", 0.01))
    ]
    prior = Prior(tuple(known[:2]))
    assert prior.belief(f"{RARE}, curated", uneven) == prior.belief(RARE, uneven)
    assert Prior(tuple(known)).belief(f"{RARE}, curated", uneven).mean < prior.belief(RARE, uneven).mean
    gained = {RARE: [0.04, 0.05], f"{RARE}, curated": [0.05, 0.06]}
    assert choose("classical", gained, uneven, prior).usage == f"{RARE}, curated"
