"""Trains on parts of the real samples alone: the curve off which the worth of synthetic ones is read."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.study.bench import Parts
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.rows import CurveRow
from gan_augment.evaluation.study.scoring import scored
from gan_augment.seeding import numpy_rng

ONLY = "gan-only"  # the arm whose score is read off the curve
SHARES = (0.125, 0.25, 0.5)
FEWEST = 2  # samples of a class


def learning_curve(
    job: Job,
    number: int,
    parts: Parts,
    done: dict[Hashable, Any],
    check_time_fn: Callable[[], None] = lambda: None,
) -> Iterator[CurveRow]:
    """Yield how each model does on parts of a replicate's training samples as they are, leaving out what is finished.

    A model is trained on a part as it is on so many samples, for as many steps.

    Parameters
    ----------
    job, number, parts
        The study, the replicate and its samples.
    done
        Finished rows by their keys; those of here are added.
    check_time_fn
        Called before every training; may raise.
    """
    seed = job.config.replicate_seed(number)
    for share, smaller in _nested(parts, seed):
        contest = None
        for model in job.bench.models:
            key = (number, "curve", model, share)
            if key in done:
                continue
            check_time_fn()
            contest = contest or job.bench.contest(smaller, job.generator(smaller.train, number))
            score: float | None = None
            if (PLAIN, model) in contest.entries:
                try:
                    score = scored(contest.outcome(PLAIN, model, seed), smaller)[0][job.bench.chief]
                except Exception:  # a model of the user's own may raise anything: the curve lacks a point
                    score = None
            done[key] = CurveRow(number, model, share, len(smaller.train), score)
            yield done[key]


def _nested(parts: Parts, seed: int) -> Iterator[tuple[float, Parts]]:
    """Yield parts of the training samples, each within the next, with the classes' shares but two samples of each."""
    labels = parts.train.labels
    order = numpy_rng(seed, "curve").permutation(len(labels))
    ranks = np.empty(len(labels), dtype=np.int64)  # of a sample within its class
    for label in range(len(parts.train.classes)):
        own = order[labels[order] == label]
        ranks[own] = np.arange(len(own))
    counts = np.bincount(labels, minlength=len(parts.train.classes))
    smaller = 0
    for share in SHARES:
        kept = np.flatnonzero(ranks < np.maximum(FEWEST, np.round(share * counts))[labels])
        if smaller < len(kept) < len(labels):
            yield share, replace(parts, train=parts.train.subset(kept), spare=None, groups=None, times=None)
        smaller = len(kept)
