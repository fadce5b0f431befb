"""The best of all is named, with synthetic samples or without, and over what."""

from gan_augment.evaluation.study.verdict import Design, summarise_study

from .made_rows import ARMS, around, chosen, rows, study

DESIGN = Design(10, n_train=200, n_test=100)


def test_a_model_without_synthetic_samples_that_is_best_of_all_is_said_plainly() -> None:
    own = rows({"none": around(0.80), "gan": around(0.82), "oracle": around(0.99)})
    own += rows({"none": around(0.83), "gan": around(0.81)}, model="forest")
    result = summarise_study(
        own, [*chosen(), *chosen(model="forest")], ARMS, ["cnn", "forest"], "accuracy", "gan", DESIGN
    )
    best = result.best
    assert best.real_wins
    assert best.sentence("accuracy") == (
        "Best mean accuracy over 10 replicates: forest with none (0.830). Without synthetic samples it beats every "
        "model with them: the best is cnn with gan (0.820)."
    )
    better = study({"none": around(0.80), "gan": around(0.82)}).best
    assert not better.real_wins
    assert "cnn with gan (0.820), with synthetic samples. The best without them is cnn with none" in better.sentence(
        "x"
    )
    same = study({"none": around(0.80), "gan": around(0.80)}).best
    assert not same.real_wins
    assert "does as well as the best with them" in same.sentence("accuracy")


def test_the_best_is_found_over_the_replicates_that_all_share() -> None:
    # In the first replicates everything is easy, and there `gan` has no score.
    easy = [0.99, 0.99, *around(0.80)[2:]]
    result = study({"none": easy, "gan": [None, None, *around(0.81)[2:]], "oracle": around(0.99)})
    assert result.best.n_replicates == 8
    assert not result.best.real_wins
    assert result.best.with_synthetic is not None
    assert result.best.with_synthetic.arm == "gan"


def test_an_arm_that_mostly_failed_does_not_decide_what_the_others_are_judged_on() -> None:
    result = study({"none": around(0.80), "classical": [0.99, *[None] * 9], "gan": around(0.81)})
    assert result.best.n_replicates == 10
    assert result.best.without is not None
    assert result.best.without.arm == "none"


def test_auto_that_added_samples_counts_as_a_model_with_them() -> None:
    best = study({"none": around(0.80), "auto": [0.9, *around(0.80)[1:]]}, "auto", used=(0,)).best
    assert best.with_synthetic is not None
    assert best.with_synthetic.arm == "auto"
