"""What is said of several replicates, gathered: the same sentence with other figures or names is said once."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NAME = re.compile(r"""(?<!\w)'[^']*'|"[^"]*\"""")
FIGURE = re.compile(r"-?\d[\d.,]*%?")


@dataclass(frozen=True)
class Common:
    """What is said of `n` replicates: `text` as it is said of one of them, and whether all say just that."""

    text: str
    n: int
    same: bool

    def of(self, n_replicates: int) -> str:
        """Return the text, and in how many of all replicates it is said."""
        details = "" if self.same else "so, or with other figures or names, in "
        return f"{self.text} ({details}{self.n} of {n_replicates} replicates)"


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
    found = [Common(_typical(alike), len(alike), len(set(alike)) == 1) for alike in texts.values()]
    return sorted(found, key=lambda common: -common.n)


def _typical(texts: Sequence[str]) -> str:
    """Return the text whose names are most often among those of the others too; the first of equals."""
    names = [set(NAME.findall(text)) for text in texts]
    times = Counter(name for own in names for name in own)
    return max(zip(texts, names, strict=True), key=lambda text: sum(times[name] for name in text[1]))[0]


def _kind(sentence: str) -> str:
    """Return what a sentence says without its details: figures, names, and what follows a colon.

    What precedes the colon may be the type of an error alone: then what follows is what is said.
    """
    said = FIGURE.sub("#", NAME.sub("#", sentence.removeprefix("Warning: ")))
    said = re.sub("#(, #)*(,? and # more)?", "#", said)
    head = said.split(": ")[0]
    return head if " " in head else said
