import numpy as np
import pytest
import torch

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.networks.build import build_network
from gan_augment.networks.config import ConvConfig, ExemplarConfig
from gan_augment.training.checkpoint import read_checkpoint, write_checkpoint
from gan_augment.transforms.image import ImageCodec

NETWORK = {"kind": "resnet", "z_dim": 4, "label_dim": 4, "width": 4, "max_width": 8, "norm": "batch"}
BLOCK = ImageCodec.block
CODEC = ImageCodec(ImageSchema(9, 12, 3, ("cat", "dog")))
HEADER = {"kind": "generator", "recipe": "hinge", "network": NETWORK, "codec": CODEC.state(), "class_counts": [5, 3]}


@pytest.fixture
def generator(tmp_path):
    network = build_network("generator", CODEC.spec, ConvConfig(**NETWORK))
    tensors = {f"generator.{key}": value for key, value in network.state_dict().items()}
    write_checkpoint(tmp_path / "generator.safetensors", tensors, HEADER)
    return TrainedGenerator.load(tmp_path, "cpu")


def test_generator_file_alone_is_enough(generator):
    assert generator.classes == ("cat", "dog")
    assert generator.class_counts == {"cat": 5, "dog": 3}
    assert len(generator.digest) == 64
    with pytest.raises(Exception, match=r"curation\.safetensors"):
        generator.fingerprints()


def test_sample_j_does_not_depend_on_how_many_are_asked_for(generator):
    many = generator.sample(BLOCK + 9, seed=3)
    few = generator.sample({"dog": 5}, seed=3)
    assert many.data.shape == (2 * (BLOCK + 9), 9, 12, 3)
    assert many.labels.tolist() == [0] * (BLOCK + 9) + [1] * (BLOCK + 9)
    np.testing.assert_array_equal(many.data[many.labels == 1][:5], few.data)
    tail = np.concatenate(list(generator.iter_samples(1, BLOCK - 2, BLOCK + 3, seed=3)))
    np.testing.assert_array_equal(many.data[many.labels == 1][BLOCK - 2 : BLOCK + 3], tail)


def test_seeds_classes_and_blocks_all_give_different_samples(generator):
    blocks = [generator.sample_block(0, 0), generator.sample_block(1, 0), generator.sample_block(0, 1)]
    blocks.append(generator.sample_block(0, 0, seed=1))
    assert len({block.tobytes() for block in blocks}) == 4
    np.testing.assert_array_equal(blocks[0], generator.sample_block(0, 0))


def test_unknown_class_and_negative_number_are_refused(generator):
    with pytest.raises(ConfigError, match="cat"):
        generator.sample({"cta": 3})
    with pytest.raises(ConfigError, match="negative"):
        generator.sample({"cat": -1})


def test_numbers_of_numpy_are_numbers_and_halves_are_not(generator):
    assert len(generator.sample(np.int64(5)).labels) == 10
    assert len(generator.sample({"dog": np.int32(2)}).labels) == 2
    with pytest.raises(ConfigError, match="whole"):
        generator.sample(2.5)


def test_another_file_of_a_run_under_the_generators_name_is_said(tmp_path):
    write_checkpoint(tmp_path / "generator.safetensors", {"fingerprints": torch.zeros(2, 16)}, {"kind": "curation"})
    with pytest.raises(CheckpointError, match="holds 'curation', not 'generator'"):
        TrainedGenerator.load(tmp_path, "cpu")


@pytest.mark.parametrize("changed", [{"width": 5}, {"kind": "dcgan"}, {"depth": 3}])
def test_weights_that_do_not_fit_their_header_are_said(generator, tmp_path, changed):
    tensors, _ = read_checkpoint(tmp_path / "generator.safetensors")
    write_checkpoint(tmp_path / "generator.safetensors", tensors, HEADER | {"network": NETWORK | changed})
    with pytest.raises(CheckpointError, match="does not hold the network"):
        TrainedGenerator.load(tmp_path, "cpu")


def test_wide_latents_give_other_samples_and_another_digest(generator):
    wide = generator.widened(1.2)
    assert (generator.latent_std, wide.latent_std) == (1.0, 1.2)
    assert wide.digest != generator.digest
    assert wide.widened(1.2).digest == wide.digest
    assert not np.array_equal(wide.sample_block(0, 0), generator.sample_block(0, 0))
    assert generator.widened(1.0).digest == generator.digest
    np.testing.assert_array_equal(generator.widened(1.0).sample_block(0, 0), generator.sample_block(0, 0))
    assert "1.2" in wide.story[0]
    assert generator.digest in wide.story[0]


@pytest.mark.parametrize("latent_std", [0.4, 1.6, float("nan")])
def test_a_width_out_of_range_is_refused(generator, latent_std):
    with pytest.raises(ConfigError, match="between 0.5 and 1.5"):
        generator.widened(latent_std)


def test_chances_are_not_widened(generator, tmp_path, monkeypatch):
    settings = ExemplarConfig(z_dim=4)
    network = build_network("generator", CODEC.spec, settings)
    tensors = {f"generator.{key}": value for key, value in network.state_dict().items()}
    write_checkpoint(tmp_path / "generator.safetensors", tensors, HEADER | {"network": config.to_dict(settings)})
    plain = TrainedGenerator.load(tmp_path, "cpu")
    seen = []
    forward = type(plain._network).forward
    monkeypatch.setattr(type(plain._network), "forward", lambda self, z, y: seen.append(z) or forward(self, z, y))
    plain.sample_block(0, 0)
    plain.widened(1.5).sample_block(0, 0)
    torch.testing.assert_close(seen[1][:, :-1], 1.5 * seen[0][:, :-1])
    torch.testing.assert_close(seen[1][:, -1:], seen[0][:, -1:], rtol=0, atol=0)  # which exemplar
