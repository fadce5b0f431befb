import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.networks.build import build_network
from gan_augment.networks.conditioning import tell_labels
from gan_augment.networks.config import ConvConfig, ExemplarConfig
from gan_augment.transforms.spec import Span, TensorSpec

SPEC = TensorSpec((1, 16, 16), (Span(0, 1, "tanh"),), n_classes=3)
SMALL = {"z_dim": 6, "label_dim": 4, "width": 4, "max_width": 8}


def generator_of(**settings):
    return build_network("generator", SPEC, ConvConfig(**SMALL, **settings)).eval()


@pytest.mark.parametrize("kind", ["resnet", "dcgan"])
def test_networks_that_are_told_no_label_make_and_judge_all_classes_alike(kind):
    for role, inputs in (("generator", torch.randn(3, 6)), ("discriminator", torch.randn(3, 1, 16, 16))):
        network = build_network(role, SPEC, ConvConfig(kind, **SMALL)).eval()
        told = [network(inputs, torch.full((3,), label)) for label in (0, 1)]
        assert not torch.allclose(*told)
        tell_labels(network, 0.0)
        assert torch.equal(*(network(inputs, torch.full((3,), label)) for label in (0, 1)))
        tell_labels(network, 1.0)
        assert torch.equal(network(inputs, torch.zeros(3, dtype=torch.long)), told[0])


def test_the_projection_grows_with_the_share_beside_an_unconditional_logit_that_stays():
    head = build_network("discriminator", SPEC, ConvConfig(**SMALL)).head
    features, labels = torch.randn(5, 8), torch.arange(5) % 3
    logits = {}
    for share in (0.0, 0.5, 1.0):
        tell_labels(head, share)
        logits[share] = head(features, labels)
    assert torch.equal(logits[0.0], head.linear(features).squeeze(1))
    assert torch.allclose(logits[0.5], (logits[0.0] + logits[1.0]) / 2)


def test_the_share_that_is_told_is_not_saved():
    assert "embedding.share" not in generator_of().state_dict()


def maps_of(generator, label):
    """Return the base's output, each block's output and the image for one latent."""
    seen = []
    hooks = [
        layer.register_forward_hook(lambda layer, _, output: seen.append(output))
        for layer in (generator.base, *generator.blocks)
    ]
    image = generator(torch.ones(1, 6), torch.tensor([label]))
    for hook in hooks:
        hook.remove()
    return [*seen, image]


@pytest.mark.parametrize("n_levels", [0, 1, 2])
def test_unconditional_levels_make_the_same_early_features_of_all_labels(n_levels):
    generator = generator_of(unconditional_levels=n_levels)
    same = [torch.equal(one, other) for one, other in zip(maps_of(generator, 0), maps_of(generator, 1), strict=True)]
    assert same == [True] * n_levels + [False] * (3 - n_levels)


def test_unconditional_levels_begin_with_the_weights_of_a_conditional_generator():
    plain, shared = generator_of(), generator_of(unconditional_levels=1)
    for name, weight in plain.state_dict().items():
        assert torch.equal(weight, shared.state_dict()[name]), name


def test_modulations_are_what_a_label_adds_in_the_norms_that_see_it():
    generator = generator_of()
    norm, embedded = generator.norm, generator.embedding.weight
    z = torch.randn(1, 6).expand(3, 6)
    added = norm.affine(torch.cat([z, embedded], 1)) - norm.affine(torch.cat([z, 0 * embedded], 1))
    assert torch.allclose(generator.modulations()[-1].flatten(1), added, atol=1e-6)
    n_norms = [len(generator_of(unconditional_levels=n).modulations()) for n in (0, 1, 2)]
    assert n_norms == [3, 3, 1]


def test_what_a_network_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="2 at most"):
        generator_of(unconditional_levels=3)
    with pytest.raises(ConfigError, match="0 or more"):
        ConvConfig(unconditional_levels=-1)
    for make in (lambda: ConvConfig("dcgan", minibatch_std=True), lambda: ExemplarConfig(unconditional_levels=1)):
        with pytest.raises(ConfigError, match=r"belong to network\.kind=resnet"):
            make()
