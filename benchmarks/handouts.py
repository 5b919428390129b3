"""A dispatch, a board and a cluster of many projects, for the pages' benchmark.

The demo's own, as appraisal derives them; each line, each member of a cluster and each
project behind a unit's figures stands there under as many names as there are projects.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from benchmarks import year
from services.runtime.reading import Record
from tests.support.story import story
from twincity_schemas.topology import APPRAISAL_RECORDS

DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu/2024-q3"
CLUSTER = "cluster/chengdu.deyang.meishan/suburban-lines"
PER_UNIT = 50
_S11 = "chengdu.deyang/s11"
_MANY = {f"{DISPATCH}#line/{_S11}", f"{CLUSTER}#member/{_S11}"}
_UNIT = f"{BOARD}#unit/metro"
_DECISION = f"{DISPATCH}#followed/chengdu.deyang.meishan/2024-07/chengdu/depot-land"


class Copied(NamedTuple):
    """The fields of a Kafka record that the view reads."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def records(projects: int) -> list[Record]:
    """The records of the three, over so many projects."""
    records_ = await story()
    return [*_all(records_.records, projects)]


def _all(records_: Iterable[Record], projects: int) -> Iterator[Record]:
    offsets = count(10_000_000)
    for record in records_:
        key = (record.key or b"").decode()
        if record.topic != APPRAISAL_RECORDS or record.value is None:
            continue
        if not key.startswith((DISPATCH, BOARD, CLUSTER)):
            continue
        headers = [*record.headers]
        for named, value in [
            (key, record.value),
            *_copies(key, record.value, projects),
        ]:
            yield Copied(
                record.topic,
                0,
                next(offsets),
                named.encode(),
                value,
                [(n, v.replace(key.encode(), named.encode())) for n, v in headers],
            )


def _copies(key: str, value: bytes, projects: int) -> Iterator[tuple[str, bytes]]:
    if key in _MANY:
        for number in range(projects):
            project = year.subject(number).removeprefix("project/")
            document = json.loads(value.replace(_S11.encode(), project.encode()))
            if document.get("lead"):  # spread, as in a year
                document["lead"] = str(number % 97 - 48)
            yield key.replace(_S11, project), _json(document)
    elif key == _UNIT:
        document = json.loads(value)
        for unit in range(projects // PER_UNIT):
            counted = [
                {**document["projects"][0], "project": year.subject(number)}
                for number in range(unit * PER_UNIT, (unit + 1) * PER_UNIT)
            ]
            code = f"unit-{unit}"
            changed = {"unit": code, "name": f"单位 {unit}", "part": f"unit/{code}"}
            yield (
                f"{BOARD}#unit/{code}",
                _json(document | changed | {"projects": counted}),
            )
    elif key == _DECISION:
        for number in range(projects // 100):
            document = json.loads(value)
            document["unit"] = document["unit"] | {"name": f"单位 {number % 40}"}
            yield f"{key}-{number}", _json(document | {"part": document["part"]})


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
