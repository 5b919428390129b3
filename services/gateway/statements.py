"""POST /statements: into the inbox, and the answer is the receipt."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.opening import InboxMessage
from services.gateway.refusing import Refusal, later
from services.gateway.rows import Row
from services.gateway.view import View
from services.rules.families import Family
from twincity_schemas.problems import Problem, problem
from twincity_schemas.receipt import Verdict

Send = Callable[[InboxMessage, str], Awaitable[str]]
"""Puts a message into a party's inbox; gives its place."""

DEFAULT_WAIT_S, LONGEST_WAIT_S = 5.0, 30.0
REJECTED = 422
MOST_WAITING = 1_000
"""Statements that are on their way or wait for a receipt; more get 429."""

_WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,9})(?:$|[,;\s])")


@dataclass(frozen=True)
class Answer:
    """The answer to a statement so far.

    Attributes:
        status: 200 with its receipt, 422 with its receipt, 202 without; 503.
        place: where it lies in the inbox; "" where that is not known.
        receipt: its data.
        refusal: why there is none of both.
    """

    status: int
    place: str = ""
    receipt: dict[str, Any] | None = None
    refusal: Refusal | None = None

    @property
    def location(self) -> str:
        """Returns where the receipt is, or will be."""
        return f"/receipts/{self.place}"

    def document(self, language: str) -> dict[str, Any]:
        """As an element of a batch's answer."""
        if self.refusal is not None:
            return self.refusal.document(language)
        if self.status == REJECTED:
            return rejected(self).document(language)
        document = {"status": self.status, "location": self.location}
        return document | ({} if self.receipt is None else {"receipt": self.receipt})


class Receipts:
    """Whoever waits for a receipt, by the place of the message."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._waiting: dict[str, list[asyncio.Future[Row]]] = {}

    def on_batch(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Give those who wait what they wait for."""
        for _, row in rows:
            if row.family is Family.RECEIPT:
                for future in self._waiting.pop(row.place, ()):
                    if not future.done():
                        future.set_result(row)

    async def of(self, place: str, seconds: float) -> Row | None:
        """The receipt of the message at a place; None: none within so many seconds."""
        if (there := self._view.receipt(place)) is not None or seconds <= 0:
            return there
        future: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, []).append(future)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            if waiting := self._waiting.get(place):
                if future in waiting:
                    waiting.remove(future)
                if not waiting:
                    del self._waiting[place]


class Door:
    """The way in for statements.

    Args:
        parties: whose inboxes it writes: one, or those of a gateway for trying.
        send: see :data:`Send`.
        receipts: where the answers come.
    """

    def __init__(self, parties: frozenset[str], send: Send, receipts: Receipts) -> None:
        self._parties = parties
        self._send = send
        self._receipts = receipts
        self._waiting = 0

    async def take(
        self, messages: Sequence[InboxMessage], wait_s: float
    ) -> list[Answer]:
        """Put statements into the inbox in their order, and wait for the receipts.

        Raises:
            Refusal: nothing was put anywhere: 403, 422 or 429.
        """
        whose = [self.party_of(message.party) for message in messages]
        if self._waiting + len(messages) > MOST_WAITING:
            raise later(
                429,
                "too_many",
                ("等待回执的填报过多，请稍后重发", "too many wait; come again"),
            )
        self._waiting += len(messages)
        try:
            return await self._taken(messages, whose, wait_s)
        finally:
            self._waiting -= len(messages)

    async def _taken(
        self, messages: Sequence[InboxMessage], whose: Iterable[str], wait_s: float
    ) -> list[Answer]:
        until = asyncio.get_running_loop().time() + wait_s
        places: list[str] = []
        failed: Refusal | None = None
        for message, party in zip(messages, whose, strict=True):
            try:
                places.append(await self._send(message, party))
            except Refusal as refusal:  # what follows would overtake it
                failed = refusal
                break
        left = until - asyncio.get_running_loop().time()
        taken = await asyncio.gather(
            *(self._receipts.of(place, left) for place in places)
        )
        answers = [
            _answer(place, row) for place, row in zip(places, taken, strict=True)
        ]
        if failed is not None:
            unsent = len(messages) - len(places)
            answers += [Answer(failed.status, refusal=failed)] * unsent
        return answers

    def party_of(self, named: str) -> str:
        """Returns whose inbox it is: the gateway's own party, or the one named.

        Raises:
            Refusal: 403 or 422: there is none.
        """
        if not self._parties:
            raise Refusal(
                403,
                "reads_only",
                ("本网关只读，不收填报", "this gateway reads alone; it takes nothing"),
            )
        if len(self._parties) == 1:
            return next(iter(self._parties))
        if named in self._parties:
            return named
        wrong = problem(
            "ce_source",
            "unknown_party",
            f"主体 {named[:100] or '—'} 未登记",
            f"{named[:100] or '—'} is not in the registry of parties",
        )
        raise Refusal(
            422,
            "no_inbox",
            ("没有可投递的收件箱", "there is no inbox for it"),
            problems=[wrong],
        )


def rejected(answer: Answer) -> Refusal:
    """The receipt of a rejected statement as a problem."""
    receipt = answer.receipt or {}
    return Refusal(
        422,
        "rejected",
        ("填报被退回", "the statement was rejected"),
        problems=[Problem(**one) for one in receipt.get("problems", ())],
        headers={"Content-Location": answer.location},
        more={"instance": answer.location, "receipt": receipt},
    )


def _answer(place: str, row: Row | None) -> Answer:
    if row is None:
        return Answer(202, place)
    receipt = json.loads(row.value or b"{}")
    status = REJECTED if receipt.get("verdict") == Verdict.REJECTED else 200
    return Answer(status, place, receipt)


def status_of(answers: Iterable[Answer]) -> int:
    """Returns what a batch is answered with: what its sender has to act on most."""
    statuses = {answer.status for answer in answers}
    failed = statuses - {200, 202, 422}
    return max(failed) if failed else next(s for s in (422, 202, 200) if s in statuses)


def wait_of(prefer: str) -> float:
    """Seconds that ``Prefer: wait=…`` (RFC 7240) asks for, within our bounds."""
    asked = _WAIT.search(prefer)
    return min(float(asked[1]), LONGEST_WAIT_S) if asked else DEFAULT_WAIT_S
