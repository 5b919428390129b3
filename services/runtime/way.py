"""A statement's way through one service, as lines of the log.

At DEBUG of every statement, otherwise of those that were asked for (``focus``);
a refusal is always told. Nothing is told before its batch has committed.
"""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from services.runtime.flow import Flow
from services.runtime.focus import focus
from services.runtime.logs import Fields
from services.runtime.outcomes import Outcome, Publish, Refused

log = structlog.get_logger()


class Way:
    """Tells of one shard's statements.

    Args:
        flow: keeps the lines until the batch has committed.
        step: what a statement is called that was decided about.
    """

    def __init__(self, flow: Flow, step: str) -> None:
        self._flow = flow
        self._step = step

    def decided(self, read: Fields, outcomes: Sequence[Outcome[Any]]) -> None:
        """A record was taken in and decided about: what was done, and what told."""
        refused = next((one for one in outcomes if isinstance(one, Refused)), None)
        if refused is None and not focus.on:
            return
        fields = read()
        write = level_of(fields)
        if write is not None:
            self._flow.tell(write, "statement.read", **fields)
        if refused is not None:
            refusal = {**fields, "party": refused.party}
            refusal |= {"verdict": str(refused.verdict), "codes": list(refused.codes)}
            self._flow.tell(log.info, "statement.refused", **refusal)
        elif write is not None:
            self._flow.tell(write, self._step, **fields)
        if write is not None:
            for one in outcomes:
                if isinstance(one, Publish):
                    where = {"to": one.topic, "key": one.key.decode(errors="replace")}
                    self._flow.tell(write, "message.published", **fields, **where)


def level_of(fields: dict[str, Any]) -> Callable[..., None] | None:
    """Returns how a record's way is told; None: not at all."""
    write: Callable[..., None] = log.info
    if not focus.wants(fields):
        if not focus.everything:
            return None
        write = log.debug
    return write
