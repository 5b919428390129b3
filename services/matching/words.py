"""The words that two texts have in common, as a reader would name them.

Scores rest on characters and pairs of characters, which cut words in two; what is
shown has to be words. A segmenter finds them (rjieba, pinned: its words are in
records), and only what is a word of both texts is shown.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import rjieba

from services.matching.table import load
from services.matching.text import normal, terms

_SEGMENTER = rjieba.Jieba()
_MOST = 3
# A number, alone or with its measure, says nothing of the matter.
_COUNTED = re.compile(
    r"[0-9.%〇零一二三四五六七八九十百千万亿两半几数]*"
    r"(?:个|家|处|项|条|台|套|件|名|人|次|年|月|日|天|期|座|栋|间|公里|千米|平方|平方米|立方米|米|吨|亩"
    r"|元|万元|亿元|度|级|层|块|位|场|批|家|所|辆|只|份|类|种|余|多)*"
)
_FUNCTION = frozenset("的了和与及或在于对为由从以将把被等并而且之其该各每这那是可能")
"""What begins or ends a word of grammar, and hardly one of a trade."""
_SHORT = 2


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, in its order."""
    return tuple(_SEGMENTER.cut(normal(text)))


def shared(one: str, other: str) -> list[str]:
    """The weightiest words that stand in both texts, three at most.

    Neighbours in both texts are shown as one.
    """
    theirs = words(other)
    known, follow = set(theirs), set(pairwise(theirs))
    runs = dict.fromkeys(_runs(words(one), known, follow))
    table = load()

    def worth(passage: str) -> tuple[int, str]:
        return -sum(table[term] for term in terms(passage)), passage

    passages: list[str] = []
    for passage in sorted(runs, key=worth):
        if not any(passage in longer for longer in passages):
            passages.append(passage)
    return passages[:_MOST]


def _runs(
    mine: tuple[str, ...], known: set[str], follow: set[tuple[str, str]]
) -> Iterator[str]:
    """Stretches of telling words that follow one another in both texts."""
    run: list[str] = []
    for word in mine:
        telling = word in known and tells(word)
        if run and not (telling and (run[-1], word) in follow):
            yield from _passage(run)
            run = []
        if telling:
            run.append(word)
    yield from _passage(run)


def _passage(run: list[str]) -> Iterator[str]:
    # Single characters are words only beside another.
    if any(len(word) > 1 for word in run):
        yield "".join(run)


@lru_cache(maxsize=50_000)
def tells(word: str) -> bool:
    """Returns whether a word says something of the matter."""
    if not terms(word) or _COUNTED.fullmatch(word):
        return False
    grammar = word[0] in _FUNCTION or word[-1] in _FUNCTION
    return not (grammar and len(word) <= _SHORT)
