"""A trained generator: loaded from its folder alone, it gives sample j of class c as a function of (seed, c, j)."""

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gan_augment import config
from gan_augment.data.labelled import Schema
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.files import as_path
from gan_augment.generation.source import SampleSource
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.precision import plain_torch, resolve_device
from gan_augment.registry import unknown
from gan_augment.seeding import torch_rng
from gan_augment.training.checkpoint import file_digest, read_part
from gan_augment.transforms.build import codec_from_state

GENERATOR_FILE = "generator.safetensors"
CURATION_FILE = "curation.safetensors"
LEAST_STD, MOST_STD = 0.5, 1.5


@dataclass(frozen=True)
class SampleBatch:
    """Synthetic samples grouped by class in label order.

    Parameters
    ----------
    data
        uint8 images (n, height, width, channels), or a DataFrame of features.
    labels
        int64 (n,), indices into `classes`, whatever numbers or texts the generator was fitted with.
    classes
        Class names in label order.
    """

    data: Any
    labels: np.ndarray
    classes: tuple[str, ...]

    @property
    def names(self) -> np.ndarray:
        """The class name of each sample, text (n,)."""
        return np.array(self.classes)[self.labels]


class TrainedGenerator:
    """A generator network with the codec that turns its output into raw data.

    Parameters
    ----------
    tensors, header
        What `fit` keeps in ``generator.safetensors``: weights; codec, network, recipe, class counts.
    digest
        SHA-256 of that file.
    device
        Where to run.
    path
        The run folder; None where the generator was never written.

    Raises
    ------
    ConfigError, LookupError, TypeError, RuntimeError
        If the weights do not fit the network that the header describes.

    Notes
    -----
    Latents are drawn on the CPU for a (seed, class, block), and the network always runs on full blocks of samples
    of one class. So the same bytes come out whatever the number of samples asked for, the shard or the number of
    processes, on one kind of device and version of torch.
    """

    @plain_torch()
    def __init__(
        self,
        tensors: Mapping[str, torch.Tensor],
        header: Mapping[str, Any],
        digest: str,
        device: torch.device,
        path: Path | None = None,
    ) -> None:
        self.codec = codec_from_state(header["codec"])
        self.network_config: NetworkConfig = config.from_dict(NetworkConfig, header["network"])
        network: Any = build_network("generator", self.codec.spec, self.network_config)
        network.load_state_dict({key.removeprefix("generator."): value for key, value in tensors.items()})
        self.recipe: str = header["recipe"]
        self.class_counts: dict[str, int] = dict(zip(self.schema.classes, header["class_counts"], strict=True))
        self.allowed_flips: tuple[str, ...] = tuple(header["codec"].get("flips", ()))
        self.path, self.digest, self.device = path, digest, device
        self.story: tuple[str, ...] = ()  # for the dataset card
        self.z_dim: int = network.z_dim
        self.latent_dim: int = network.latent_dim
        self.latent_std = 1.0
        self._network: nn.Module = network.to(device).eval().requires_grad_(False)

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> "TrainedGenerator":
        """Load the generator of a run.

        Raises
        ------
        CheckpointError
            If the run or its generator file is missing, damaged, of another kind or from a newer version.
        ConfigError
            If the device is not available.
        """
        path, resolved = as_path(path), resolve_device(device)
        file = path / GENERATOR_FILE
        tensors, header = read_part(file, "generator")
        try:
            return cls(tensors, header, file_digest(file), resolved, path)
        except (ConfigError, LookupError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{file} does not hold the network that it describes: fit anew.") from error

    @property
    def schema(self) -> Schema:
        """What a sample is."""
        return self.codec.schema

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.schema.classes

    def widened(self, latent_std: float) -> "TrainedGenerator":
        """Return this generator with latents of another standard deviation; its digest tells the two apart.

        Above 1 samples lie farther out and differ more, at the price of some poor ones: what expands a data set (GaFi:
        Lampis, Lomurno and Matteucci 2023), where truncation, below 1, makes handsome ones that are all alike. What
        draws categories or chooses an exemplar stays as it is: those are chances, not directions.

        Parameters
        ----------
        latent_std
            0.5 to 1.5; 1 is what the generator was trained with.

        Raises
        ------
        ConfigError
            If it is out of range.
        """
        if not LEAST_STD <= latent_std <= MOST_STD:
            raise ConfigError(f"latent_std must lie between {LEAST_STD} and {MOST_STD}, not {latent_std:g}.")
        other = copy.copy(self)
        if latent_std != self.latent_std:
            other.latent_std = float(latent_std)
            other.digest = hashlib.sha256(f"{self.digest} with latents of {other.latent_std}".encode()).hexdigest()
            other.story = (f"latents of standard deviation {latent_std:g} in the generator `{self.digest}`",)
        return other

    @plain_torch()
    @torch.inference_mode()
    def sample_block(self, class_index: int, block: int, seed: int = 0) -> Any:
        """Return a block of samples of a class, `codec.block` of them: uint8 images or a DataFrame of features."""
        n = self.codec.block
        z = torch.randn(n, self.z_dim, generator=torch_rng(seed, "latents", class_index, block))
        z[:, : self.latent_dim] *= self.latent_std
        labels = torch.full((n,), class_index, device=self.device)
        return self.codec.decode(
            self._network(z.to(self.device), labels), labels, torch_rng(seed, "decode", class_index, block)
        )

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[Any]:
        """Yield samples `start` to ``stop - 1`` of a class in chunks of at most a block."""
        size = self.codec.block
        for block in range(start // size, -(-stop // size)):
            first = block * size
            yield self.sample_block(class_index, block, seed)[max(start - first, 0) : stop - first]

    def sample(self, counts: int | Mapping[str, int], seed: int = 0) -> SampleBatch:
        """Return labelled samples in memory.

        Parameters
        ----------
        counts
            Samples of every class, or a mapping from class name to number.
        seed
            The same seed gives the same samples; a larger number extends them.

        Raises
        ------
        ConfigError
            For an unknown class, or a number that is negative or not whole.
        """
        return sample_batch(self, counts, seed, self.codec.join)

    def fingerprints(self) -> np.ndarray:
        """Return the hashes of the samples the run was fitted on, uint8 (n, 16).

        Raises
        ------
        CheckpointError
            If ``curation.safetensors`` is not there (it is not meant to be published).
        """
        if self.path is None:
            raise CheckpointError("This generator was never written to a run folder: fit with out=RUN.")
        tensors, _ = read_part(self.path / CURATION_FILE, "curation")
        return tensors["fingerprints"].numpy()


def sample_batch(
    source: SampleSource, counts: int | Mapping[str, int], seed: int, join_fn: Callable[[Sequence[Any]], Any]
) -> SampleBatch:
    """Return labelled samples of a source in memory.

    Parameters
    ----------
    source
        What gives them.
    counts, seed
        As in `TrainedGenerator.sample`.
    join_fn
        Makes one array or table of several.

    Raises
    ------
    ConfigError
        For an unknown class, or a number that is negative or not whole.
    """
    wanted = dict(counts) if isinstance(counts, Mapping) else dict.fromkeys(source.classes, counts)
    for name, number in wanted.items():
        if name not in source.classes:
            raise ConfigError(unknown("class", name, source.classes))
        if not isinstance(number, Integral) or number < 0:
            raise ConfigError("The number of samples must be whole and not negative.")
    numbers = {source.classes.index(name): number for name, number in wanted.items()}
    chunks = [chunk for label in sorted(numbers) for chunk in source.iter_samples(label, 0, numbers[label], seed)]
    chunks = chunks or [next(source.iter_samples(0, 0, 1, seed))[:0]]
    labels = np.repeat(np.array(sorted(numbers), np.int64), [numbers[label] for label in sorted(numbers)])
    return SampleBatch(join_fn(chunks), labels, source.classes)
