"""What is said of a day to come has no effect yet: every date of every statement.

A type that is added is tried with the others: each of its dates is one by which it says
that something is so, or it is listed here as one that may lie ahead.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import Shard, parts
from tests.unit.test_unbegun import codes
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.message import Event, parse
from twincity_schemas.topology import KINDS
from twincity_schemas.values import PartialDate

TERMS = {
    "due", "deadline", "needed_by", "until",  # deadlines
    "planned_start", "planned_finish",  # plans
    "valid_from", "valid_to", "begins", "ends", "effective", "since",  # while it holds
    "held",  # when a summons calls somebody
}  # fmt: skip
"""Dates that may lie ahead, by name: of what is to be, or of how long something holds.

What takes effect on such a day is ``to_come`` until then (``test_policy``)."""

LOOK_AHEAD = {
    "appeal.answered", "appeal.raised", "board.opened", "challenge.posted",
    "decision.taken", "dispatch.called", "factor.committed", "factor.requested",
    "indicator.targeted", "obstacle.assigned", "obstacle.extended",
    "opportunity.published", "opportunity.revised", "plan.drawn", "plan.taken",
    "rectification.planned", "sharing.described", "unit.summoned",
}  # fmt: skip
"""Statements of what is to be: they stand from when they are recorded, whatever day
their paper bears."""

EXAMPLE = {
    one.type.fact: one
    for one in map(read, sorted(EXAMPLES.glob("*/*.json"), reverse=True))
    if one.type.is_statement
}
[_PATTERN] = {
    rule.pattern
    for rule in PartialDate.__metadata__
    if getattr(rule, "pattern", None)
}  # fmt: skip


def dates(fact: str) -> Iterator[tuple[str, ...]]:
    """Every place of a statement type at which a partial date stands, by its schema."""
    schema = EVENT_TYPES[f"twincity.{fact}.v1"].model.model_json_schema()
    yield from _dates(schema, schema.get("$defs", {}), ())


def _dates(
    part: Any, shared: dict[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if "$ref" in part:
        part = part | shared[part["$ref"].rpartition("/")[2]]
    if part.get("pattern") == _PATTERN:
        yield path
    for name, inner in part.get("properties", {}).items():
        yield from _dates(inner, shared, (*path, name))
    if isinstance(part.get("additionalProperties"), dict):
        yield from _dates(part["additionalProperties"], shared, (*path, "{}"))
    if "items" in part:
        yield from _dates(part["items"], shared, (*path, "[]"))
    for inner in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        yield from _dates(inner, shared, path)


WARNED_OF = {
    ("progress.reported", "as_of"),  # its month decides (``test_adversary_words``)
    *(("project.described", name) for name in ("as_of", "figures", "total_investment")),
}
"""Days of figures: the receipt warns where they lie ahead, and the text stands."""

FACTS = sorted(
    (fact, path)
    for fact in EXAMPLE
    for path in dates(fact)
    if path[-1] not in TERMS
    and fact not in LOOK_AHEAD
    and (fact, path[0]) not in WARNED_OF
)
"""The dates by which a statement says that something is so, or was done."""


def dated(said: Event[Any], path: tuple[str, ...], day: str, id_: str) -> Event[Any]:
    """A statement with another date."""
    [name] = path
    data = json.loads(said.value) | {name: day}
    envelope = said.envelope.model_copy(update={"id": id_})
    return parse(envelope.to_headers(), json.dumps(data).encode())


def taken(said: Iterator[Event[Any]] | list[Event[Any]], subject: str) -> Shard:
    shard = Shard(KINDS[subject.partition("/")[0]].service)
    for one in said:
        shard.take([one])
    return shard


def records(shard: Shard, subject: str) -> dict[str, Any]:
    """What is recorded of a subject, but for what was only counted, or told as idle."""
    told = {
        part: record.model_dump(mode="json") for part, record in
        parts(shard, subject).items()
    }  # fmt: skip
    for name in ("no_effect", "statements", "statements_digest"):
        told.get("", {}).pop(name, None)
    return told


def test_every_type_that_looks_ahead_is_listed() -> None:
    ahead = {f for f, one in EXAMPLE.items() if type(one.data).looks_ahead}
    assert ahead == LOOK_AHEAD
    assert {fact for fact, _ in FACTS} >= {"task.reported", "worklist.verified"}


@pytest.mark.parametrize(
    ("fact", "path"), FACTS, ids=[f"{f}/{'.'.join(p)}" for f, p in FACTS]
)
def test_what_is_said_of_2099_has_no_effect_yet(
    fact: str, path: tuple[str, ...]
) -> None:
    """Beside all the examples of its subject: every record is as without it."""
    said = EXAMPLE[fact]
    subject = said.envelope.subject
    before = [one for one in story(subject) if one.envelope.id != said.envelope.id]
    ahead = dated(said, path, "2099", "ahead")
    with_it = taken([*before, ahead], subject)
    assert records(with_it, subject) == records(taken(before, subject), subject)
    assert codes(with_it)["ahead"] == "before_its_date"
    # Once its day has come it is said, and nothing of it stands in the way; nor does it
    # take the place of what was said in earnest before.
    in_earnest = records(taken([*before, said], subject), subject)
    assert records(taken([*before, ahead, said], subject), subject) == in_earnest
    assert records(taken([*before, said, ahead], subject), subject) == in_earnest
