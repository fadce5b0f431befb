"""How the command line ends: one line for what a user can mend, the right code, never a traceback."""

import errno
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest

from gan_augment.cli import main as entry
from gan_augment.errors import CheckpointError, ConfigError, DataError

Capture = pytest.CaptureFixture[str]


def run_raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command line with a command that raises `error`."""

    def body() -> None:
        raise error

    monkeypatch.setattr(entry.LazyGroup, "get_command", lambda *_: click.Command("recipes", callback=body))
    return entry.main(["recipes"])


@pytest.mark.parametrize("kind", [DataError, ConfigError, CheckpointError])
def test_what_a_user_can_mend_is_one_line_and_code_2(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run_raising(kind("No such folder: photos."), monkeypatch) == 2
    assert capsys.readouterr() == ("", "Error: No such folder: photos.\n")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "ascii"])
def test_any_name_can_be_printed_and_json_stays_json(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "1,\U0001f600\n2,caf\u00e9\n" * 5, encoding="utf-8")
    command = [sys.executable, "-m", "gan_augment.cli.main", "inspect", str(tmp_path / "t.csv"), "--target", "y"]
    shown, told = (
        subprocess.run(
            [*command, *more], capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": encoding}
        )
        for more in ((), ("--json",))
    )
    assert "caf" in shown.stdout.decode(encoding, "replace")
    assert json.loads(told.stdout)["classes"] == {"caf\u00e9": 5, "\U0001f600": 5}


def test_a_mistake_in_our_own_code_is_not_hidden_as_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        run_raising(ZeroDivisionError(), monkeypatch)
    with pytest.raises(OSError, match="odd"):
        run_raising(OSError(errno.EIO, "odd"), monkeypatch)


def test_a_disk_that_cannot_be_written_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert run_raising(PermissionError(errno.EACCES, "Permission denied", "/data/run"), monkeypatch) == 2
    assert capsys.readouterr().err.startswith("Error: Permission denied: /data/run.")
    assert run_raising(OSError(errno.ENOSPC, "No space left on device"), monkeypatch) == 2


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert run_raising(KeyboardInterrupt(), monkeypatch) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_warning_is_one_line_without_a_file_name(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    warn = click.Command("recipes", callback=lambda: warnings.warn("two sizes", stacklevel=1))
    monkeypatch.setattr(entry.LazyGroup, "get_command", lambda *_: warn)
    assert entry.main(["recipes"]) == 0
    assert capsys.readouterr().err == "Warning: two sizes\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["generat"], "Did you mean 'generate'?"),
        (["fit"], "Missing argument 'DATA'"),
        (["fit", "digits"], "Missing option '--out'"),
        (["fit", "digits", "--out", "run", "--recip", "r3"], "--recipe"),
        (["fit", "digits", "--out", "run", "--steps", "many"], "many"),
    ],
)
def test_a_wrong_command_line_is_one_line_that_helps(args: list[str], said: str, capsys: Capture) -> None:
    assert entry.main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert said in err


def test_no_arguments_show_the_help(capsys: Capture) -> None:
    assert entry.main([]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in entry.COMMANDS)


def test_a_broken_pipe_is_no_traceback() -> None:
    code = "import sys\nfrom gan_augment.cli.main import main\nsys.exit(main(['--help']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()
