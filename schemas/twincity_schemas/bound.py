"""Which side of a target is the good one: of indicators and of challenges' goals."""

from twincity_schemas.words import Coded


class Bound(Coded):
    """The good side of a target: at least as much, or at most."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
