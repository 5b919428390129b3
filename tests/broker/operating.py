"""A service as a process, its log lines, and its answers on health."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from services.runtime.settings import Settings


@dataclass
class Process:
    """One process; its log is JSON."""

    child: asyncio.subprocess.Process
    log: Path
    port: int

    def lines(self, name: str = "") -> list[dict[str, Any]]:
        told = [
            json.loads(line)
            for line in self.log.read_text("utf-8").splitlines()
            if line.startswith("{")
        ]
        return [line for line in told if name in {"", line["event"]}]

    async def until(self, name: str, times: int = 1) -> list[dict[str, Any]]:
        async with asyncio.timeout(60):
            while len(found := self.lines(name)) < times:
                assert self.child.returncode is None, self.log.read_text("utf-8")
                await asyncio.sleep(0.1)
        return found

    async def ready(self) -> dict[str, Any]:
        """What it answers once it is ready."""
        await self.until("shard.started")
        async with asyncio.timeout(60):
            while (answer := await self.ask("/readyz"))[0] != 200:
                await asyncio.sleep(0.1)
        told: dict[str, Any] = json.loads(answer[1])
        return told

    async def ask(self, path: str, wait_s: float = 5) -> tuple[int, str]:
        return await asyncio.to_thread(self._ask, path, wait_s)

    def _ask(self, path: str, wait_s: float) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=wait_s)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@asynccontextmanager
async def process(
    settings: Settings, folder: Path, program: Iterable[str], **given: str
) -> AsyncIterator[Process]:
    """Start ``python PROGRAM`` on these settings; it is killed in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        **settings.kafka_environment(),
        "TWINCITY_PREFIX": settings.prefix,
        "TWINCITY_DATABASE": settings.database.get_secret_value(),
        "TWINCITY_LOG_FORMAT": "json",
        "TWINCITY_PROGRESS_EVERY": "1s",
        "TWINCITY_AFFIRM_EVERY": "1s",
        "TWINCITY_HEALTH": str(port),
        **{f"TWINCITY_{name}": value for name, value in given.items()},
    }
    log = folder / f"{port}.log"
    with log.open("wb") as file:
        child = await asyncio.create_subprocess_exec(
            sys.executable, *program, env=environment, stdout=file, stderr=file
        )
    try:
        yield Process(child, log, port)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
