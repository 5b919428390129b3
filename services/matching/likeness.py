"""How alike two texts are: integers, equal on every machine.

A text is a vector over its terms (characters and pairs of characters). A term
weighs what the frozen table says, times the square root of how often it stands
there: a word said four times says twice as much. Two texts are as alike as the
cosine of their vectors. Measured against other forms of the same idea by
``make bench-retrieval`` (docs/decisions/0007).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isqrt
from sys import intern

from services.matching.table import Table
from services.matching.text import terms

_FINE = 100
"""Square roots are kept to a hundredth."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as its terms' weights, and the length of that vector."""

    weights: Mapping[str, int]
    length: int


def vector(text: str, table: Table) -> Vector:
    """Read a text."""
    # One object for a term and for a weight, whichever texts have them: of a large
    # pool they would take half the memory.
    weights = {
        intern(term): _weight(of_term, count)
        for term, count in terms(text).items()
        if (of_term := table[term])
    }
    return Vector(weights, isqrt(sum(weight * weight for weight in weights.values())))


def likeness(one: Vector, other: Vector, whole: int) -> int:
    """The cosine of two texts, ``whole`` for equal ones; 0 for an empty one."""
    fewer, more = sorted((one.weights, other.weights), key=len)
    dot = sum(weight * more[term] for term, weight in fewer.items() if term in more)
    return share(dot, one, other, whole)


def share(dot: int, one: Vector, other: Vector, whole: int) -> int:
    """The cosine of two texts whose inner product is known."""
    return whole * dot // (one.length * other.length or 1)


@cache
def _weight(of_term: int, count: int) -> int:
    return of_term * root(count)


@cache
def root(count: int) -> int:
    """The square root of how often a word stands in a text, in hundredths."""
    return isqrt(count * _FINE * _FINE)
