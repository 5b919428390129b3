"""Which units of one board are a unit of another: renamed, merged, coded anew."""

from collections.abc import Iterable

from twincity_schemas.board import BoardUnit
from twincity_schemas.canonical import comparable


def same_units(unit: BoardUnit, among: Iterable[BoardUnit]) -> list[BoardUnit]:
    """Returns what a unit was on another board: itself, or what it came from.

    By its code; where none there has that, by the credit code or a name, its former
    ones included. A unit that several were merged into was all of them.
    """
    units = [*among]
    own = [one for one in units if one.code == unit.code]
    if own:
        return own
    names = {comparable(name) for name in (unit.unit.name, *unit.unit.formerly)}
    return [
        one
        for one in units
        if comparable(one.unit.name) in names
        or (one.unit.credit_code or "") == unit.unit.credit_code
    ]
