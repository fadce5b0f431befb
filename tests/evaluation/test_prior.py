"""What other tasks let expect: nothing without evidence, close tasks count for more, bad files are said."""

import importlib.resources
import json
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks import prior as script
from gan_augment.errors import ConfigError
from gan_augment.evaluation.prior import DEFAULT_NOISE_AT, DEFAULTS, SHIPPED, Circumstances, Evidence, Prior
from gan_augment.seeding import numpy_rng


def row(task, gain, *, sd=0.005, usage="share 0.25", model="cnn", kind="image", per_class=20, n=10, **others):
    """Return evidence of `gain` points."""
    known = {"imbalance": 1.0, "n_classes": 10, "repeats": 1} | others
    return Evidence(kind, per_class, **known, task=task, model=model, usage=usage, gain=gain / 100, gain_sd=sd,
                    n_replicates=n)  # fmt: skip


def belief_of(*rows, usage="share 0.25", kind="image", per_class=20, imbalance=1.0, n_classes=10, repeats=1):
    return Prior(rows).belief(usage, Circumstances(kind, per_class, imbalance, n_classes, repeats))


@pytest.mark.parametrize("kind", DEFAULTS)
def test_without_evidence_the_default_stands_as_it_is_documented(kind):
    found, default = Prior().belief("share 0.25", DEFAULT_NOISE_AT[kind]), DEFAULTS[kind]
    assert asdict(found) == pytest.approx(asdict(default))
    assert found.mean == 0.0


def test_more_tasks_that_agree_make_a_belief_surer():
    few, many = belief_of(row("a", 1.0)), belief_of(*(row(f"task {i}", 1.0) for i in range(8)))
    assert 0.0 < few.mean < many.mean < 0.01
    assert many.sd < few.sd


def test_one_task_alone_is_believed_by_about_half():
    found = belief_of(row("a", 1.0))
    assert 0.003 < found.mean < 0.007
    assert found.sd > 0.8 * DEFAULTS["image"].sd


def test_a_surprising_task_makes_tasks_look_varied_and_not_the_gain_look_certain():
    found = belief_of(row("a", 4.0))
    assert found.sd > found.mean > 0.0
    assert found.sd > 2 * belief_of(row("a", 0.5)).sd


def test_tasks_that_disagree_make_a_belief_wider():
    agree, disagree = ([row("a", 0.5 + x), row("b", 0.5 - x), row("c", 0.5)] for x in (0.0, 3.0))
    assert belief_of(*disagree).sd > 1.5 * belief_of(*agree).sd


def test_mean_and_spread_of_many_tasks_are_found_again_beneath_their_errors():
    rng, error = numpy_rng(0, "tasks"), 0.5
    gains = 1.0 + 0.7 * rng.standard_normal(300) + error * rng.standard_normal(300)
    found = belief_of(*(row(f"task {i}", gain, sd=error / 100 * 10**0.5) for i, gain in enumerate(gains)))
    assert found.mean == pytest.approx(0.01, abs=0.001)
    assert found.sd == pytest.approx(0.007, abs=0.001)


def test_an_uncertain_task_says_less():
    assert belief_of(row("a", 1.0, sd=0.03)).mean < belief_of(row("a", 1.0, sd=0.001)).mean


def test_tasks_of_another_size_count_for_less():
    means = [belief_of(row("a", 1.0, per_class=n)).mean for n in (20, 40, 200, 20_000)]
    assert means == sorted(means, reverse=True)
    assert means[1] > 0.6 * means[0]
    assert means[3] < 0.01 * means[0]
    assert belief_of(row("a", 1.0, per_class=20), per_class=200).mean == pytest.approx(means[2])


def test_tasks_with_classes_less_or_more_uneven_count_for_less():
    lopsided = row("a", -3.0, imbalance=20.0)
    means = [belief_of(lopsided, imbalance=imbalance).mean for imbalance in (20.0, 10.0, 2.0, 1.0)]
    assert means == sorted(means)
    assert means[0] == pytest.approx(belief_of(row("a", -3.0)).mean)
    assert means[1] < 0.6 * means[0]
    assert means[3] > 0.1 * means[0]
    assert belief_of(lopsided, imbalance=400.0).mean == pytest.approx(means[3])


