"""Opening the ledger's database: SQLite in a file, or PostgreSQL."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from services.ledger.errors import (
    LedgerError,
    SchemaMismatch,
    WrongAddress,
    from_database,
)
from services.ledger.tables import METADATA
from services.ledger.views import create_views

_CONNECT_S = 10
"""An address where nobody answers is told within this."""

_LOCK_S = 30
"""How long a writer waits for another: longer than any batch takes, shorter
than an operator's patience with a writer that hangs."""

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

_ONE_CREATOR = 0x7477_696E  # "twin"
"""PostgreSQL's advisory lock for whoever creates the tables."""


def connect(url: str, *, create: bool = True) -> tuple[Engine, str]:
    """Make the engine, and the tables where they are missing.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.
        create: whether a missing file and missing tables are made.

    Returns:
        the engine, and what to call the database in a sentence.

    Raises:
        WrongAddress: it is another kind of address, or no file is there.
        Transient: nobody answers there.
        SchemaMismatch: there are tables of another release, or none.
    """
    address = _address(url)
    place = _place(address)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite and not create and not Path(str(address.database)).exists():
        raise WrongAddress(
            f"TWINCITY_DATABASE: there is no {place}; the ledger makes it 没有该台账"
        )
    # A parameter can be a city's internal matter: not in errors, not in logs.
    engine = create_engine(address, hide_parameters=True, pool_pre_ping=not sqlite)
    prepare = _prepare_sqlite if sqlite else _prepare_postgres
    # Before SQLAlchemy asks which server it is.
    event.listen(engine, "connect", prepare, insert=True)
    event.listen(engine, "begin", _begin_sqlite if sqlite else _begin_postgres)
    try:
        if sqlite:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        if create:
            with for_writing(engine).begin() as connection:
                _create(connection)
        with for_reading(engine).begin() as connection:
            _compare(connection, place)
    except LedgerError:
        engine.dispose()
        raise
    except OSError as error:
        engine.dispose()
        raise WrongAddress(
            f"TWINCITY_DATABASE: {place} cannot be created 无法创建：{error.strerror}"
        ) from None
    except SQLAlchemyError as error:
        engine.dispose()
        raise from_database(error, place) from None
    return engine, place


def for_writing(engine: Engine) -> Engine:
    """The engine whose transactions write; on SQLite they lock at once."""
    return engine.execution_options(ledger_writes=True)


def for_reading(engine: Engine) -> Engine:
    """The engine whose transactions each see one state of the database."""
    return engine.execution_options(ledger_reads=True)


def _address(url: str) -> URL:
    # What the parser says of a broken address can quote the password in it.
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise WrongAddress(
            "TWINCITY_DATABASE is not a database address 数据库地址无效"
        ) from None
    match address.get_backend_name():
        case "sqlite" if address.database not in (None, "", ":memory:"):
            return address.set(drivername="sqlite+pysqlite")
        case "postgresql":
            wanted = {"connect_timeout": str(_CONNECT_S), **address.query}
            return address.set(drivername="postgresql+psycopg", query=wanted)
        case _:
            raise WrongAddress(
                "TWINCITY_DATABASE must be sqlite:///path or postgresql://… "
                "应为 sqlite:///路径 或 postgresql://…"
            )


def _place(address: URL) -> str:
    """Name a database without user, password and parameters."""
    if address.get_backend_name() == "sqlite":
        return f"SQLite {address.database}"
    port = f":{address.port}" if address.port else ""
    return f"PostgreSQL {address.host or 'local'}{port}/{address.database or ''}"


def _create(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Two processes that start at once would both find no tables.
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_CREATOR}
        )
    METADATA.create_all(connection)
    create_views(connection)


def _compare(connection: Connection, place: str) -> None:
    inspector = inspect(connection)
    for table in METADATA.tables.values():
        there: set[str] = set()
        if inspector.has_table(table.name):
            there = {column["name"] for column in inspector.get_columns(table.name)}
        if missing := {column.name for column in table.columns} - there:
            raise SchemaMismatch(
                f"{place}: table {table.name} lacks {', '.join(sorted(missing))}; "
                "it is another release's 数据库表结构属于其他版本"
            )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins transactions, not the driver: see _begin_sqlite.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_LOCK_S * 1000}")
    _write_ahead(connection)
    # A power cut may take the last transactions, rows and offsets together:
    # the ledger then reads them from Kafka again.
    connection.execute("PRAGMA synchronous=NORMAL")


def _write_ahead(connection: Any) -> None:
    """Switch the file to WAL, so that readers do not wait for writers.

    SQLite does not wait for a lock here, and a process that starts at the same
    time may be switching the same file.
    """
    until = time.monotonic() + _CONNECT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in _LOCKED
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer locks before it reads the offsets; a reader never locks, and sees in
    # a write-ahead log one state from its first query on.
    writes = connection.get_execution_options().get("ledger_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    # As the transaction's own: what the driver sets on a connection would outlive it,
    # and let a later one write where the server's default is read-only.
    if connection.get_execution_options().get("ledger_reads"):
        connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )


def _prepare_postgres(connection: Any, _record: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WrongAddress(
            f"TWINCITY_DATABASE: its encoding is {encoding}; create the database with "
            "ENCODING 'UTF8' 数据库编码须为 UTF8"
        )
    connection.autocommit = True
    connection.execute("SET TIME ZONE 'UTC'")  # no time overflows on its way back
    connection.execute(f"SET lock_timeout = '{_LOCK_S}s'")
    # A writer that was stopped half-way must not hold the others for ever.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{2 * _LOCK_S}s'")
    connection.autocommit = False
