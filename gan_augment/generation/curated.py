"""A generator whose good images alone are given out, as many as asked, each still fixed by seed, class and number."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.data.schema import ImageSchema
from gan_augment.errors import ConfigError, GanAugmentError
from gan_augment.generation.curation import Curation, load_curation
from gan_augment.generation.generator import SampleBatch, TrainedGenerator, sample_batch
from gan_augment.generation.quotas import Scores, choose
from gan_augment.generation.source import SampleSource, image_schema, story_of
from gan_augment.seeding import numpy_rng

INSTEAD = "Fit longer, leave such a class out, or do not curate (--no-curate)."
UNFITTED = ", since the generator has no run folder: give curate one of fit_curation."
UNTAUGHT = (
    " (the run was interrupted, fitted with --no-curate or by an older version, or copied without "
    "curation.safetensors): go on with gan-augment fit --resume, or fit anew. It takes 10 different images."
)
EXPANSION = 1.15  # standard deviation of the latents, see `expanded`
CANDIDATES, KEPT, FEWEST_KEPT = 256, 128, 16
SPARE = 0.75  # of what passes in the first block: others may have fewer
CACHED_BLOCKS = 16

Key = tuple[int, int, int]  # label, block, seed


@dataclass(frozen=True)
class _Block:
    images: np.ndarray
    rows: Sequence[dict[str, Any]]


class CuratedGenerator:
    """A generator behind a curation; writers, datasets and mixing take it as they take a `TrainedGenerator`.

    Candidates come in blocks of 256 of a class, and of each block the best `kept` stay: see `quotas.choose`. So a
    sample depends on (generator, curation, seed, class, its number) alone, and shards and resuming stay exact.

    Of a class of whose first block less than ``kept / 0.75`` pass, only three quarters of those that do are kept of
    each block, so that a poor generator takes longer and its samples are no worse. A class with fewer than 16 is
    refused, before anything is written. A later block that is poorer than the first is filled up with what comes
    nearest, never with near-copies.

    Parameters
    ----------
    generator
        Makes the candidates.
    curation
        Scores them.
    kept
        How many of 256 stay, 16 to 256.
    strict
        Whether a class with fewer than 16 is refused; else the 16 that come nearest stay of each block.

    Raises
    ------
    ConfigError
        If `kept` is out of range, or the two are of other classes or sizes.
    """

    def __init__(self, generator: SampleSource, curation: Curation, kept: int = KEPT, strict: bool = True) -> None:
        if not FEWEST_KEPT <= kept <= CANDIDATES:
            raise ConfigError(f"Of {CANDIDATES} candidates {FEWEST_KEPT} to {CANDIDATES} can be kept, not {kept}.")
        if image_schema(generator) != curation.schema:
            raise ConfigError("The curation was made for images of another size or other classes: make it anew.")
        self.generator, self.curation, self.kept, self.strict = generator, curation, kept, strict
        self.allowed_flips, self.device = curation.flips, curation.device
        both = f"{generator.digest} curated by {curation.digest}, {kept} of {CANDIDATES}"
        self.digest = hashlib.sha256(both.encode()).hexdigest()
        self._blocks: dict[Key, _Block] = {}
        self._n_kept: dict[tuple[int, int], int] = {}

    @property
    def schema(self) -> ImageSchema:
        """What a sample is."""
        return self.curation.schema

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.generator.classes

    @property
    def class_counts(self) -> dict[str, int]:
        """How many real images of each class the generator was fitted on."""
        return self.generator.class_counts

    @property
    def recipe(self) -> str:
        """Name of the recipe the generator was fitted with."""
        return self.generator.recipe

    @property
    def story(self) -> tuple[str, ...]:
        """How the samples were chosen, a line each, for a dataset card."""
        return (
            *story_of(self.generator),
            f"curated: of each {CANDIDATES} candidates of a class {self.kept} at most were kept, by a classifier that "
            "was trained on the generator's training images; dropped: labels in doubt, near-copies of training images, "
            "images far from all real ones. What is kept is spread over the clusters of real images and over the "
            "classifier's confidence. The manifest keeps the scores",
            f"candidates by the generator `{self.generator.digest}`, curation `{self.curation.digest}`",
        )

    def fingerprints(self) -> np.ndarray:
        """Return the pixel hashes of what the generator was fitted on, see `TrainedGenerator.fingerprints`."""
        fitted: Any = self.generator
        return fitted.fingerprints()

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[np.ndarray]:
        """Yield samples `start` to ``stop - 1`` of a class in chunks, as `TrainedGenerator.iter_samples` does."""
        for number, wanted in self._places(class_index, start, stop, seed):
            yield self._block(class_index, number, seed).images[wanted]

    def scores(self, class_index: int, start: int, stop: int, seed: int = 0) -> list[dict[str, Any]]:
        """Return the scores of samples `start` to ``stop - 1`` of a class; free for those that were drawn last."""
        places = self._places(class_index, start, stop, seed)
        return [row for number, wanted in places for row in self._block(class_index, number, seed).rows[wanted]]

    def sample(self, counts: int | Mapping[str, int], seed: int = 0) -> SampleBatch:
        """Return labelled samples in memory, see `TrainedGenerator.sample`."""
        return sample_batch(self, counts, seed, np.concatenate)

    def check(self, counts: Mapping[str, int], seed: int = 0) -> None:
        """Look at the first candidates of every class that is asked for.

        Raises
        ------
        GanAugmentError
            If too few of some classes pass; it says how many of each, and what can be done.
        """
        asked = [self.classes.index(name) for name, count in counts.items() if count]
        if poor := [said for label in asked if (said := self._shortage(label, seed))]:
            raise GanAugmentError(f"{' '.join(poor)} {INSTEAD}")

    def n_kept(self, class_index: int, seed: int = 0) -> int:
        """Return how many of each block of a class are kept; errors as in `check`."""
        if said := self._shortage(class_index, seed):
            raise GanAugmentError(f"{said} {INSTEAD}")
        return self._n_kept[class_index, seed]

    def _shortage(self, label: int, seed: int) -> str | None:
        """Settle how many of each block of a class are kept; return a sentence where they are too few."""
        if (label, seed) in self._n_kept:
            return None
        images, scores = self._candidates(label, 0, seed)
        n_passed = int(scores.passed.sum())
        n_kept = min(self.kept, int(SPARE * n_passed))
        if n_kept < FEWEST_KEPT and self.strict:
            name = self.classes[label]
            return f"Only {n_passed} of each {CANDIDATES} samples of class {name!r} can be had ({scores.reasons()})."
        self._n_kept[label, seed] = max(FEWEST_KEPT, n_kept)
        self._keep((label, 0, seed), self._chosen(images, scores, label, 0, seed))
        return None

    def _places(self, label: int, start: int, stop: int, seed: int) -> Iterator[tuple[int, slice]]:
        if stop <= start:
            return
        size = self.n_kept(label, seed)
        for number in range(start // size, -(-stop // size)):
            first = number * size
            yield number, slice(max(start - first, 0), min(stop - first, size))

    def _block(self, label: int, number: int, seed: int) -> _Block:
        key = (label, number, seed)
        if key not in self._blocks:
            self._keep(key, self._chosen(*self._candidates(label, number, seed), *key))
        return self._blocks[key]

    def _keep(self, key: Key, block: _Block) -> None:
        self._blocks[key] = block
        if len(self._blocks) > CACHED_BLOCKS:
            del self._blocks[next(iter(self._blocks))]

    def _chosen(self, images: np.ndarray, scores: Scores, label: int, number: int, seed: int) -> _Block:
        n, rng = self.n_kept(label, seed), numpy_rng(seed, "curation", label, number)
        kept = choose(scores, n, self.curation.shares(label), rng)
        if len(kept) < n:
            raise GanAugmentError(
                f"Only {number * n} samples of class {self.classes[label]!r} can be had with seed {seed}: of the next "
                f"{CANDIDATES} candidates {int(scores.copied.sum())} are near-copies of training images. Fit with more "
                "images, or do not curate (--no-curate)."
            )
        return _Block(images[kept], [scores.row(index) for index in kept])

    def _candidates(self, label: int, number: int, seed: int) -> tuple[np.ndarray, Scores]:
        first = number * CANDIDATES
        chunks = list(self.generator.iter_samples(label, first, first + CANDIDATES, seed))
        images = np.concatenate(chunks)
        return images, self.curation.score(images, label)


def curate(
    generator: SampleSource, curation: Curation | None = None, kept: int = KEPT, strict: bool = True
) -> CuratedGenerator:
    """Return a source of the good images of a generator.

    Parameters
    ----------
    generator
        A `TrainedGenerator`.
    curation
        What `fit_curation` gave; None takes that of the run that the generator was loaded from.
    kept, strict
        How many of 256 candidates stay, and whether poor classes are refused: see `CuratedGenerator`.

    Raises
    ------
    ConfigError
        If the run makes rows or has no curation, `kept` is out of range, or the two are of other classes or sizes.
    CheckpointError
        If the run's curation is damaged.
    """
    if generator.schema.kind != "image":
        raise ConfigError("Curation is for images, and this run makes rows of a table: leave --curate out.")
    curation = curation or own_curation(generator)
    if curation is None:
        in_memory = getattr(generator, "path", None) is None
        raise ConfigError(f"There is no teacher to curate with{UNFITTED if in_memory else UNTAUGHT}")
    return CuratedGenerator(generator, curation, kept, strict)


def expanded(generator: TrainedGenerator, curation: Curation | None = None) -> CuratedGenerator:
    """Return a source of the good images of wider latents, which is how studies and `auto` curate.

    Wider latents make more that the training images do not show, and more that is poor: curation takes that away
    (GaFi: Lampis, Lomurno and Matteucci 2023, "Bridging the Gap: Enhancing the Utility of Synthetic Data via
    Post-Processing Techniques"). No class is refused: what was found to help on some folds must not fail on others, and
    what comes nearest is hardly worse than images as they come. Parameters and errors as of `curate`.
    """
    return curate(generator.widened(EXPANSION), curation, strict=False)


def own_curation(generator: SampleSource) -> Curation | None:
    """Return the curation of the run that a generator was loaded from; None where there is none."""
    path: Path | None = getattr(generator, "path", None)
    return None if path is None else load_curation(path, str(getattr(generator, "device", "auto")))
