import torch

from gan_augment.networks.build import build_network
from gan_augment.networks.config import ConvConfig
from gan_augment.networks.spread import class_spread
from gan_augment.transforms.spec import Span, TensorSpec

SPEC = TensorSpec((1, 8, 8), (Span(0, 1, "tanh"),), n_classes=3)
SMALL = {"z_dim": 6, "label_dim": 4, "width": 4, "max_width": 8}


def test_spread_is_the_deviation_within_a_class_whatever_lies_between_classes():
    features = torch.randn(6, 2, 3, 3)
    labels = torch.tensor([0, 0, 0, 2, 2, 1])
    spread = class_spread(features, labels, 3)
    assert spread.shape == (6, 1)
    expected = (features[:3].var(0, correction=0) + 1e-4).sqrt().mean()
    assert torch.allclose(spread[:3], expected.expand(3, 1))
    shifted = features + 100 * labels[:, None, None, None]
    assert torch.allclose(class_spread(shifted, labels, 3), spread, atol=1e-3)
    assert torch.allclose(spread[5], torch.tensor(0.01))  # alone in its class


def test_a_discriminator_with_minibatch_std_sees_a_batch_that_has_collapsed():
    labels = torch.zeros(4, dtype=torch.long)
    image, others = torch.randn(1, 1, 8, 8), torch.randn(3, 1, 8, 8)
    collapsed, varied = image.expand(4, 1, 8, 8), torch.cat([image, others])
    for seen in (False, True):
        discriminator = build_network("discriminator", SPEC, ConvConfig(minibatch_std=seen, **SMALL))
        same = torch.allclose(discriminator(collapsed, labels)[0], discriminator(varied, labels)[0], atol=1e-6)
        assert same is not seen


def test_penalties_stay_finite_where_a_batch_has_collapsed():
    discriminator = build_network("discriminator", SPEC, ConvConfig(minibatch_std=True, **SMALL))
    images = torch.ones(4, 1, 8, 8, requires_grad=True)
    logits = discriminator(images, torch.tensor([0, 0, 0, 1]))
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    gradient.square().sum().backward()
    slopes = [weight.grad for weight in discriminator.parameters() if weight.grad is not None]
    assert slopes
    assert all(slope.isfinite().all() for slope in slopes)
