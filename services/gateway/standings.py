"""What the lists of projects and of opportunities show of an event: pure."""

from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from twincity_schemas.decimals import plain
from twincity_schemas.dispatch_record import DecisionRecorded, LineRecorded, ReportDue
from twincity_schemas.light import Light
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.pairing_record import Pair, PairingRecorded
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project_record import FieldState, ProjectRecorded


@dataclass(frozen=True, slots=True)
class Header:
    """Of a project's header: what it is, and how far its members agree."""

    item_class: str
    agreement: str
    phase: str
    disputed: int
    open_parts: int


@dataclass(frozen=True, slots=True)
class Month:
    """Of a project's month; "" where the whole is not known.

    Attributes:
        period: ``2024-08``.
        light: its code.
        plan: for the year, 万元, as written, like ``invested``.
        rate: per cent.
        lead: over elapsed time, percentage points.
    """

    period: str
    light: str = ""
    plan: str = ""
    invested: str = ""
    rate: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """Of an entry as its owner said it: what its record does not repeat.

    Attributes:
        unit: the responsible one.
        project: that it is for; "" where it names none.
    """

    unit: str
    project: str


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A pair or an offer of an entry.

    Attributes:
        other: the other entry.
        offer: whether something else is recommended now.
        answer_by: a date, until when the other should answer; "" where nobody waits.
    """

    other: str
    status: str
    score: int
    offer: bool
    answer_by: str


@dataclass(frozen=True, slots=True)
class Paired:
    """Of an entry's record.

    Attributes:
        open: whether it is on the list.
        title: what it is called.
    """

    pool: str
    title: str
    direction: str
    need_type: str
    open: bool
    pairs: tuple[ListedPair, ...]


@dataclass(frozen=True, slots=True)
class LineReport:
    """Of a dispatch's line, one member's report; "" where there are no figures."""

    party: str
    state: str
    plan: str = ""
    invested: str = ""


@dataclass(frozen=True, slots=True)
class DispatchLine:
    """Of a dispatch, one project; figures of the whole are "" where it is not known.

    Attributes:
        project: which one.
        light: its code, or "".
        lags: whether it is behind, or red.
        lead: over elapsed time, percentage points.
        plan: for the year, 万元.
        invested: this year, 万元.
        reports: those that were due.
    """

    project: str
    light: str
    lags: bool
    lead: str
    plan: str
    invested: str
    reports: tuple[LineReport, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """Of a decision, in whichever dispatch it is followed.

    Attributes:
        dispatch: where it was decided.
    """

    dispatch: str
    party: str
    unit: str
    officer: str
    state: str
    overdue: bool


Standing = Header | Month | PublishedEntry | Paired | DispatchLine | Decided


def standing(data: BaseModel) -> Standing | None:  # noqa: PLR0911  one a case
    """Returns what an event adds to a list; None of most."""
    match data:
        case OpportunityPublished():
            return PublishedEntry(data.responsible_unit.name, data.project or "")
        case PairingRecorded():
            listed = [_listed(pair, offer=False) for pair in data.pairs]
            listed += [_listed(pair, offer=True) for pair in data.offers]
            return Paired(
                data.pool,
                data.title,
                data.direction,
                data.need_type,
                data.open,
                tuple(listed),
            )
        case ProjectRecorded():
            phase = data.fields.get("phase")
            return Header(
                data.item_class or "",
                data.agreement,
                str(phase.value or "") if phase else "",
                sum(f.state is FieldState.DISPUTED for f in data.fields.values()),
                data.open_parts,
            )
        case ProgressRecorded(joint=joint):
            period = f"{data.year}-{data.through_month:02}"
            light = data.light or ""
            if joint is None:
                return Month(period, light)
            return Month(
                period,
                light,
                plain(joint.annual_plan),
                plain(joint.annual_investment),
                _text(joint.computed_rate),
                _text(joint.lead),
            )
        case LineRecorded():
            lags = data.light is Light.RED or (data.lead is not None and data.lead < 0)
            known = data.annual_plan is not None
            return DispatchLine(
                data.project,
                data.light or "",
                lags,
                _text(data.lead),
                _text(data.annual_plan),
                _text(data.annual_investment) if known else "",
                tuple(map(_report, data.reports)),
            )
        case DecisionRecorded():
            overdue = bool(data.overdue)
            who = data.party, data.unit.name, data.unit.officer or ""
            return Decided(data.dispatch, *who, data.state, overdue)
        case _:
            return None


def _report(due: ReportDue) -> LineReport:
    if due.figures is None:
        return LineReport(due.party, due.state)
    plan, invested = due.figures.annual_plan, due.figures.annual_investment
    return LineReport(due.party, due.state, plain(plan), plain(invested))


def _listed(pair: Pair, *, offer: bool) -> ListedPair:
    answer_by = pair.answer_by or ""
    return ListedPair(pair.counterpart, pair.status, pair.score, offer, answer_by)


def _text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)
