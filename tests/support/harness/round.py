"""One round: a story told undisturbed, then in a storm, on one real broker.

What the storm leaves has to be what the calm left: nothing lost, nothing doubled,
in order, every record byte for byte. Meanwhile the broker forgets how far the calm
services had read; they are started again, and decide nothing a second time.
"""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from services.cli.services import PROCESSORS
from services.local import EmbeddedKafka
from services.runtime.presence import committed
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.support.broker import administering
from tests.support.folding import REGISTRY
from tests.support.harness.comparing import (
    Contents,
    all_services,
    contents,
    ledger_differs,
    letters,
    settled,
    until_same,
)
from tests.support.harness.disk import Disk
from tests.support.harness.keeper import Keeper
from tests.support.harness.storm import Storm
from tests.support.harness.story import Said, Speaker, speaking
from twincity_schemas.topology import SERVICES, topics

_PATIENCE_S = 180.0
_SQLITE = "sqlite:///"
_EVERYWHERE_S = 2400.0
_DAMAGE_EVERY_S = 15.0
"""So that each life meets some on its way to where it is to end."""
_SPEAKING = 0.75
"""The share of a storm in which the story is told."""
_UNEXPECTED = (
    "position.moved",
    "record.not_derived",
    "shard.halted",
    "statement.dead_letter",
    "summary.left_out",
    "watch.failed",
)
"""What no disturbance may lead to."""


class ForgetfulKafka(EmbeddedKafka):
    """A node that forgets after a minute how far a group has read, not a week."""

    _OVERRIDES = (
        "offsets.retention.minutes=1",
        "offsets.retention.check.interval.ms=2000",
    )

    @override
    def _run(self, command: list[str]) -> "subprocess.Popen[bytes]":
        if "kafka.Kafka" in command:
            given = [("--override", one) for one in self._OVERRIDES]
            command = [*command, *(word for pair in given for word in pair)]
        return super()._run(command)


@dataclass
class Came:
    """What rounds came to; they add up.

    Attributes:
        wrong: what is not as it ought to be; empty is well.
        figures: how often what happened.
        died: at which places of a transaction a service has killed itself.
        known: at which it could.
        ends: how lives ended that nobody ended.
        means: how disks were filled.
    """

    wrong: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    died: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    means: set[str] = field(default_factory=set)

    @property
    def left(self) -> set[str]:
        """Where none has died."""
        return self.known - self.died

    def add(self, other: "Came") -> None:
        """Add what another round came to."""
        self.wrong += other.wrong
        self.figures += other.figures
        self.died |= other.died
        self.known |= other.known
        self.ends += other.ends
        self.means |= other.means


async def tell_twice(  # noqa: PLR0913  what a round is made of
    kafka: EmbeddedKafka,
    database: str,
    folder: Path,
    story: Sequence[Said],
    chance: random.Random,
    *,
    seconds: float | None,
    turns: Sequence[str] = (),
    aborts: float = 0.1,
    done: Collection[str] = (),
) -> Came:
    """A whole round.

    Args:
        kafka: a node that may be killed, and forgets offsets after a minute.
        database: the ledger's; a SQLite one lies in a folder of its own.
        folder: for the logs; it is there.
        story: what is said.
        chance: decides what happens.
        seconds: how long the storm lasts; None: there is none, but each service dies
            at every place of its transactions in turn.
        turns: what happens first in it.
        aborts: the share of the batches that are taken back.
        done: where services have died in rounds before, ``SERVICE PLACE`` each.
    """
    changes = {"prefix": "calm.", "story_time": True}
    calm = administering(kafka).model_copy(update=changes)
    wanted = await _undisturbed(calm, story)
    settings = Settings.model_validate(
        calm.model_dump() | {"prefix": "storm.", "database": database, "batch_size": 40}
    )
    telling = _Telling(kafka, settings, folder, story, wanted, chance, done)
    came = await telling.tell(seconds, turns, aborts)
    came.wrong += await _forgotten(calm, came)
    return came


async def _undisturbed(settings: Settings, story: Sequence[Said]) -> Contents:
    async with all_services(settings), speaking(settings) as speaker:
        await speaker.say(story)
        return await settled(settings, len(story))


