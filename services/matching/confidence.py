"""How often a recommendation like this one was right, where the truth is known.

Two things tell right pairs from wrong ones: how alike the texts are, and how far the
pair is ahead of the next best of either entry. The shares are counted, not thought
up: ``confidence-5.tsv`` names the sets (``tools.matching.calibrate``). None of them is
a real opportunity list, and nothing is claimed for one.
"""

from bisect import bisect_right
from functools import cache
from math import sqrt
from pathlib import Path

from twincity_schemas.pairing_record import Confidence

AHEAD = (-1_000_000, 0, 150, 450, 800)
"""Classes of points ahead of the next best; below zero is nobody's first choice."""
CLASSES = {0: AHEAD[:2], 2400: AHEAD}
"""By the points for the texts from which they count, where the classes begin. Among
texts that are less alike few pairs lead, so those that do are one class."""
CONFIDENT = (2400, 800)
"""From here a recommendation is shown as confident."""
_FILE = Path(__file__).with_name("confidence-5.tsv")
_Z = 1.96  # 95 %


def place_of(alike: int, ahead: int) -> tuple[int, int]:
    """The class of a pair."""
    likeness = _class(tuple(CLASSES), alike)
    return likeness, _class(CLASSES[likeness], ahead)


def lead(ahead: int) -> int:
    """Returns where the narrowest class begins that a lead falls into."""
    return _class(AHEAD, ahead)


def _class(starts: tuple[int, ...], points: int) -> int:
    return starts[bisect_right(starts, points) - 1]


def confidence(alike: int, ahead: int) -> Confidence:
    """Returns the share of such pairs that were right, with Wilson's 95 % interval."""
    right, observed = _counted()[place_of(alike, ahead)]
    share = right / observed
    middle = share + _Z**2 / (2 * observed)
    spread = _Z * sqrt(share * (1 - share) / observed + _Z**2 / (4 * observed**2))
    whole = 1 + _Z**2 / observed
    return Confidence(
        share=round(100 * share),
        low=round(100 * (middle - spread) / whole),
        high=round(100 * (middle + spread) / whole),
        observed=observed,
        confident=place_of(alike, ahead) == CONFIDENT,
    )


@cache
def _counted() -> dict[tuple[int, int], tuple[int, int]]:
    """By class, how many pairs were right, of how many."""
    counts = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            alike, ahead, right, observed = map(int, line.split("\t"))
            counts[alike, ahead] = right, observed
    return counts
