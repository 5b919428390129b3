"""What the database refuses: a dead letter, written later, or given up.

Each row of the ledger stands for itself, so nothing waits behind one that is
refused; only the latest value of a key must not be overwritten by an older one
that is written later. Who is told first, Kafka or the database? Kafka: a letter
has its origin for its key, so one that is written twice is one, and the database
alone says what still waits.
"""

from collections.abc import Callable

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, select

from services.ledger.domain import EntryKind, LedgerEntry
from services.ledger.store import Ledger
from services.ledger.tables import DEAD_LETTER, EVENT
from services.runtime.discarding import Proposed
from services.runtime.waiting import Waits
from twincity_schemas.operations import DeadLetterReason

_PROPOSED: TypeAdapter[Proposed | None] = TypeAdapter(Proposed | None)

Place = tuple[str, int]
"""A topic's name in the catalogue, and a partition."""


class RefusedRows:
    """The rows that the database has refused.

    Every method raises a ``LedgerError``, and has changed nothing then.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def pass_over(self, row: LedgerEntry, subject: str, waits: Waits) -> None:
        """Pass over a row that was refused, and remember it."""
        with self._ledger.writing() as connection:
            if self._ledger.pass_over(connection, row):
                values = _key(row.place, row.offset) | _waits(waits)
                connection.execute(DEAD_LETTER.insert(), values | {"subject": subject})

    def failed_again(self, place: Place, offset: int, waits: Waits) -> None:
        """Remember that a row was refused once more."""
        with self._ledger.writing() as connection:
            connection.execute(
                DEAD_LETTER.update().where(*_at(place, offset)).values(_waits(waits))
            )

    def waiting(self, place: Place, subject: str) -> dict[int, Waits]:
        """The rows of a subject in a partition that are dead letters, in order."""
        with self._ledger.writing() as connection:
            rows = connection.execute(
                select(DEAD_LETTER)
                .where(
                    DEAD_LETTER.c.topic == place[0],
                    DEAD_LETTER.c.partition == place[1],
                    DEAD_LETTER.c.subject == subject,
                )
                .order_by(DEAD_LETTER.c.offset)
            ).all()
        return {
            row.offset: Waits(
                DeadLetterReason(row.reason),
                row.tried,
                discard=_PROPOSED.validate_json(row.discard or "null"),
            )
            for row in rows
        }

    def subjects(self) -> int:
        """Returns how many queues there are: of a subject in a partition."""
        queues = select(
            DEAD_LETTER.c.topic, DEAD_LETTER.c.partition, DEAD_LETTER.c.subject
        ).distinct()
        return self._ledger.count(queues)

    def release(self, row: LedgerEntry, on_release: Callable[[], None]) -> None:
        """Write a row that is a dead letter.

        Args:
            row: the row.
            on_release: called when the database has taken it, before that counts.
        """
        with self._ledger.writing() as connection:
            self._release(connection, row)
            on_release()

    def would_release(self, row: LedgerEntry) -> None:
        """Write a row that is a dead letter, and take it back.

        Raises:
            DatabaseRefuses: it would be refused again.
        """
        with self._ledger.writing() as connection:
            self._release(connection, row)
            connection.rollback()

    def _release(self, connection: Connection, row: LedgerEntry) -> None:
        overtaken = _is_overtaken(connection, row)
        self._ledger.keep(connection, [row], latest=not overtaken)
        connection.execute(delete(DEAD_LETTER).where(*_at(row.place, row.offset)))

    def propose(self, place: Place, offset: int, discard: Proposed) -> None:
        """Remember that a row is to be given up, once a second person confirms it."""
        with self._ledger.writing() as connection:
            connection.execute(
                DEAD_LETTER.update()
                .where(*_at(place, offset))
                .values(discard=_PROPOSED.dump_json(discard).decode())
            )

    def discard(self, place: Place, offset: int) -> None:
        """Give a row up."""
        with self._ledger.writing() as connection:
            connection.execute(delete(DEAD_LETTER).where(*_at(place, offset)))


def _is_overtaken(connection: Connection, row: LedgerEntry) -> bool:
    """Returns whether a later value, or a tombstone, of its key was written since."""
    later = connection.scalar(
        select(func.count()).where(
            EVENT.c.topic == row.topic,
            EVENT.c.partition == row.partition,
            EVENT.c.offset > row.offset,
            EVENT.c.key == row.key,
            EVENT.c.kind.in_([EntryKind.RECORD.value, EntryKind.TOMBSTONE.value]),
        )
    )
    return bool(later)


def _key(place: Place, offset: int) -> dict[str, object]:
    return {"topic": place[0], "partition": place[1], "offset": offset}


def _at(place: Place, offset: int) -> list[ColumnElement[bool]]:
    return [DEAD_LETTER.c[name] == value for name, value in _key(place, offset).items()]


def _waits(waits: Waits) -> dict[str, object]:
    return {"reason": waits.reason.value, "tried": waits.tried}
