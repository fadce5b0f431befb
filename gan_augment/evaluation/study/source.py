"""The real samples of a study, and how each replicate divides them; nothing is fitted before the division."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.data.labels import shortened
from gan_augment.data.schema import LabelledImages
from gan_augment.data.split_checks import require_given
from gan_augment.data.splits import (
    grouped_split,
    joined_groups,
    stratified_split,
    time_split,
    twin_groups,
    without_groups_of,
)
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.study.bench import Parts
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.design import Design
from gan_augment.evaluation.twins import hashes, leaked, natural_share
from gan_augment.metrics.scores import rarer_class
from gan_augment.seeding import numpy_rng

SMALL_POOL = 0.5  # training and test parts that hold more than this of all samples overlap from split to split


@dataclass(frozen=True)
class Source:
    """Labelled data with what must be respected when it is divided.

    Parameters
    ----------
    data
        The samples to split; where `test` is given, those to train on.
    test
        Real samples that every replicate is tested on; None splits them off.
    groups
        (n,): samples of one group (a patient, a recording) never lie in two parts.
    times
        (n,): the latest samples are the test.

    Raises
    ------
    ConfigError
        If groups or times are not one a sample, or go together with each other or with given test samples.
    DataError
        If given test samples lack a class, or are copies of samples to train on, or a group or time is missing.
    """

    data: LabelledData
    test: LabelledData | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("test", "groups", "times") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ConfigError(f"Test samples come from one place: {' and '.join(given)} do not go together.")
        for name in ("groups", "times"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.data):
                raise ConfigError(f"There are {len(values)} {name} for {len(self.data)} samples: give one for each.")
            if values is not None:
                require_given(values, name.removesuffix("s"))
        if self.test is not None:
            _check_given(self.data, self.test)

    def parts(self, config: StudyConfig, seed: int) -> Parts:
        """Return the samples of a replicate.

        Raises
        ------
        DataError
            If a part would lack a class, or a class has too few samples for what is asked.
        """
        pool, test = self._split(config.test_share, seed)
        labels = self.data.labels[pool]
        kept = config.scarcity.kept(labels, self.data.classes, numpy_rng(seed, "scarcity"))
        spare = np.setdiff1d(pool, pool[kept])
        groups, times = (_at(values, pool[kept]) for values in (self._together, self.times))
        shares = np.bincount(labels, minlength=len(self.data.classes)) / len(labels)
        extra = self.data.subset(spare) if len(spare) else None
        return Parts(self.data.subset(pool[kept]), test, extra, groups, times, shares, self._positive)

    def whole(self) -> Parts:
        """Return all samples to train on, and none to test on that are not among them."""
        return Parts(self.data, self.data, groups=self._together, times=self.times, positive=self._positive)

    def design(self, config: StudyConfig) -> Design:
        """Return how the replicates hang together.

        Raises
        ------
        DataError
            As `parts`.
        """
        first = self.parts(config, config.replicate_seed(0))
        n_train, n_test = len(first.train), len(first.test)
        fixed = self.test is not None or self.times is not None
        most = SMALL_POOL * len(self.data)
        overlapping = not fixed and n_train + n_test > most
        return Design(config.replicates, n_train, n_test, overlapping, fixed, fixed and n_train > most)

    def digests(self) -> dict[str, str | None]:
        """Return hashes of everything that is divided, as plain JSON data."""
        return {
            "data": self.data.digest(),
            "test": None if self.test is None else self.test.digest(),
            "groups": _digest(self.groups),
            "times": _digest(self.times),
        }

    @property
    def _positive(self) -> int | None:
        """Of two classes, the rarer one: where they are near even, another may be rarer in a part."""
        counts = np.array(list(self.data.class_counts().values()))
        return rarer_class(counts) if len(counts) == 2 else None

    @cached_property
    def _together(self) -> np.ndarray | None:
        """What must stay in one part: given groups, and exact copies of images.

        Rows of a table are alike by nature.
        """
        together = [] if self.groups is None else [self.groups]
        if isinstance(self.data, LabelledImages):
            twins = twin_groups(self.data.fingerprints())
            together += [twins] if len(np.unique(twins)) < len(self.data) else []
        return joined_groups(together) if together else None

    def _split(self, share: float, seed: int) -> tuple[np.ndarray, LabelledData]:
        """Return the indices of what may be trained on, and the test samples."""
        labels, classes, rng = self.data.labels, self.data.classes, numpy_rng(seed, "split")
        if self.test is not None:
            return np.arange(len(self.data)), self.test
        if self.times is not None:
            first, second = time_split(labels, self.times, share, classes)
            first = without_groups_of(second, first, self._together)
        elif self._together is not None:
            first, second = grouped_split(labels, self._together, share, rng, classes)
        else:
            first, second = stratified_split(labels, share, rng, classes)
        return first, self.data.subset(second)


def _at(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[rows]


def _check_given(data: LabelledData, test: LabelledData) -> None:
    """Refuse given test samples that lack a class, or that are among those to train on."""
    if data.classes != test.classes or not all(test.class_counts().values()):
        absent = [name for name in data.classes if not test.class_counts().get(name)]
        said = f"none of class {shortened(absent)}" if absent else f"the classes {shortened(test.classes)}"
        raise DataError(f"The test samples hold {said}: they need some of every class of the data, and no others.")
    known = hashes(data.fingerprints())
    seen = set(known)
    n_shared = sum(key in seen for key in hashes(test.fingerprints()))
    if isinstance(data, LabelledImages):
        refused = n_shared > 0
    else:  # rows are alike by nature
        refused = leaked(n_shared / len(test), natural_share(known), len(test))
    if refused:
        raise DataError(
            f"{n_shared} of {len(test)} test samples are exact copies of samples to train on, and figures would "
            "flatter: take them out of one of the two."
        )


def _digest(values: np.ndarray | None) -> str | None:
    if values is None:
        return None
    return hashlib.sha256("\n".join(map(str, values.tolist())).encode()).hexdigest()
