"""What the notifier knows: positions, what is open, what is still to be delivered.

A batch's positions and what it tells are one transaction of SQLite, so what was read
is told; what was delivered is marked afterwards, so a kill between the two delivers
it again, under the same id.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.notifier.telling import Notification
from services.runtime.errors import Unavailable, WrongSetting

MOST_TRIES = 12
"""With the pauses below, about two days."""

_FIRST_S, _LONGEST_S = 5.0, 6 * 3600.0

_TABLES = """
CREATE TABLE IF NOT EXISTS position (
  topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL,
  PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS open (
  topic TEXT, key TEXT, type TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (topic, key));
CREATE TABLE IF NOT EXISTS message (
  id TEXT, place TEXT, telling TEXT NOT NULL, made REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, next_try REAL, state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', PRIMARY KEY (id, place));
CREATE INDEX IF NOT EXISTS message_next ON message (next_try)
  WHERE next_try IS NOT NULL;
"""


@dataclass(frozen=True)
class Message:
    """One telling on its way to one address.

    Attributes:
        place: the address, as ``Address.place`` names it.
        made: seconds since 1970.
        state: ``waiting``, ``delivered`` or ``dead``.
        reason: why the last try failed.
    """

    id: str
    place: str
    telling: dict[str, str]
    made: float
    tries: int
    state: str
    reason: str


@dataclass(frozen=True)
class OpenRecord:
    """A record by which something is open; without a value: no longer."""

    topic: str
    key: str
    type: str = ""
    value: bytes | None = None


class Store:
    """One file of SQLite; one process at a time writes it.

    Every method raises ``Unavailable`` where the file cannot be read or written.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, and make it where it is not.

        Raises:
            WrongSetting: it cannot be opened or made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, isolation_level=None, timeout=30)
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise WrongSetting(
                f"TWINCITY_NOTIFY_STORE={path} cannot be opened 无法打开：{error}"
            ) from None
        return cls(database)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def positions(self) -> dict[tuple[str, int], int]:
        """Returns the next offset of each partition that was read."""
        rows = self._run("SELECT topic, partition, next_offset FROM position")
        return {(topic, partition): offset for topic, partition, offset in rows}

    def take(
        self,
        positions: dict[tuple[str, int], int],
        opened: Iterable[OpenRecord],
        notified: Sequence[tuple[Notification, str]],
        now: float,
    ) -> None:
        """Keep a batch: where it ended, what it opened, and what it tells whom.

        Args:
            positions: the next offset of each partition that was read.
            opened: the records by which something is open now, or is no more.
            notified: each notification, and where it goes.
            now: seconds since 1970.
        """
        run = self._run
        run("BEGIN IMMEDIATE")
        try:
            for one in opened:
                run(
                    "DELETE FROM open WHERE topic = ? AND key = ?", (one.topic, one.key)
                )
                if one.value is not None:
                    row = (one.topic, one.key, one.type, one.value)
                    run("INSERT INTO open VALUES (?, ?, ?, ?)", row)
            for telling, place in notified:
                document = json.dumps(telling.document(), ensure_ascii=False)
                run(
                    "INSERT OR IGNORE INTO message "
                    "(id, place, telling, made, next_try, state) "
                    "VALUES (?, ?, ?, ?, ?, 'waiting')",
                    (telling.id, place, document, now, now),
                )
            for (topic, partition), offset in positions.items():
                run(
                    "REPLACE INTO position VALUES (?, ?, ?)", (topic, partition, offset)
                )
        except BaseException:
            if self._database.in_transaction:  # SQLite ends it itself on a full disk
                run("ROLLBACK")
            raise
        run("COMMIT")

    def opened(self) -> list[OpenRecord]:
        """Returns the present records by which something is open."""
        rows = self._run("SELECT topic, key, type, value FROM open")
        return [OpenRecord(*row) for row in rows]

    def ready(self, now: float, most: int) -> list[Message]:
        """Returns what is to be tried now: of each place the longest waiting first.

        One of each before two of any: who does not answer holds up nobody else.

        Args:
            now: seconds since 1970.
            most: how many at the most.
        """
        return self._messages(
            "next_try <= ? ORDER BY row_number() OVER"
            " (PARTITION BY place ORDER BY next_try, made), next_try LIMIT ?",
            (now, most),
        )

    def dead(self) -> list[Message]:
        """Returns what was given up."""
        return self._messages("state = 'dead' ORDER BY made, id", ())

    def delivered(self, message: Message) -> None:
        """Mark a message as delivered."""
        self._mark(message, "delivered", None, "", message.tries + 1)

    def failed(self, message: Message, reason: str, now: float, *, ever: bool) -> bool:
        """Mark a try as failed; returns whether that was the last.

        Args:
            message: that was tried.
            reason: why it failed.
            now: seconds since 1970.
            ever: whether another try could succeed.
        """
        tries = message.tries + 1
        over = not ever or tries >= MOST_TRIES
        pause = min(_LONGEST_S, _FIRST_S * 4 ** (tries - 1))
        state = "dead" if over else "waiting"
        self._mark(message, state, None if over else now + pause, reason, tries)
        return over

    def again(self, ids: Sequence[str], now: float) -> int:
        """Try again what was given up; all of it where no id is given.

        Args:
            ids: of the messages.
            now: seconds since 1970.

        Returns:
            how many messages.
        """
        chosen = [m for m in self.dead() if not ids or m.id in ids]
        for message in chosen:
            self._mark(message, "waiting", now, message.reason, 0)
        return len(chosen)

    def _run(self, sql: str, given: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._database.execute(sql, given)
        except sqlite3.Error as error:
            raise Unavailable(
                f"TWINCITY_NOTIFY_STORE takes nothing 通知存储暂不可用：{error}"
            ) from None

    def _mark(
        self, of: Message, state: str, next_try: float | None, reason: str, tries: int
    ) -> None:
        self._run(
            "UPDATE message SET state = ?, next_try = ?, reason = ?, tries = ? "
            "WHERE id = ? AND place = ?",
            (state, next_try, reason, tries, of.id, of.place),
        )

    def _messages(
        self, condition: str, given: tuple[float | int, ...]
    ) -> list[Message]:
        rows = self._run(
            "SELECT id, place, telling, made, tries, state, reason "  # noqa: S608  ours
            f"FROM message WHERE {condition}",
            given,
        )
        return [
            Message(id_, place, json.loads(telling), *rest)
            for id_, place, telling, *rest in rows
        ]
