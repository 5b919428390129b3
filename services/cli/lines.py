"""An event as one readable line, by names and in one language."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from services.gateway.matters import field_words
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.indicator_record import IndicatorRecorded
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.operations import (
    DiscardConfirmed,
    DiscardDecided,
    RedriveAsked,
)
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.pairing_record import PairingRecorded, PoolRecorded
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import ProjectDescribed, ProjectEndorsed
from twincity_schemas.project_record import FieldState, ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.steps import NoEffect

CHINA = timezone(timedelta(hours=8))
"""The field's time: one zone, without summer time."""

_GOOD = (NoticeKind.IN_EFFECT, NoticeKind.DOUBT_SETTLED, NoticeKind.RELEASED)
_EPOCH = datetime.fromtimestamp(0, UTC)


def clock(time: datetime) -> str:
    """A time as the field writes it; at the calendar's edge, as it was said."""
    try:
        return f"{time.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    except OverflowError:
        return time.isoformat()


def moment(milliseconds: int) -> str:
    """A Kafka timestamp in the same way; any number is written."""
    try:
        return clock(_EPOCH + timedelta(milliseconds=milliseconds))
    except OverflowError:
        return f"{milliseconds} ms"


def line(event: Event[BaseModel], tell: Tell) -> str:
    """Returns who says what about which subject, in one line."""
    envelope, about = event.envelope, event.envelope.subject
    if isinstance(event.data, ReceiptIssued | NoticeIssued):
        about = event.data.subject or about  # their own is a place in an inbox
    return (
        f"{clock(envelope.time)} "
        f"{tell.words(event.type.words):<5} "
        f"{tell.subject(about)} "
        f"[{author(envelope.source, tell)}] {gist(event.data, tell)}"
    )


def author(source: str, tell: Tell) -> str:
    """Returns who says something: a party and its office, or a service."""
    party, _, office = source.removeprefix("/").partition("/")
    name = "TwinCity" if party == "twincity" else tell.party(party)
    return f"{name} {office}".strip()


def as_cloudevent(event: Event[BaseModel]) -> dict[str, Any]:
    """An event as CloudEvents write it in JSON, its data exactly as published."""
    envelope = event.envelope.model_dump(mode="json", exclude_none=True)
    return envelope | {"data": json.loads(event.value)}


def gist(data: BaseModel, tell: Tell) -> str:  # noqa: C901, PLR0911  one return a kind
    """Returns what an event says, shortly."""
    t = tell.t
    match data:
        case ProjectDescribed():
            amount = data.total_investment
            money = _money(amount.amount, tell) if amount else ""
            label = tell.words(ProjectDescribed.field_words("total_investment"))
            return data.name + (f"{t('，', ', ')}{label} {money}" if amount else "")
        case ProjectEndorsed():
            whose = tell.party(data.party)
            return t(f"确认 {whose} 的填报", f"endorses {whose}")
        case ProgressReported():
            period = tell.period(f"{data.year:04}-{data.through_month:02}")
            invested = _money(data.annual_investment, tell)
            return f"{period}{t('完成 ', ': invested ')}{invested}"
        case OpportunityPublished():
            what = f"{tell.words(data.direction)} · {tell.words(data.need_type)}"
            return f"{what}{t('：', ': ')}{data.title}"
        case ReceiptIssued():
            mark = "✓" if data.verdict is Verdict.ACCEPTED else "✗"
            why = t("；", "; ").join(t(p.zh, p.en) for p in data.problems)
            return (
                f"{mark} {tell.words(data.verdict)} {data.statement or MISSING} {why}"
            )
        case ProjectRecorded():
            disputed = [
                tell.words(field_words(name, field))
                for name, field in data.fields.items()
                if field.state is FieldState.DISPUTED
            ]
            about = f"{t('：', ': ')}{t('、', ', ').join(disputed)}" if disputed else ""
            return f"{tell.words(data.agreement)}{about}"
        case ChallengeRecorded(state=state) | IndicatorRecorded(state=state):
            return tell.words(state)
        case PairingRecorded():
            pairs = t("、", ", ").join(
                f"{tell.subject(p.counterpart)} {p.score}" for p in data.pairs
            )
            return f"↔ {pairs or tell.either(data.why_unpaired or MISSING)}"
        case PoolRecorded():
            return t(
                f"{data.pairs} 对，总得分 {data.score}",
                f"{data.pairs} pairs, {data.score} points in all",
            )
        case NoticeIssued():
            return _notice(data, tell)
        case RedriveAsked() | DiscardDecided() | DiscardConfirmed():
            return f"{data.service} {data.origin} {data.by}{t('：', ': ')}{data.why}"
        case _:
            return _first_text(data)


def _notice(notice: NoticeIssued, tell: Tell) -> str:
    t = tell.t
    match notice:
        case NoticeIssued(kind=NoticeKind.DOUBTFUL, doubts=doubts):
            mark, why = "?", t("；", "; ").join(t(d.zh, d.en) for d in doubts)
        case NoticeIssued(no_effect=NoEffect() as one):
            steps = t("、", ", ").join(
                f"{tell.fact(step.step)}{t('：', ': ')}{tell.parties(step.parties)}"
                for step in one.open
            )
            open_now = t("；现可办：", "; open now: ") + steps if steps else ""
            mark, why = "✗", t(one.zh, one.en) + open_now
        case _:
            mark = "✓" if notice.kind in _GOOD else "✗"
            reason = notice.dead_letter
            why = tell.words(reason) if reason else notice.why or ""
    return f"{mark} {notice.statement} {tell.words(notice.kind)} {why}".rstrip()


def _first_text(data: BaseModel) -> str:
    """Returns what a statement calls its matter, in the first field that does."""
    texts = (getattr(data, name, None) for name in ("title", "name", "task", "note"))
    return next((text for text in texts if isinstance(text, str)), "")


def _money(wan: Decimal | None, tell: Tell) -> str:
    return f"{tell.money(wan)} {tell.money_unit}"
