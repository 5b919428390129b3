"""Errors of the ledger's database; each knows whether a repetition is of use.

::

    TwinCityError
    └── LedgerError
        ├── Transient          no answer, or another was in the way: repeat the batch
        ├── WrongAddress       the address is none that the ledger can open
        ├── SchemaMismatch     the tables are another release's
        ├── PositionLost       it holds less than was written: start anew from there
        └── DatabaseRefuses    the database refuses; a person has to look

``Transient`` is an ``Unavailable`` of the runtime too. A sentence names host
and database, never the user's password nor the row's contents.
"""

import sqlite3

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.runtime.errors import TwinCityError, Unavailable, WrongSetting


class LedgerError(TwinCityError):
    """The ledger could not do what it was asked; nothing of it was written."""


class Transient(LedgerError, Unavailable):  # noqa: N818  reads as what it says
    """The same batch may succeed when it is written again."""


class WrongAddress(LedgerError):  # noqa: N818  names the fact, as the log does
    """``TWINCITY_DATABASE`` is not an address of SQLite or PostgreSQL."""

    exit_status = WrongSetting.exit_status


class SchemaMismatch(LedgerError):  # noqa: N818  names the fact, as the log does
    """The database holds tables of another release."""


class PositionLost(LedgerError):  # noqa: N818  names the fact, as the log does
    """The database holds less than this process wrote: an older copy took its place."""


class DatabaseRefuses(LedgerError):  # noqa: N818  names the fact, as the log does
    """The database refuses, and would refuse again."""


_BUSY_OR_OUT_OF_REACH = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)

_PASSING = ("08", "25", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that pass: connection, transaction state (a fail-over's
read-only standby), rollback by deadlock or serialisation, resources, object in
use, operator intervention, system. PostgreSQL's documentation, appendix A."""


def from_database(error: SQLAlchemyError, place: str) -> LedgerError:
    """Tell what an error of the database means.

    Args:
        error: what SQLAlchemy raised.
        place: the database's name for a person, without password.
    """
    kind, sentence = _FATES[_fate(error)]
    return kind(f"{place} {sentence}：{_sentence(error)}")


_FATES: dict[str, tuple[type[LedgerError], str]] = {
    "passing": (Transient, "does not answer 数据库暂不可用"),
    "schema": (SchemaMismatch, "holds another release's tables 数据库表结构不符"),
    "refused": (DatabaseRefuses, "refuses 数据库拒绝"),
}


def _fate(error: SQLAlchemyError) -> str:
    match getattr(error, "orig", None):
        case sqlite3.Error() as original:
            return _fate_in_sqlite(original)
        case psycopg.Error(sqlstate=str(state)):
            if state.startswith(_PASSING):
                return "passing"
            return "schema" if state.startswith("42") else "refused"
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return "passing"  # no server said it: not reached, or lost
        case _:
            return "passing" if isinstance(error, PoolTimeout) else "refused"


def _fate_in_sqlite(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if code in _BUSY_OR_OUT_OF_REACH:
        return "passing"
    # SQLite's general error: no such table, no such column.
    return "schema" if code == sqlite3.SQLITE_ERROR else "refused"


def _sentence(error: SQLAlchemyError) -> str:
    """The driver's first line; what follows can quote a row."""
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    return lines[0] if lines else type(original).__name__
