"""Choosing candidates: exact numbers, shares of clusters, the whole range of confidence, nothing that copies."""

from dataclasses import replace

import numpy as np
import pytest

from gan_augment.generation.quotas import Scores, choose, quotas

SHARES = np.array([0.5, 0.3, 0.2])


def scores(n: int = 256, seed: int = 0) -> Scores:
    """Return candidates with which nothing is wrong, nine tenths of them in the first cluster."""
    rng = np.random.default_rng(seed)
    none = np.zeros(n, dtype=bool)
    cluster = rng.choice(3, size=n, p=[0.4, 0.3, 0.3])
    return Scores(rng.random(n), np.ones(n), rng.random(n), cluster, np.zeros(n), none, none, none)


def flagged(**flags: slice) -> Scores:
    found = scores()
    marked = {name: np.isin(np.arange(256), np.arange(256)[part]) for name, part in flags.items()}
    return replace(found, **marked)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_clusters_get_their_shares_and_not_those_of_the_generator() -> None:
    found = scores()
    kept = choose(found, 100, SHARES, rng())
    assert np.bincount(found.cluster[kept]).tolist() == [50, 30, 20]
    assert len(set(kept.tolist())) == 100
    assert kept.tolist() == sorted(kept.tolist())


def test_what_a_cluster_lacks_is_taken_from_the_others() -> None:
    assert quotas(100, SHARES, np.array([10, 200, 200])).tolist() == [10, 50, 40]
    assert quotas(3, np.array([1.0, 0.0]), np.array([2, 5])).tolist() == [2, 1]
    assert quotas(0, SHARES, np.array([1, 1, 1])).tolist() == [0, 0, 0]


def test_confidence_is_spread_and_not_sought() -> None:
    found = scores()
    kept = choose(found, 100, SHARES, rng())
    for cluster in range(3):
        own = np.sort(found.probability[found.cluster == cluster])
        of_kept = found.probability[kept][found.cluster[kept] == cluster]
        assert abs(np.median(of_kept) - np.median(own)) < 0.05
        assert of_kept.min() < np.quantile(own, 0.1)


def test_the_discriminator_decides_between_those_that_are_alike_otherwise() -> None:
    odds = np.where(np.arange(256) % 2, 5.0, -5.0)
    kept = choose(replace(scores(), log_odds=odds), 100, SHARES, rng())
    assert (odds[kept] > 0).mean() > 0.7
    plain = choose(scores(), 100, SHARES, rng())
    assert (odds[plain] > 0).mean() < 0.65


@pytest.mark.parametrize("flag", ["wrong", "copied", "outlying"])
def test_what_is_flagged_is_not_kept_where_enough_passes(flag: str) -> None:
    kept = choose(flagged(**{flag: slice(100)}), 128, SHARES, rng())
    assert len(kept) == 128
    assert kept.min() >= 100


def test_outliers_are_taken_before_doubtful_labels_and_copies_never() -> None:
    found = flagged(copied=slice(100), outlying=slice(90, 150), wrong=slice(140, 200))
    kept = set(choose(found, 80, SHARES, rng()).tolist())
    assert set(range(200, 256)) < kept
    nearest = sorted(range(100, 140), key=lambda one: found.outlier[one])[:24]
    assert kept - set(range(200, 256)) == set(nearest)
    everything = choose(found, 200, SHARES, rng())
    assert everything.tolist() == list(range(100, 256))


def test_the_most_probable_of_doubtful_labels_come_first() -> None:
    found = flagged(wrong=slice(250))
    kept = choose(found, 10, SHARES, rng())
    best = np.argsort(-found.probability[:250])[:4]
    assert set(kept.tolist()) == {*best.tolist(), *range(250, 256)}