def test_many_models_of_one_task_are_one_task():
    models = [row("a", gain, model=f"model {gain}") for gain in (0.5, 1.0, 1.5)]
    assert asdict(belief_of(*models)) == pytest.approx(asdict(belief_of(row("a", 1.0))))


def test_a_task_leaves_nothing_of_itself_behind_when_it_is_left_out():
    own = [row("mine", 5.0, model=model, per_class=n) for model in ("cnn", "wrn") for n in (20, 50)]
    others = [row("other", 0.3), row("third", -0.2)]
    assert Prior((*own, *others), (*others, *own)).without("mine") == Prior(tuple(others), tuple(others))
    assert Prior(tuple(own)).without("mine") == Prior()


def test_arms_and_ways_of_adding_say_nothing_of_each_other():
    both = Prior((row("a", 1.0),), (row("a", -2.0, usage="mixup"),))
    here = Circumstances("image", 20, 1.0, 10, 1)
    assert both.belief("share 0.25", here) == belief_of(row("a", 1.0))
    assert both.of_arms().belief("mixup", here) == belief_of(row("a", -2.0))


def test_a_way_without_evidence_borrows_from_the_other_ways_of_its_kind_alone():
    rows = [row("a", 1.0), row("b", 3.0, kind="table", usage="rows 1")]
    assert belief_of(*rows, usage="share 0.5") == belief_of(rows[0])
    assert belief_of(*rows, usage="balance", kind="table") == belief_of(rows[1], usage="rows 1", kind="table")
    assert asdict(belief_of(rows[1])) == pytest.approx(asdict(DEFAULTS["image"]))


def test_evidence_on_a_way_itself_comes_before_that_on_others():
    rows = [row("a", 1.0), row("a", -2.0, usage="share 0.5")]
    assert belief_of(*rows).mean > 0 > belief_of(*rows, usage="share 0.5").mean


def test_noise_is_what_makes_the_replicates_vary_as_they_did():
    assert DEFAULTS["image"].noise_sd < belief_of(row("a", 0.0, sd=0.02)).noise_sd < 0.02
    many = belief_of(*(row(f"task {i}", 0.0, sd=0.02) for i in range(100)))
    assert many.noise_sd == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize("rows", [(), (row("a", 0.0, sd=0.011),)])
def test_noise_falls_as_that_of_a_mean_where_samples_are_more_as_far_as_studies_have_seen(rows):
    few, more, many = (belief_of(*rows, per_class=n).noise_sd for n in (5, 20, 1000))
    assert few == pytest.approx(2 * more, rel=0.02)
    assert belief_of(*rows, n_classes=2).noise_sd == pytest.approx(more * 5**0.5, rel=0.02)
    assert many == pytest.approx(belief_of(*rows, per_class=30).noise_sd, rel=0.01)
    assert belief_of(*(row(f"task {i}", 0.0, sd=0.01, per_class=20) for i in range(100)), per_class=5).noise_sd > 0.018


def test_trainings_average_out_chance_alone():
    once, thrice, often = (belief_of(repeats=n).noise_sd for n in (1, 3, 100))
    assert once > thrice > often > 0.4 * once
    assert belief_of(kind="table").noise_sd == belief_of(kind="table", repeats=3).noise_sd
    assert belief_of(row("a", 0.0, repeats=3)).noise_sd > belief_of(row("a", 0.0)).noise_sd


