"""Chooses number format and memory layout for a device by asking it; resolved once, saved, reused."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import nn

from gan_augment.errors import ConfigError

CHOICES = ("auto", "float32", "bf16")
WORTHWHILE_SPEEDUP = 1.3


@dataclass(frozen=True)
class Precision:
    """A resolved choice.

    Parameters
    ----------
    name
        ``float32`` or ``bf16`` (autocast; weights stay float32).
    channels_last
        Whether networks and images are laid out channels last.
    """

    name: str = "float32"
    channels_last: bool = False

    def autocast(self, device: torch.device) -> Callable[[], AbstractContextManager[object]]:
        """Return what makes the context manager for forward passes on `device`."""
        if self.name == "float32":
            return nullcontext
        return lambda: torch.autocast(device.type, torch.bfloat16)


@contextlib.contextmanager
def limited_threads(n_threads: int) -> Iterator[None]:
    """Let torch use `n_threads` CPU threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def plain_torch() -> Iterator[None]:
    """Let torch work as it does when imported: float32, on the CPU where nothing is said, with gradients.

    A caller may have changed any of these for everything that follows, as notebooks do. Where inference mode is off,
    there are gradients, whatever a `no_grad` about it says.
    """
    dtype, elsewhere = torch.get_default_dtype(), torch.get_default_device().type != "cpu"
    torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(False), torch.device("cpu") if elsewhere else nullcontext():
            yield
    finally:
        torch.set_default_dtype(dtype)


def resolve_device(device: str = "auto") -> torch.device:
    """Return the device meant by ``auto`` (CUDA, Apple's MPS, else the CPU) or by a name.

    Raises
    ------
    ConfigError
        If the name is unknown to torch, the machine has no such device, or it keeps no numbers (``meta``).
    """
    if device == "auto":
        accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        return accelerator or torch.device("cpu")
    try:
        resolved = torch.device(device)
        torch.empty(1, device=resolved)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(f"Device {device!r} is not available here: {str(error).splitlines()[0]}") from error
    if resolved.type == "meta":
        raise ConfigError(f"Device {device!r} keeps no numbers: choose cpu, cuda or mps.")
    return resolved


def resolve_precision(choice: str, device: torch.device) -> Precision:
    """Return the precision meant by `choice` on `device`.

    Notes
    -----
    ``auto`` takes bf16 where CUDA supports it. A CPU is asked twice: whether it has bf16 instructions at all
    (AMX or AVX512-BF16), and whether a convolution really runs faster with them, since without matrix tiles
    the conversions often cost more than they save. The answer is kept, for each number of threads, since a second
    one on a busy machine might be another. Channels last was seen to help in float32, too.
    """
    if choice not in CHOICES:
        raise ConfigError(f"Precision must be one of {', '.join(CHOICES)}, not {choice!r}.")
    if choice == "auto":
        choice = "bf16" if _has_fast_bf16(device, torch.get_num_threads()) else "float32"
    return Precision(choice, channels_last=device.type in ("cpu", "cuda"))


@functools.cache
def _has_fast_bf16(device: torch.device, n_threads: int) -> bool:
    """Tell whether bf16 is fast on `device` with the threads that torch uses now, which are `n_threads`."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    if not any(getattr(torch.cpu, name, lambda: False)() for name in asked):
        return False
    plain, half = (_conv_seconds(Precision(name, True), device) for name in ("float32", "bf16"))
    return plain > WORTHWHILE_SPEEDUP * half


def _conv_seconds(precision: Precision, device: torch.device, repeats: int = 5) -> float:
    with torch.random.fork_rng(devices=[]):
        conv = nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    images = torch.ones(32, 64, 16, 16).contiguous(memory_format=torch.channels_last)
    seconds = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        with precision.autocast(device)():
            loss = conv(images).float().sum()
        loss.backward()
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:])
