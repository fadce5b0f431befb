"""Weights go to networks for other classes: by class name where there is one, and frozen layers stay."""

import pytest
import torch

from gan_augment.networks.build import NETWORKS, build_network
from gan_augment.networks.config import ConvConfig
from gan_augment.networks.freezing import freeze
from gan_augment.networks.transfer import _embeddings, _exemplars, transfer
from gan_augment.recipes import RECIPES
from gan_augment.transforms.spec import Span, TensorSpec
from tests.contracts.kinds import KINDS, tiny

BEFORE, AFTER = ("cat", "dog", "fox"), ("dog", "emu", "cat", "owl")


def networks(name, n_classes, seed):
    recipe = tiny(name)
    spec = KINDS[recipe.kind].codec.spec
    spec = TensorSpec(spec.shape, spec.spans, n_classes)
    return {role: build_network(role, spec, recipe.network, seed) for role in NETWORKS[recipe.network.kind]}


@pytest.mark.parametrize("name", RECIPES)
def test_what_depends_on_the_number_of_classes_is_what_goes_by_class(name):
    for role, two in networks(name, 2, 0).items():
        three = networks(name, 3, 0)[role].state_dict()
        assert two.state_dict().keys() == three.keys()
        differing = {key for key, value in two.state_dict().items() if value.shape != three[key].shape}
        assert differing == {*_embeddings(two), *_exemplars(two)}


@pytest.mark.parametrize("name", RECIPES)
def test_a_class_that_both_know_keeps_its_rows_and_a_new_one_begins_at_the_mean(name):
    for role, old in networks(name, len(BEFORE), 1).items():
        for key in _exemplars(old):
            old.state_dict()[key].copy_(100 * torch.randn(old.state_dict()[key].shape))  # numbers of exemplars too
        new, fresh = (networks(name, len(AFTER), 2)[role] for _ in range(2))
        transfer(new, old.state_dict(), AFTER, BEFORE)
        learned, begun, start = (network.state_dict() for network in (old, new, fresh))
        for key, value in begun.items():
            if key not in {*_embeddings(new), *_exemplars(new)}:
                assert torch.equal(value, learned[key])
                continue
            assert torch.equal(value[0], learned[key][1])
            assert torch.equal(value[2], learned[key][0])
            mean = learned[key][:3].mean(0) if key in _embeddings(new) else 0
            assert torch.allclose(value[[1, 3]], start[key][[1, 3]] + mean)
            assert torch.equal(value[4:], learned[key][3:])  # rows of categories, which follow those of the classes


@pytest.mark.parametrize("name", RECIPES)
def test_weights_of_the_same_classes_in_the_same_order_are_taken_as_they_are(name):
    for role, old in networks(name, 3, 1).items():
        new = networks(name, 3, 2)[role]
        transfer(new, old.state_dict(), BEFORE, BEFORE)
        assert all(torch.equal(value, new.state_dict()[key]) for key, value in old.state_dict().items())


def test_weights_of_another_network_are_refused():
    generator, discriminator = networks("r3", 3, 0).values()
    with pytest.raises((KeyError, RuntimeError)):
        transfer(generator, discriminator.state_dict(), BEFORE, BEFORE)


@pytest.mark.parametrize("side", [8, 16, 32])
@pytest.mark.parametrize("config", [ConvConfig("dcgan"), ConvConfig("resnet", spectral=True), ConvConfig("resnet")])
def test_frozen_layers_are_saved_and_passed_through_but_not_trained(config, side):
    spec = TensorSpec((3, side, side), (Span(0, 3, "tanh"),), 3)
    whole, frozen = (build_network("discriminator", spec, config, 0) for _ in range(2))
    stages = frozen.stages()
    freeze(stages[:1])
    assert frozen.state_dict().keys() == whole.state_dict().keys()
    assert not list(stages[0].parameters())
    assert 0 < len(list(frozen.parameters())) < len(list(whole.parameters()))
    images = torch.rand(4, 3, side, side, requires_grad=True)
    logits = [network.eval()(images, torch.tensor([0, 1, 2, 0])) for network in (whole, frozen)]
    assert torch.equal(*logits)
    gradients = [torch.autograd.grad(logit.sum(), images)[0] for logit in logits]
    assert torch.equal(*gradients)
    frozen.requires_grad_(True)
    assert all(not value.requires_grad for value in stages[0].state_dict(keep_vars=True).values())


def test_every_layer_that_halves_the_grid_is_a_stage_and_none_of_the_head():
    spec = TensorSpec((3, 32, 32), (Span(0, 3, "tanh"),), 3)
    for config, n_stages in ((ConvConfig("dcgan"), 3), (ConvConfig("resnet"), 3)):
        network = build_network("discriminator", spec, config, 0)
        assert len(network.stages()) == n_stages
        of_stages = {id(weight) for stage in network.stages() for weight in stage.parameters()}
        assert of_stages.isdisjoint(id(weight) for weight in network.head.parameters())
