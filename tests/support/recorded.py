"""The examples of records, derived from the examples of statements.

``python -m tests.support.recorded`` writes them; a test compares.
"""

import json
from collections.abc import Iterator
from typing import Any

from services.runtime.outcomes import Publish
from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard
from tests.support.saying import S11
from twincity_schemas.catalogue import MATCHING_CANDIDATES, MATCHING_RECORDS
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event

DESCRIBED = EXAMPLES.parents[1] / "services/demo/story/1-s11"
_LATER = {"project.declined", "project.reopened", "project.succeeded"}
"""What would make another story of it."""
NAMES = {
    "": "project.recorded/s11-agreed-with-its-parts",
    "progress/2024-08": "progress.recorded/s11-until-august",
    "obstacle/chengdu/pipes-02": "obstacle.recorded/pipes-moved-and-verified",
    "factor/chengdu/depot-land": "factor.recorded/all-land-has-arrived",
    "task/deyang/owner/四川成德轨道交通有限公司": "task.recorded/the-owner-is-at-work",
    "correction/deyang/deyang-2024-0004": "correction.recorded/a-figure-was-wrong",
}
"""By part of S11, the example of its record."""


def s11() -> list[Event[Any]]:
    """What is said of S11, as time went."""
    events = [
        event
        for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
        if event.envelope.subject == S11
        and event.type.is_statement
        and event.type.fact not in _LATER
    ]
    return sorted(events, key=lambda event: event.envelope.time)


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example's name and what it has to hold."""
    shard = Shard("coordination")
    for event in s11():
        shard.take([event])
    latest = {one.key.decode(): one for one in shard.published if one.value}
    for part, name in NAMES.items():
        yield name, _document(latest[f"{S11}#{part}" if part else S11])
    yield from _of_matching()
    differing = Shard("coordination")
    for path in sorted(DESCRIBED.glob("0[12]-*.json")):
        differing.take([read(path)])
    yield (
        "project.recorded/s11-total-investment-disputed",
        _document(
            next(one for one in differing.published[::-1] if one.key == S11.encode())
        ),
    )


def _of_matching() -> Iterator[tuple[str, dict[str, Any]]]:
    """A demand and its supply, their pool, and an entry that is alone in another."""
    shard = Shard("matching")
    for path in sorted(EXAMPLES.glob("opportunity.published/*.json")):
        shard.take([read(path)])
    latest = {(one.topic, one.key.decode()): one for one in shard.published}
    demand = "opportunity/chengdu/2022-1-2001"
    for topic, key, name in (
        (MATCHING_RECORDS, demand, "pairing.recorded/demand-and-its-supply"),
        (
            MATCHING_RECORDS,
            "opportunity/chengdu/2022-2-0917",
            "pairing.recorded/unpaired-and-why",
        ),
        (MATCHING_RECORDS, "pool/2022-1", "pool.recorded/one-pair-and-its-certificate"),
        (
            MATCHING_CANDIDATES,
            f"{demand}#candidates",
            "candidates.recorded/one-supply-and-its-score",
        ),
        (MATCHING_CANDIDATES, f"{demand}#price", "price.recorded/price-of-a-demand"),
    ):
        yield name, _document(latest[topic, key])


def _document(published: Publish) -> dict[str, Any]:
    envelope = Envelope.from_headers(published.headers)
    return {
        "envelope": envelope.model_dump(mode="json", exclude_none=True),
        "data": json.loads(published.value or b""),
    }


if __name__ == "__main__":
    for name, document in examples():
        path = EXAMPLES / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(document, ensure_ascii=False, indent=2)
        path.write_text(text + "\n", "utf-8")
