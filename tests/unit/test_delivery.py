"""A batch is over well before its transaction is, whatever either was set to."""

from datetime import timedelta
from typing import Any

import pytest

from services.runtime import delivery
from services.runtime.layout import WHOLE
from services.runtime.memory import Memory
from services.runtime.settings import Settings
from services.runtime.shard import Shard
from tests.support.folding import incoming
from tests.support.saying import S11, described, event

SAID = [
    incoming(event("project.described", "chengdu", S11, described(), f"{number}"), "t")
    for number in range(9)
]


@pytest.mark.parametrize(
    ("batch_time", "transaction_timeout", "taken"),
    [(5, 60, 3), (10, 20, 3), (3600, 60, 8), (0, 60, 1)],
)
async def test_a_batch_leaves_the_rest_in_time(
    batch_time: int,
    transaction_timeout: int,
    taken: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(delivery, "monotonic", lambda: now[0])

    def decide(_: Any) -> tuple[()]:
        now[0] += 2.0
        return ()

    settings = Settings(
        batch_time=timedelta(seconds=batch_time),
        transaction_timeout=timedelta(seconds=transaction_timeout),
    )
    shard = Shard[Any]("coordination", WHOLE, (), Memory(str), settings)
    await delivery.Delivery(shard, decide)(SAID)
    assert shard.taken == [one.record for one in SAID[:taken]]
