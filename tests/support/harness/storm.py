"""What happens to a system while a story is told: everything that may."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import psycopg
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from psycopg import sql

from services.local import EmbeddedKafka
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.support.harness.disk import Disk, grows_no_further
from tests.support.harness.keeper import Keeper
from tests.support.harness.story import Speaker
from twincity_schemas.topology import SERVICES

KILLED, ZOMBIE, BROKER = "killed at random", "zombie", "broker killed"
FULL, BROKERS_FULL = "full disk of the ledger", "full disk of the broker"
READ_ONLY = "read-only database"
WEIGHTS = {KILLED: 12, ZOMBIE: 2, BROKER: 2, FULL: 1, BROKERS_FULL: 1, READ_ONLY: 1}
"""What happens, and how often beside the others."""

_LONGEST_S = 240
"""Of one disturbance, on a machine that does other work besides."""
TURNS = (ZOMBIE, BROKER, FULL, BROKERS_FULL, READ_ONLY)
"""What is to happen at least once."""


class Storm:
    """Disturbs a system until it is told to stop.

    Args:
        keeper: of the services.
        speaker: whose writing byte by byte waits for the broker.
        kafka: a node that may be killed.
        settings: of the system.
        disk: that the ledger's database lies on; None: it is PostgreSQL's.
        chance: decides what happens, to whom and when.

    Attributes:
        happened: what, how often.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it can disturb
        self,
        keeper: Keeper,
        speaker: Speaker,
        kafka: EmbeddedKafka,
        settings: Settings,
        disk: Disk | None,
        chance: random.Random,
    ) -> None:
        self._keeper = keeper
        self._speaker = speaker
        self._kafka = kafka
        self._settings = settings
        self._disk = disk
        self._chance = chance
        self.happened: Counter[str] = Counter()

    async def blow(self, seconds: float, turns: Sequence[str] = ()) -> None:
        """Let one disturbance follow another.

        Args:
            seconds: for so long.
            turns: these first, in order; then whatever comes.
        """
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            KILLED: self.kill,
            ZOMBIE: self.stand_still,
            BROKER: self.kill_broker,
            FULL: self.fill_disk,
            BROKERS_FULL: self.fill_the_brokers_disk,
            READ_ONLY: self.forbid_writing,
        }
        until = asyncio.get_running_loop().time() + seconds
        waiting = list(turns)
        while waiting or asyncio.get_running_loop().time() < until:
            [name] = waiting[:1] or self._chance.choices(
                list(WEIGHTS), list(WEIGHTS.values())
            )
            del waiting[:1]
            async with asyncio.timeout(_LONGEST_S):
                await kinds[name]()
            self.happened[name] += 1

    async def kill(self) -> None:
        """SIGKILL at a random instant of a service's life, its start included."""
        await asyncio.sleep(self._chance.uniform(0.2, 3))
        await self._keeper.restart(self._chance.choice(SERVICES))

    async def stand_still(self) -> None:
        """SIGSTOP past the takeover; the service was at work before."""
        while not (begun := [s for s in SERVICES if self._keeper.has_started(s)]):
            await asyncio.sleep(0.1)
        await self._keeper.stand_still(self._chance.choice(begun))

    async def kill_broker(self) -> None:
        """SIGKILL; it comes back on the same data and port."""
        async with self._speaker.broker_up:
            self._kafka.kill()
            await asyncio.sleep(self._chance.uniform(0, 2))
            await self._broker_back()

    async def fill_the_brokers_disk(self) -> None:
        """Kafka ends itself where its disk is full; it comes back when it is not."""
        async with self._speaker.broker_up:
            pid = self._kafka.pid
            assert pid is not None
            with grows_no_further(pid):
                while self._kafka.alive:
                    await asyncio.sleep(0.1)
            await self._broker_back()

    async def _broker_back(self) -> None:
        self._kafka.launch()
        while not self._kafka.ready():
            await asyncio.sleep(0.1)
        # Its port opens before it leads its partitions again.
        while not await _leads(self._settings):
            await asyncio.sleep(0.1)

    async def fill_disk(self) -> None:
        """Of the ledger's database, for a while."""
        ledger = self._keeper.processes["ledger"]
        # PostgreSQL's own processes are not ours to limit.
        there = self._disk is not None and ledger.returncode is None
        with self._disk.full(ledger.pid) if there else nullcontext():
            await asyncio.sleep(self._chance.uniform(1, 4))

    async def forbid_writing(self) -> None:
        """Of the ledger's database, for a while; the ledger comes back to it."""
        with self._read_only():
            await self._keeper.restart("ledger")
            await asyncio.sleep(self._chance.uniform(3, 6))
        await self._keeper.restart("ledger")

    @contextmanager
    def _read_only(self) -> Iterator[None]:
        if self._disk is not None:
            with self._disk.read_only():
                yield
            return
        with read_only_postgres(self._settings.database.get_secret_value()):
            yield


@contextmanager
def read_only_postgres(url: str) -> Iterator[None]:
    """A database whose sessions begin read-only, as after a fail-over, until left."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname

        def allow(value: str) -> None:
            # One transaction that may write, since the default may forbid it.
            connection.execute("SET transaction_read_only = off")
            connection.execute(
                sql.SQL(
                    "ALTER DATABASE {} SET default_transaction_read_only = {}"
                ).format(sql.Identifier(name), sql.Literal(value))
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        allow("on")
        try:
            yield
        finally:
            allow("off")


async def _leads(settings: Settings) -> bool:
    consumer = AIOKafkaConsumer(**client_options(settings))
    try:
        await consumer.start()
        return bool(await consumer.topics())
    except KafkaError:
        return False
    finally:
        await consumer.stop()
