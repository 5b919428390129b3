"""What goes along with a service's shards: the watchdog, and the answer on health."""

import asyncio
from collections.abc import Callable, Sequence
from importlib.metadata import version

from services.runtime.feed import Feed
from services.runtime.health import Health
from services.runtime.metrics import Sizes, Source, registry_of
from services.runtime.settings import Settings
from services.runtime.watchdog import watch


class Watching:
    """Of one process.

    Args:
        service: which one it runs.
        feeds: of its shards.
        settings: of this process.
        also: what it takes to be ready besides shards.

    Attributes:
        sizes: by shard, gives what it remembers and how many subjects wait.
    """

    def __init__(
        self,
        service: str,
        feeds: Sequence[Feed],
        settings: Settings,
        also: Callable[[], bool] = lambda: True,
    ) -> None:
        self.sizes: dict[str, Sizes] = {}
        self._feeds = feeds
        self._settings = settings
        source = Source(service, version("twincity"), feeds, self.sizes)
        self._health = Health(service, feeds, registry_of(source), also)
        self._task: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Answer on health, where that is set, before anything else starts.

        Raises:
            WrongSetting: the address cannot be listened on.
        """
        if self._settings.health is not None:
            await self._health.listen(*self._settings.health)

    async def start(self) -> None:
        """Look after the shards, which have started."""
        self._task = asyncio.create_task(watch(self._feeds, self._settings))

    async def stop(self) -> None:
        """End both."""
        if self._task is not None:
            self._task.cancel()
        await self._health.close()
