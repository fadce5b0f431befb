"""Networks of rows: label, latent and what is given of a row must reach what they should, and nothing else may."""

import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.networks.build import NETWORKS, build_network
from gan_augment.networks.config import MlpConfig
from gan_augment.seeding import torch_rng
from gan_augment.transforms.spec import Span, TensorSpec

SPEC = TensorSpec(
    (10,), (Span(0, 1, "linear"), Span(1, 4, "softmax"), Span(4, 8, "gated"), Span(8, 10, "softmax")), n_classes=3
)
NUMBERS = TensorSpec((2,), (Span(0, 1, "linear"), Span(1, 2, "linear")), n_classes=2)
SMALL = {"z_dim": 6, "label_dim": 4, "hidden": 8}
LABELS = torch.tensor([0, 1, 2, 0])
N_UNITS = 3 + 3 + 2


def network(role, kind="mlp", spec=SPEC, **settings):
    return build_network(role, spec, MlpConfig(kind, **SMALL | settings)).eval()


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch_rng(seed))


@pytest.mark.parametrize("spec", [SPEC, NUMBERS])
@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("kind", ["mlp", "packed", "autoencoder"])
def test_rows_come_out_at_the_width_of_the_spec_and_categories_add_up_to_one(kind, norm, spec):
    generator = network("generator", kind, spec, norm=norm)
    rows = generator(noise(64, generator.z_dim), LABELS.repeat(16) % spec.n_classes)
    assert rows.shape == (64, *spec.shape)
    for span in spec.spans:
        if span.activation != "linear":
            shares = rows[:, span.start + (span.activation == "gated") : span.stop]
            assert shares.min() >= 0
            assert torch.allclose(shares.sum(1), torch.ones(64))


@pytest.mark.parametrize(("kind", "role"), [(kind, role) for kind in ("mlp", "autoencoder") for role in NETWORKS[kind]])
def test_label_reaches_every_network(kind, role):
    net = network(role, kind)
    seen = noise(4, net.z_dim if role == "generator" else 10)
    first, second = (net(seen, torch.full((4,), label)) for label in (0, 1))
    assert not torch.equal(*((first[0], second[0]) if role == "encoder" else (first, second)))


@pytest.mark.parametrize(("kind", "n_parts"), [("mlp", 6 + N_UNITS), ("autoencoder", 6 + N_UNITS + 1)])
def test_a_row_is_a_function_of_its_latent_and_label_and_every_part_of_the_latent_counts(kind, n_parts):
    generator = network("generator", kind)
    z = noise(4, generator.z_dim)
    rows = generator(z, LABELS)
    assert torch.equal(generator(z, LABELS), rows)
    assert torch.allclose(generator(z[1:2], LABELS[1:2]), rows[1:2], atol=1e-6)
    for part in range(n_parts):
        changed = z.clone()
        changed[:, part] += 2.0
        assert not torch.equal(generator(changed, LABELS), rows), part


def test_a_decoder_spreads_values_by_their_sigma_and_leaves_categories_alone():
    decoder = network("generator", "autoencoder")
    with torch.no_grad():
        decoder.log_sigma.fill_(-1.0)
    z = noise(4, decoder.z_dim)
    moved = z.clone()
    moved[:, -10:] += torch.tensor([1.0, 5, 6, 7, 1, 8, 9, 3, 2, 4])
    change = decoder(moved, LABELS) - decoder(z, LABELS)
    gates = decoder(z, LABELS)[:, 5]
    expected = torch.zeros(4, 10)
    expected[:, 0], expected[:, 4] = torch.tensor(-1.0).exp(), torch.tensor(-1.0).exp() * gates
    assert torch.allclose(change, expected, atol=1e-6)


def test_a_given_category_reaches_the_generator_and_a_marked_label_is_the_label():
    generator = network("generator", "packed")
    z, marked = noise(4, generator.z_dim), torch.zeros(4, 3 + N_UNITS)
    marked[torch.arange(4), LABELS] = 1.0
    assert torch.allclose(generator(z, marked), generator(z, LABELS), atol=1e-6)
    more = marked.clone()
    more[:, 5] = 1.0
    assert not torch.isclose(generator(z, more), generator(z, marked)).all(1).any()


def test_a_packed_discriminator_judges_its_rows_together_and_no_others():
    discriminator = network("discriminator", "packed", pack=3)
    rows, given = noise(12, 10), torch.arange(12) % 3
    logits = discriminator(rows, given)
    assert logits.shape == (4,)
    changed = rows.clone()
    changed[4] += 1.0
    assert (discriminator(changed, given) != logits).tolist() == [False, True, False, False]
    other = given.clone()
    other[11] = 0
    assert (discriminator(rows, other) != logits).tolist() == [False, False, False, True]


def test_a_plain_discriminator_judges_each_row_by_itself():
    discriminator = network("discriminator")
    rows = noise(4, 10)
    changed = rows.clone()
    changed[2] += 1.0
    assert (discriminator(changed, LABELS) != discriminator(rows, LABELS)).tolist() == [False, False, True, False]


def test_layers_of_a_generator_see_the_input_and_all_layers_before_them():
    generator = network("generator", depth=3)
    assert [layer.in_features for layer in generator.trunk.layers] == [10, 18, 26]
    assert generator.head.in_features == 34


def test_a_role_that_a_kind_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ConfigError, match="generator, encoder"):
        network("discriminator", "autoencoder")


@pytest.mark.parametrize("kind", ["mlp", "autoencoder"])
def test_rows_are_packed_for_a_packed_discriminator_alone(kind):
    with pytest.raises(ConfigError, match=r"network\.kind=packed"):
        MlpConfig(kind, pack=2)


@pytest.mark.parametrize("setting", [{"tau": 0.0}, {"tau": 11.0}, {"hidden": 0}, {"norm": "layer"}, {"kind": "mpl"}])
def test_settings_that_make_no_network_are_refused(setting):
    with pytest.raises(ConfigError):
        MlpConfig(**setting)
