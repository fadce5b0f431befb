"""The models of an evaluation of images: our networks, and whatever a caller's factory makes."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.estimators import accepts_weights, estimated_probabilities, fit_estimator
from gan_augment.evaluation.quiet import one_quiet_thread
from gan_augment.evaluation.selection import pick_models
from gan_augment.metrics.classifiers import ClassifierConfig, predict_probabilities, train_classifier
from gan_augment.metrics.lessons import Lesson
from gan_augment.networks.classifiers import Shape, SmallConvNet, WideResNet
from gan_augment.seeding import derive_seed

ModelFactory = Callable[..., Any]

MODELS: dict[str, ModelFactory] = {"cnn": SmallConvNet, "wrn": WideResNet}


def resolve_models(models: Sequence[str] | Mapping[str, ModelFactory]) -> dict[str, ModelFactory]:
    """Return factories out of `MODELS`, what ``module:factory`` names, or the caller's own; see `pick_models`."""
    return pick_models(models, MODELS, lambda text, factory: factory)


def build_model(factory: ModelFactory, n_classes: int, shape: Shape) -> Any:
    """Return what a factory makes.

    Parameters
    ----------
    factory
        Called with as many of ``(n_classes, (height, width, channels))``, in this order, as it has positional
        parameters without a default; with both where it takes any number or does not tell. So an estimator's class can
        be given as it is.
    n_classes, shape
        Of the images.
    """
    offered = (n_classes, shape)
    try:
        parameters = inspect.signature(factory).parameters.values()
    except ValueError:
        return factory(*offered)
    if any(parameter.kind == parameter.VAR_POSITIONAL for parameter in parameters):
        return factory(*offered)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p for p in parameters if p.kind in positional and p.default is p.empty]
    return factory(*offered[: len(required)])


@dataclass(frozen=True)
class ImageModel:
    """A model that is known to fit some images; see `check_model`.

    Parameters
    ----------
    name
        As it is printed.
    factory
        What makes it.
    stepwise
        Whether it is a network that is trained in steps; otherwise an estimator of scikit-learn's kind.
    weighable
        Whether images of different classes can weigh differently.
    """

    name: str
    factory: ModelFactory
    stepwise: bool = True
    weighable: bool = True

    def predict(
        self,
        lesson: Lesson,
        images: np.ndarray,
        *,
        n_classes: int,
        config: ClassifierConfig,
        seed: int,
        device: torch.device | str = "cpu",
    ) -> np.ndarray:
        """Return class probabilities, (n, n_classes), of uint8 images after training on a lesson.

        Parameters
        ----------
        lesson
            What it is trained on.
        images
            (n, height, width, channels).
        n_classes, config, device
            As of `train_classifier`; networks alone heed the last two, and the precision only ours: others may not
            be fit for half of it.
        seed
            Of all chance in it; see `train_classifier` and `fit_estimator`.
        """
        seed = derive_seed(seed, "classifier")
        net_fn = partial(build_model, self.factory)
        if self.stepwise:
            if self.factory not in MODELS.values():
                config = replace(config, precision="float32")
            net = train_classifier(lesson, n_classes=n_classes, config=config, net_fn=net_fn, seed=seed, device=device)
            return predict_probabilities(net, images)
        with one_quiet_thread():
            estimator = fit_estimator(net_fn(n_classes, lesson.main.images.shape[1:]), lesson, seed)
            return estimated_probabilities(estimator, images, n_classes)


def check_model(name: str, factory: ModelFactory, n_classes: int, shape: Shape) -> ImageModel:
    """Return a model that fits images of this shape.

    Parameters
    ----------
    name
        As it is printed.
    factory
        See `build_model`; makes an `nn.Module` that gives logits (n, n_classes) of float images
        (n, channels, height, width) in [-1, 1], or a classifier of scikit-learn's kind that takes rows of pixels in
        [0, 1] and has ``predict_proba``.
    n_classes, shape
        Of the images.

    Raises
    ------
    ConfigError
        If it makes something else, or fails.
    """
    if factory in MODELS.values():
        return ImageModel(name, factory)
    with torch.random.fork_rng(devices=[]):
        try:
            made = build_model(factory, n_classes, shape)
        except ConfigError:
            raise
        except Exception as error:  # a factory of the caller's own may raise anything
            raise ConfigError(f"The factory of {name!r} fails: {_said(error)}") from error
        if isinstance(made, nn.Module):
            _check_network(name, made, n_classes, shape)
            return ImageModel(name, factory)
    if not hasattr(made, "fit"):
        kind = type(made).__name__
        raise ConfigError(f"The factory of {name!r} makes a {kind}: let it return an nn.Module or an estimator.")
    if not hasattr(made, "predict_proba"):
        wrap = "wrap it in scikit-learn's CalibratedClassifierCV"
        raise ConfigError(f"{type(made).__name__} of {name!r} has no predict_proba: {wrap}.")
    return ImageModel(name, factory, stepwise=False, weighable=accepts_weights(made))


def _check_network(name: str, net: nn.Module, n_classes: int, shape: Shape) -> None:
    height, width, channels = shape
    images = f"{height}x{width}x{channels}"
    if not any(weights.requires_grad for weights in net.parameters()):
        raise ConfigError(f"The network of {name!r} has no weights to train.")
    try:
        with torch.no_grad():
            logits = net.eval()(torch.zeros(2, channels, height, width))
    except Exception as error:  # a network of the caller's own may raise anything
        raise ConfigError(f"The network of {name!r} fails on images of {images}: {_said(error)}") from error
    found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
    if found != (2, n_classes):
        wanted = f"logits of shape (n, {n_classes})"
        raise ConfigError(f"The network of {name!r} must give {wanted}; for 2 images of {images} it gives {found}.")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
