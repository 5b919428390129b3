"""One place that compares the parties' words: settled, disputed, single.

Whoever alone has spoken is *single*, those who agree are *settled*, those who do not
are *disputed*; neither value is taken then. A figure may also be one of the whole, or
one of each party's own section: sections add up once every one of them is there.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from twincity_schemas.project_record import FieldState

Figures = TypeVar("Figures", bound=Hashable)


def agreed(speakers: int) -> FieldState:
    """Returns the state of what nobody contradicts: settled, or single of one party.

    Args:
        speakers: how many parties have said it.
    """
    return FieldState.SETTLED if speakers > 1 else FieldState.SINGLE


def compared(values: Iterable[Hashable]) -> FieldState:
    """Returns the state of one field.

    Args:
        values: one of each party that has spoken, in the form in which two of them
            are equal when the parties agree.
    """
    each = list(values)
    return agreed(len(each)) if len(set(each)) <= 1 else FieldState.DISPUTED


def whole_of(
    wholes: Mapping[str, Figures],
    sections: Mapping[str, Figures],
    add: Callable[[Sequence[Figures]], Figures],
    *,
    complete: bool,
    within: Callable[[Figures, Figures], bool] = lambda _section, _whole: True,
) -> tuple[FieldState, Figures | None]:
    """Returns the state of the whole, and its figures where they are known.

    A whole that a party states is taken before any sum: it knows what lies between
    the sections. A section that does not fit into it contradicts it, as another whole
    would: it cannot be that both are right.

    Args:
        wholes: the figures of each party that speaks of the whole.
        sections: those of each party that speaks of its own section.
        add: the sum of sections.
        complete: whether every section that is due is there.
        within: whether a section, or several together, fit into a whole.
    """
    if wholes:
        state, whole = compared(wholes.values()), next(iter(wholes.values()))
        parts = [*sections.values()]
        together = [add(parts)] if parts else []
        if state is FieldState.DISPUTED or not all(
            within(part, whole) for part in (*parts, *together)
        ):
            return FieldState.DISPUTED, None
        return state, whole
    if not sections or not complete:
        return FieldState.SINGLE, None
    return agreed(len(sections)), add([*sections.values()])
