"""Fixtures that more than one room uses."""

import os
from pathlib import Path

import pytest

# Tests run side by side in one process a core; threads on top of that only get into each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top folder of the repository."""
    return Path(__file__).parents[1]