def test_an_unknown_kind_of_data_is_said():
    with pytest.raises(ConfigError, match="'table'"):
        Circumstances("tables", 20, 1.0, 2, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "JSON|Expecting"),
        ("[]", "does not hold evidence"),
        ('{"evidence": 3}', "does not hold evidence"),
        ('{"evidance": []}', "evidance"),
        ('{"evidence": [{"task": "a"}]}', "lacks the setting 'kind'"),
        ({"kind": "video"}, "video"),
        ({"gain": None}, "needs gain of at least"),
        ({"gain": float("nan")}, "needs gain of at least"),
        ({"gain": float("inf")}, "needs gain of at least"),
        ({"gain_sd": -1.0}, "needs gain_sd of at least"),
        ({"per_class": "20"}, "needs per_class of at least"),
        ({"n_replicates": 1}, "needs n_replicates of at least"),
        ({"imbalance": 0.5}, "needs imbalance of at least"),
        ({"n_classes": 1}, "needs n_classes of at least"),
        ({"repeats": 0}, "needs repeats of at least"),
    ],
)
def test_a_damaged_file_is_one_clear_error(content, said, tmp_path):
    path = tmp_path / "prior.json"
    if isinstance(content, dict):
        content = json.dumps({"evidence": [asdict(row("a", 1.0)) | content]})
    path.write_text(content)
    with pytest.raises(ConfigError, match=said) as caught:
        Prior.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        Prior.load(tmp_path / "nowhere.json")


def test_what_ships_is_found_in_the_package_and_is_what_the_committed_results_give():
    assert importlib.resources.files("gan_augment.evaluation").joinpath("prior.json").is_file()
    assert Prior.shipped() == script.shipped(script.STUDIES)
    assert SHIPPED.read_text(encoding="utf-8") == script.prior_text(script.shipped(script.STUDIES))


