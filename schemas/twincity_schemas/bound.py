"""Which side of a target is the good one: of indicators and of challenges' goals."""

from twincity_schemas.words import Coded


class Bound(Coded):
    """Whether a target is to be reached or exceeded, or not to be exceeded."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
