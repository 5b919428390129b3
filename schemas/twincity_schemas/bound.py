"""Which side of a target is the good one: of indicators and of challenges' goals."""

from twincity_schemas.words import Coded, named


@named("上下限", "Bound", "目标值是下限还是上限。")
class Bound(Coded):
    """Whether a target is to be reached or exceeded, or not to be exceeded."""

    AT_LEAST = (
        "at-least",
        "不低于",
        "at least",
        "达到或超过目标值即为完成。",
        "It is met by the target's value or more.",
    )
    AT_MOST = (
        "at-most",
        "不高于",
        "at most",
        "等于或低于目标值即为完成。",
        "It is met by the target's value or less.",
    )
