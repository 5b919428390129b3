"""What one cause leads to, as messages: records, tombstones and notices."""

from collections.abc import Iterable, Iterator
from typing import Any, Required, TypedDict, Unpack

from services.runtime.kinds import no_effect
from services.runtime.nodes import node_key, subject_of
from services.runtime.outcomes import Publish, Spelled, derived, notice
from services.runtime.partitions import partition_of
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeKind
from twincity_schemas.problems import Problem
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import record_partitions

LARGEST_RECORD = 950_000
"""Bytes of a record's data: Kafka's 1 MB, less what headers need."""


class TooLarge(Exception):  # noqa: N818  reads as what it says
    """A record would not fit a message."""


class NoticeFields(TypedDict, total=False):
    """The fields of a notice that say what became of a statement."""

    kind: Required[NoticeKind]
    no_effect: NoEffect
    doubts: tuple[Problem, ...]
    index: str


class Telling:
    """The messages of one cause, in the order in which they are sent.

    Args:
        service: which one derives them.
        cause: the statement that they name.
    """

    def __init__(self, service: str, cause: Envelope) -> None:
        self._service = service
        self._cause = cause
        self._records: list[Publish] = []
        self._notices: list[Publish] = []

    def messages(self) -> Iterator[Publish]:
        """Records first, then notices."""
        yield from self._records
        yield from self._notices

    def publish(self, topic: str, subject: str, part: str, record: Spelled) -> None:
        """Publish a record.

        Raises:
            TooLarge: it does not fit a message.
        """
        if len(record.json) > LARGEST_RECORD:
            raise TooLarge(f"{node_key(subject, part)}: {len(record.json)} bytes")
        self._records.append(
            derived(
                topic,
                self._cause,
                record,
                service=self._service,
                subject=subject,
                part=part,
                partition=partition_of(subject, record_partitions(topic)),
            )
        )

    def remove(self, topic: str, subject: str, part: str) -> None:
        """Leave a tombstone where a record lay."""
        key = node_key(subject, part).encode()
        partition = partition_of(subject, record_partitions(topic))
        self._records.append(Publish(topic, key, None, (), partition))

    def no_effect(self, subject: str, why: NoEffect) -> None:
        """Tell a party that its statement has no effect, and why."""
        self._notice(
            subject, why.party, why.statement, kind=NoticeKind.NO_EFFECT, no_effect=why
        )

    def too_much(self, event: Event[Any], limit: str) -> None:
        """Tell a party that its statement is beyond a limit, and was not used."""
        why = (
            "too_much",
            f"就该项的填报合计超过上限（{limit}），本条不予采用",
            f"what is said of it is beyond the limit ({limit}); not used",
        )
        of = event.envelope
        self.no_effect(of.subject, no_effect(of.party, of.id, event.type.fact, why))

    def in_effect(self, subject: str, party: str, statement: str) -> None:
        """Tell a party that its statement has effect again."""
        self._notice(subject, party, statement, kind=NoticeKind.IN_EFFECT)

    def doubtful(
        self, node: str, party: str, statement: str, doubts: Iterable[Problem]
    ) -> None:
        """Tell a party what of its statement does not fit what is known, if anything.

        Args:
            node: which one doubts it.
            party: whose statement it is.
            statement: its id.
            doubts: what does not fit; none where what was doubted no longer is.
        """
        problems = tuple(doubts)
        self._notice(
            subject_of(node),
            party,
            statement,
            kind=NoticeKind.DOUBTFUL if problems else NoticeKind.DOUBT_SETTLED,
            doubts=problems,
            # Another node of the subject may doubt it as well.
            index=f"doubt/{party}/{statement}/{node}",
        )

    def _notice(
        self, subject: str, party: str, statement: str, **what: Unpack[NoticeFields]
    ) -> None:
        self._notices.append(
            notice(
                self._cause,
                subject=subject,
                party=party,
                statement=statement,
                service=self._service,
                **what,
            )
        )


def statement_of(one: NoEffect) -> str:
    """Returns a party and its statement as they are remembered."""
    return f"{one.party} {one.statement}"
