"""Every service, and the broker, as a process; one that dies is started again."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Never, Self

import structlog

from services.local import EmbeddedKafka
from services.local.logbook import Logbook
from services.runtime.errors import TwinCityError, Unavailable
from services.runtime.process import dies_with_parent

log = structlog.get_logger()

_BACKOFF_S = (0.2, 30.0)
"""Before a restart, doubling with each death within the calm time: a service
that cannot live must not cost a core."""
_CALM_S = 30.0
_STOP_S = 40.0
_LOOK_S = 0.2
_LAST_LINES_S = 5.0
_BROKER_BACK_S = 120.0
"""A node that was killed reads its logs again: 13 to 44 s with many topics."""


class Supervisor:
    """Starts services and keeps them running until it is left.

    Args:
        services: gives, by its name, what each gets as its environment that others do
            not; asked at each start, so that a password may have changed.
        environment: what they get beside this process's own.
        book: takes their lines; None: they write to our stderr.
        kafka: the node that they use, where it is a child of ours.
        health: where the first of them answers on health; each next one port on.
    """

    def __init__(
        self,
        services: Mapping[str, Callable[[], Mapping[str, str]]],
        environment: Mapping[str, str],
        book: Logbook | None = None,
        kafka: EmbeddedKafka | None = None,
        health: tuple[str, int] | None = None,
    ) -> None:
        self._services = dict(services)
        self._environment = {**os.environ, **environment}
        self._book = book
        self._health = health
        self._relays: set[asyncio.Task[None]] = set()
        self._kafka = kafka
        self._broker_lost: asyncio.Future[Never] = asyncio.Future()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.deaths: dict[str, int] = dict.fromkeys(self._services, 0)

    async def __aenter__(self) -> Self:
        """Start every service."""
        self._keepers = [
            asyncio.create_task(self._keep(service)) for service in self._services
        ]
        if self._kafka is not None:
            self._keepers.append(asyncio.create_task(self._keep_broker(self._kafka)))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop every service; one that does not within 40 s is killed."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        alive = [p for p in self._processes.values() if p.returncode is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        waiting = [asyncio.create_task(process.wait()) for process in alive]
        if waiting:
            await asyncio.wait(waiting, timeout=_STOP_S)
        for process in alive:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if self._relays:
            await asyncio.wait(self._relays, timeout=_LAST_LINES_S)
        if self._book is not None:
            self._book.close()

    def alive(self, service: str) -> bool:
        """Returns whether a service's process runs just now."""
        process = self._processes.get(service)
        return process is not None and process.returncode is None

    def kill(self, service: str) -> int:
        """Kill a service as a power cut would; gives its process id."""
        process = self._processes[service]
        process.kill()
        return process.pid

    async def until(self, ended: Awaitable[Any]) -> None:
        """Wait for what ends the run.

        Raises:
            Unavailable: the broker died, and did not come back.
        """
        waiting = asyncio.ensure_future(ended)
        either: list[asyncio.Future[Any]] = [waiting, self._broker_lost]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._broker_lost.done():
                await self._broker_lost
        finally:
            waiting.cancel()

    async def _keep_broker(self, kafka: EmbeddedKafka) -> None:
        least, most = _BACKOFF_S
        pause = least
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            while kafka.alive:  # noqa: ASYNC110  a child process sets no event
                await asyncio.sleep(_LOOK_S)
            pause = least if loop.time() - started > _CALM_S else min(most, pause * 2)
            log.error("broker.died", log=str(kafka.log), restart_in_s=pause)
            died = loop.time()
            await asyncio.sleep(pause)
            try:
                kafka.launch()  # here: the kernel ties it to the thread that starts it
                await _until_ready(kafka)
            except TwinCityError as error:
                self._broker_lost.set_exception(error)
                return
            log.warning("broker.restarted", gone_s=round(loop.time() - died, 1))

    async def _keep(self, service: str) -> None:
        least, most = _BACKOFF_S
        pause = least
        while True:
            started = asyncio.get_running_loop().time()
            process = self._processes[service] = await self._start(service)
            status = await process.wait()
            self.deaths[service] += 1
            lived = asyncio.get_running_loop().time() - started
            pause = least if lived > _CALM_S else min(most, pause * 2)
            log.warning("service.died", name=service, status=status, restart_in_s=pause)
            await asyncio.sleep(pause)

    async def _start(self, service: str) -> asyncio.subprocess.Process:
        command = [
            *dies_with_parent(), sys.executable, "-m", "services.cli", "run", service,
        ]  # fmt: skip
        output = None if self._book is None else asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self._environment | self._own(service),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output and asyncio.subprocess.STDOUT,
            # A Ctrl-C is for us; we stop the services in order.
            start_new_session=True,
        )
        if self._book is not None and process.stdout is not None:
            relay = asyncio.create_task(self._book.relay(service, process.stdout))
            self._relays.add(relay)
            relay.add_done_callback(self._relays.discard)
        return process

    def _own(self, service: str) -> dict[str, str]:
        own = dict(self._services[service]())
        if self._health is not None:
            host, port = self._health
            port += list(self._services).index(service)
            own["TWINCITY_HEALTH"] = f"[{host}]:{port}"
        return own


async def _until_ready(kafka: EmbeddedKafka) -> None:
    try:
        async with asyncio.timeout(_BROKER_BACK_S):
            while not kafka.ready():  # noqa: ASYNC110  neither does its port
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise Unavailable(
            f"Kafka died and is not back in {_BROKER_BACK_S:.0f} s; see {kafka.log} "
            "退出后未能恢复"
        ) from None
