"""Which text of an agreement of sharing each year follows (经济区与行政区适度分离).

Agreed is what every member stands behind, by the same rules as a project's
description (``stance``, ``standing``, ``fields``), asked of a moment: a year follows
the text that was in force when it ended, whatever was said afterwards. Where none was,
it follows the first that is agreed later and covers it: all have consented to that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.coordination import stance, standing
from services.coordination.fields import fields
from services.coordination.project import agreement
from services.coordination.stance import KeptDescription, StanceView
from services.rules import presence
from services.runtime.kinds import States
from twincity_schemas.message import Event
from twincity_schemas.project_record import Agreement, FieldRecord
from twincity_schemas.sharing import SharingDescribed
from twincity_schemas.values import Subject

Stands = StanceView[SharingDescribed]


@dataclass(frozen=True, slots=True)
class SharingView:
    """One party's statements about an agreement.

    Attributes:
        acts: when each was recorded, and where the party stood after it.
    """

    acts: tuple[tuple[datetime, Stands], ...] = ()


Views = Mapping[str, SharingView]


def apply(before: SharingView, event: Event[Any], states: States) -> SharingView:
    """Add where a party stands after its next statement about the agreement."""
    last: Stands = before.acts[-1][1] if before.acts else StanceView()
    now = stance.apply(last, event, states)
    return SharingView(acts=(*before.acts, (event.envelope.recorded, now)))


@dataclass(frozen=True)
class Position:
    """The standing of all members of an agreement at a moment.

    Attributes:
        text: what every member that stays stands behind; None where they do not, or
            where it names one that has left.
    """

    positions: standing.Positions[SharingDescribed]
    standings: standing.Standings[SharingDescribed]
    fields: Mapping[str, FieldRecord]
    agreement: Agreement
    text: SharingDescribed | None

    @property
    def staying(self) -> tuple[str, ...]:
        """The members that have not left."""
        return presence.staying(self.positions.where, self.positions.subject.members)


def position(
    subject: Subject, views: Views, moment: datetime | None = None
) -> Position:
    """Returns where the members stand.

    Args:
        subject: the agreement.
        views: what each party has said.
        moment: at which; None: after all that was said.
    """
    acts = {
        party: by_then
        for party, view in sorted(views.items())
        if (by_then := [a for a in view.acts if moment is None or a[0] <= moment])
    }
    descriptions: dict[str, dict[str, KeptDescription[SharingDescribed]]] = {}
    for party, own in acts.items():
        for _, stands in own:
            if (description := stands.description) is not None:
                descriptions.setdefault(description.digest, {})[party] = (
                    KeptDescription(description)
                )
    where = {
        party: presence.Whereabouts(
            tuple(
                presence.Act(recorded, away=stands.withdrawn is not None)
                for recorded, stands in own
            )
        )
        for party, own in acts.items()
    }
    views_then = {party: own[-1][1] for party, own in acts.items()}
    positions = standing.Positions(subject, views_then, where, descriptions)
    standings = standing.standings_of(positions)
    by_field = fields(standings)
    state = agreement(standings, by_field)
    text = _text(positions, standings) if state is Agreement.AGREED else None
    return Position(positions, standings, by_field, state, text)


def _text(
    positions: standing.Positions[SharingDescribed],
    standings: standing.Standings[SharingDescribed],
) -> SharingDescribed | None:
    """Returns the text that all stand behind, as the first of them words it."""
    texts = standing.texts(standings)
    eldest = [text.content for text in stance.eldest(positions.views, texts)]
    # Of several said at one instant the least spelling: who sorts first has no say.
    text = min(eldest, key=lambda content: content.model_dump_json())
    return text if _named(text) <= texts.keys() else None


@dataclass(frozen=True)
class AgreedText:
    """A text that all stood behind, until another takes its place.

    Attributes:
        since: when the last of them came to stand behind it.
        ended: when a party that it names left.
        resumed: it had been agreed before, and holds again since one came back.
    """

    since: datetime
    text: SharingDescribed
    ended: datetime | None = None
    resumed: bool = False

    def holds_in(self, year: int) -> bool:
        """Returns whether it was in force when a year ended.

        One that holds again does so from the next year on: to leave and to come back
        are one party's acts alone, and it must not pick the years that are good for it.
        """
        by = year - 1 if self.resumed else year
        return self.since <= presence.end_of(by, 12)

    def was_over(self, year: int) -> bool:
        """Returns whether it had ended before a year began.

        Who leaves leaves with the end of the year: its figures are not divided by
        days, and nobody escapes sharing a good year on its last day.
        """
        return self.ended is not None and self.ended <= presence.end_of(year - 1, 12)


def agreed(subject: Subject, views: Views) -> list[AgreedText]:
    """Returns the texts that were agreed, as time went.

    One that all stood behind holds until all stand behind another, or one of them
    leaves: whoever now says another text does not escape the old one by that.
    """
    texts: list[AgreedText] = []
    moments = {recorded for view in views.values() for recorded, _ in view.acts}
    for moment in sorted(moments):
        now = position(subject, views, moment)
        last = texts[-1] if texts and texts[-1].ended is None else None
        if now.text is not None:
            if last is None or last.text != now.text:
                again = any(one.text == now.text for one in texts)
                resumed = again and texts[-1].ended is not None
                texts.append(AgreedText(moment, now.text, resumed=resumed))
        # No new text and all still there: a dispute about the next ends no agreement.
        elif last is not None and not _named(last.text) <= set(now.staying):
            texts[-1] = replace(last, ended=moment)
    return texts


def agreed_of(states: States) -> list[AgreedText]:
    """Returns likewise of the subject of states; gone through once, whoever asks."""
    texts: list[AgreedText] = states.once("agreed", _as_time_went)
    return texts


def _as_time_went(states: States) -> list[AgreedText]:
    return agreed(states.subject, states.of(str(states.subject)))


def latest_in_force(agreements: list[AgreedText]) -> AgreedText | None:
    """Returns the text that holds now, unless a party that it names has left."""
    last = agreements[-1] if agreements else None
    return last if last is not None and last.ended is None else None


def _named(text: SharingDescribed) -> frozenset[str]:
    """Returns whom a text names: it holds only while all of them are members."""
    return frozenset[str]().union(*(terms.parties for terms in text.terms))


def of_year(agreements: list[AgreedText], year: int) -> AgreedText | None:
    """Returns the text that a year follows; None while there is none.

    Args:
        agreements: what was agreed, as time went.
        year: which.
    """
    for one in reversed([one for one in agreements if one.holds_in(year)]):
        if not one.was_over(year) and one.text.covers(year):
            return one
        if one.was_over(year) or year >= one.text.begins:
            break  # what it took the place of does not come back
    # Agreed after the year was over, and for it: shares are often settled afterwards.
    # Who comes back to a text agrees on nothing for the years it was away.
    later = (one for one in agreements if not one.holds_in(year) and not one.resumed)
    return next((one for one in later if one.text.covers(year)), None)