async def _forgotten(calm: Settings, came: Came) -> list[str]:
    """Start services anew whose groups the broker has forgotten.

    Returns:
        What they decided a second time.
    """
    before = await contents(calm)
    for service in PROCESSORS:
        group = f"{calm.prefix}twincity.{service}"
        async with asyncio.timeout(180):
            while await committed(calm, group):
                await asyncio.sleep(1)
        came.figures["groups forgotten by the broker"] += 1
    async with all_services(calm):
        await asyncio.sleep(3)
    return (await contents(calm)).differences(before)


class _Telling:
    """Of a story in a storm."""

    def __init__(  # noqa: PLR0913, PLR0917  see tell_twice
        self,
        kafka: EmbeddedKafka,
        settings: Settings,
        folder: Path,
        story: Sequence[Said],
        wanted: Contents,
        chance: random.Random,
        done: Collection[str],
    ) -> None:
        self._kafka = kafka
        self._settings = settings
        self._folder = folder
        self._story = story
        self._wanted = wanted
        self._chance = chance
        self._done = done
        self._disk = _disk(settings, folder)

    async def tell(
        self, seconds: float | None, turns: Sequence[str], aborts: float
    ) -> Came:
        settings = self._settings
        try:
            async with Cluster(settings) as cluster:
                assert not await cluster.apply(topics(REGISTRY, story_time=True))
            async with (
                speaking(settings) as speaker,
                Keeper(
                    SERVICES,
                    settings,
                    self._folder,
                    self._chance,
                    aborts,
                    everywhere=seconds is None,
                    done=self._done,
                ) as keeper,
            ):
                return await self._tell(keeper, speaker, seconds, turns)
        finally:
            if self._disk is not None:
                self._disk.close()

    async def _tell(
        self,
        keeper: Keeper,
        speaker: Speaker,
        seconds: float | None,
        turns: Sequence[str],
    ) -> Came:
        came = Came()
        storm = Storm(
            keeper, speaker, self._kafka, self._settings, self._disk, self._chance
        )
        length = _EVERYWHERE_S if seconds is None else seconds
        speaker.pause_s = length * _SPEAKING / len(self._story)
        saying = asyncio.create_task(speaker.say(self._story))
        began = time.monotonic()
        if seconds is None:
            async with asyncio.timeout(_EVERYWHERE_S):
                given = await _damaging(speaker, until=keeper.until_everywhere())
            speaker.pause_s = 0
        else:
            await storm.blow(seconds, turns)
            given = await speaker.damage_inputs()
        await saying
        came.figures["seconds of storm"] += round(time.monotonic() - began)
        keeper.calm_down()
        await asyncio.gather(*map(keeper.restart, SERVICES))
        came.wrong += await until_same(self._settings, self._wanted, _PATIENCE_S)
        given["admission"] = sum(not one.readable for one in self._story)
        came.wrong += await letters(self._settings, {**given, "ledger": 0})
        came.wrong += await ledger_differs(self._settings, given["ledger"])
        came.wrong += keeper.lines(*_UNEXPECTED)
        came.figures["messages said"] += len(self._story)
        came.figures["messages that nobody can read"] += sum(given.values())
        came.figures += storm.happened
        self._count(came, keeper)
        return came

    def _count(self, came: Came, keeper: Keeper) -> None:
        came.ends = keeper.ends
        if self._disk is not None:
            came.means.add(self._disk.means)
        for service in SERVICES:
            died = keeper.told(service, "died")
            came.died |= {f"{service} {place}" for place in died}
            came.known |= {f"{service} {p}" for p in keeper.told(service, "been")}
            came.figures["services killed"] += keeper.kills[service]
            came.figures["of these by themselves, in a transaction"] += len(died)
            for what in ("committed", "taken back"):
                times = len(keeper.told(service, what))
                came.figures[f"batches {what}"] += times
        for what, times in keeper.zombies.items():
            came.figures[f"zombies {what}"] += times


async def _damaging(speaker: Speaker, until: Coroutine[Any, Any, None]) -> Counter[str]:
    """Write what nobody can read, now and then; returns how much each was given."""
    given: Counter[str] = Counter()
    ended = asyncio.create_task(until)
    while not ended.done():
        given.update(await speaker.damage_inputs())
        await asyncio.wait([ended], timeout=_DAMAGE_EVERY_S)
    await ended
    return given


def _disk(settings: Settings, folder: Path) -> Disk | None:
    url = settings.database.get_secret_value()
    if not url.startswith(_SQLITE):
        return None
    place = Path(url.removeprefix(_SQLITE)).parent
    assert place != folder, "the logs must not lie on the small disk"
    place.mkdir()
    return Disk(place)
