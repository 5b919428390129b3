"""One topic of a deployment: its name, its settings, who writes and who reads it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from twincity_schemas.words import Words, words_at

_WORDS = "twincity_schemas.topology"
"""Whose words file names the topics: the catalogue's."""


class Cleanup(StrEnum):
    """Kafka's ``cleanup.policy``."""

    DELETE = "delete"
    COMPACT = "compact"


FOREVER = None
"""Retention of what has to be traceable for as long as the system stands."""


RECORDED = (("message.timestamp.type", "LogAppendTime"),)
"""The broker's clock says when a statement or an act came; nobody can backdate."""

STORY_TIME = (
    ("message.timestamp.type", "CreateTime"),
    # Kafka takes nothing from more than an hour ahead; a story may play there.
    ("message.timestamp.after.max.ms", str(2**63 - 1)),
)
"""An inbox of a story: its publisher says when. Fit for trying alone."""

MIRRORED = STORY_TIME
"""An inbox of another cluster's: the mirror alone writes it, and keeps the time that
the broker at home stamped, even where that broker's clock is ahead of ours."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic; its name is code, an environment differs by a prefix."""

    name: str
    row: str
    """Its words in ``words/topology.tsv``."""
    about: tuple[Words, ...] = ()
    """What it is of: a party, a domain; named in its words."""
    key: str
    events: tuple[str, ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 1
    cleanup: Cleanup = Cleanup.DELETE
    retention: timedelta | None = FOREVER
    timestamps: tuple[tuple[str, str], ...] = ()
    """Settings of who stamps its records, where that matters."""

    @property
    def words(self) -> Words:
        """Returns what it is called."""
        return words_at(_WORDS, self.row).filled(*self.about)

    @property
    def config(self) -> dict[str, str]:
        """The topic's settings as Kafka spells them."""
        retention_ms = (
            -1
            if self.retention is None
            else int(self.retention / timedelta(milliseconds=1))
        )
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(retention_ms),
            **dict(self.timestamps),
        }
