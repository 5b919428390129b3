"""What is said of a project after a cut-off: steps, who is in it, what it goes on as.

A closed figure never moves by it. A board lists what would change a figure, whatever
day it is of; a dispatch, which is held every month, what is *belated*: recorded after
the cut-off, and of a day by it as far as its own date says. The later life of an
obstacle stands in the next dispatch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.appraisal.changes import changed
from services.appraisal.facts import ReportsOf, split
from services.rules import obstacles, presence, succession
from services.runtime.kinds import States
from twincity_schemas.board import BoardOpened
from twincity_schemas.correction_record import ChangedField
from twincity_schemas.parties import day_of
from twincity_schemas.values import PartialDate, earlier


@dataclass(frozen=True)
class Late:
    """A statement that was recorded after the cut-off.

    Attributes:
        place: among those of its party.
        units: whose figures on a board it may touch; None: of all.
        record_fields: what the record says of it.
        opening: which board it opens anew, if it does.
        answer: which figure it puts right, if it does.
        always: whether it is listed even if nothing would change.
    """

    recorded: datetime
    party: str
    place: tuple[str, int]
    record_fields: Mapping[str, Any]
    units: frozenset[str] | None = None
    opening: BoardOpened | None = None
    answer: tuple[tuple[str, str], Any] | None = None
    always: bool = True

    @property
    def order(self) -> tuple[datetime, str, tuple[str, int]]:
        """Returns what it is numbered by: of one instant by party, which says nothing.

        A number is a name here, and no correction rests on another party's.
        """
        return self.recorded, self.party, self.place

    def is_belated(self, cut_off: datetime) -> bool:
        """Returns whether it is of a day by the cut-off, as far as it says."""
        as_of = self.record_fields.get("as_of")
        return as_of is not None and not earlier(day_of(cut_off), as_of)


def late_reports(
    project: str, month: str, reported: ReportsOf, cut_off: datetime
) -> Iterator[Late]:
    """Yields the reports of a period that were recorded after a cut-off."""
    for party, own in reported.items():
        was, _ = split(own, cut_off)
        for place, report in enumerate(own):
            if report.recorded > cut_off:
                record_fields = {
                    "statement": report.id,
                    "step": "progress.reported",
                    "about": project,
                    "changed": changed(was, report),
                }
                yield Late(
                    report.recorded, party, (f"{project} {month}", place), record_fields
                )
                was = report


def late_steps(
    project: str, name: str, views: obstacles.Views, cut_off: datetime
) -> Iterator[Late]:
    """Yields what was said of one obstacle after a cut-off."""
    for party, view in views.items():
        statements = [
            *(
                (one.recorded, one.id, "obstacle.registered", one.content.as_of)
                for one in view.registered
            ),
            *((move.recorded, move.id, move.step, move.as_of) for move in view.moves),
        ]
        for place, (recorded, statement, step, as_of) in enumerate(statements):
            if recorded > cut_off:
                which = ChangedField(pointer="/obstacle", now=name.partition("/")[2])
                yield late_step(
                    recorded, party, (f"{project} {name}", place),
                    statement, step, project, as_of, (which,),
                )  # fmt: skip


def late_acts(project: str, cut_off: datetime, states: States) -> Iterator[Late]:
    """Yields who left a project after a cut-off, came back, or let it rest."""
    views = presence.of(states, project)
    for party, whereabouts in views.items():
        was = presence.stance(views, party, cut_off)
        for place, act in enumerate(whereabouts.acts):
            if act.recorded <= cut_off:
                continue
            now = presence.stance(views, party, act.recorded)
            if now != was:
                yield late_step(
                    act.recorded, party, (f"{project} presence", place),
                    act.statement, act.step, project, act.as_of,
                )  # fmt: skip
            was = now


def late_lines(project: str, cut_off: datetime, states: States) -> Iterator[Late]:
    """Yields who said after a cut-off that one project goes on in another's stead."""
    for party, words in succession.words_of(states, project).items():
        for place, act in enumerate(words.acts):
            if act.recorded > cut_off:
                yield late_step(
                    act.recorded, party, (f"{project} succession", place),
                    act.statement, act.step, project, act.as_of,
                )  # fmt: skip


def late_step(  # noqa: PLR0913, PLR0917  what one record says
    recorded: datetime,
    party: str,
    place: tuple[str, int],
    statement: str,
    step: str,
    about: str,
    as_of: PartialDate | None,
    fields: tuple[ChangedField, ...] = (),
) -> Late:
    """Returns a step as a correction lists it."""
    record_fields = {
        "statement": statement,
        "step": step,
        "about": about,
        "as_of": as_of,
        "changed": fields,
    }
    return Late(recorded, party, place, record_fields)
