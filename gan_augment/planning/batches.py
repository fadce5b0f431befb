"""The streams that a fit draws from: training data, and what is kept back beside training data it compares with."""

import copy

import torch

from gan_augment.data.labelled import LabelledData
from gan_augment.training.streams import ClassStream
from gan_augment.training.train_config import TrainConfig
from gan_augment.transforms.codec import Codec

RESIDENT_BYTES = 1 << 30  # training data up to this size is kept on the device


def stream_of(data: LabelledData, codec: Codec, settings: TrainConfig, device: torch.device) -> ClassStream:
    """Return the stream of some data; it keeps no state."""
    encoded = codec.encode(data.raw)
    if encoded.nbytes <= RESIDENT_BYTES:
        encoded = encoded.to(device)
    labels = torch.from_numpy(data.labels)
    return ClassStream(encoded, labels, codec.to_model, settings.batch_size, settings.class_exponent, device)


def with_kept_back(train: ClassStream, held_out: ClassStream) -> dict[str, ClassStream]:
    """Return the streams ``train``, ``held_out`` and ``known``.

    The last one draws training samples of the classes of which some are kept back, as often as training does; the phase
    that compares both draws from ``held_out`` by the same labels, so what tells them apart is no matter of classes.
    """
    kept = held_out.class_weights.nonzero().squeeze(1)
    known = copy.copy(train)
    known.class_weights = torch.zeros_like(train.class_weights)
    known.class_weights[kept] = train.class_weights[kept]
    return {"train": train, "held_out": held_out, "known": known}
