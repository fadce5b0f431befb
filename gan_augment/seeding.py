"""Derives independent random generators from a seed and a path of keys; no global state is touched."""

import hashlib

import numpy as np
import torch

Key = int | str


def derive_seed(*keys: Key) -> int:
    """Return a 63-bit seed fixed by the keys: ``derive_seed(0, "latents", 3)``."""
    # numpy's integers and strings are the ones of Python: where a key came from must not change the draws
    text = "\x1f".join(f"{'str' if isinstance(key, str) else 'int'}:{key}" for key in keys)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def torch_rng(*keys: Key) -> torch.Generator:
    """Return a CPU ``torch.Generator`` fixed by the keys."""
    return torch.Generator().manual_seed(derive_seed(*keys))


def numpy_rng(*keys: Key) -> np.random.Generator:
    """Return a ``numpy.random.Generator`` fixed by the keys."""
    return np.random.default_rng(derive_seed(*keys))
