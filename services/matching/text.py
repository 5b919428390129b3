"""From a text to its terms: characters and pairs of characters of Chinese.

Measured on public Chinese sets, single characters and bigrams retrieve as well
as segmented words, need no dictionary, and are the same on every machine.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterator
from functools import cache

# Runs of Han characters; Latin words as a whole. A number alone is no term: that
# two entries both speak of 30 of something says nothing.
_RUN = re.compile(r"[\u3400-\u9fff]+|[0-9]*[a-z][a-z0-9]*(?:[.+#-][a-z0-9]+)*")


def runs(text: str) -> list[str]:
    """Split a text into runs of Han characters and whole Latin words."""
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def terms(text: str) -> Counter[str]:
    """The terms of a text, and how often each stands there."""
    return Counter(term for run in runs(text) for term in _terms(run))


@cache
def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _terms(run: str) -> Iterator[str]:
    if not _is_han(run[0]):
        yield run
        return
    yield from run
    for i in range(len(run) - 1):
        yield run[i : i + 2]


def shared_passages(text: str, shared: Container[str]) -> list[str]:
    """The longest stretches of a text whose every bigram is shared: its words."""
    found: dict[str, None] = {}
    for run in runs(text):
        if not _is_han(run[0]):
            if run in shared:
                found[run] = None
            continue
        start = 0
        for i in range(len(run)):
            if run[i : i + 2] in shared and i + 1 < len(run):
                continue
            if i > start:
                found[run[start : i + 1]] = None
            start = i + 1
    return list(found)
