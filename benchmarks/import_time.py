"""Times what a user waits for before anything happens: the import, and `--help` of every command."""

import subprocess
import sys
import time

from gan_augment.cli.main import COMMANDS

REPEATS = 7


def seconds(code: str) -> float:
    """Return the least wall time, over some repeats, of a fresh interpreter that runs `code`."""
    return min(_once(code) for _ in range(REPEATS))


def _once(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print a line for each case: milliseconds in all, and over an empty interpreter."""
    empty = seconds("pass")
    print(f"{'case':32s} {'ms':>6s} {'over empty':>10s}")
    print(f"{'python -c pass':32s} {1000 * empty:6.0f} {0:10.0f}")
    cases = {"import gan_augment": "import gan_augment"}
    for args in (["--help"], *([command, "--help"] for command in COMMANDS)):
        cases[" ".join(["gan-augment", *args])] = f"from gan_augment.cli.main import main; main({args})"
    for name, code in cases.items():
        taken = seconds(code)
        print(f"{name:32s} {1000 * taken:6.0f} {1000 * (taken - empty):10.0f}")


if __name__ == "__main__":
    main()
