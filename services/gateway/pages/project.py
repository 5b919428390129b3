"""A project's page: side by side, and everything that its parts tell."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from starlette.responses import Response

from services.gateway.matters import field_words
from services.gateway.pages import drawing, opportunities, scores
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.readable import LabelledValue, valued
from services.gateway.pages.records import parts_of, records_of, subject_of
from services.gateway.pages.telling import Tell
from services.gateway.pages.today import NEEDS
from services.gateway.wanted import Wanted
from services.rules.obstacles import OVER
from twincity_schemas.correction_record import CorrectionRecorded
from twincity_schemas.factor_record import FactorRecorded
from twincity_schemas.obstacle_record import ObstacleRecorded
from twincity_schemas.opportunity import Direction, NeedType
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project import Phase
from twincity_schemas.project_record import (
    Agreement,
    FieldRecord,
    FieldState,
    ProjectRecorded,
    Said,
    Stance,
)
from twincity_schemas.task_record import TaskRecorded
from twincity_schemas.treatment import KEPT_OPEN_BY, TreatmentMeasure
from twincity_schemas.treatment_record import TreatmentRecorded
from twincity_schemas.words import Coded

_ENTRIES = 20
_OURS = ("name", "domain", "item_class")  # what the page's head says


class Side(NamedTuple):
    """One party's word about a field, as a page shows it."""

    value: LabelledValue
    source: Said


class FieldRow(NamedTuple):
    """A field with what each party says of it; one value where they all agree."""

    label: str
    record: FieldRecord
    sides: dict[str, Side]


class AgreementStep(NamedTuple):
    """A step that would lead to agreement: by whom, in answer to which statement."""

    parties: tuple[str, ...]
    fact: str
    answers: str


def project(visit: Visit) -> Response:
    """All that there is about a project."""
    subject = subject_of(visit, "project")
    header, records = records_of(visit.view, subject, ProjectRecorded)
    months = parts_of(records, ProgressRecorded)
    months.sort(key=lambda month: (month.year, month.through_month), reverse=True)
    obstacles = parts_of(records, ObstacleRecorded)
    obstacles.sort(key=lambda one: (one.state in OVER, one.due))
    factors = parts_of(records, FactorRecorded)
    tasks = sorted(parts_of(records, TaskRecorded), key=lambda t: (t.party, t.unit))
    return show(
        visit,
        "project.html",
        subject=subject,
        record=header,
        rows=list(_rows(header, visit.tell)),
        phase=_phase(header),
        steps=list(steps_to_agreement(header)),
        months=months,
        charts=list(_charts(months, visit.tell)),
        spans=_timeline(header, months, visit),
        obstacles=obstacles,
        over=OVER,
        factors=factors,
        tasks=[(party, list(of)) for party, of in groupby(tasks, lambda t: t.party)],
        treatments=parts_of(records, TreatmentRecorded),
        kept_open=_kept_open(obstacles, factors, tasks),
        called={
            **{one.part: one.title for one in obstacles},
            **{one.part: one.what for one in factors},
            **{one.part: one.unit for one in tasks},
        },
        corrections=parts_of(records, CorrectionRecorded),
        matters=visit.view.matters.of_subject(subject),
        needs=NEEDS,
        entries=opportunities.shown(visit.view, Wanted(project=subject), _ENTRIES),
        states=opportunities.STATE_WORDS,
        directions=list(Direction),
        need_types=list(NeedType),
        drawing=drawing,
        scores=scores,
    )


def _kept_open(
    obstacles: Iterable[ObstacleRecorded],
    factors: Iterable[FactorRecorded],
    tasks: Iterable[TaskRecorded],
) -> dict[TreatmentMeasure, list[str]]:
    """The parts of a project that keep each measure open, by the published table."""
    open_: list[tuple[str, str, Coded]] = [
        *(
            ("obstacle", one.part, one.kind)
            for one in obstacles
            if one.state not in OVER
        ),
        *(
            ("factor", one.part, one.kind)
            for one in factors
            if one.short and not one.lapsed
        ),
        *(("task", one.part, one.state) for one in tasks),
    ]
    return {
        measure: [part for of, part, code in open_ if code in codes.get(of, ())]
        for measure, codes in KEPT_OPEN_BY.items()
    }


