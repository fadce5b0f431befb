"""Stand-ins for what takes long to make: a generator that needs no training."""

from collections.abc import Iterator

import numpy as np

from gan_augment.data.schema import ImageSchema
from gan_augment.seeding import numpy_rng

BLOCK = 64


class FakeGenerator:
    """Noise by (seed, class, block), behind the interface of a `TrainedGenerator`; keeps a list of the blocks drawn."""

    recipe = "fake"

    def __init__(
        self,
        classes: tuple[str, ...] = ("cat", "dog"),
        size: tuple[int, int, int] = (8, 9, 3),
        digest: str = "abc123",
        class_counts: dict[str, int] | None = None,
        interrupt_at: int | None = None,
    ) -> None:
        self.schema = ImageSchema(*size, classes=classes)
        self.classes = classes
        self.digest = digest
        self.class_counts = class_counts or dict.fromkeys(classes, 10)
        self.interrupt_at = interrupt_at
        self.drawn: list[tuple[int, int, int]] = []

    def sample_block(self, class_index: int, block: int, seed: int = 0) -> np.ndarray:
        """Return 64 images; the block number `interrupt_at` of all raises KeyboardInterrupt instead, once."""
        if len(self.drawn) == self.interrupt_at:
            self.interrupt_at = None
            raise KeyboardInterrupt
        self.drawn.append((class_index, block, seed))
        shape = (BLOCK, self.schema.height, self.schema.width, self.schema.channels)
        return numpy_rng(self.digest, seed, class_index, block).integers(0, 256, shape, dtype=np.uint8)

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[np.ndarray]:
        """Yield samples `start` to ``stop - 1`` in chunks of at most 64."""
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            first = block * BLOCK
            yield self.sample_block(class_index, block, seed)[max(start - first, 0) : stop - first]
