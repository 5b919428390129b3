"""What becomes of a delivery that fails: aborted, halted, or the process leaves."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from services.runtime import transaction
from services.runtime.errors import BadDeployment, OutcomeUnknown
from services.runtime.transaction import Transactions


class Left(BaseException):
    """In place of the process's end."""


class Shard:
    """Notes what it is told to do."""

    transactional_id = "t"

    def __init__(self, **fails: BaseException) -> None:
        self.fails = fails
        self.done: list[str] = []
        self.failures = 0
        self.feed = self
        self.halted: Exception | None = None

    def halt(self, reason: Exception) -> None:
        self.halted = reason

    def __getattr__(self, name: str) -> Any:
        async def act() -> None:
            self.done.append(name)
            if name == "abort":
                self.failures += 1
            if name in self.fails:
                raise self.fails[name]

        return act


@pytest.fixture(autouse=True)
def _stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(error: BaseException) -> None:
        raise Left(str(error))

    monkeypatch.setattr(transaction, "leave", leave)
    monkeypatch.setattr(transaction, "pause_s", lambda _in_a_row: 0.0)


async def deliver(shard: Shard, error: BaseException | None = None) -> bool:
    one = Transactions(shard)((), context=None)  # type: ignore[arg-type]
    await one.on_receive()
    return await one.after_processed(type(error) if error else None, error)


async def test_a_delivery_is_one_transaction() -> None:
    shard = Shard()
    assert not await deliver(shard)
    assert shard.done == ["begin", "commit"]


@pytest.mark.parametrize("error", [ValueError("decided"), KafkaError("sent")])
async def test_what_failed_is_undone_and_comes_again(error: Exception) -> None:
    shard = Shard()
    assert await deliver(shard, error)
    assert shard.done == ["begin", "abort"]
    assert shard.halted is None


async def test_a_commit_that_fails_before_it_begins_is_undone() -> None:
    shard = Shard(commit=KafkaError("refused"))
    assert await deliver(shard)
    assert shard.done == ["begin", "commit", "abort"]


async def test_a_bad_deployment_halts_its_shard() -> None:
    shard, error = Shard(), BadDeployment("all alike")
    assert await deliver(shard, error)
    assert shard.done == ["begin", "abort"]
    assert shard.halted is error


@pytest.mark.parametrize("step", ["begin", "commit", "abort"])
async def test_an_unknown_outcome_leaves_the_process(step: str) -> None:
    """Fenced, lost, or without an answer: the committed offset is the truth."""
    error = ValueError("decided") if step == "abort" else None
    with pytest.raises(Left):
        await deliver(Shard(**{step: OutcomeUnknown(step)}), error)


async def test_a_delivery_that_is_cancelled_is_undone_and_ends() -> None:
    shard = Shard()
    assert not await deliver(shard, asyncio.CancelledError())
    assert shard.done == ["begin", "abort"]
