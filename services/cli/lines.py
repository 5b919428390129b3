"""An event as one readable line, Chinese with the names as the field has them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pydantic import BaseModel

from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.indicator_record import IndicatorRecorded
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeIssued, NoticeKind
from twincity_schemas.operations import DiscardDecided, RedriveAsked
from twincity_schemas.opportunity import OpportunityPublished
from twincity_schemas.pairing import PairingRecorded, PoolRecorded
from twincity_schemas.progress import ProgressReported
from twincity_schemas.project import ProjectDescribed, ProjectEndorsed
from twincity_schemas.project_record import FieldState, ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.steps import NoEffect

CHINA = timezone(timedelta(hours=8))
"""The field's time: one zone, without summer time."""

_GOOD = (NoticeKind.IN_EFFECT, NoticeKind.RELEASED)
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


def line(event: Event[BaseModel]) -> str:
    """Who says what about which subject, in one line."""
    envelope = event.envelope
    return (
        f"{clock(envelope.time)} "
        f"{event.type.words.zh:<5} "
        f"{envelope.subject} [{envelope.source}] {gist(event.data)}"
    )


def as_cloudevent(event: Event[BaseModel]) -> dict[str, Any]:
    """An event as CloudEvents write it in JSON, its data exactly as published."""
    envelope = event.envelope.model_dump(mode="json", exclude_none=True)
    return envelope | {"data": json.loads(event.value)}


def gist(data: BaseModel) -> str:  # noqa: C901, PLR0911, PLR0912  one return a kind
    """What an event says, shortly."""
    match data:
        case ProjectDescribed():
            amount = data.total_investment
            money = "" if amount is None else f"，总投资 {yi(amount.amount)} 亿元"
            return f"{data.name}{money}"
        case ProjectEndorsed():
            return f"认可 {data.party} 的描述 endorses {data.party}"
        case ProgressReported():
            return (
                f"{data.year} 年 1—{data.through_month} 月完成 "
                f"{yi(data.annual_investment)} 亿元"
            )
        case OpportunityPublished():
            return f"{data.direction.words.zh}·{data.need_type.words.zh}：{data.title}"
        case ReceiptIssued():
            codes = "、".join(p.code for p in data.problems)
            mark = "✓" if data.verdict is Verdict.ACCEPTED else "✗"
            return f"{mark} {data.verdict.words.zh} {data.statement or '—'} {codes}"
        case ProjectRecorded():
            disputed = [
                name
                for name, field in data.fields.items()
                if field.state is FieldState.DISPUTED
            ]
            about = f"（{'、'.join(disputed)}）" if disputed else ""
            return f"{data.name}：{data.agreement.words.zh}{about}"
        case (
            ChallengeRecorded(title=name, state=state)
            | IndicatorRecorded(name=name, state=state)
        ):
            return f"{name}：{state.words.zh}"
        case PairingRecorded():
            pairs = "、".join(f"{p.counterpart} {p.score} 分" for p in data.pairs)
            return f"{data.title} ↔ {pairs or data.why_unpaired}"
        case PoolRecorded():
            return f"{data.pairs} 对，总得分 {data.score}"
        case NoticeIssued(kind=NoticeKind.DOUBTFUL, statement=statement, doubts=doubts):
            return f"? {statement}：{'；'.join(f'{d.zh} {d.en}' for d in doubts)}"
        case NoticeIssued(no_effect=NoEffect() as one):
            open_now = "、".join(
                f"{o.step}（{'、'.join(o.parties)}）" for o in one.open
            )
            return f"✗ {one.zh} {one.en}；现可办 open: {open_now or '—'}"
        case NoticeIssued(statement=statement, kind=kind):
            reason = data.laid_aside.words.zh if data.laid_aside else data.why or ""
            mark = "✓" if kind in _GOOD else "✗"
            return f"{mark} {statement} {kind.words.zh} {kind.words.en} {reason}"
        case RedriveAsked() | DiscardDecided():
            return f"{data.service} {data.origin} {data.by}：{data.why}"
        case _:
            return _first_text(data)


def _first_text(data: BaseModel) -> str:
    """What a statement calls its matter, in the first field that does."""
    texts = (getattr(data, name, None) for name in ("title", "name", "task", "note"))
    return next((text for text in texts if isinstance(text, str)), "")


def yi(wan: object) -> str:
    """万元 as 亿元, the way the lists print it."""
    return f"{float(str(wan)) / 10_000:,.2f}"