def study(folder, name, gains, *, about, arm="classical", model="cnn", usage="share 0.25"):
    """Write a study's files; `gains` by replicate and fold, None where the usage failed."""
    lines = []
    for replicate, folds in enumerate(gains):
        for fold, gain in enumerate(folds):
            place = {"replicate": replicate, "fold": fold, "arm": arm, "model": model, "n_folds": len(folds)}
            base = 0.5 + 0.1 * replicate + 0.01 * fold
            lines.append(place | {"usage": None, "score": base})
            lines.append(place | {"usage": usage, "score": None if gain is None else base + gain})
            lines.append(place | {"arm": "none", "usage": None, "score": 0.1})
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "inner.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    bases = [{"replicate": replicate, "model": model, "arm": arm} for replicate in range(len(gains))]
    (folder / name / "baselines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in bases))
    (folder / name / "task.json").write_text(json.dumps(about | {"further": "figures"}))
    (folder / name / "summary.json").write_text(json.dumps({"about": {"train": {"a": 50, "b": 20}}}))


ABOUT = {"task": "digits", "kind": "image", "per_class": 20}


def test_gains_are_against_the_same_arm_on_the_same_fold_and_averaged_by_replicate(tmp_path):
    study(tmp_path, "digits-20", 3 * [[0.01, 0.03], [0.03, 0.05]], about=ABOUT)
    (found,) = script.shipped(tmp_path).evidence
    assert (found.task, found.kind, found.per_class) == ("digits", "image", 20)
    assert (found.model, found.usage) == ("cnn", "share 0.25")
    assert found.gain == pytest.approx(0.03)
    assert found.gain_sd == pytest.approx(np.std(3 * [0.02, 0.04], ddof=1), abs=1e-6)
    assert (found.n_replicates, found.imbalance, found.n_classes, found.repeats) == (6, 2.5, 2, 1)


def test_gains_over_an_arm_that_was_the_baseline_before_a_better_one_came_do_not_count(tmp_path):
    study(tmp_path, "a", 3 * [[0.01, 0.03], [0.03, 0.05]], about=ABOUT)
    path = tmp_path / "a" / "inner.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    old = [row | {"arm": "mixup", "score": row["score"] - (0.1 if row["usage"] is None else 0.0)} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*old, *rows] if row["arm"] != "none"))
    (found,) = script.shipped(tmp_path).evidence
    assert (found.gain, found.n_replicates) == (pytest.approx(0.03), 6)


def test_an_arm_is_known_by_its_gain_over_the_real_samples_as_they_are(tmp_path):
    study(tmp_path, "digits-20", 3 * [[0.01, 0.03], [0.03, 0.05]], about=ABOUT)
    (found,) = script.shipped(tmp_path).arms
    assert (found.usage, found.gain) == ("classical", pytest.approx(0.405 + 0.25))
    assert (found.n_replicates, found.repeats) == (6, 1)


def test_a_replicate_with_a_failed_fold_does_not_count(tmp_path):
    study(tmp_path, "a", [*3 * [[0.01, 0.01], [0.03, 0.03]], [0.5, None]], about=ABOUT)
    (found,) = script.shipped(tmp_path).evidence
    assert (found.gain, found.n_replicates) == (pytest.approx(0.02), 6)


@pytest.mark.parametrize("n_replicates", [1, 4])
def test_few_replicates_are_no_evidence(n_replicates, tmp_path):
    study(tmp_path, "a", n_replicates * [[0.01, 0.01]], about=ABOUT)
    assert script.shipped(tmp_path) == Prior()


def test_what_is_written_is_read_back_and_a_changed_result_fails_the_check(tmp_path, monkeypatch, capsys):
    study(tmp_path, "a", 3 * [[0.01, 0.01], [0.03, 0.03]], about=ABOUT)
    out = tmp_path / "prior.json"
    call = ["prior.py", "--studies", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr("sys.argv", call)
    assert script.main() == 0
    assert Prior.load(out) == script.shipped(tmp_path)
    said = "40 samples, trainings on each fold: 1: a replicate's gain of ways has a standard deviation of 1.1 points"
    assert said in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", [*call, "--check"])
    assert script.main() == 0
    study(tmp_path, "a", 3 * [[0.01, 0.01], [0.03, 0.04]], about=ABOUT)
    before = out.read_text()
    assert script.main() == 1
    assert out.read_text() == before
    assert "without --check" in capsys.readouterr().out


@pytest.mark.parametrize(("of_sets", "expected"), [(0.0, 1.0), (1.0, 1.75)])
def test_how_gains_go_together_is_found_again(tmp_path, of_sets, expected):
    rng, shared, lines = numpy_rng(0, "together"), 0.6, []
    common = rng.standard_normal((400, 3)) + of_sets * rng.standard_normal((400, 1))
    for number in range(4):
        gains = shared**0.5 * common + (1 - shared) ** 0.5 * (rng.standard_normal((400, 3)) + of_sets)
        study(tmp_path, "a", 0.01 * gains, about=ABOUT, usage=f"share 0.{number}")
        lines += (tmp_path / "a" / "inner.jsonl").read_text().splitlines()
    (tmp_path / "a" / "inner.jsonl").write_text("\n".join(dict.fromkeys(lines)))
    found = script.likeness(tmp_path, "image")
    assert script.likeness(tmp_path, "table") == {}
    shared_now = shared * (1 + of_sets**2)
    assert found["noise"] == pytest.approx(shared_now / (shared_now + 1 - shared), abs=0.06)
    assert found["ways"] == pytest.approx(expected, abs=0.2)
    for name in ("task.json", "summary.json"):  # of a study that was killed, and has not gone on yet
        content = (tmp_path / "a" / name).read_text()
        (tmp_path / "a" / name).unlink()
        assert script.likeness(tmp_path, "image") == {}
        assert script.shipped(tmp_path) == Prior()
        (tmp_path / "a" / name).write_text(content)


def test_repeated_trainings_are_averaged_and_say_how_much_of_a_gain_is_chance(tmp_path):
    rng, lines = numpy_rng(0, "repeated"), []
    own = rng.standard_normal((300, 2))
    gains = 0.01 * (2 + own + 3**0.5 * rng.standard_normal((3, 300, 2)))
    for repeat, found in enumerate(gains):
        study(tmp_path, "a", found, about=ABOUT)
        rows = (json.loads(line) for line in (tmp_path / "a" / "inner.jsonl").read_text().splitlines())
        lines += [row | {"repeat": repeat} for row in rows if row["arm"] != "none" or not repeat]
    (tmp_path / "a" / "inner.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (found,) = script.shipped(tmp_path).evidence
    assert (found.gain, found.n_replicates, found.repeats) == (pytest.approx(gains.mean(), abs=1e-5), 300, 3)
    assert found.gain_sd == pytest.approx(gains.mean(axis=(0, 2)).std(ddof=1), abs=1e-5)
    assert script.likeness(tmp_path, "image")["chance"] == pytest.approx(0.75, abs=0.05)
    (tmp_path / "a" / "inner.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[:-1]))
    assert [(cut.n_replicates, cut.repeats) for cut in script.shipped(tmp_path).evidence] == [(299, 3)]
