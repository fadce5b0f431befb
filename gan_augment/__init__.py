"""Class-conditional GANs that grow small or imbalanced labelled datasets; public names load on first use."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_augment.data.images import load_images
    from gan_augment.data.open import DataRequest
    from gan_augment.data.scarcity import Scarcity
    from gan_augment.data.schema import ImageSchema, LabelledImages
    from gan_augment.data.table_schema import LabelledTable, TableSchema
    from gan_augment.data.tables import load_table
    from gan_augment.errors import GanAugmentError
    from gan_augment.evaluation.images.arms import ImageArm
    from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
    from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
    from gan_augment.evaluation.study.request import evaluate
    from gan_augment.evaluation.tabular.arms import TableArm
    from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig, evaluate_table
    from gan_augment.fitting import fit, plan
    from gan_augment.generation.curated import CuratedGenerator, curate
    from gan_augment.generation.curation_fit import fit_curation
    from gan_augment.generation.generator import SampleBatch, TrainedGenerator
    from gan_augment.generation.writers import write_samples
    from gan_augment.metrics.classifiers import ClassifierConfig
    from gan_augment.mixing.augment import write_mixed
    from gan_augment.mixing.datasets import MixedDataset, SyntheticDataset
    from gan_augment.mixing.plans import PLANS, AugmentationPlan
    from gan_augment.mixing.resampler import GanOverSampler
    from gan_augment.mixing.samplers import BalancedSampler, RatioSampler
    from gan_augment.planning.request import FitRequest
    from gan_augment.recipes import RECIPES
    from gan_augment.report.build import write_report

__version__ = "0.1.0"

_HOMES = {
    "PLANS": "mixing.plans",
    "RECIPES": "recipes",
    "AugmentationPlan": "mixing.plans",
    "BalancedSampler": "mixing.samplers",
    "ClassifierConfig": "metrics.classifiers",
    "CuratedGenerator": "generation.curated",
    "DataRequest": "data.open",
    "EvaluateConfig": "evaluation.images.protocol",
    "FitRequest": "planning.request",
    "GanAugmentError": "errors",
    "GanOverSampler": "mixing.resampler",
    "GeneratorConfig": "evaluation.study.config",
    "ImageArm": "evaluation.images.arms",
    "ImageSchema": "data.schema",
    "LabelledImages": "data.schema",
    "LabelledTable": "data.table_schema",
    "MixedDataset": "mixing.datasets",
    "RatioSampler": "mixing.samplers",
    "SampleBatch": "generation.generator",
    "Scarcity": "data.scarcity",
    "StudyConfig": "evaluation.study.config",
    "SyntheticDataset": "mixing.datasets",
    "TableArm": "evaluation.tabular.arms",
    "TableEvaluateConfig": "evaluation.tabular.protocol",
    "TableSchema": "data.table_schema",
    "TrainedGenerator": "generation.generator",
    "curate": "generation.curated",
    "evaluate": "evaluation.study.request",
    "evaluate_run": "evaluation.images.protocol",
    "evaluate_table": "evaluation.tabular.protocol",
    "fit": "fitting",
    "fit_curation": "generation.curation_fit",
    "load_images": "data.images",
    "load_table": "data.tables",
    "plan": "fitting",
    "write_mixed": "mixing.augment",
    "write_report": "report.build",
    "write_samples": "generation.writers",
}
__all__ = [
    "PLANS",
    "RECIPES",
    "AugmentationPlan",
    "BalancedSampler",
    "ClassifierConfig",
    "CuratedGenerator",
    "DataRequest",
    "EvaluateConfig",
    "FitRequest",
    "GanAugmentError",
    "GanOverSampler",
    "GeneratorConfig",
    "ImageArm",
    "ImageSchema",
    "LabelledImages",
    "LabelledTable",
    "MixedDataset",
    "RatioSampler",
    "SampleBatch",
    "Scarcity",
    "StudyConfig",
    "SyntheticDataset",
    "TableArm",
    "TableEvaluateConfig",
    "TableSchema",
    "TrainedGenerator",
    "__version__",
    "curate",
    "evaluate",
    "evaluate_run",
    "evaluate_table",
    "fit",
    "fit_curation",
    "load_images",
    "load_table",
    "plan",
    "write_mixed",
    "write_report",
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
