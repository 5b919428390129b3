"""Dead letters of the services: queues, a letter, and what operators do about it.

A page asks; the shard that wrote the dead letter decides, in its own transaction.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.gateway.desk import Desk
from services.gateway.pages import links
from services.gateway.pages.forms import Form
from services.gateway.pages.frame import Visit, show
from services.gateway.people import OPERATE
from services.gateway.refusing import Refusal, unknown
from services.runtime.discarding import Proposed, same_person
from services.runtime.errors import TwinCityError
from services.runtime.letters import (
    Letter,
    Previewed,
    origin_of,
    queue_of_letter,
    queues,
)
from twincity_schemas.operations import (
    Act,
    DeadLetterReason,
    DiscardConfirmed,
    DiscardDecided,
    Origin,
    RedriveAsked,
)
from twincity_schemas.topology import SERVICES
from twincity_schemas.words import Words

_PER_PAGE = 50
_MOST_SHOWN = 20_000
"""Characters of a message."""


@dataclass(frozen=True)
class WaitingQueue:
    """The letters of one subject in one input partition.

    Attributes:
        letters: in their order; the first has failed, the others wait behind it.
        proposed: the discards of any of them that wait for a second person.
    """

    letters: Sequence[Letter]
    proposed: Sequence[Proposed]

    @property
    def first(self) -> Letter:
        """The one that failed."""
        return self.letters[0]


def desk_of_visit(visit: Visit) -> Desk:
    """The desk of whoever operates here.

    Raises:
        Refusal: 404, this gateway has none.
    """
    if visit.desk is None:
        raise Refusal(
            404,
            "no_desk",
            ("本网关不是运维网关", "this gateway is not the operators'"),
        )
    return visit.desk


async def dead_letters(visit: Visit) -> Response:
    """Returns what waits, a line for each queue."""
    desk = desk_of_visit(visit)
    asked = visit.asked("service")
    letters = await desk.letters(asked if asked in SERVICES else "")
    proposals = await desk.proposals()
    waiting = [
        WaitingQueue(one, [proposals[_key(x)] for x in one if _key(x) in proposals])
        for one in queues(letters).values()
    ]
    waiting.sort(key=lambda one: one.first.dead_since)
    skip = (visit.number - 1) * _PER_PAGE
    return show(
        visit,
        "waiting.html",
        total=len(waiting),
        waiting=waiting[skip : skip + _PER_PAGE],
        more=len(waiting) > skip + _PER_PAGE,
        services=SERVICES,
        when=when,
    )


async def letter(visit: Visit) -> Response:
    """Returns a letter whole, what a redrive would lead to if that is asked, forms."""
    desk = desk_of_visit(visit)
    service, origin = visit.asked("service"), visit.params["origin"]
    queue = await _queue(desk, service, origin)
    if queue is None:
        status = 200 if visit.asked("done") else 404
        return show(visit, "letter_gone.html", status, origin=origin, service=service)
    proposals = await desk.proposals()
    previewed: Sequence[Previewed] = ()
    failed: TwinCityError | None = None
    if visit.asked("preview") and visit.who.may(OPERATE):
        try:
            previewed = await desk.preview(queue)
        except TwinCityError as error:
            failed = error
    one = _of(queue, origin)
    decided = proposals.get(_key(one))
    statement = dict(_headers(one)).get("ce_id", "")
    sought = {"correlation": statement} if statement else {"subject": one.subject}
    return show(
        visit,
        "letter.html",
        letter=one,
        queue=queue,
        headers=_headers(one),
        value=_value(one),
        proposed=decided,
        mine=decided is not None and same_person(decided.by, visit.who.name),
        previewed=previewed,
        failed=failed,
        readable=one.waits.reason is not DeadLetterReason.UNREADABLE,
        may=visit.who.may(OPERATE),
        following=NEXT[one.waits.reason],
        statement=statement,
        tries=links.of_log(**sought),
        when=when,
    )


async def redrive(visit: Visit, form: Form) -> Response:
    """Have a queue decided again, from its first."""
    desk = desk_of_visit(visit)
    service, origin = form.get("service", ""), form.get("origin", "")
    queue = await _known(desk, service, origin)
    act = _act(RedriveAsked, visit, form, queue[0])
    return await _publish(desk, act, origin)


async def discard(visit: Visit, form: Form) -> Response:
    """Give one message up, or propose it where two people are needed."""
    desk = desk_of_visit(visit)
    service, origin = form.get("service", ""), form.get("origin", "")
    one = _of(await _known(desk, service, origin), origin)
    return await _publish(desk, _act(DiscardDecided, visit, form, one), origin)


async def confirm(visit: Visit, form: Form) -> Response:
    """Agree, as a second person, to a decision as it was shown.

    Raises:
        Refusal: it has changed since (409), or its own maker agrees (403).
    """
    desk = desk_of_visit(visit)
    service, origin = form.get("service", ""), form.get("origin", "")
    one = _of(await _known(desk, service, origin), origin)
    decided = (await desk.proposals()).get(_key(one))
    if decided is None or decided.decision != form.get("decision"):
        raise Refusal(
            409,
            "no_decision",
            (
                "作废决定已变更，请重新打开页面",
                "the decision is no longer the one shown",
            ),
        )
    if same_person(decided.by, visit.who.name):
        raise Refusal(
            403,
            "same_person",
            ("须由另一人确认", "another person has to confirm it"),
        )
    act = _act(DiscardConfirmed, visit, form, one, decision=decided.decision)
    return await _publish(desk, act, origin)


def _act(kind: Any, visit: Visit, form: Form, about: Letter, **more: str) -> Act:
    try:
        act: Act = kind(
            service=about.service,
            subject=about.subject,
            origin=about.origin,
            by=visit.who.name,
            why=form.get("why", ""),
            **more,
        )
    except ValidationError:
        raise Refusal(
            422,
            "why",
            ("请填写理由（4000 字以内）", "give a reason, up to 4,000 characters"),
        ) from None
    return act


async def _publish(desk: Desk, act: Act, origin: str) -> Response:
    await desk.publish(act)
    return RedirectResponse(links.of_letter(act.service, origin, done="1"), 303)


async def _known(desk: Desk, service: str, origin: str) -> Sequence[Letter]:
    queue = await _queue(desk, service, origin)
    if queue is None:
        raise unknown(origin)
    return queue


async def _queue(desk: Desk, service: str, origin: str) -> Sequence[Letter] | None:
    """Every letter of the queue that one waits in; None: it does not wait."""
    if service not in SERVICES:
        raise unknown(service)
    where = _origin(origin)
    letters = await desk.letters(service)
    one = next((x for x in letters if x.origin == where), None)
    if one is None:
        return None
    return [x for x in letters if queue_of_letter(x) == queue_of_letter(one)]


def _origin(text: str) -> Origin:
    with suppress(ValueError):
        return origin_of(text)
    raise unknown(text)


def _of(queue: Sequence[Letter], origin: str) -> Letter:
    return next(x for x in queue if str(x.origin) == origin)


def _key(letter: Letter) -> str:
    return f"{letter.service} {letter.origin}"


def when(letter: Letter) -> datetime:
    """Returns when it became a dead letter."""
    return datetime.fromtimestamp(letter.dead_since / 1000, UTC)


def _headers(letter: Letter) -> list[tuple[str, str]]:
    return [
        (name, (content or b"").decode(errors="backslashreplace"))
        for name, content in letter.headers
    ]


def _value(letter: Letter) -> str:
    """The message as a person reads it: JSON indented, where it is."""
    text = (letter.value or b"").decode(errors="backslashreplace")
    with suppress(ValueError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    if len(text) > _MOST_SHOWN:
        text = f"{text[:_MOST_SHOWN]} …"
    return text


NEXT: Mapping[DeadLetterReason, Words] = {
    DeadLetterReason.UNDECIDED: Words(
        "修正程序后重新处理", "mend the release, then have it decided again"
    ),
    DeadLetterReason.REPEATED: Words(
        "排除内存、磁盘或网络故障后重新处理",
        "mend memory, disk or network, then have it decided again",
    ),
    DeadLetterReason.BATCH: Words(
        "修正程序后重新处理", "mend the release, then decide again"
    ),
    DeadLetterReason.TOO_LARGE: Words(
        "修正程序，或作废", "mend the release, or discard it"
    ),
    DeadLetterReason.BEHIND: Words("处理队首即可", "see to the first of its queue"),
    DeadLetterReason.UNREADABLE: Words(
        "告知主体后作废", "tell the party, then discard it"
    ),
    DeadLetterReason.REFUSED: Words(
        "修复数据库后重新处理", "mend the database, then have it written again"
    ),
}
"""What can be done about it, as the runbook says."""
