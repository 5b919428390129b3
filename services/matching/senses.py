"""What a text is about: its words' senses, from a frozen table, summed.

Two owners name one matter in different words (光伏, 太阳能), which no comparison of
characters sees. ``senses-1.bin`` gives each word a direction in a space of 48
dimensions and a length, the square of its rarity: words that stand in the same
sentences of an encyclopedia point the same way (``tools.matching.fit_senses`` names
the sources). Whole numbers throughout, equal on every machine.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import isqrt
from operator import mul
from pathlib import Path

from services.matching.likeness import root
from services.matching.words import tells, words

VERSION = "senses-1"
COMPONENTS = 48
_FILE = Path(__file__).with_name(f"{VERSION}.bin")
UNIT = 1000
"""A text's sense is made as long as this, so that no long text is about more."""
_FEW, MANY = 8, 13
"""A text of few words does not say what it is about: from 8 words to 13 what the
senses count for grows from a fifth to 1.6. Who describes one matter in many words,
in another industry too, shares some of them by chance: there the senses lead."""
_LEAST, _A_WORD, _MOST, TENTHS = 2, 3, 16, 10
_LONGEST = 4
"""Characters of the longest parts that an unknown word is read in."""
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Sense:
    """The direction in which a text points.

    Attributes:
        words: how many words say so.
        weightiest: those that say most, to be looked through for kindred ones.
    """

    components: tuple[int, ...]
    words: int
    weightiest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Senses:
    """The frozen table: a direction and a length by word."""

    places: Mapping[str, int]
    components: memoryview

    def __contains__(self, word: str) -> bool:
        return word in self.places

    def __getitem__(self, word: str) -> memoryview:
        """The components of a word's sense.

        Raises:
            KeyError: the table does not have the word.
        """
        at = self.places[word] * COMPONENTS
        return self.components[at : at + COMPONENTS]


@cache
def load_senses() -> Senses:
    """Read the committed table: a line of words, then their components."""
    head, _, body = _FILE.read_bytes().partition(b"\n\n")
    listed = head.decode().rpartition("\n")[2].split(" ")
    places = {word: place for place, word in enumerate(listed)}
    return Senses(places, memoryview(body).cast("b"))


def sense(text: str) -> Sense:
    """Read a text."""
    table, counts = load_senses(), counted(text)
    total = [0] * COMPONENTS
    for word, often in counts.items():
        times = root(often)
        total = [x + times * y for x, y in zip(total, table[word], strict=True)]
    length = isqrt(sum(map(mul, total, total))) or 1
    components = tuple(UNIT * x // length for x in total)
    return Sense(components, counts.total(), _weightiest(text, counts))


def sense_likeness(one: Sense, other: Sense, whole: int) -> int:
    """Returns how alike two senses are: ``whole`` for equal ones that say enough."""
    dot: int = sum(map(mul, one.components, other.components))
    return whole * trust(one, other) * max(0, dot) // (TENTHS * UNIT * UNIT)


def trust(one: Sense, other: Sense) -> int:
    """Returns how much the senses of two texts count for, in tenths."""
    return trust_of(min(one.words, other.words))


def trust_of(words: int) -> int:
    """Returns how much a sense of so many words counts for, in tenths."""
    return min(_LEAST + _A_WORD * max(words - _FEW, 0), _MOST)


NEAREST, FARTHEST = TENTHS, 5
"""What two texts' senses count for, in tenths, by the scenarios that the entries name:
all of it for one scenario, half of it for two that have nothing in common."""


@lru_cache(maxsize=100_000)
def nearness(one: str, other: str) -> int:
    """Returns how near two scenarios' names are, in tenths, half at least.

    A name that says nothing, as an entry without a scenario, is near to all.
    """
    mine, theirs = named(one), named(other)
    if not any(mine) or not any(theirs):
        return NEAREST
    dot: int = sum(map(mul, mine, theirs))
    return max(FARTHEST, (TENTHS * dot + UNIT**2 // 2) // UNIT**2)


@lru_cache(maxsize=10_000)
def named(scenario: str) -> tuple[int, ...]:
    """The direction of a scenario's name; noughts where no word of it is known."""
    return sense(scenario).components


def counted(text: str) -> Counter[str]:
    """The words of a text that the table has, and how often each stands there."""
    return Counter(part for word in words(text) if tells(word) for part in _read(word))


def akin(one: Sense, other: Sense, most: int) -> list[tuple[str, str]]:
    """The different words of two texts that are each other's next of kin."""
    kin = {
        (mine, theirs): _kinship(mine, theirs)
        for mine in one.weightiest
        for theirs in other.weightiest
    }
    nearest: dict[str, int] = {}
    for pair, kinship in kin.items():
        for word in pair:
            nearest[word] = max(nearest.get(word, 0), kinship)
    pairs = [
        (kinship, mine, theirs)
        for (mine, theirs), kinship in kin.items()
        if kinship >= max(_KIN, nearest[mine], nearest[theirs])
        and mine not in theirs
        and theirs not in mine
    ]
    return [(mine, theirs) for _, mine, theirs in sorted(pairs, reverse=True)[:most]]


def named_by(denied: str, text: str) -> list[tuple[str, str]]:
    """The words of a text that are, or are kin of, words of a denial, each with it."""
    mine, theirs = counted(text), counted(denied)
    return [
        (word, own)
        for word in theirs
        for own in mine
        if word == own or _kinship(word, own) >= _KIN
    ]


_WEIGHED = 8
"""How many words of a text are looked through for kindred ones."""
_KIN = 533
"""Words are shown as kindred from a cosine of 0.73: 燃气 and 电池 come to 0.71."""


def _weightiest(text: str, counts: Counter[str]) -> tuple[str, ...]:
    # A part of a longer word counts, and is no word that anybody could be shown.
    known = {word: _square(word) for word in counts.keys() & {*words(text)}}
    return tuple(sorted(known, key=lambda word: (-known[word], word))[:_WEIGHED])


@lru_cache(maxsize=16_384)  # one industry's words stand beside each other often
def _kinship(one: str, other: str) -> int:
    """Returns the square of two words' cosine in thousandths; 0 for unlike ones."""
    table = load_senses()
    dot = sum(map(mul, table[one], table[other]))
    return 1000 * dot * dot // (_square(one) * _square(other)) if dot > 0 else 0


@lru_cache(maxsize=16_384)
def _square(word: str) -> int:
    """Returns the square of the length of a word's sense."""
    sense = load_senses()[word]
    return sum(map(mul, sense, sense))


def _read(word: str) -> Iterator[str]:
    """A word, or the longest parts of it that the table has."""
    table = load_senses()
    if word in table:
        if len(word) >= _SHORTEST:
            yield word
        return
    at = 0
    while at < len(word):
        for size in range(_LONGEST, _SHORTEST - 1, -1):
            part = word[at : at + size]
            if len(part) == size and part in table:
                yield part
                at += size
                break
        else:
            at += 1
