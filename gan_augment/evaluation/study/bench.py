"""What a study sees of images and of tables: the one seam where the two kinds differ; trains nothing itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.generation.generator import SampleBatch

SampleFn = Callable[[Mapping[str, int], int], SampleBatch]


@dataclass(frozen=True)
class Parts:
    """The real samples of a replicate, or of an inner fold of one.

    Parameters
    ----------
    train
        What generators and models are fitted on.
    test
        What models are tested on.
    spare
        Real samples that are in neither, for the arm `oracle`; None where there are none.
    groups
        (n_train,): training samples that must stay together when they are divided again; None where none must.
    times
        (n_train,): the training samples' times, where the test is the latest ones; None where it is not.
    shares
        Natural class shares, (n_classes,), where the training part was made lopsided; None where its own are.
    positive
        Of two classes, the label of the one that is looked for, in all parts of a study alike; None for the rarer one
        by the shares.
    """

    train: LabelledData
    test: LabelledData
    spare: LabelledData | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    shares: np.ndarray | None = None
    positive: int | None = None


@dataclass(frozen=True)
class ArmInfo:
    """What a study needs to know of an arm.

    Parameters
    ----------
    name, description
        As it is asked for and printed.
    synthetic
        Whether it trains on synthetic samples, so that it needs a generator.
    eligible
        Whether a user could do it without a generator, and it is a choice of its own where the chief score decides:
        `auto` falls back on the best of these, and it is the baseline. Not so for `oracle`, which has real samples that
        nobody has, nor for arms that exist as controls.
    """

    name: str
    description: str
    synthetic: bool = False
    eligible: bool = True

    @property
    def may_be_baseline(self) -> bool:
        """Whether it is eligible and needs no synthetic samples."""
        return self.eligible and not self.synthetic


@dataclass(frozen=True)
class Outcome:
    """What a trained model says of the test samples.

    Parameters
    ----------
    probabilities
        (n_test, n_classes), rows that sum to 1.
    predictions
        Predicted labels, int64 (n_test,).
    trained_prior
        Class shares (n_classes,) of what the model was trained on.
    n_samples
        How many samples it was trained on, real and synthetic.
    """

    probabilities: np.ndarray
    predictions: np.ndarray
    trained_prior: np.ndarray
    n_samples: int


class Contest(Protocol):
    """Arms and models on the same real samples."""

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """(arm, model) of everything that can be trained on these samples, in the order of the arms."""
        ...

    @property
    def usages(self) -> tuple[str, ...]:
        """Names of the ways in which `auto` may use synthetic samples here."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why, a sentence each."""
        ...

    def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
        """Train a model on what an arm trains on, and let it predict the test samples.

        Parameters
        ----------
        arm, model
            One of `entries`.
        seed
            Of the synthetic draw, the resampling and the model: with the same one, every arm has the same initial
            weights and sees the same real samples in the same order.
        usage
            One of `usages`: what an arm without synthetic samples trains on, with some added in this way.
        """
        ...


class Bench(Protocol):
    """How one kind of data is put to the test."""

    @property
    def kind(self) -> str:
        """``image`` or ``table``."""
        ...

    @property
    def chief(self) -> str:
        """The score that decides, out of `SCORES`."""
        ...

    @property
    def reads_margins(self) -> bool:
        """Whether inner folds read the chief score from margins: see `finely_scored`."""
        ...

    @property
    def repeats(self) -> int:
        """How often each model is trained on an arm, by seeds of its own; scores are means, which vary less.

        On inner folds it holds for ways of adding and what they are added to; other arms are trained once.
        """
        ...

    @property
    def arms(self) -> Mapping[str, ArmInfo]:
        """The arms that were asked for, by name, without `auto`."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        ...

    @property
    def precision(self) -> str:
        """In which models train here; rows say it, and do not depend on it."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """Return what outcomes depend on besides the data, as plain JSON data."""
        ...

    def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> Contest:
        """Return the contest on some samples.

        Parameters
        ----------
        parts
            Real samples.
        sample_fn
            ``(counts by class name, seed) ->`` synthetic samples of a generator fitted on ``parts.train``. The first
            call fits it, so it is called only when an arm needs samples.
        curated_fn
            The same for the best of more samples; None where they cannot be told.
        """
        ...

    def quality(self, parts: Parts, sample_fn: SampleFn, seed: int) -> Mapping[str, Any]:
        """Return what the synthetic samples are like, as plain JSON data: label fidelity, diversity, copies, risks."""
        ...

    def exhibit(self, parts: Parts, sample_fn: SampleFn, seed: int) -> Mapping[str, bytes]:
        """Return what a page shows of real and synthetic samples side by side: files by name, ``exhibit.json`` last."""
        ...
