"""The command line as a function, for tests."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What one call of the command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The summary, where stdout holds JSON and nothing else."""
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        """The line that says where the result lies."""
        return self.out.strip().splitlines()[-1]

    @property
    def error(self) -> str:
        """The one line that says what to mend; fails the test when there is more or less than that."""
        lines = self.err.strip().splitlines()
        assert self.code == 2, self
        assert len(lines) == 1, self.err
        assert lines[0].startswith("Error: "), self.err
        assert self.out == ""
        return lines[0]


Call = Callable[..., Outcome]
TINY = ("--steps", "4", "--set", "train.batch_size=16", "--set", "network.width=4", "--set", "network.max_width=8")
