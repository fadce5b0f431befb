"""What a caller has told torch to do by default changes nothing, and stays as it was told."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_augment.data.images import load_images
from gan_augment.fitting import fit
from gan_augment.generation.curated import curate
from gan_augment.generation.generator import TrainedGenerator

from .tiny import TINY


@pytest.fixture(autouse=True)
def torch_as_it_was() -> Iterator[None]:
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)


def samples(out: Path) -> list[np.ndarray]:
    """Return images of a generator as it is fitted, of the same one loaded, and curated ones."""
    fitted = fit(
        load_images("digits").subset(np.arange(200)),
        out,
        steps=2,
        overrides=TINY,
        curate=True,
        device="cpu",
        progress=False,
    )
    loaded = TrainedGenerator.load(out, device="cpu")
    return [source.sample(2).data for source in (fitted, loaded, curate(loaded, strict=False))]


@pytest.mark.parametrize(
    "tell",
    [
        lambda: torch.set_default_dtype(torch.float64),
        lambda: torch.set_default_device("meta"),
        lambda: torch.set_grad_enabled(False),
    ],
)
def test_torchs_defaults_change_nothing_and_stay(tell: Callable[[], None], tmp_path: Path) -> None:
    expected = samples(tmp_path / "plain")
    tell()
    told = torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()
    assert all(np.array_equal(*pair) for pair in zip(samples(tmp_path / "told"), expected, strict=True))
    assert (torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled()) == told


@pytest.mark.parametrize("mode_fn", [torch.inference_mode, torch.no_grad, lambda: torch.device("meta")])
def test_modes_of_a_block_are_left_for_what_has_to_learn(mode_fn: Callable[[], Any], tmp_path: Path) -> None:
    expected = samples(tmp_path / "plain")
    with mode_fn():
        told = torch.is_inference_mode_enabled(), torch.is_grad_enabled(), torch.get_default_device()
        assert all(np.array_equal(*pair) for pair in zip(samples(tmp_path / "told"), expected, strict=True))
        assert (torch.is_inference_mode_enabled(), torch.is_grad_enabled(), torch.get_default_device()) == told
    torch.set_default_device(None)
    assert torch.get_default_device().type == "cpu"


def test_warnings_of_a_fit_point_at_who_called_it() -> None:
    with pytest.warns(UserWarning, match="Collapsed") as told:
        fit(load_images("digits").subset(np.arange(200)), steps=2, overrides=TINY, curate=False, progress=False)
    assert {warning.filename for warning in told} == {__file__}
