"""Divides a training part again, to choose on: the best arm without synthetic samples, and whether some help it."""

import itertools
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_augment.data.splits import forward_folds, inner_folds, without_groups_of
from gan_augment.evaluation.choose import Choice, choose, choose_arm
from gan_augment.evaluation.prior import Circumstances
from gan_augment.evaluation.study.bench import Contest, Parts
from gan_augment.evaluation.study.config import repeat_seed
from gan_augment.evaluation.study.generators import LazyGenerator
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.rows import InnerRow, reason
from gan_augment.evaluation.study.scoring import finely_scored, scored
from gan_augment.seeding import numpy_rng


@dataclass(frozen=True)
class Fold:
    """An inner division of a training part, with its contest and its generator."""

    parts: Parts
    contest: Contest
    draw: LazyGenerator


class InnerFolds:
    """The inner folds of one training part, each with a generator that is refitted on its own training samples.

    Parameters
    ----------
    job
        What all replicates share.
    number
        Of the replicate.
    parts
        The training part to divide; nothing else of it is looked at.
    entries
        (arm, model) of what can be trained on the whole part: others are not chosen.
    done
        Finished rows by their keys, also of the whole part: an arm that failed there is not chosen. Those of here are
        added.
    check_time_fn
        Called before every training; may raise.
    """

    def __init__(
        self,
        job: Job,
        number: int,
        parts: Parts,
        entries: Collection[tuple[str, str]],
        done: dict[Hashable, Any],
        check_time_fn: Callable[[], None] = lambda: None,
    ) -> None:
        self._job, self._number, self._parts, self._entries = job, number, parts, entries
        self._bench, self._seed = job.bench, job.config.replicate_seed(number)
        self._done, self._check_time_fn = done, check_time_fn
        self._divisions: dict[int, list[Fold]] = {}

    @property
    def folds(self) -> list[Fold]:
        """The folds of the first division; raises `DataError` where a class has too few samples for two."""
        return self._division(0)

    def _division(self, division: int) -> list[Fold]:
        """Return the folds of a division; those of all divisions are numbered through."""
        if division not in self._divisions:
            pairs = self._pairs(division)
            self._divisions[division] = [
                self._fold(number, *pair) for number, pair in enumerate(pairs, division * len(pairs))
            ]
        return self._divisions[division]

    def _pairs(self, division: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the indices to fit and to score on of every fold of a division."""
        train, n_folds = self._parts.train, self._job.config.inner_folds
        if self._parts.times is not None:
            forward = forward_folds(train.labels, self._parts.times, n_folds, train.classes)
            return [(without_groups_of(held, fitted, self._parts.groups), held) for fitted, held in forward]
        rng = numpy_rng(self._seed, "folds", *([division] if division else []))
        return inner_folds(train.labels, n_folds, rng, self._parts.groups, train.classes)

    @cached_property
    def _most_divisions(self) -> int:
        """How many divisions there may be: time divides in one way only, and so may groups of many sizes.

        Exact copies that stay together are no such groups, but each division must have as many folds as the first.
        Divisions that were made before count, though fewer be asked for now.
        """
        if self._parts.times is not None or self._job.source.groups is not None:
            return 1
        rows = (row for row in self._done.values() if isinstance(row, InnerRow) and row.replicate == self._number)
        most = max(self._job.config.inner_divisions, *(row.fold // row.n_folds + 1 for row in rows))
        if self._parts.groups is None:  # the classes' counts alone decide how many folds there are
            return most
        return next((n for n in range(1, most) if len(self._pairs(n)) != len(self.folds)), most)

    def _numbers(self, division: int) -> range:
        """The numbers of the folds of a division."""
        n_folds = len(self.folds)
        return range(division * n_folds, (division + 1) * n_folds)

    def _fold(self, number: int, fitted: np.ndarray, held_out: np.ndarray) -> Fold:
        train, positive = self._parts.train, self._parts.positive
        parts = Parts(train.subset(fitted), train.subset(held_out), positive=positive)
        draw = self._job.generator(parts.train, self._number, number)
        return Fold(parts, self._bench.contest(parts, draw, draw.curated_fn), draw)

    @cached_property
    def _eligible(self) -> dict[str, list[str]]:
        """The arms without synthetic samples by model, if they can be had on the whole part and on every fold."""
        arms = [name for name, arm in self._bench.arms.items() if arm.may_be_baseline]
        trained = {(arm, model) for arm, model in self._entries if not self._failed(arm, model)}
        shared = trained.intersection(*(fold.contest.entries for fold in self.folds))
        return {model: [arm for arm in arms if (arm, model) in shared] for model in self._bench.models}

    def _failed(self, arm: str, model: str) -> bool:
        row = self._done.get((self._number, arm, model))
        return row is not None and row.failed is not None

    def arms(self) -> Iterator[InnerRow]:
        """Yield how each arm without synthetic samples does, leaving out what is finished."""
        for number, fold in enumerate(self.folds):
            for arm, model in fold.contest.entries:
                if arm in self._eligible.get(model, ()):
                    yield from self._row(number, arm, model, None)

    def usages(self, model: str) -> Iterator[InnerRow]:
        """Yield how a model's baseline does as it is and with synthetic samples added in each way, repeated.

        What is finished is left out, and so are, on another division, ways that did not look promising before.
        """
        base = self.baseline(model)
        if base is None:
            return
        ways = self._usages
        for division in range(self._most_divisions):
            if not ways:
                return
            for number, repeat in itertools.product(self._numbers(division), range(self._bench.repeats)):
                for usage in (None, *ways):
                    yield from self._row(number, base, model, usage, repeat)
            ways = self._choice(base, model, ways, division + 1).promising

    def baseline(self, model: str) -> str | None:
        """Return the baseline, when `arms` is through; None where every one failed on some fold."""
        numbers = self._numbers(0)
        scores = {arm: self._scores(arm, model, None, numbers) for arm in self._eligible.get(model, ())}
        return choose_arm(scores, self._circumstances(repeats=1), self._job.prior)

    def choice(self, model: str) -> Choice:
        """Return what `auto` does with a model that has a baseline, when `usages` is through.

        A way that fails on a later division is considered no more; where all do, what was known before stands.
        """
        base = str(self.baseline(model))
        found = self._choice(base, model, self._usages, 1)
        for divisions in range(2, self._most_divisions + 1):
            if not found.promising:
                break
            more = self._choice(base, model, found.promising, divisions)
            if not more.considered:
                break
            found = more
        return found

    def _choice(self, base: str, model: str, ways: list[str], divisions: int) -> Choice:
        """Return what so many divisions say of some ways of adding."""
        repeats, numbers = self._bench.repeats, range(divisions * len(self.folds))
        without = self._scores(base, model, None, numbers, repeats)
        gains = {
            usage: [a - b for a, b in zip(self._scores(base, model, usage, numbers, repeats), without, strict=True)]
            for usage in ways
        }
        return choose(base, gains, self._circumstances(repeats), self._job.prior, divisions=divisions)

    def _circumstances(self, repeats: int) -> Circumstances:
        counts = self._parts.train.class_counts().values()
        return Circumstances(self._bench.kind, min(counts), max(counts) / min(counts), len(counts), repeats)

    def failures(self, model: str) -> dict[tuple[str, str | None], str]:
        """Return why arms, and arms with synthetic samples added in a way, had no score: a reason each."""
        own = (row for row in self._done.values() if isinstance(row, InnerRow) and row.replicate == self._number)
        return {(row.arm, row.usage): row.failed for row in own if row.model == model and row.failed is not None}

    def forget(self) -> None:
        """Remove the runs of the folds from the disk."""
        for fold in itertools.chain(*self._divisions.values()):
            fold.draw.forget(keep_generator=False)

    @cached_property
    def _usages(self) -> list[str]:
        """The ways of adding that there are on every fold."""
        first, *others = (fold.contest.usages for fold in self.folds)
        return [usage for usage in first if self._job.among_fn(usage) and all(usage in other for other in others)]

    def _row(self, number: int, arm: str, model: str, usage: str | None, repeat: int = 0) -> Iterator[InnerRow]:
        key = (self._number, number, arm, model, usage, repeat)
        if key in self._done:
            return
        self._check_time_fn()
        division, place = divmod(number, len(self.folds))
        fold, chief = self._division(division)[place], self._bench.chief
        score: float | None
        temperature = failed = None
        try:
            seed = repeat_seed(self._seed, division * self._bench.repeats + repeat)
            outcome = fold.contest.outcome(arm, model, seed, usage)
            if self._bench.reads_margins:
                score, temperature = finely_scored(outcome, fold.parts, chief)
            else:
                score = scored(outcome, fold.parts)[0][chief]
        except Exception as error:  # a model of the user's own may raise anything: what fails is not chosen
            score, failed = None, reason(error)
        where = (self._number, number, arm, model, usage)
        self._done[key] = InnerRow(*where, score, len(self.folds), temperature, repeat, failed)
        yield self._done[key]

    def _scores(self, arm: str, model: str, usage: str | None, numbers: range, repeats: int = 1) -> list[float]:
        """Return a score for each of these folds, the mean over repeats; NaN where one failed."""
        rows = [
            [self._done[self._number, number, arm, model, usage, repeat] for repeat in range(repeats)]
            for number in numbers
        ]
        return [float(np.mean([np.nan if row.score is None else row.score for row in own])) for own in rows]
