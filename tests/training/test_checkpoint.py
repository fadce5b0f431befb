import json
import os

import numpy as np
import pytest
import torch

from gan_augment import files, fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import CheckpointError, OutputError
from gan_augment.training import checkpoint


def write(path, **header):
    checkpoint.write_checkpoint(path, {"weight": torch.arange(6.0).view(2, 3)}, header)


def test_tensors_and_header_come_back(tmp_path):
    write(tmp_path / "a.safetensors", classes=["Kätzchen"])
    tensors, header = checkpoint.read_checkpoint(tmp_path / "a.safetensors")
    assert torch.equal(tensors["weight"], torch.arange(6.0).view(2, 3))
    assert header["classes"] == ["Kätzchen"]
    assert header == checkpoint.read_header(tmp_path / "a.safetensors")


@pytest.mark.parametrize("kept", [0, 5, 60, 200])
def test_truncated_file_is_named_not_a_traceback(tmp_path, kept):
    path = tmp_path / "a.safetensors"
    write(path)
    path.write_bytes(path.read_bytes()[:kept] if kept < 200 else path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"a\.safetensors"):
        checkpoint.read_checkpoint(path)


def test_newer_version_is_refused_with_the_way_out(tmp_path):
    write(tmp_path / "a.safetensors", format_version=99)
    with pytest.raises(CheckpointError, match="upgrade"):
        checkpoint.read_header(tmp_path / "a.safetensors")


def test_foreign_and_missing_files_are_told_apart(tmp_path):
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="not written by gan-augment"):
        checkpoint.read_header(tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="does not exist"):
        checkpoint.read_header(tmp_path / "nowhere.safetensors")


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    write(path, step=1)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write(path, step=2)
    assert checkpoint.read_header(path)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_names_that_are_no_text_come_back(tmp_path):
    classes = ["caf\udce9", "猫"]
    write(tmp_path / "a.safetensors", classes=classes)
    checkpoint.write_json(tmp_path / "a.json", {"classes": classes})
    assert checkpoint.read_header(tmp_path / "a.safetensors")["classes"] == classes
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"classes": classes}


def test_json_is_written_whole(tmp_path):
    checkpoint.write_json(tmp_path / "a.json", {"name": "Ä"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"name": "Ä"}


@pytest.fixture(scope="module")
def images():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), dtype=np.uint8)
    return LabelledImages(pixels, np.arange(8) % 2, ImageSchema(8, 8, 1, ("cat", "dog")))


def fit(images, out, **settings):
    tiny = {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "4"}
    return fitting.fit(images, out, device="cpu", precision="float32", overrides=tiny, progress=False, **settings)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path):
    tensors, header = checkpoint.read_checkpoint(path)
    checkpoint.write_checkpoint(path, tensors, header | {"format_version": 99})


@pytest.mark.parametrize(("damage", "said"), [(truncated, "damaged or truncated"), (newer, "upgrade")])
def test_state_that_cannot_be_resumed_from_is_named_and_left_as_it_is(images, tmp_path, damage, said):
    fit(images, tmp_path / "run", steps=2)
    state = tmp_path / "run" / "training.safetensors"
    generator = (tmp_path / "run" / "generator.safetensors").read_bytes()
    damage(state)
    before = state.read_bytes()
    with pytest.raises(CheckpointError, match=rf"training\.safetensors.*{said}"):
        fit(images, tmp_path / "run", steps=4, resume=True)
    assert state.read_bytes() == before
    assert (tmp_path / "run" / "generator.safetensors").read_bytes() == generator


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_to_write_is_one_clear_line(images, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(OutputError, match="locked.*Permission denied"):
        fit(images, tmp_path / "locked" / "run", steps=2)
    with pytest.raises(OutputError, match="locked.*Permission denied"):
        write(tmp_path / "locked" / "a.safetensors")
