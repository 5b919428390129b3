"""Whose an input partition is, where the number of shards has changed.

A transactional id fences its own predecessor. In another layout a partition belongs
to another id: so each id that takes a partition says so in the partition's
changelog, *then* reads what was said there, and fences whom it finds. Of two that
start at once the later reader sees the other's word; whoever was fenced commits
nothing any more, and leaves.
"""

from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from services.runtime.connecting import client_options
from services.runtime.settings import Settings

KEY = b"owner\x00"
"""Begins the changelog keys; no subject begins so."""


class Owning:
    """The claims on a shard's partitions.

    Args:
        own: the shard's transactional id.
    """

    def __init__(self, own: str) -> None:
        self.own = own
        self._owners: set[str] = set()

    def changes(self) -> Iterable[tuple[bytes, bytes | None]]:
        """Yields the claims to write to each partition's changelog, and to drop."""
        # The own claim first: whoever reads between finds two owners, never none.
        yield KEY + self.own.encode(), b"1"
        for other in sorted(self.others):
            yield KEY + other.encode(), None

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take in one record of a changelog."""
        owner = key.removeprefix(KEY).decode()
        if value is None:
            self._owners.discard(owner)
        else:
            self._owners.add(owner)

    @property
    def others(self) -> set[str]:
        """The ids of another layout that these partitions belonged to."""
        return self._owners - {self.own}

    async def fence(self, settings: Settings) -> None:
        """End what is left of the former layout: its open transactions, its producers.

        Raises:
            KafkaError: the cluster does not answer.
        """
        for other in sorted(self.others):
            async with AIOKafkaProducer(
                **client_options(settings), transactional_id=other
            ):
                pass  # its start takes the id over
