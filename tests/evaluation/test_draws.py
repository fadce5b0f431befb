"""Synthetic samples of a study: the same ones for all arms of a seed, drawn once."""

import numpy as np

from gan_augment.evaluation.draws import Draws
from gan_augment.generation.generator import SampleBatch


def test_samples_of_as_many_seeds_as_there_are_trainings_are_drawn_once():
    asked = []

    def sample(counts, seed):
        asked.append((dict(counts), seed))
        return SampleBatch(np.full(sum(counts.values()), seed), np.repeat([0, 1], list(counts.values())), ("a", "b"))

    draws = Draws(sample, ("a", "b"), lambda batch: batch.data.tolist(), n_seeds=2)
    for _ in range(3):
        assert [draws(np.array([1, 2]), seed) for seed in (5, 6)] == [[5] * 3, [6] * 3]
    assert asked == [({"a": 1, "b": 2}, 5), ({"a": 1, "b": 2}, 6)]
    draws(np.array([1, 2]), 7)  # takes the place of the oldest
    draws(np.array([1, 2]), 6)
    assert [seed for _, seed in asked] == [5, 6, 7]
    draws(np.array([1, 2]), 5)
    assert [seed for _, seed in asked] == [5, 6, 7, 5]
