"""A service that dies, or takes a batch back, at a place of its transaction.

``python -m tests.support.harness.victim run SERVICE`` is ``twincity run SERVICE``
with a count kept at every await of its transaction, at both ends of every request
that its producer makes, and at every statement of the ledger's database. It kills
itself there as the kernel would: nothing is caught, closed or flushed.
"""

import inspect
import os
import random
import signal
import sys
import types
from collections import Counter
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.cli import main
from services.ledger import keeping
from services.runtime import (
    deadletters,
    deciding,
    delivery,
    outbox,
    producing,
    redriving,
    shard,
    transaction,
)
from services.runtime.shard import Shard

TOLD = "TEST_TOLD"
"""Names the file where each life tells what it comes to, a line each."""
DIES_AT = "TEST_DIES_AT"
"""``PLACE*n``: the place where it dies, when it comes there for the n-th time."""
ABORTS = "TEST_ABORTS"
"""The share of the batches that are taken back when everything was sent."""

_WATCHED = (
    transaction, shard, delivery, deciding, deadletters, redriving, outbox, producing,
    keeping,
)  # fmt: skip
_KAFKAS_OWN = ("Fetch", "Metadata", "ApiVersion")


class Moments:
    """Where this life has been; it ends at one of these."""

    def __init__(self, told: str, dies_at: str) -> None:
        self._told = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._place, _, times = dies_at.rpartition("*")
        self._times = int(times or 0)
        self._been: Counter[str] = Counter()

    def tell(self, what: str, place: str = "") -> None:
        os.write(self._told, f"{what}\t{place}\n".encode())

    def at(self, place: str) -> None:
        self._been[place] += 1
        if self._been[place] == 1:
            self.tell("been", place)
        if place == self._place and self._been[place] == self._times:
            self.tell("died", place)
            os.kill(os.getpid(), signal.SIGKILL)


def install(moments: Moments, aborts: float) -> None:
    own = [
        part
        for module in _WATCHED
        for part in vars(module).values()
        if inspect.isclass(part) and part.__module__ == module.__name__
    ]
    for part in own:
        for name, method in vars(part).copy().items():
            if inspect.iscoroutinefunction(method):
                setattr(part, name, _counting(method, moments))
    _count_requests(moments)
    _count_database(moments)
    if aborts:
        _take_back(moments, aborts)


def _counting(method: Callable[..., Any], moments: Moments) -> Callable[..., Any]:
    @wraps(method)
    async def counted(*given: Any, **named: Any) -> Any:
        return await _stepping(method(*given, **named), moments)

    return counted


@types.coroutine
def _stepping(coroutine: Any, moments: Moments) -> Generator[Any, Any, Any]:
    """Run a coroutine; each time that it waits for somebody else is a moment.

    Once, where it waits: whoever waits for what is counted itself is at no other one.
    """
    raised: BaseException | None = None
    while True:
        try:
            waits_for = (
                coroutine.send(None) if raised is None else coroutine.throw(raised)
            )
        except StopIteration as end:
            return end.value
        # By its code: as a coroutine it has the name of what it wraps.
        awaited = getattr(coroutine.cr_await, "cr_code", None)
        if getattr(awaited, "co_name", "") != "counted":
            moments.at(f"{coroutine.__qualname__}:{coroutine.cr_frame.f_lineno}")
        raised = None
        try:
            yield waits_for
        except BaseException as error:  # noqa: BLE001  cancelled, above all
            raised = error


def _count_requests(moments: Moments) -> None:
    """At both ends of what a transaction asks of the brokers."""
    ours: set[int] = set()
    start, send = AIOKafkaProducer.start, AIOKafkaClient.send

    async def started(self: AIOKafkaProducer) -> None:
        if self._txn_manager is not None:
            ours.add(id(self.client))
        await start(self)

    async def asked(self: Any, node: Any, request: Any, **named: Any) -> Any:
        name = type(request).__name__.partition("_")[0]
        if id(self) not in ours or name.startswith(_KAFKAS_OWN):
            return await send(self, node, request, **named)
        moments.at(f"{name} unsent")
        answer = await send(self, node, request, **named)
        moments.at(f"{name} answered")
        return answer

    AIOKafkaProducer.start = started
    AIOKafkaClient.send = asked


def _count_database(moments: Moments) -> None:
    def at(name: str) -> Callable[..., None]:
        def happened(_connection: Any, *more: Any, **_named: Any) -> None:
            # An execution's second argument is its SQL: its first two words tell it.
            said = " ".join(more[1].split()[:3]) if len(more) > 1 else ""
            moments.at(f"{name} {said}".strip())

        return happened

    for name in ("begin", "before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, at(f"database {name}"))


def _take_back(moments: Moments, share: float) -> None:
    chance = random.Random(os.getpid())
    commit = Shard.commit

    async def commit_or_not(self: Shard[Any]) -> None:
        if chance.random() < share:
            moments.tell("taken back")
            raise KafkaError("taken back: the brokers have it all")
        await commit(self)
        moments.tell("committed")

    Shard.commit = commit_or_not  # type: ignore[method-assign]


if __name__ == "__main__":
    install(
        Moments(os.environ[TOLD], os.environ.get(DIES_AT, "")),
        float(os.environ.get(ABORTS, "0")),
    )
    sys.exit(main())
