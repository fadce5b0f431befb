import json

import pytest
import torch

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

    monkeypatch.setattr(checkpoint.os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write(path, step=2)
    assert checkpoint.read_header(path)["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_json_is_written_whole(tmp_path):
    checkpoint.write_json(tmp_path / "a.json", {"name": "Ä"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"name": "Ä"}
