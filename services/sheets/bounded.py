"""Reading a file in a process of its own, with limits on memory and time.

A small file may grow without end when it is read: a packed sheet that lies about its
size, one long word in a million cells, two cells a million rows apart. Whatever it
is made of, the process that reads it is ended, and the file is refused.
"""

import json
import resource
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from services.sheets.grid import Sheet, Value
from services.sheets.reading import read, too_large
from twincity_schemas.problems import WrongValueError

_MEMORY = 1024 * 1024 * 1024
_PROCESSOR_S = 30
_WAIT_S = 60.0


def read_bounded(content: bytes) -> tuple[Sheet, ...]:
    """Read a file as :func:`services.sheets.reading.read` does, within limits.

    Raises:
        WrongValueError: it is no table, or takes too much to read.
    """
    try:
        reading = subprocess.run(  # noqa: S603  this module
            [sys.executable, "-m", __name__],
            input=content,
            capture_output=True,
            timeout=_WAIT_S,
            check=True,
        )
    except subprocess.SubprocessError:
        raise too_large() from None
    found = json.loads(reading.stdout)
    if isinstance(found, dict):
        raise WrongValueError(**found)
    return tuple(_sheet(*told) for told in found)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_S, _PROCESSOR_S))
    try:
        found: Any = [_told(sheet) for sheet in read(sys.stdin.buffer.read())]
    except WrongValueError as error:
        found = {"code": error.code, "zh": error.zh, "en": error.en}
    json.dump(found, sys.stdout)


def _told(sheet: Sheet) -> list[Any]:
    return [
        sheet.name,
        [[_plain(value) for value in row] for row in sheet.rows],
        sheet.visible,
        sheet.merges,
        sorted(sheet.hidden),
        [[*place, form] for place, form in sheet.formats.items()],
        sorted(sheet.uncounted),
    ]


def _plain(value: Value) -> Any:
    match value:
        case Decimal():
            return [str(value)]
        case date():
            return [value.isoformat(), ""]
        case _:
            return value


def _value(told: Any) -> Value:
    match told:
        case [number]:
            return Decimal(number)
        case [day, _]:
            return date.fromisoformat(day)
        case str() | bool() | None:
            return told
        case _:
            raise ValueError(told)


def _sheet(  # noqa: PLR0913, PLR0917  a sheet's attributes
    name: str,
    rows: Any,
    visible: bool,  # noqa: FBT001
    merges: Any,
    hidden: Any,
    formats: Any,
    uncounted: Any,
) -> Sheet:
    return Sheet(
        name,
        tuple(tuple(_value(value) for value in row) for row in rows),
        visible,
        tuple((tuple(first), tuple(last)) for first, last in merges),
        frozenset(hidden),
        {(row, column): form for row, column, form in formats},
        frozenset((row, column) for row, column in uncounted),
    )


if __name__ == "__main__":
    _main()
