"""Map-style torch datasets of synthetic samples, alone or behind real ones; knows nothing of training."""

import json
import warnings
from collections.abc import Callable
from hashlib import blake2b
from operator import index as as_index
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset
from tqdm import tqdm

from gan_augment.errors import ConfigError
from gan_augment.files import as_path, output_errors
from gan_augment.generation.source import SampleSource, image_schema
from gan_augment.mixing.counts import CountsSpec, resolve_counts
from gan_augment.mixing.pool import Pool
from gan_augment.mixing.real_items import label_map, unlikeness
from gan_augment.seeding import derive_seed


class SyntheticDataset(Dataset[tuple[Any, Any]]):
    """Synthetic samples as a map-style dataset, grouped by class in label order.

    All samples are drawn at once, by this process, when the dataset is made and when `set_epoch` draws new ones; an
    item is then a look-up. So any number of workers, forked or spawned, persistent or not, shares one pool, and the
    network is never sent to them. The pool takes ``n * height * width * channels`` bytes; above 1 GB it is a
    memory-mapped file.

    Parameters
    ----------
    generator
        A `TrainedGenerator`.
    per_class
        Samples of every class.
    counts
        Instead of `per_class`: anything that `resolve_counts` reads, such as ``{"cat": 10}`` or ``"balance"``.
    seed
        Item ``i`` depends on the generator, the counts, this seed and the epoch alone.
    transform
        Called with each image as a PIL image, as torchvision's `ImageFolder` does: give it the real data's transform.
        Without one an item is a float32 tensor (channels, height, width) in [0, 1].
    target_transform
        Called with each label.
    cache_dir
        Folder in which the samples of epoch 0 are kept, so that the same dataset need not be drawn again, and where
        the memory-mapped file lies.
    progress
        Show a progress bar on stderr while samples are drawn.

    Attributes
    ----------
    classes, class_to_idx
        Class names in label order, and the label of each.
    counts
        Number of samples of each class that has any.
    targets
        int64 array (n,) of labels.
    class_counts
        How many real samples of each class the generator was fitted on.

    Raises
    ------
    ConfigError
        If neither or both of `per_class` and `counts` are given, or a count is wrong.
    OutputError
        If `cache_dir` or the temporary folder cannot be written to.
    """

    def __init__(
        self,
        generator: SampleSource,
        per_class: int | None = None,
        *,
        counts: CountsSpec | None = None,
        seed: int = 0,
        transform: Callable[[Image.Image], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        cache_dir: str | Path | None = None,
        progress: bool = False,
    ) -> None:
        schema = image_schema(generator)
        self.classes = tuple(generator.classes)
        self.class_to_idx = {name: label for label, name in enumerate(self.classes)}
        self.class_counts = dict(generator.class_counts)
        self.counts = resolve_counts(_one_of(per_class, counts), self.classes, self.class_counts)
        labels = [self.class_to_idx[name] for name in self.counts]
        self.targets = np.repeat(np.array(labels, np.int64), list(self.counts.values()))
        self.transform, self.target_transform = transform, target_transform
        self.seed, self.progress = seed, progress
        self.cache_dir = None if cache_dir is None else as_path(cache_dir)
        self._generator: SampleSource | None = generator
        shape = (len(self.targets), schema.height, schema.width, schema.channels)
        with output_errors(self.cache_dir or Path("the folder for temporary files")):
            self._pool = Pool(shape, self.cache_dir)
        self._epoch: int | None = None
        self.set_epoch(0)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        index = _position(index, len(self))
        return self.image(index), self.label(int(self.targets[index]))

    def image(self, index: int) -> Any:
        """Return the transformed image of item `index`."""
        pixels = np.array(self._pool.array[index])
        if self.transform is None:
            return torch.from_numpy(pixels).permute(2, 0, 1).contiguous().to(torch.float32).div_(255.0)
        return self.transform(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))

    def label(self, label: int) -> Any:
        """Return a label as the target transform gives it."""
        return label if self.target_transform is None else self.target_transform(label)

    def set_epoch(self, epoch: int) -> None:
        """Draw new samples; the same epoch always gives the same ones, and epoch 0 those of the seed itself.

        Call it in the main process, between two passes of a `DataLoader`.

        Raises
        ------
        ConfigError
            In a worker or any other copy, which holds samples but no generator.
        """
        if epoch == self._epoch:
            return
        if self._generator is None:
            raise ConfigError("This copy of a SyntheticDataset has no generator: call set_epoch in the main process.")
        self._epoch = None  # an interruption leaves the pool half drawn
        kept = self._kept_file(self._generator) if epoch == 0 else None
        if kept is None:
            self._draw(self._generator, derive_seed("epoch", self.seed, epoch) if epoch else self.seed)
        else:
            with output_errors(kept):
                if not self._pool.read_from(kept):
                    self._draw(self._generator, self.seed)
                    self._pool.keep_at(kept)
        self._epoch = epoch

    def _draw(self, generator: SampleSource, seed: int) -> None:
        start = 0
        with tqdm(total=len(self), unit="image", desc="synthetic", disable=not self.progress) as bar:
            for name, count in self.counts.items():
                for block in generator.iter_samples(self.class_to_idx[name], 0, count, seed):
                    self._pool.array[start : start + len(block)] = block
                    start += len(block)
                    bar.update(len(block))

    def _kept_file(self, generator: SampleSource) -> Path | None:
        if self.cache_dir is None:
            return None
        key = json.dumps([generator.digest, int(self.seed), list(self.counts.items())])
        return self.cache_dir / f"synthetic-{blake2b(key.encode(), digest_size=12).hexdigest()}.u8"

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_generator": None}


