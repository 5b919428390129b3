"""Which units of one board are a unit of another: renamed, merged, coded anew."""

from collections.abc import Sequence

from twincity_schemas.board import BoardUnit


def same_units(
    unit: BoardUnit, beside: Sequence[BoardUnit], among: Sequence[BoardUnit]
) -> list[BoardUnit]:
    """Returns what a unit was on another board: itself, or what it came from.

    By the credit code or a name, its former ones included: a unit that several were
    merged into was all of them. A board's own code may stand for another unit there:
    it tells units of one name apart, and stands for what nobody's name claims.

    Args:
        unit: of a board.
        beside: all units of that board.
        among: those of the other.
    """
    was = []
    for before in among:
        claiming = {own.code for own in beside if own.unit.continues(before.unit)} or {
            before.code
        }
        # Of several of one name it is the one that has its code still.
        if unit.code in (claiming & {before.code} or claiming):
            was.append(before)
    return was
