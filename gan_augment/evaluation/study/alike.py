"""What is said of several replicates, gathered: the same sentence with other figures or names is said once."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

DETAIL = re.compile(r"""'[^']*'|"[^"]*"|-?\d[\d.,]*%?""")


@dataclass(frozen=True)
class Common:
    """What is said of `n` replicates: `text` in the words of the first, and whether all say just that."""

    text: str
    n: int
    same: bool

    def of(self, n_replicates: int) -> str:
        """Return the text, and in how many of all replicates it is said."""
        return (
            f"{self.text} ({'' if self.same else 'so or with other figures in '}{self.n} of {n_replicates} replicates)"
        )


def gathered(said: Iterable[Iterable[str]]) -> list[Common]:
    """Return what is said of replicates, most frequent first.

    Parameters
    ----------
    said
        The sentences of each replicate. Those of one that differ in details alone are taken together.
    """
    texts = defaultdict[str, list[str]](list)
    for sentences in said:
        kinds = defaultdict[str, list[str]](list)
        for sentence in sentences:
            kinds[_kind(sentence)].append(sentence)
        for kind, alike in kinds.items():
            texts[kind].append(" ".join(alike))
    found = [Common(alike[0], len(alike), len(set(alike)) == 1) for alike in texts.values()]
    return sorted(found, key=lambda common: -common.n)


def _kind(sentence: str) -> str:
    """Return a sentence without its figures and names, and without what it counts up after a colon."""
    said = DETAIL.sub("#", sentence.removeprefix("Warning: "))
    return re.sub("#(, #)+", "#", said).split(": #")[0]
