"""One delivery of FastStream is one Kafka transaction.

A broker middleware, outermost: it opens the shard's transaction before a batch
is parsed and ends it after the handler returned, so nothing that goes wrong in
between can let a batch pass uncommitted.
"""

import asyncio
from types import TracebackType
from typing import Any

import structlog
from faststream import BaseMiddleware
from typing_extensions import override

from services.runtime.errors import Halted, Unrecoverable
from services.runtime.outage import pause_s
from services.runtime.process import leave
from services.runtime.shard import Shard

log = structlog.get_logger()


class Transactions:
    """Makes the middleware for the deliveries of one shard."""

    def __init__(self, shard: Shard[Any]) -> None:
        self._shard = shard

    def __call__(self, message: Any, /, *, context: Any) -> "_Transaction":
        """Make the middleware of one delivery (FastStream's protocol)."""
        return _Transaction(message, self._shard, context)


class _Transaction(BaseMiddleware[Any, Any]):
    def __init__(self, message: Any, shard: Shard[Any], context: Any) -> None:
        super().__init__(message, context=context)
        self._shard = shard

    @override
    async def on_receive(self) -> None:
        try:
            await self._shard.begin()
        except Unrecoverable as fenced:
            leave(fenced)

    @override
    async def after_processed(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> bool:
        shard = self._shard
        try:
            if exc_val is None:
                # A commit that fails here is one that can still be aborted; another
                # is Unrecoverable.
                try:
                    await shard.commit()
                except Exception as error:  # noqa: BLE001  whatever it is: abort
                    exc_val = error
            if isinstance(exc_val, Unrecoverable):
                leave(exc_val)
            if exc_val is not None:
                await shard.abort()
        except Unrecoverable as unknown:
            leave(unknown)
        if exc_val is None:
            return False
        if not isinstance(exc_val, Exception):  # cancelled: shutting down
            return False
        log.warning(
            "transaction.aborted",
            shard=shard.transactional_id,
            in_a_row=shard.failures,
            reason=repr(exc_val),
        )
        # To try again would end the same way: it waits for an operator.
        if isinstance(exc_val, Halted):
            shard.feed.halt(exc_val)
            return True
        await asyncio.sleep(pause_s(shard.failures))
        return True
