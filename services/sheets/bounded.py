"""A preview in a process of its own, with limits on memory and time.

A small file may grow without end when it is read: a packed sheet that lies about its
size, one long word in a million cells, two cells a million rows apart. Whatever it
is made of, the process that reads it is ended, and the file is refused. Who runs
:data:`COMMAND` gives it :func:`asked` and reads its answer by :func:`answered`.
"""

import gc
import io
import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from services.sheets.choosing import ListRequest
from services.sheets.preview import ListPreview, preview
from services.sheets.reading import too_large
from twincity_schemas.problems import ContractError, Problem, WrongValueError

COMMAND = (sys.executable, "-m", __name__)
LONGEST_S = 60.0
"""However long it waits for the processor; who runs it ends it then."""

_STDERR = 2
_MEMORY = 1024 * 1024 * 1024
"""Bytes beside what the process has at its start."""
_PROCESSOR_S = 30
_GARBAGE = 200_000
"""So many objects more before their cycles are looked for."""

_PREVIEW: TypeAdapter[ListPreview] = TypeAdapter(ListPreview)


def preview_bounded(
    content: bytes, name: str, wanted: ListRequest, parties: Mapping[str, str]
) -> ListPreview:
    """Read a file as :func:`services.sheets.preview.preview` does, within limits.

    By a fork, which has imported everything already; for a process with one thread.
    """
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    question = asked(content, name, wanted, parties)
    reading = fork.Process(target=_tell, args=(sending, question), daemon=True)
    reading.start()
    sending.close()
    try:
        answer = receiving.recv_bytes() if receiving.poll(LONGEST_S) else b""
    except (EOFError, OSError):  # it was ended at its limits
        answer = b""
    finally:
        receiving.close()
        reading.kill()
        reading.join()
    return answered(0 if answer else 1, answer)


def asked(
    content: bytes, name: str, wanted: ListRequest, parties: Mapping[str, str]
) -> bytes:
    """Returns what the process is given: a line of JSON, then the file."""
    about = [name, wanted.model_dump(mode="json"), dict(parties)]
    return json.dumps(about).encode() + b"\n" + content


def answered(status: int, answer: bytes) -> ListPreview:
    """Read what the process has told.

    Raises:
        WrongValueError: it is no table, or took too much to read.
        ContractError: what a person said of it is wrong.
    """
    if status:
        raise too_large()
    if answer.startswith(b'{"code"'):
        raise WrongValueError(**json.loads(answer))
    if answer.startswith(b"["):
        raise ContractError(Problem(**one) for one in json.loads(answer))
    return _PREVIEW.validate_json(answer)


def _tell(sending: Connection, question: bytes) -> None:
    # What a library says at its limits is nobody's to read.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
    sending.send_bytes(_answer(io.BytesIO(question)))


def _answer(question: BinaryIO) -> bytes:
    most = _taken() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_S, _PROCESSOR_S))
    # What is read is kept to the end: to look through it for cycles is in vain.
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    name, wanted, parties = json.loads(question.readline())
    content = question.read()
    try:
        shown = preview(content, name, ListRequest.model_validate(wanted), parties)
    except WrongValueError as error:
        answer = json.dumps(
            {"code": error.code, "zh": error.zh, "en": error.en}
        ).encode()
    except ContractError as error:
        answer = json.dumps([one.model_dump() for one in error.problems]).encode()
    else:
        answer = _PREVIEW.dump_json(shown)
    return answer


def _taken() -> int:
    """Returns the bytes of addresses that a fork has of whoever it is a fork of."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    except OSError:  # not on Linux
        return 0
    return int(pages) * resource.getpagesize()


if __name__ == "__main__":
    sys.stdout.buffer.write(_answer(sys.stdin.buffer))