def _phase(record: ProjectRecorded) -> Phase | None:
    field = record.fields.get("phase")
    return Phase(field.value) if field and field.value else None


def _rows(record: ProjectRecorded, tell: Tell) -> Iterator[FieldRow]:
    """The fields in the order of a description, those in dispute first."""
    fields = sorted(
        record.fields.items(), key=lambda one: one[1].state is not FieldState.DISPUTED
    )
    for name, field in fields:
        if name in _OURS and field.state is not FieldState.DISPUTED:
            continue
        sides = {
            party: Side(valued(name, value.value, tell), value)
            for party, value in field.by.items()
        }
        yield FieldRow(tell.words(field_words(name, field)), field, sides)


def steps_to_agreement(record: ProjectRecorded) -> Iterator[AgreementStep]:
    """Yields what would settle what the members do not agree on, and who may say it."""
    for step in record.awaiting:
        yield AgreementStep(step.parties, step.step, step.answers or "")
    stances = record.members.items()
    silent = tuple(p for p, member in stances if member.stance is Stance.SILENT)
    if silent:
        yield AgreementStep(silent, "project.endorsed", _described(record))
    if record.agreement is Agreement.DISPUTED and not record.awaiting:
        differing = {
            party: value.statement
            for field in record.fields.values()
            if field.state is FieldState.DISPUTED
            for party, value in field.by.items()
        }
        yield AgreementStep(tuple(sorted(differing)), "project.endorsed", "")
    if record.agreement is Agreement.DECLINED:
        whose = {m.of for _, m in stances if m.stance is Stance.DECLINED and m.of}
        yield AgreementStep(tuple(sorted(whose)), "project.described", "")


def _described(record: ProjectRecorded) -> str:
    """The statement of a description that stands."""
    name = record.fields.get("name")
    return next(iter(name.by.values())).statement if name and name.by else ""


def _charts(months: list[ProgressRecorded], tell: Tell) -> Iterator[str]:
    """Each year's rates, of each party and of the whole, newest year first."""
    whole = tell.t("合计", "the whole")
    for year, of_year in groupby(months, lambda month: month.year):
        marks = []
        for month in reversed(list(of_year)):
            name = month.part.partition("/")[2]
            rates = {tell.party(p): one.computed_rate for p, one in month.by.items()}
            rates[whole] = month.joint.computed_rate if month.joint else None
            marks += [
                drawing.Mark(month.through_month, float(rate), who, f"#{name}")
                for who, rate in rates.items()
                if rate is not None
            ]
        whos = list(dict.fromkeys(mark.who for mark in marks))
        yield drawing.year_chart(year, marks, whos)


def _timeline(
    record: ProjectRecorded, months: list[ProgressRecorded], visit: Visit
) -> str:
    """Planned, elapsed and reported, as bars; "" where no dates are said."""

    def date_of(name: str) -> str:
        field = record.fields.get(name)
        return str(field.value) if field and field.value else ""

    t = visit.tell.t
    begins = date_of("actual_start") or date_of("planned_start")
    ends = date_of("actual_finish") or date_of("planned_finish")
    if not begins or not ends or ends <= begins:
        return ""
    first, last = map(drawing.year_of, (begins, ends))
    if len(ends) == len("2026"):
        last += 1  # by the end of that year
    now = drawing.year_of(visit.day)
    passed = min(max((now - first) / (last - first), 0), 1)
    dates, until = f"{begins} — {ends}", first + passed * (last - first)
    spans = [
        drawing.Span(t("计划", "planned"), first, last, "planned", dates, "#sides"),
        drawing.Span(
            t("时间已过", "elapsed"), first, until, "passed", f"{passed:.0%}", "#sides"
        ),
    ]
    total = record.fields.get("total_investment")
    joint = next((month.joint for month in months if month.joint), None)
    if joint and total and total.value:
        share = float(joint.cumulative_investment) / float(total.value["amount"])
        done = first + min(share, 1) * (last - first)
        label = t("累计完成投资", "invested in all")
        figure = f"{share:.0%}"
        spans.append(drawing.Span(label, first, done, "done", figure, "#progress"))
    return drawing.timeline(spans, now, t("时间线", "Timeline"))
