"""What is known of a training part that tells good generated images of it from bad ones; scores candidates.

A *teacher* is a classifier trained on the images the generator was fitted on. Not the judge of `evaluate`, which is
trained on images that neither of the two ever saw: a teacher may choose samples, never say how good they are.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.distances import closest, copy_ratios, iter_squared_distances
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.generation.generator import CURATION_FILE
from gan_augment.generation.quotas import Scores
from gan_augment.metrics.classifiers import extract_features
from gan_augment.metrics.features import PixelFeatures
from gan_augment.networks.build import build_network
from gan_augment.networks.classifiers import SmallConvNet
from gan_augment.networks.config import NetworkConfig
from gan_augment.precision import plain_torch, resolve_device
from gan_augment.seeding import torch_rng
from gan_augment.training.checkpoint import read_part, to_bytes
from gan_augment.transforms.image import ImageCodec, mirrorings

FACTS = "curation"  # the part of the file's header that is ours


class Curation:
    """Scores images that are said to belong to a class.

    - *Label*: it is in doubt where the teacher prefers another class and finds this one less probable than a teacher
      finds it for 95 % of fresh real images of this class.
    - *Near-copy*: by the ratio rule of `metrics.memorisation`, on pixels, with every training image; mirrored too where
      the run allows flips.
    - *Outlier*: farther from the nearest real image of the class, in the teacher's features, than 99 % of fresh real
      images would be.

    Parameters
    ----------
    tensors, facts
        What `fit_curation` found; kept in ``curation.safetensors``.
    device
        Where the networks run.

    Raises
    ------
    ConfigError, LookupError, TypeError, RuntimeError
        If the weights do not fit the networks that the facts describe.
    """

    @plain_torch()
    def __init__(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any], device: torch.device) -> None:
        self.tensors, self.facts = dict(tensors), dict(facts)
        self.schema = config.from_dict(ImageSchema, facts["schema"])
        self.flips: tuple[str, ...] = tuple(facts["flips"])
        self.digest = hashlib.sha256(to_bytes(tensors, facts)).hexdigest()
        self._codec = ImageCodec(self.schema)
        self._teacher = _loaded(self._new_teacher(), tensors, "teacher.", device)
        self._discriminator: nn.Module | None = None
        if facts["network"] is not None:
            settings: NetworkConfig = config.from_dict(NetworkConfig, facts["network"])
            network = build_network("discriminator", self._codec.spec, settings)
            self._discriminator = _loaded(network, tensors, "discriminator.", device)
        self._least = np.broadcast_to(facts["least"], len(self.schema.classes))  # once it was one for all classes
        self.device = device
        self._pixels = PixelFeatures(*(tensors[f"pixels.{name}"].numpy() for name in ("mean", "components")))
        self._known = {name: value.float().numpy() for name, value in tensors.items() if "." not in name}

    def shares(self, label: int) -> np.ndarray:
        """Return the shares of the clusters among the real images of a class, (n_clusters,)."""
        return self._known["shares"][self._known["centre_labels"] == label]

    @plain_torch()
    def score(self, images: np.ndarray, label: int) -> Scores:
        """Return the scores of uint8 images (n, height, width, channels) made for a class."""
        features = extract_features(self._teacher, images)
        with torch.inference_mode():
            logits = self._teacher.head(torch.from_numpy(features).to(self.device))
        probabilities = logits.softmax(dim=1).cpu().numpy()
        probability = probabilities[:, label]
        known, ratio = self._known, self.copy_ratios(images)
        outlier = nearest(features, known["features"][known["labels"] == label]) / known["limits"][label]
        centres = known["centres"][known["centre_labels"] == label]
        return Scores(
            probability=probability,
            copy_ratio=ratio,
            outlier=outlier,
            cluster=closest(centres, features)[0][:, 0],
            log_odds=self._log_odds(images, label),
            wrong=(probabilities.argmax(axis=1) != label) & (probability < self._least[label]),
            copied=ratio <= self.facts["cut"],
            outlying=outlier > 1.0,
        )

    def copy_ratios(self, images: np.ndarray) -> np.ndarray:
        """Return each image's distance to the nearest training image over that to the second nearest, (n,)."""
        ways = (self._pixels(way) for way in mirrorings(images, self.flips))
        return np.min([copy_ratios(self._known["originals"], way) for way in ways], axis=0)

    def _log_odds(self, images: np.ndarray, label: int) -> np.ndarray:
        if self._discriminator is None:
            return np.zeros(len(images))
        logits = discriminator_logits(self._discriminator, self._codec, images, label, self.device)
        return self.facts["slope"] * (logits - self._known["levels"][label])

    def _new_teacher(self) -> SmallConvNet:
        shape = (self.schema.height, self.schema.width, self.schema.channels)
        with torch.random.fork_rng(devices=[]):  # new layers draw from the global state
            return SmallConvNet(len(self.schema.classes), shape)


def load_curation(run: Path, device: str = "auto") -> Curation | None:
    """Return the curation of a run; None where it has none: interrupted, older, published without it, or a table's.

    Raises
    ------
    CheckpointError
        If its file is damaged or from a newer version.
    """
    file = run / CURATION_FILE
    if not file.is_file():
        return None
    tensors, header = read_part(file, "curation")
    if FACTS not in header:
        return None
    tensors.pop("fingerprints", None)
    try:
        return Curation(tensors, header[FACTS], resolve_device(device))
    except (ConfigError, LookupError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{file} does not hold the networks that it describes: fit anew.") from error


@torch.inference_mode()
def discriminator_logits(
    discriminator: nn.Module, codec: ImageCodec, images: np.ndarray, label: int, device: torch.device
) -> np.ndarray:
    """Return the logits (n,) of uint8 images (n, height, width, channels) of a class; `codec` must mirror nothing."""
    samples = codec.to_model(codec.encode(images), torch_rng("unused")).to(device)
    labels = torch.full((len(images),), label, device=device)
    return discriminator(samples, labels).float().cpu().numpy()


def nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the distance of each of the points (n, d) to the nearest of the others (m, d), (n,)."""
    return np.sqrt(np.concatenate([squared.min(axis=1) for _, squared in iter_squared_distances(points, others)]))


def _loaded(network: Any, tensors: Mapping[str, Tensor], prefix: str, device: torch.device) -> Any:
    own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    network.load_state_dict(own)
    return network.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
