"""How often a recommendation like this one was right, where the truth is known.

Three things tell right pairs from wrong ones: how alike the texts are, whether the pair
is both entries' first choice, and how much of it is words in common. Who offers
something else to the same trade uses its words: pairs that are alike in sense and share
few words were the right ones, and how far a pair leads told no more. Where both entries
carry a sentence vector the shares are others. They are counted, not thought up:
``confidence-7.tsv`` names the sets (``tools.matching.calibrate``). None of them is a
real opportunity list, and nothing is claimed for one.
"""

from collections.abc import Iterable
from functools import cache
from math import sqrt
from pathlib import Path

from services.matching.scorer import LIKE
from twincity_schemas.pairing_record import Confidence, Term

ALIKE, WORDS = 2600, 350
"""Texts are alike from so many points; in common they have few words up to so many."""
UNLIKE, SECOND, BY_SENSE, BY_WORDS = "unlike", "second", "by sense", "by words"
CLASSES = (UNLIKE, SECOND, BY_SENSE, BY_WORDS)
"""Texts that are not alike; alike, but an entry has a better choice; the first choice
of both, by sense more than by words or not."""
CONFIDENT = BY_SENSE
"""The class that is shown as confident."""
_FILE = Path(__file__).with_name("confidence-7.tsv")
_Z = 1.96  # 95 %


def place_of(words: int, alike: int, *, first: bool) -> str:
    """The class of a pair.

    Args:
        words: the points for words in common.
        alike: those for the texts in all.
        first: whether it is both entries' first choice.
    """
    if alike < ALIKE:
        return UNLIKE
    if not first:
        return SECOND
    return BY_WORDS if words > WORDS else BY_SENSE


def confidence_of(terms: Iterable[Term], *, first: bool) -> Confidence:
    """Returns the confidence of a pair by what explains its score."""
    points = {term.name: term.points for term in terms if term.name in LIKE}
    place = place_of(points.get("text", 0), sum(points.values()), first=first)
    return confidence(place, vectors="vector" in points)


def confidence(place: str, *, vectors: bool = False) -> Confidence:
    """Returns the share of pairs of a class that were right, with Wilson's interval.

    Args:
        place: the class, of ``CLASSES``.
        vectors: whether both entries carry a sentence vector.

    Returns:
        Shares in per cent, rounded to whole ones; the interval is that of 95 %.
    """
    right, observed = _counted()[place, vectors]
    share = right / observed
    middle = share + _Z**2 / (2 * observed)
    spread = _Z * sqrt(share * (1 - share) / observed + _Z**2 / (4 * observed**2))
    whole = 1 + _Z**2 / observed
    return Confidence(
        share=round(100 * share),
        low=round(100 * (middle - spread) / whole),
        high=round(100 * (middle + spread) / whole),
        observed=observed,
        confident=place == CONFIDENT,
    )


@cache
def _counted() -> dict[tuple[str, bool], tuple[int, int]]:
    """By class, without vectors and with them, how many were right, of how many."""
    counts = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            place, *numbers = line.split("\t")
            right, observed, *with_vectors = map(int, numbers)
            counts[place, False] = right, observed
            counts[place, True] = with_vectors[0], with_vectors[1]
    return counts
