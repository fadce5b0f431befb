"""Seeds: fixed by their keys, independent of each other and of global state."""

import numpy as np
import pytest
import torch

from gan_augment.seeding import derive_seed, numpy_rng, torch_rng


def test_the_same_keys_give_the_same_draws() -> None:
    assert torch.equal(torch.rand(4, generator=torch_rng(0, "z", 3)), torch.rand(4, generator=torch_rng(0, "z", 3)))
    assert (numpy_rng(0, "z").random(4) == numpy_rng(0, "z").random(4)).all()


def test_seeds_never_change_between_versions() -> None:
    assert derive_seed(0, "latents", 3) == 5174820244987653586


def test_different_keys_give_different_seeds() -> None:
    keys: list[tuple[int | str, ...]] = [
        (0,),
        (1,),
        ("0",),
        (0, 0),
        (0, "a"),
        ("a", 0),
        ("a",),
        ("a", "b"),
        ("ab",),
        (0, 1),
        (1, 0),
        ("",),
        (),
    ]
    assert len({derive_seed(*key) for key in keys}) == len(keys)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_an_integer_of_numpy_is_the_integer(kind: type) -> None:
    assert derive_seed(0, kind(3)) == derive_seed(0, 3)
    assert derive_seed(np.str_("a")) == derive_seed("a")


def test_seeds_fit_into_both_generators() -> None:
    seeds = [derive_seed(i) for i in range(200)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**61


def test_global_state_is_neither_read_nor_changed() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = torch.rand(2, generator=torch_rng("a"))
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    assert torch.equal(first, torch.rand(2, generator=torch_rng("a")))
