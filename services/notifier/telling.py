"""From an event, or from what is open on a day, to what a party is told."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import sha256

from pydantic import BaseModel

from services.notifier.addresses import NoticeSubject
from services.rules.due import Due, outstanding
from twincity_schemas.dispatch_record import LineRecorded, Reporting
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.problems import Problem
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.values import earlier

_NEVER = "9999"
_SHOWN = 10

_KINDS = {
    NoticeKind.NO_EFFECT: NoticeSubject.NO_EFFECT,
    NoticeKind.DOUBTFUL: NoticeSubject.DOUBTFUL,
    NoticeKind.WAITS: NoticeSubject.WAITS,
    NoticeKind.DISCARDED: NoticeSubject.WAITS,
}
"""What is good news (in effect again, released) nobody has to act on."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing that a party is told.

    Attributes:
        id: the same whenever the same is told: a reader drops what he knows.
        statement: the id of the statement it is about; "" where about none.
        due: a partial date; "" where none is set.
    """

    id: str
    party: str
    about: NoticeSubject
    subject: str
    zh: str
    en: str
    statement: str = ""
    due: str = ""

    def document(self) -> dict[str, str]:
        """Returns it as the ``data`` of a webhook."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def of_event(event: BaseModel, event_id: str, party: str) -> Notification | None:
    """Returns what a receipt or a notice on a party's topic tells it, if anything."""
    match event:
        case ReceiptIssued(verdict=Verdict.REJECTED) as receipt:
            statement = receipt.statement or ""
            subject = receipt.subject or ""
            return Notification(
                event_id, party, NoticeSubject.REJECTED, subject,
                f"填报 {statement} 被退回：{_listed(receipt.problems, 'zh', '；')}",
                f"statement {statement} was rejected: "
                f"{_listed(receipt.problems, 'en', '; ')}",
                statement,
            )  # fmt: skip
        case NoticeIssued(kind=kind) as notice if kind in _KINDS:
            zh, en = _why(notice)
            return Notification(
                event_id, party, _KINDS[kind], notice.subject,
                f"填报 {notice.statement} {kind.words.zh}{zh and f'：{zh}'}",
                f"statement {notice.statement}: {kind.words.en}{en and f': {en}'}",
                notice.statement,
            )  # fmt: skip
        case _:
            return None


def _listed(problems: tuple[Problem, ...], language: str, between: str) -> str:
    shown = [f"{p.pointer} {getattr(p, language)}" for p in problems[:_SHOWN]]
    more = len(problems) - len(shown)
    return between.join(shown) + (f" … +{more}" if more > 0 else "")


def _why(notice: NoticeIssued) -> tuple[str, str]:
    if notice.no_effect is not None:
        return notice.no_effect.zh, notice.no_effect.en
    if notice.doubts:
        doubts = notice.doubts
        return _listed(doubts, "zh", "；"), _listed(doubts, "en", "; ")
    return notice.why or "", notice.why or ""


def is_open(record: BaseModel) -> bool:
    """Returns whether anything can fall due by a record, or anybody is silent in it."""
    return any(outstanding(record, _NEVER)) or any(_silent(record))


def reminders(record: BaseModel, today: date, due_days: int) -> Iterator[Notification]:
    """Yields what falls due within so many days, is overdue, and who is silent."""
    horizon = (today + timedelta(days=due_days)).isoformat()
    for item in outstanding(record, today.isoformat()):
        if item.due is not None and (item.overdue or not earlier(horizon, item.due)):
            for party in filter(None, item.party.split("、")):
                yield _reminder(item, party)
    for subject, party, period in _silent(record):
        zh, en = f"{period} 进度未报", f"no report of {period}"
        yield _notification(NoticeSubject.SILENT, party, subject, zh, en, period)


def _reminder(item: Due, party: str) -> Notification:
    about = NoticeSubject.OVERDUE if item.overdue else NoticeSubject.DUE
    kind = item.kind_words
    unit = f"（{item.unit}）" if item.unit else ""
    word_zh, word_en = ("已逾期", "overdue") if item.overdue else ("将到期", "due")
    due = item.due or ""
    zh = f"{kind.zh}{unit}{word_zh}（{due}）：{item.what}"
    en = f"{kind.en} {word_en} {due}: {item.what}"
    return _notification(about, party, item.subject, zh, en, due)


def _notification(  # noqa: PLR0913, PLR0917  what a telling has
    about: NoticeSubject, party: str, subject: str, zh: str, en: str, due: str
) -> Notification:
    # Told once: again only where the date, or what is to be done, is another.
    content = f"{about}\n{party}\n{subject}\n{zh}"
    id_ = f"{about}-{sha256(content.encode()).hexdigest()[:32]}"
    return Notification(id_, party, about, subject, zh, en, due=due)


def _silent(record: BaseModel) -> Iterator[tuple[str, str, str]]:
    """Returns subject, party and period of each report that is missing."""
    match record:
        case ProgressRecorded() as month:
            period = f"{month.year}-{month.through_month:02}"
            for party in month.missing:
                yield str(month.subject), party, period
        case LineRecorded() as line:
            period = str(line.subject).rpartition("/")[2]
            for report in line.reports:
                if report.state is Reporting.SILENT:
                    yield str(line.project), report.party, period
        case _:
            pass
