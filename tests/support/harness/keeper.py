"""Services as processes, each started again at once when it dies, and disturbed."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from services.runtime.process import dies_with_parent
from services.runtime.settings import Settings
from tests.support.harness.victim import ABORTS, DIES_AT, TOLD

_VICTIM = "tests.support.harness.victim"
_PAUSE_S = 0.2
_BEGUN_S = 60
_WAY_S = 20
"""How long a life that has started may take to come to where it is to end: some places
are come to only where something else goes wrong, or soon after a start only."""
_WAYS, _WAYS_AGAIN = 2, 20
"""How often that is tried; again where few places are left, of a round before."""
_MADE_ANEW = (" CREATE ", " DROP ", " PRAGMA temp.")
"""In places that only a ledger comes to whose database is gone."""
_STARTED = b'"shard.started"'
_SIGKILLED = -signal.SIGKILL
_AT_FIRST = ("ProduceRequest unsent", "ProduceRequest answered", "database commit")
"""Where the first lives end, before they have told where they have been."""


class Keeper:
    """Keeps services running until it is left, and knows how each life ended.

    Args:
        settings: of all of them.
        folder: for their logs and what they tell.
        chance: decides where a life ends.
        aborts: the share of their batches that they take back.
        everywhere: each life ends where none has, the first time that it comes there;
            the ledger's database, a file then, is lost where nothing else leads there.
        done: where no life needs to end any more, ``SERVICE PLACE`` each.

    Attributes:
        kills: of services, by name: at a place, or from outside.
        ends: how lives ended that nobody ended: status and reason.
        died: the places of the transaction at which lives ended, by service.
    """

    def __init__(  # noqa: PLR0913  what it keeps, and how
        self,
        services: Iterable[str],
        settings: Settings,
        folder: Path,
        chance: random.Random,
        aborts: float = 0.1,
        *,
        everywhere: bool = False,
        done: Collection[str] = (),
    ) -> None:
        self._services = tuple(services)
        self._database = settings.database.get_secret_value()
        self._environment = {**os.environ, **environment_of(settings)}
        self._environment |= {ABORTS: str(aborts), "PYTHONPATH": str(Path.cwd())}
        self._folder = folder
        self._chance = chance
        self._keepers: list[asyncio.Task[None]] = []
        self._everywhere = everywhere
        self._most_ways = _WAYS_AGAIN if done else _WAYS
        self._ways: Counter[tuple[str, str]] = Counter()
        self._ends_at: dict[str, str] = {}
        self._started_at: dict[tuple[str, int], float] = {}
        self._calm = False
        self._dead: set[str] = set()
        self._standing_in: set[str] = set()
        self._zombies: list[asyncio.subprocess.Process] = []
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.lives: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.zombies: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.tried: defaultdict[str, set[str]] = defaultdict(set)
        for service, _, place in (one.partition(" ") for one in done):
            self.tried[service].add(place)

    async def __aenter__(self) -> Self:
        self._keepers = [asyncio.create_task(self._keep(s)) for s in self._services]
        async with asyncio.timeout(_BEGUN_S):
            while len(self.processes) < len(self._services):
                await asyncio.sleep(0.05)  # whoever disturbs them expects them there
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for process in (*self.processes.values(), *self._zombies):
            if process.returncode is None:
                process.kill()
                await process.wait()

    def calm_down(self) -> None:
        """Let the lives from now on be whole ones; batches are still taken back."""
        self._calm = True

    async def until_everywhere(self) -> None:
        """Wait until lives have ended at every place that any has come to."""
        while len(self._ends_at) < len(self._services) or any(self._ends_at.values()):
            await asyncio.sleep(1)

    async def restart(self, service: str) -> None:
        """Kill a service, as the kernel would, and wait for its next life."""
        lives = self.lives[service]
        self.processes[service].kill()
        while self.lives[service] == lives:
            await asyncio.sleep(0.05)

    async def until_started(self, service: str) -> None:
        """Wait until the present life of a service has fenced its predecessor."""
        while not self.has_started(service):
            await asyncio.sleep(0.1)

    def has_started(self, service: str) -> bool:
        """Whether the present life of a service has fenced its predecessor."""
        log = self._log(service, self.lives[service])
        return log.exists() and _STARTED in log.read_bytes()

    async def stand_still(self, service: str) -> None:
        """Stop a service past its takeover, and wake it: a zombie.

        It leaves with 70 when it next has something to commit; one that has not
        within ten seconds has had nothing, and is told so by its kill. A ledger is
        fenced by nobody: its database tells what is written already.
        """
        zombie = self.processes[service]
        lives = self.lives[service]
        with suppress(ProcessLookupError):  # it may end itself before it stands still
            zombie.send_signal(signal.SIGSTOP)
        self._zombies.append(zombie)
        self._dead.add(service)
        self._standing_in.add(service)
        while self.lives[service] == lives:
            await asyncio.sleep(0.05)
        await self.until_started(service)
        self._standing_in.discard(service)
        with suppress(ProcessLookupError):
            zombie.send_signal(signal.SIGCONT)
        try:
            status = await asyncio.wait_for(zombie.wait(), 10)
        except TimeoutError:
            zombie.kill()
            status = await zombie.wait()
        self.zombies[f"{service} {'fenced' if status == 70 else 'harmless'}"] += 1

    def told(self, service: str, what: str) -> list[str]:
        """What the lives of a service have told."""
        told = self._told(service)
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        return [p for kind, _, p in (line.partition("\t") for line in lines)
                if kind == what]  # fmt: skip

    def lines(self, *names: str) -> list[str]:
        """Every log line of these events."""
        return [
            f"{log.stem}: {line}"
            for log in sorted(self._folder.glob("*.log"))
            for line in log.read_text("utf-8", errors="replace").splitlines()
            if any(f'"event": "{name}"' in line for name in names)
        ]

    def _log(self, service: str, life: int) -> Path:
        return self._folder / f"{service}-{life}.log"

    def _told(self, service: str) -> Path:
        return self._folder / f"{service}.told"

    def _place(self, service: str) -> str:
        """Where the next life is to end: where none has, of the places known."""
        if self._calm or service in self._standing_in:
            return ""
        known = {*(self.told(service, "been") or _AT_FIRST)} - self.tried[service]
        if not known:
            return ""
        place = self._chance.choice(sorted(known))
        self.tried[service].add(place)
        times = 1 if self._everywhere else self._chance.choice((1, 1, 2, 5))
        return f"{place}*{times}"

    def _has_lost_its_way(self, service: str, place: str) -> bool:
        """Whether a life will hardly come any more to where it is to end."""
        if not self._everywhere or not place or not self.has_started(service):
            return False
        since = self._started_at.setdefault((service, self.lives[service]), monotonic())
        if monotonic() - since < _WAY_S:
            return False
        self._ways[service, place] += 1
        if self._ways[service, place] < self._most_ways:
            self.tried[service].discard(place.rpartition("*")[0])
        return True

    async def _keep(self, service: str) -> None:
        while True:
            place = self._ends_at[service] = self._place(service)
            if self._everywhere and any(word in place for word in _MADE_ANEW):
                self._lose_database()
            process = await self._start(service, place)
            self.processes[service] = process
            self.lives[service] += 1
            ended = asyncio.create_task(process.wait())
            while not ended.done() and service not in self._dead:
                await asyncio.wait([ended], timeout=_PAUSE_S)
                if self._has_lost_its_way(service, place):
                    process.kill()
                    await ended
            if service in self._dead:  # it stands still; somebody takes over
                self._dead.discard(service)
                continue
            if (status := await ended) == _SIGKILLED:
                self.kills[service] += 1
            else:
                log = self._log(service, self.lives[service]).read_bytes()
                self.ends[f"{service} {status} {_reason(log)}"] += 1
                await asyncio.sleep(_PAUSE_S)

    def _lose_database(self) -> None:
        """Take the ledger's database away; the topics hold all that it held."""
        file = Path(self._database.removeprefix("sqlite:///"))
        for part in file.parent.glob(f"{file.name}*"):  # with its journals
            part.unlink()

    async def _start(self, service: str, place: str) -> asyncio.subprocess.Process:
        given = {DIES_AT: place, TOLD: str(self._told(service))}
        log = self._log(service, self.lives[service] + 1)
        command = [*dies_with_parent(), sys.executable, "-m", _VICTIM, "run", service]
        with log.open("wb") as file:
            return await asyncio.create_subprocess_exec(
                *command,
                env={**self._environment, **given},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )


def environment_of(settings: Settings) -> Mapping[str, str]:
    """What a process of a system is told."""
    return {
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_DATABASE": settings.database.get_secret_value(),
        "TWINCITY_STORY_TIME": str(settings.story_time),
        "TWINCITY_BATCH_SIZE": str(settings.batch_size),
        "TWINCITY_LOG_FORMAT": "json",
        "TWINCITY_AFFIRM_EVERY": "2s",
        "TWINCITY_PROGRESS_EVERY": "1s",
    }


def _reason(log: bytes) -> str:
    """The last word of a life, shortly."""
    last = log.decode(errors="replace").strip().splitlines()[-1:]
    return last[0][-160:] if last else "without a word"