class MixedDataset(Dataset[Any]):
    """Real samples, then synthetic ones, as one map-style dataset.

    Items are the real dataset's own items and ``(image, label)`` of the synthetic one. Labels of synthetic items are
    translated to the real dataset's order by class name, before their target transform. Real labels that are tensors
    of one number become plain numbers, so that both kinds go into one batch.

    Parameters
    ----------
    real
        Any map-style dataset. Where it (or what it is a subset or a chain of) has ``class_to_idx`` or ``classes``,
        class names are compared; otherwise its labels are the classes themselves where all of these are whole numbers,
        else they follow the generator's class order. A few items are looked at to see that.
    synthetic
        The synthetic samples.
    return_flag
        Append whether the item is synthetic to every item.

    Raises
    ------
    DataError
        If the real dataset has no class of a synthetic one's name, or a label that no class stands for.

    Warns
    -----
    UserWarning
        If synthetic images have no transform, and real ones are of another type, shape or range: it looks at a few.
    """

    def __init__(self, real: Dataset[Any], synthetic: SyntheticDataset, return_flag: bool = False) -> None:
        self.real, self.synthetic, self.return_flag = real, synthetic, return_flag
        self.n_real = len(real)  # type: ignore[arg-type]
        self._label_of = label_map(real, synthetic.classes, tuple(synthetic.counts))
        if len(synthetic) and synthetic.transform is None:
            told = unlikeness(real, synthetic.image(0))
            if told:
                warnings.warn(told, stacklevel=2)

    def __len__(self) -> int:
        return self.n_real + len(self.synthetic)

    def __getitem__(self, index: int) -> Any:
        index = _position(index, len(self))
        synthetic = self.is_synthetic(index)
        item = self._synthetic_item(index - self.n_real) if synthetic else _plain_label(self.real[index])
        return (*item, synthetic) if self.return_flag else item

    def is_synthetic(self, index: int) -> bool:
        """Return whether item `index` is synthetic."""
        return _position(index, len(self)) >= self.n_real

    def set_epoch(self, epoch: int) -> None:
        """Draw new synthetic samples, and tell the real dataset about the epoch where it wants to know."""
        self.synthetic.set_epoch(epoch)
        tell_real = getattr(self.real, "set_epoch", None)
        if tell_real is not None:
            tell_real(epoch)

    def synthetic_labels(self) -> np.ndarray:
        """Return the synthetic items' labels in the real dataset's order, int64, before any target transform."""
        return self._label_of[self.synthetic.targets]

    def _synthetic_item(self, index: int) -> tuple[Any, Any]:
        label = int(self._label_of[self.synthetic.targets[index]])
        return self.synthetic.image(index), self.synthetic.label(label)


def _one_of(per_class: int | None, counts: CountsSpec | None) -> CountsSpec:
    if per_class is not None and counts is None:
        return per_class
    if counts is not None and per_class is None:
        return counts
    raise ConfigError("Say how many synthetic samples to make: either per_class=5000 or counts={'cat': 10}.")


def _position(index: int, length: int) -> int:
    position = as_index(index)
    if not -length <= position < length:
        raise IndexError(f"Item {position} is out of range: there are {length}.")
    return position % length


def _plain_label(item: Any) -> Any:
    # Batches of labels of two types cannot be collated; synthetic labels are ints.
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], torch.Tensor) and item[1].ndim == 0:
        return item[0], item[1].item()
    return item
