"""The generator of a part of the data: fitted when it is first asked for samples, found again after a restart."""

import json
import shutil
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError, GanAugmentError
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.study.config import GeneratorConfig
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.twins import hashes, leaked, natural_share
from gan_augment.files import CONFIG_FILE, SUMMARY_FILE, alone_in
from gan_augment.fitting import TRAINING_FILE, fit
from gan_augment.generation.curated import expanded
from gan_augment.generation.curation import load_curation
from gan_augment.generation.curation_fit import fit_curation
from gan_augment.generation.generator import CURATION_FILE, GENERATOR_FILE, SampleBatch, TrainedGenerator
from gan_augment.planning.plan import saved_config
from gan_augment.planning.warm_start import Donor
from gan_augment.precision import resolve_device

GeneratorFn = Callable[[LabelledData, Path, int], SampleFn]


def refuse_learned(config: GeneratorConfig, source: Source) -> None:
    """Raise a `ConfigError` where the run that generators begin with may have learned samples of a study.

    On some of them it is tested, on others chosen what to do, and a generator must not have seen either. Images are
    known by their pixels after they were brought to size, rows by all of their values; since rows are alike by nature,
    a few of them prove nothing.
    """
    if config.init_from is None:
        return
    donor, own = Donor.read(config.init_from), source.data.schema
    if not donor.tells:
        raise ConfigError(
            f"{donor.run} does not say all that it learned from (its {CURATION_FILE} is missing, or was that of the "
            "run it began with), and no generator of a study may know what is tested or chosen on: copy the file "
            "back, begin with another run, or fit without --init-from."
        )
    theirs = donor.generator.schema
    if isinstance(own, ImageSchema) and isinstance(theirs, ImageSchema) and own.aspect != theirs.aspect:
        raise ConfigError(
            f"{donor.run} brought its images to size by {theirs.aspect!r} and here it is {own.aspect!r}, so nobody can "
            f"tell whether it learned some of these: give --aspect {theirs.aspect}, or fit without --init-from."
        )
    known = hashes(donor.fingerprints())
    for part in (source.data,) if source.test is None else (source.data, source.test):
        n_known = _n_learned(part, known)
        if n_known:
            raise ConfigError(
                f"{config.init_from} was fitted on {n_known:,} of these samples, and no generator of a study may know "
                "what is tested or chosen on: begin with a run on other data, or fit without --init-from."
            )


def _n_learned(part: LabelledData, known: list[bytes]) -> int:
    """Return how many samples are among known ones; 0 where no more rows are than are alike by nature."""
    learned, keys = set(known), hashes(part.fingerprints())
    n_known = sum(key in learned for key in keys)
    if isinstance(part, LabelledImages):
        return n_known
    natural = natural_share(keys)
    if len(learned) > len(keys):  # among more rows more have a twin
        natural = max(natural, natural_share(known))
    return n_known if leaked(n_known / len(keys), natural, len(keys), most=0.0) else 0


@dataclass(frozen=True)
class FitGenerator:
    """Fits one of our recipes: the `GeneratorFn` of an ordinary study.

    Parameters
    ----------
    config
        How it is fitted.
    curate
        Whether what curates its images is trained, too.
    """

    config: GeneratorConfig
    curate: bool = False

    def __call__(self, train: LabelledData, run: Path, seed: int) -> SampleFn:
        """Return what draws from the generator fitted on `train`; an unfinished fit in the folder `run` goes on.

        It begins anew where this machine lacks the device it was on. A worker of a killed study may be at it still.
        """
        with alone_in(run, wait=True):
            return self._fitted(train, run, seed)

    def _fitted(self, train: LabelledData, run: Path, seed: int) -> SampleFn:
        begun = (run / CONFIG_FILE).exists()
        if begun and _is_finished(run):
            return TrainedGenerator.load(run, self.config.device).sample
        if begun and not _is_here(saved_config(run).device):
            resolve_device(self.config.device)  # before what there is goes
            shutil.rmtree(run)
            begun = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what speaks against a run stands in its summary
            how = vars(self.config) | {"curate": self.curate, "progress": False}
            return fit(train, run, **how, seed=seed, resume=begun).sample

    def curated(self, train: LabelledData, run: Path, seed: int) -> SampleFn:
        """Return what draws the best images of a run that was fitted on `train`, see `expanded`.

        Where the run has no teacher, as one of a study that tried nothing curated, one is trained.
        """
        assert isinstance(train, LabelledImages)
        generator, curation = TrainedGenerator.load(run, self.config.device), load_curation(run, self.config.device)
        return expanded(generator, curation or fit_curation(train, generator, seed=seed)).sample


def _is_finished(run: Path) -> bool:
    if not (run / GENERATOR_FILE).exists():
        return False
    if not (run / TRAINING_FILE).exists():  # see `LazyGenerator.forget`
        return True
    summary = run / SUMMARY_FILE
    return summary.exists() and bool(json.loads(summary.read_text(encoding="utf-8"))["finished"])


def _is_here(device: str) -> bool:
    """Tell whether the machine has a device; one that is busy is here."""
    wanted = torch.device(device)
    if wanted.type == "cpu":
        return True
    found = torch.accelerator.current_accelerator()
    return found is not None and found.type == wanted.type and (wanted.index or 0) < torch.accelerator.device_count()


class LazyGenerator:
    """A `SampleFn` that is made on the first draw; where that failed, every draw says why.

    Parameters
    ----------
    generator_fn
        What makes it.
    train, run, seed
        What it is given.
    """

    def __init__(self, generator_fn: GeneratorFn, train: LabelledData, run: Path, seed: int) -> None:
        self._generator_fn, self._train, self._run, self._seed = generator_fn, train, run, seed
        self._sample_fn: SampleFn | None = None
        self._curated_fn: SampleFn | None = None
        self._error: GanAugmentError | None = None
        self.seconds = 0.0  # of processor time that making it took

    def __call__(self, counts: Mapping[str, int], seed: int) -> SampleBatch:
        """Return so many samples of each class."""
        return self._fitted()(counts, seed)

    @property
    def curated_fn(self) -> SampleFn | None:
        """What draws the best of more samples; None where nothing that tells them is trained."""
        fit_fn = self._generator_fn
        return partial(self._curated, fit_fn) if isinstance(fit_fn, FitGenerator) and fit_fn.curate else None

    def _curated(self, fit_fn: FitGenerator, counts: Mapping[str, int], seed: int) -> SampleBatch:
        self._fitted()
        self._curated_fn = self._curated_fn or fit_fn.curated(self._train, self._run, self._seed)
        return self._curated_fn(counts, seed)

    def _fitted(self) -> SampleFn:
        if self._error is not None:
            raise self._error
        self._sample_fn = self._sample_fn or self._made()
        return self._sample_fn

    @property
    def at_hand(self) -> bool:
        """Whether a draw takes no fit: there was one, here or in a run folder that is still there."""
        return self._sample_fn is not None or self._error is not None or _is_finished(self._run)

    def _made(self) -> SampleFn:
        started = time.process_time()
        try:
            return self._generator_fn(self._train, self._run, self._seed)
        except GanAugmentError as error:
            self._error = error
            raise
        finally:
            self.seconds += time.process_time() - started

    def forget(self, keep_generator: bool) -> None:
        """Remove from the disk what is no longer needed: the run, or what only a resume would need."""
        if not keep_generator:
            shutil.rmtree(self._run, ignore_errors=True)
        elif self._run.is_dir():
            (self._run / TRAINING_FILE).unlink(missing_ok=True)
