"""Every service as a process of its own; one that dies is started again."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from services.runtime.process import dies_with_parent

log = structlog.get_logger()

_BACKOFF_S = (0.2, 30.0)
"""Before a restart, doubling with each death within the calm time: a service
that cannot live must not cost a core."""
_CALM_S = 30.0
_STOP_S = 40.0


class Supervisor:
    """Starts services and keeps them running until it is left.

    Args:
        services: their names.
        environment: what they get beside this process's own.
        logs: a folder for one log file each; None: they write to our stderr.
    """

    def __init__(
        self,
        services: Iterable[str],
        environment: Mapping[str, str],
        logs: Path | None = None,
    ) -> None:
        self._services = tuple(services)
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.deaths: dict[str, int] = dict.fromkeys(self._services, 0)

    async def __aenter__(self) -> Self:
        """Start every service."""
        self._keepers = [
            asyncio.create_task(self._keep(service)) for service in self._services
        ]
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

    def alive(self, service: str) -> bool:
        """Whether a service's process runs just now."""
        process = self._processes.get(service)
        return process is not None and process.returncode is None

    def kill(self, service: str) -> int:
        """Kill a service as a power cut would; gives its process id."""
        process = self._processes[service]
        process.kill()
        return process.pid

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
        if self._logs is None:
            return await self._spawn(command, None)
        with (self._logs / f"{service}.log").open("ab") as file:
            return await self._spawn(command, file.fileno())

    async def _spawn(
        self, command: list[str], output: int | None
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A Ctrl-C is for us; we stop the services in order.
            start_new_session=True,
        )
