"""Class-conditional GANs that grow small or imbalanced labelled datasets; public names load on first use."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_augment.data.images import load_images
    from gan_augment.data.schema import ImageSchema, LabelledImages
    from gan_augment.errors import GanAugmentError
    from gan_augment.evaluation.protocol import EvaluateConfig, evaluate_run
    from gan_augment.fitting import fit
    from gan_augment.generation.generator import SampleBatch, TrainedGenerator
    from gan_augment.generation.writers import write_samples
    from gan_augment.mixing.augment import write_mixed
    from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
    from gan_augment.mixing.samplers import BalancedSampler, RatioSampler
    from gan_augment.recipes import RECIPES

__version__ = "0.1.0"

_HOMES = {
    "RECIPES": "recipes",
    "BalancedSampler": "mixing.samplers",
    "EvaluateConfig": "evaluation.protocol",
    "GanAugmentError": "errors",
    "ImageSchema": "data.schema",
    "LabelledImages": "data.schema",
    "MixedDataset": "mixing.datasets",
    "RatioSampler": "mixing.samplers",
    "SampleBatch": "generation.generator",
    "SyntheticDataset": "mixing.datasets",
    "TrainedGenerator": "generation.generator",
    "evaluate_run": "evaluation.protocol",
    "fit": "fitting",
    "load_images": "data.images",
    "write_mixed": "mixing.augment",
    "write_samples": "generation.writers",
}
__all__ = [
    "RECIPES",
    "BalancedSampler",
    "EvaluateConfig",
    "GanAugmentError",
    "ImageSchema",
    "LabelledImages",
    "MixedDataset",
    "RatioSampler",
    "SampleBatch",
    "SyntheticDataset",
    "TrainedGenerator",
    "__version__",
    "evaluate_run",
    "fit",
    "load_images",
    "write_mixed",
    "write_samples",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gan_augment' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"gan_augment.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
