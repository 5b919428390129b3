"""Red and black boards 红黑榜, as they are handed out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from starlette.responses import Response

from services.gateway.pages.frame import Visit, show
from services.gateway.pages.records import (
    header_of,
    parts_in,
    parts_of,
    subject_of,
)
from services.gateway.pages.telling import Tell
from services.gateway.refusing import unknown
from services.gateway.view import View
from services.gateway.workbooks import WorkbookSheet, download
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.board import Colour
from twincity_schemas.board_record import (
    AppealRecorded,
    BoardRecorded,
    IncentiveRecorded,
    RectificationRecorded,
    SequenceRecord,
    StandingRecorded,
)

_PER_PAGE = 50
_MOST = 50
"""Appeals, summonses and amendments that a page shows; the trace has all."""
_FEW = 100
"""Projects up to which what the figures rest on stands on the board's own page."""


class BoardHandout(NamedTuple):
    """A board as it is handed out.

    Attributes:
        record: its header.
        sequences: each with those of its units that are asked for, by rank.
        appeals: against figures.
        rectifications: what units on the black board are summoned for.
        incentives: what units on the red board are given.
        amendments: what came after the cut-off.
    """

    record: BoardRecorded
    sequences: list[tuple[SequenceRecord, list[StandingRecorded]]]
    appeals: list[AppealRecorded]
    rectifications: list[RectificationRecorded]
    incentives: list[IncentiveRecorded]
    amendments: list[AmendmentRecorded]

    @property
    def units(self) -> dict[str, str]:
        """Returns what each unit is called, by its code."""
        return {one.unit: one.name for _, units in self.sequences for one in units}

    def named(self, codes: Iterable[str]) -> list[str]:
        """Returns what units are called; those that are not shown, by their codes."""
        return [self.units.get(code, code) for code in codes]

    @property
    def projects(self) -> int:
        """Returns how many projects the figures of the units rest on."""
        return sum(len(one.projects) for _, units in self.sequences for one in units)


def board(visit: Visit) -> Response:
    """A board on screen and on paper; one unit with its projects, where it is asked."""
    subject, unit = subject_of(visit, "board"), visit.asked("unit")
    skip = (visit.number - 1) * _PER_PAGE
    of_units = (1, 0) if unit else (_PER_PAGE + 1, skip)
    handout = board_handout(visit.view, subject, unit, *of_units)
    if unit and not handout.units:
        raise unknown(f"{subject} {unit}")
    page, more = _first(handout, _PER_PAGE)
    projects = page.projects
    return show(
        visit,
        "board.html",
        board=page,
        unit=unit,
        skip=skip if unit else 0,
        until=skip + _PER_PAGE if unit else _FEW,
        more=projects > skip + _PER_PAGE if unit else more,
        with_projects=bool(unit) or projects <= _FEW,
        amendments=handout.amendments[:_MOST],
        appeals=handout.appeals[:_MOST],
        colours=Colour,
    )


def _first(handout: BoardHandout, most: int) -> tuple[BoardHandout, bool]:
    """Returns a board with so many units, and whether there are more."""
    left = most
    sequences: list[tuple[SequenceRecord, list[StandingRecorded]]] = []
    for sequence, units in handout.sequences:
        if units or not sequences:
            sequences.append((sequence, units[:left]))
        left -= len(units)
    return handout._replace(sequences=sequences), left < 0


def board_workbook(visit: Visit) -> Response:
    """The same as a workbook, whole."""
    subject = subject_of(visit, "board")
    handout, tell = board_handout(visit.view, subject), visit.tell
    return download(tell.subject(subject), subject, _sheets(handout, tell))


def board_handout(
    view: View, subject: str, unit: str = "", limit: int = -1, skip: int = 0
) -> BoardHandout:
    """Read a board.

    Args:
        view: what the topics hold.
        subject: the board.
        unit: the one that is asked for; "" for all.
        limit: most units; −1: all.
        skip: so many of the first units.

    Raises:
        Refusal: there is none of that name.
    """
    header = header_of(view, subject, BoardRecorded)
    rows = [row.data for row in view.units(subject, unit, limit, skip)]
    units: dict[str, list[StandingRecorded]] = {}
    for one in parts_of(rows, StandingRecorded):
        units.setdefault(one.sequence, []).append(one)
    return BoardHandout(
        header,
        [(one, units.get(one.sequence, [])) for one in header.sequences],
        parts_in(view, subject, AppealRecorded, limit),
        parts_in(view, subject, RectificationRecorded, limit),
        parts_in(view, subject, IncentiveRecorded, limit),
        parts_in(view, subject, AmendmentRecorded, limit),
    )


def _sheets(handout: BoardHandout, tell: Tell) -> Iterator[WorkbookSheet]:
    t = tell.t
    for sequence, units in handout.sequences:
        measures = [figure.name for figure in units[0].figures] if units else []
        yield WorkbookSheet(
            tell.words(sequence.sequence),
            (t("名次", "Rank"), t("单位", "Unit"), t("责任人", "Officer"),
             t("得分", "Score"), t("榜", "Board"),
             t("申诉后得分", "Score after appeals"),
             t("免予考核", "Exempt"), *measures),
            [
                (one.closed.rank, one.name, one.officer or "", one.closed.score,
                 tell.words(one.closed.colour), one.final and one.final.score,
                 one.exempt or "", *(figure.actual for figure in one.figures))
                for one in units
            ],
        )  # fmt: skip
