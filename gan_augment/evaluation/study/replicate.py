"""One replicate of a study: divides, fits, trains every arm, chooses on inner folds; gives rows as they come."""

import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.exhibit import EXHIBIT, EXHIBIT_FILE, write_exhibit
from gan_augment.evaluation.study.config import repeat_seed
from gan_augment.evaluation.study.curve import ONLY, learning_curve
from gan_augment.evaluation.study.files import AnyRow
from gan_augment.evaluation.study.inner import InnerFolds
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.rows import AUTO, FAILED, BaselineRow, QualityRow, StudyRow, reason
from gan_augment.evaluation.study.scoring import mean_scores, scored

Finished = Mapping[Hashable, AnyRow]

NO_PICTURES = "A page of this study shows no samples"


class OutOfTime(Exception):
    """The time of the study is over; what is finished was given."""


class Replicate:
    """Runs one replicate, leaving out what is finished.

    Parameters
    ----------
    job
        What all replicates share.
    number
        Which one it is, from 0.
    done
        Finished rows by their keys.
    until
        When nothing new is begun, on the clock of `time.monotonic`.
    """

    def __init__(self, job: Job, number: int, done: Finished, until: float = float("inf")) -> None:
        self._job, self._number, self._until = job, number, until
        self._done: dict[Hashable, Any] = dict(done)
        self._seed = job.config.replicate_seed(number)
        self._parts = job.source.parts(job.config, self._seed)
        self._draw = job.generator(self._parts.train, number)
        self._contest = job.bench.contest(self._parts, self._draw, self._draw.curated_fn)
        self._inner = InnerFolds(job, number, self._parts, self._contest.entries, self._done, self._check_time)
        if self._chooses:
            _ = self._inner.folds  # too few samples for them are told before anything is trained

    @property
    def _chooses(self) -> bool:
        """Whether there is anything to choose on inner folds: what `auto` does, or one of several baselines."""
        return self._job.auto or len(self._candidates) > 1

    @property
    def _candidates(self) -> list[str]:
        return [name for name, arm in self._job.bench.arms.items() if arm.may_be_baseline]

    @property
    def _reads_curve(self) -> bool:
        """Whether there is something to read off the learning curve of the real samples."""
        return {PLAIN, ONLY} <= {arm for arm, _ in self._contest.entries}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why."""
        return self._contest.notes

    def rows(self) -> Iterator[AnyRow | str]:
        """Yield what was not finished yet, and what else is to be said as text.

        Raises
        ------
        OutOfTime
            When there is no time for more.
        """
        yield from self._arms()
        if self._chooses:
            yield from self._inner.arms()
        yield from self._baselines()
        if self._job.auto:
            yield from self._auto()
            self._inner.forget()
        if any(self._job.bench.arms[arm].synthetic for arm, _ in self._contest.entries):
            yield from self._quality()
            if self._number == 0:
                yield from self._exhibit()
        if self._reads_curve:
            yield from learning_curve(self._job, self._number, self._parts, self._done, self._check_time)
        self._draw.forget(keep_generator=True)

    def _arms(self) -> Iterator[StudyRow]:
        for arm, model in self._contest.entries:
            if (self._number, arm, model) not in self._done:
                yield self._keep(self._trained(arm, model, self._job.bench.repeats))

    def _trained(self, arm: str, model: str, repeats: int, usage: str | None = None) -> StudyRow:
        self._check_time()
        job, started = self._job, time.process_time() - self._draw.seconds  # no arm pays for the generator's fit
        row = StudyRow(self._number, arm, model, seed=self._seed, config=job.digest, versions=job.versions)
        seeds = [repeat_seed(self._seed, repeat) for repeat in range(repeats)]
        try:
            outcomes = [self._contest.outcome(arm, model, seed, usage) for seed in seeds]
            scores, per_class = mean_scores([scored(outcome, self._parts) for outcome in outcomes])
        except Exception as error:  # a model of the user's own may raise anything: the study goes on without it
            return replace(row, failed=reason(error))
        seconds = round((time.process_time() - self._draw.seconds - started) / len(seeds), 2)
        row = replace(row, scores=scores, per_class=per_class, repeats=len(seeds))
        return replace(row, n_samples=outcomes[0].n_samples, seconds=seconds)

    def _baselines(self) -> Iterator[BaselineRow]:
        for model in self._job.bench.models:
            arm = self._inner.baseline(model) if self._chooses else self._candidates[0]
            known = self._done.get((self._number, model))
            if arm is not None and (known is None or known.arm != arm):  # another one, before an arm was added
                yield self._keep(BaselineRow(self._number, model, arm))

    def _auto(self) -> Iterator[AnyRow | str]:
        for model in self._job.bench.models:
            if self._inner.baseline(model) is None:
                continue
            yield from self._inner.usages(model)
            for (arm, usage), why in self._inner.failures(model).items():
                yield f"{model}: {arm}{f' with {usage!r}' if usage else ''} failed on inner folds: {why}"
            choice = self._inner.choice(model).to_dict() | {"prior": self._job.prior.digest}
            known = self._done.get((self._number, AUTO, model))
            if known is None or known.choice != choice:  # new evidence may have changed it
                row = self._chosen(model, choice)
                if known is None or row.failed is None:  # what fails now leaves what was known
                    yield self._keep(row)

    def _chosen(self, model: str, choice: Mapping[str, Any]) -> StudyRow:
        row: StudyRow = self._done[self._number, choice["arm"], model]
        if choice["usage"] is not None:  # trained as often as what it is compared with, by the same seeds
            row = self._trained(choice["arm"], model, row.repeats, choice["usage"])
        return replace(row, arm=AUTO, choice=choice)

    def _quality(self) -> Iterator[QualityRow]:
        if self._number in self._done:
            return
        self._check_time()
        try:
            figures = self._job.bench.quality(self._parts, self._draw, self._seed)
        except Exception as error:  # as above
            figures = {"warnings": [reason(error)], FAILED: True}
        yield self._keep(QualityRow(self._number, figures))

    def _exhibit(self) -> Iterator[str]:
        """Write what a page of the study shows, unless it is there; say where that failed: the study goes on."""
        folder = self._job.out / EXHIBIT
        if (folder / EXHIBIT_FILE).exists():
            return
        if not self._draw.at_hand:  # rows that came from another machine: pictures alone are not worth a fit
            yield f"{NO_PICTURES}."
            return
        self._check_time()
        try:
            write_exhibit(folder, self._job.bench.exhibit(self._parts, self._draw, self._seed))
        except Exception as error:  # as above
            yield f"{NO_PICTURES}: {reason(error)}"

    def _keep(self, row: Any) -> Any:
        self._done[row.key] = row
        return row

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise OutOfTime
