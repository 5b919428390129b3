"""What the ledger answers: values, and the order in which a trace is told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ledger.domain import EntryKind

_LAST = datetime.max.replace(tzinfo=UTC)
_RANK = {kind: rank for rank, kind in enumerate(EntryKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One line of a trace: who said what when, and what it became.

    Attributes:
        data: JSON text, exactly as it was published.
        statement_source: of a receipt, who had said what it answers.
        verdict: of a receipt.
        problems: of a receipt, JSON text.
    """

    topic: str
    partition: int
    offset: int
    kind: EntryKind
    id: str | None
    source: str | None
    party: str | None
    type: str | None
    subject: str | None
    time: datetime | None
    correlation: str | None
    causation: str | None
    data: str | None
    reason: str | None
    statement_source: str | None
    verdict: str | None
    problems: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestRecord:
    """The latest record of a key."""

    topic: str
    key: str
    type: str
    subject: str
    data: str
    event: str
    time: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReceipt:
    """The verdict on one message of an inbox.

    Attributes:
        topic: the inbox; partition and offset are the message's place in it.
        problems: JSON text, like the warnings.
    """

    topic: str
    partition: int
    offset: int
    verdict: str
    statement: str | None
    source: str | None
    problems: str
    warnings: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A statement that does not stand beside exactly one accepting receipt."""

    source: str | None
    id: str | None
    statements: int
    receipts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """The numbers of rows of the ledger.

    Attributes:
        verdicts: the number of receipts by verdict.
        repeated_receipts: messages of an inbox that were given several.
        unmatched: statements with no accepting receipt or several, accepting
            receipts without their statement. Empty once the ledger is abreast
            of every topic; until then, also what is still on its way.
    """

    statements: int
    verdicts: Mapping[str, int]
    records: int
    unreadable: int
    repeated_receipts: int
    unmatched: tuple[Unmatched, ...]


def in_order(rows: Iterable[Traced]) -> list[Traced]:
    """Tell a trace: by the time of what was said, each followed by its effects.

    A statement comes first, then its receipts, then what it became. What has no
    statement in the trace (a refused one has only its receipt) stands at its
    own time; what has no time stands last.
    """
    rows = list(rows)
    statements: dict[str | None, list[Traced]] = defaultdict(list)
    for row in rows:
        if row.kind is EntryKind.STATEMENT:
            statements[row.id].append(row)

    def cause(row: Traced) -> Traced:
        # Ids are unique for each source alone: a receipt names the source, a
        # record bears the time of its statement.
        for statement in statements[row.causation]:
            match row.kind:
                case EntryKind.RECEIPT if row.statement_source == statement.source:
                    return statement
                case EntryKind.RECORD if row.time == statement.time:
                    return statement
                case _:
                    pass
        return row

    def story(row: Traced) -> tuple[object, ...]:
        origin = cause(row)
        return (
            *(origin.time or _LAST, origin.topic, origin.partition, origin.offset),
            *(_RANK[row.kind], row.time or _LAST, row.topic, row.offset),
        )

    return sorted(rows, key=story)
