"""A trained generator: loaded from its folder alone, it gives sample j of class c as a function of (seed, c, j)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.registry import unknown
from gan_augment.seeding import torch_rng
from gan_augment.training.checkpoint import file_digest, read_checkpoint
from gan_augment.training.precision import resolve_device
from gan_augment.transforms.image import ImageCodec

BLOCK = 64
GENERATOR_FILE = "generator.safetensors"
CURATION_FILE = "curation.safetensors"


@dataclass(frozen=True)
class SampleBatch:
    """Synthetic samples grouped by class in label order.

    Parameters
    ----------
    data
        uint8 images (n, height, width, channels).
    labels
        int64 (n,), indices into `classes`.
    classes
        Class names in label order.
    """

    data: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]


def read_part(path: Path, kind: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return tensors and header of one file of a run; one of another `kind` is a `CheckpointError`."""
    tensors, header = read_checkpoint(path)
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} holds {header.get('kind')!r}, not {kind!r}: copy the right file or fit anew.")
    return tensors, header


class TrainedGenerator:
    """A generator network with the codec that turns its output into raw data.

    Parameters
    ----------
    network
        Maps (latents, labels) to samples; put into eval mode.
    header
        What `fit` saved beside the weights: codec, network, recipe, class counts.
    path
        The run folder.
    digest
        SHA-256 of the generator file.
    device
        Where to run.

    Notes
    -----
    Latents are drawn on the CPU for a (seed, class, block), and the network always runs on full blocks of 64
    of one class. So the same bytes come out whatever the number of samples asked for, the shard or the number of
    processes, on one kind of device and version of torch.
    """

    def __init__(self, network: nn.Module, header: Mapping, path: Path, digest: str, device: torch.device) -> None:
        self.codec = ImageCodec.from_state(header["codec"])
        self.schema: ImageSchema = self.codec.schema
        self.recipe: str = header["recipe"]
        self.class_counts: dict[str, int] = dict(zip(self.schema.classes, header["class_counts"], strict=True))
        self.allowed_flips: tuple[str, ...] = self.codec.flips
        self.path, self.digest, self.device = path, digest, device
        self.z_dim: int = header["network"]["z_dim"]
        self._network = network.to(device).eval().requires_grad_(False)

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
        path, resolved = Path(path), resolve_device(device)
        file = path / GENERATOR_FILE
        tensors, header = read_part(file, "generator")
        try:
            codec = ImageCodec.from_state(header["codec"])
            network = build_network("generator", codec.spec, config.from_dict(NetworkConfig, header["network"]))
            network.load_state_dict({key.removeprefix("generator."): value for key, value in tensors.items()})
        except (ConfigError, LookupError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{file} does not hold the network that it describes: fit anew.") from error
        return cls(network, header, path, file_digest(file), resolved)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.schema.classes

    def class_index(self, name: str) -> int:
        """Return the label of a class name; an unknown one is a `ConfigError` with the nearest spelling."""
        if name not in self.classes:
            raise ConfigError(unknown("class", name, self.classes))
        return self.classes.index(name)

    @torch.inference_mode()
    def sample_block(self, class_index: int, block: int, seed: int = 0) -> np.ndarray:
        """Return samples ``64 * block`` to ``64 * block + 63`` of a class, uint8 (64, height, width, channels)."""
        rng = torch_rng(seed, "latents", class_index, block)
        z = torch.randn(BLOCK, self.z_dim, generator=rng).to(self.device)
        labels = torch.full((BLOCK,), class_index, device=self.device)
        return self.codec.decode(self._network(z, labels))

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[np.ndarray]:
        """Yield samples `start` to ``stop - 1`` of a class in chunks of at most 64."""
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            first = block * BLOCK
            samples = self.sample_block(class_index, block, seed)
            yield samples[max(start - first, 0) : stop - first]

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
        wanted = dict(counts) if isinstance(counts, Mapping) else dict.fromkeys(self.classes, counts)
        numbers = {self.class_index(name): number for name, number in wanted.items()}
        if not all(isinstance(number, Integral) and number >= 0 for number in numbers.values()):
            raise ConfigError("The number of samples must be whole and not negative.")
        shape = (self.schema.height, self.schema.width, self.schema.channels)
        chunks = [np.empty((0, *shape), np.uint8)]
        for label in sorted(numbers):
            chunks += self.iter_samples(label, 0, numbers[label], seed)
        labels = np.repeat(np.array(sorted(numbers), np.int64), [numbers[label] for label in sorted(numbers)])
        return SampleBatch(np.concatenate(chunks), labels, self.classes)

    def fingerprints(self) -> np.ndarray:
        """Return the pixel hashes of the images the run was fitted on, uint8 (n, 16).

        Raises
        ------
        CheckpointError
            If ``curation.safetensors`` is not there (it is not meant to be published).
        """
        tensors, _ = read_part(self.path / CURATION_FILE, "curation")
        return tensors["fingerprints"].numpy()
