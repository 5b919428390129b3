"""The weight of a term, by how many texts hold it."""

from math import log

_POWER = 0.65


def weight_of(texts: float, containing: float) -> int:
    """Returns the weight of a term that n of N texts hold: 100 ln((N+1)/(n+½))^0.65.

    With the logarithm itself a few rare terms decide alone (docs/decisions/0025).
    """
    rarity = log((texts + 1) / (containing + 0.5))
    return round(100 * float(rarity**_POWER))
