"""What needs someone, by one event: pure, for the lists that pages show."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from services.rules.due import Due, outstanding
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.consent import Described
from twincity_schemas.dispatch_record import LineRecorded, Reporting
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.project_record import (
    FieldRecord,
    FieldState,
    ProjectRecorded,
    Stance,
)
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.sharing import SharingDescribed
from twincity_schemas.sharing_record import SharingRecorded
from twincity_schemas.words import Words

_NEVER = "9999"
_UNOWNED = "无牵头单位"
_ANSWER = "答复"
_APPEAL = "申诉"
_STEPS = "政策步骤"
_VERIFY = "核验"
_MUST_ANSWER = (Stance.OUTDATED, Stance.CROSSED)


_NONE = Words("", "")


class Need(StrEnum):
    """The reason why something needs someone."""

    SILENT = "silent"
    DISPUTED = "disputed"
    AWAITING = "awaiting"
    OPEN = "open"
    ANSWER = "answer"
    UNOWNED = "unowned"
    REJECTED = "rejected"
    WAITING = "waiting"
    WITHOUT_EFFECT = "without-effect"


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that needs someone.

    Attributes:
        need: why.
        subject: what it is about.
        parties: whose it is; empty while nobody has taken it on.
        unit: which of its units, "" where none is named.
        kind: task, obstacle and so on; what is disputed.
        what: it is about, in words.
        due: by when, a partial date; "" where no date is set.
        statement: that it is about, of a statement; "" elsewhere.
        period: the month that it is about, ``2024-08``; "" where about none.
    """

    need: Need
    subject: str
    parties: tuple[str, ...] = ()
    unit: str = ""
    kind: Words = _NONE
    what: Words = _NONE
    due: str = ""
    statement: str = ""
    period: str = ""


def matters(subject: str, data: BaseModel) -> tuple[Matter, ...]:
    """Returns the matters of an event: the present record, a receipt, a notice."""
    match data:
        case ReceiptIssued(verdict=Verdict.REJECTED) as receipt:
            return (_rejected(receipt),)
        case ReceiptIssued():
            return ()
        case NoticeIssued() as notice:
            return tuple(_noticed(notice))
        case _:
            return (*_of_record(subject, data), *map(_due, outstanding(data, _NEVER)))


def _of_record(subject: str, data: BaseModel) -> Iterator[Matter]:
    """Yields who is silent, what is disputed, who has to answer."""
    match data:
        case ProjectRecorded() | SharingRecorded():
            yield from _of_agreement(subject, data)
        case ProgressRecorded():
            yield from _of_month(subject, data)
        case LineRecorded():
            for report in data.reports:
                if report.state is Reporting.SILENT:
                    about = str(data.project)
                    yield Matter(Need.SILENT, about, (report.party,), kind=_CALLED)
        case _:
            pass


def _of_agreement(
    subject: str, record: ProjectRecorded | SharingRecorded
) -> Iterator[Matter]:
    for party, member in record.members.items():
        if member.stance is Stance.SILENT:
            yield Matter(Need.SILENT, subject, (party,), kind=_DESCRIPTION)
        elif member.stance in _MUST_ANSWER:
            words = member.stance.words
            yield Matter(Need.AWAITING, subject, (party,), kind=words)
    for name, field in record.fields.items():
        if field.state is FieldState.DISPUTED:
            kind = field_words(name, field, _DESCRIBED[type(record)])
            yield Matter(Need.DISPUTED, subject, tuple(field.by), kind=kind)


def _of_month(subject: str, month: ProgressRecorded) -> Iterator[Matter]:
    period = f"{month.year}-{month.through_month:02}"
    kind = month_words(month.year, month.through_month)
    if month.state is FieldState.DISPUTED:
        who = tuple(month.by)
        yield Matter(Need.DISPUTED, subject, who, kind=kind, period=period)
    for party in month.missing:
        yield Matter(Need.SILENT, subject, (party,), kind=kind, period=period)


_DESCRIBED: dict[type[BaseModel], type[Described]] = {
    ProjectRecorded: ProjectDescribed,
    SharingRecorded: SharingDescribed,
}
_DESCRIPTION = Words("信息填报", "the description")
_CALLED = Words("调度应报的进度", "the progress that a dispatch called for")


def month_words(year: int, month: int) -> Words:
    """Returns what the progress of a period is called."""
    return Words(f"{year} 年 1—{month} 月进度", f"progress through {year}-{month:02}")


def field_words(
    name: str, field: FieldRecord, of: type[Described] = ProjectDescribed
) -> Words:
    """Returns what a field of a description is called; a key figure by its own name."""
    if name.startswith("figures."):
        value = next(iter(field.by.values())).value
        return Words(value["zh"], value.get("en") or value["zh"])
    return of.field_words(name)


def _due(item: Due) -> Matter:
    kind = item.kind_words
    need, what = Need.OPEN, Words(item.what, item.what)
    if kind.zh == _UNOWNED:
        need, what = Need.UNOWNED, _NONE
    elif kind.zh in {_ANSWER, _APPEAL, _STEPS, _VERIFY}:
        need = Need.ANSWER
    elif not item.party:
        need = Need.UNOWNED
    parties = tuple(item.party.split("、")) if item.party else ()
    return Matter(need, item.subject, parties, item.unit, kind, what, item.due or "")


def _rejected(receipt: ReceiptIssued) -> Matter:
    first = receipt.problems[0] if receipt.problems else None
    place = receipt.position
    return Matter(
        Need.REJECTED,
        receipt.subject or "",
        (place.topic.rpartition(".")[2],),
        what=Words(first.zh, first.en) if first else _NONE,
        statement=f"{place.topic}/{place.partition}/{place.offset}",
    )


def _noticed(notice: NoticeIssued) -> Iterator[Matter]:
    who, about = (notice.party,), notice.subject
    statement = notice.statement
    match notice.kind:
        case NoticeKind.WAITS:
            reason = notice.dead_letter.words if notice.dead_letter else _NONE
            yield Matter(Need.WAITING, about, who, what=reason, statement=statement)
        case NoticeKind.NO_EFFECT if notice.no_effect is not None:
            step = EVENT_TYPES[f"twincity.{notice.no_effect.step}.v1"].words
            why = Words(notice.no_effect.zh, notice.no_effect.en)
            yield Matter(Need.WITHOUT_EFFECT, about, who, "", step, why, "", statement)
        case _:
            pass
