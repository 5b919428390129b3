"""Nobody gains by the alphabet: parties that swap their codes swap nothing else.

Of any history, with several parties recorded at one instant as often as not. Nor does
anybody gain by a claimed time, or by having two bureaus say a thing.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.folding import Shard
from tests.support.properties import PROPERTY
from tests.support.saying import described, event
from tests.unit import (
    test_auditor,
    test_chain,
    test_challenge,
    test_drill,
    test_follow_up,
    test_indicator,
    test_plan,
    test_policy,
    test_project_rules,
    test_sharing,
    test_worklist,
)
from twincity_schemas.message import Event
from twincity_schemas.topology import KINDS

Histories = Iterable[Iterable[Event[Any]]]


def by_party(said: Any, parties: Iterable[str]) -> st.SearchStrategy[Histories]:
    return st.tuples(*(st.lists(said(party), max_size=6) for party in parties))


TEXTS = [
    *test_project_rules.TEXTS,
    described(domain="industry"),
    described(name="乙", item_class="platform"),
]


@st.composite
def projects(draw: st.DrawFn) -> Histories:
    """What three parties say, of texts that differ in what a record is filed by."""
    said = []
    for number in range(draw(st.integers(1, 6))):
        party = draw(st.sampled_from(test_project_rules.PARTIES))
        fact, data = draw(test_project_rules.acts(party, TEXTS))
        subject, moment = test_project_rules.JOINT, test_project_rules.at(1)
        said.append([event(fact, party, subject, data, f"s{number}", moment)])
    return said


@st.composite
def sharings(draw: st.DrawFn) -> Histories:
    """What both members say of an agreement and its years."""
    return [
        test_sharing.acts(party, draw(test_sharing.ACTS))
        for party in ("chengdu", "chongqing")
    ]


@st.composite
def rectifications(draw: st.DrawFn) -> Histories:
    """A board that closed, what put a unit right, and anything said beside it."""
    said = [
        *test_follow_up.LEAVES[: draw(st.integers(0, 4))],
        *draw(st.lists(test_follow_up.acts(), max_size=5)),
        *draw(st.lists(st.sampled_from(GRANTED), max_size=2, unique=True)),
    ]
    board = test_follow_up.board()
    return [[e] for e in [*board, *sorted(said, key=lambda e: e.envelope.recorded)]]


GRANTED = [test_follow_up.incentive(id_=f"i-{p}", by=p) for p in ("chengdu", "deyang")]
DRILLS = st.lists(test_drill.scores(), max_size=8).map(
    lambda said: [[e] for e in [test_drill.called(), *said]]
)
OPENED = [
    e
    for e in test_auditor.STORY
    if e.type.fact in {"board.opened", "dispatch.called", "appeal.raised"}
]
KINDS_OF = {
    "policy": by_party(test_policy._said, test_policy.PARTIES),
    "plan": by_party(test_plan._said, test_plan.PARTIES),
    "chain": by_party(test_chain._said, test_chain.PARTIES),
    "challenge": test_challenge.histories(),
    "indicator": by_party(test_indicator._said, ["chengdu", "chongqing"]),
    "project": projects(),
    "worklist": test_worklist.histories(),
    "sharing": sharings(),
    "rectification": rectifications(),
    "drill": DRILLS,
    "appraisal": st.lists(test_auditor.ANYTHING, max_size=6).map(
        lambda said: [[e] for e in [*OPENED, *said]]
    ),
}
SWAPPED = {
    "appraisal": ("chengdu", "deyang"),
    "rectification": ("chengdu", "deyang"),
    "drill": ("chengdu", "deyang"),
    "default": ("chengdu", "chongqing"),
}


@pytest.mark.parametrize("kind", sorted(KINDS_OF))
@PROPERTY
@given(st.data())
def test_to_swap_two_parties_names_swaps_their_names_alone(
    kind: str, data: st.DataObject
) -> None:
    told = data.draw(KINDS_OF[kind])
    said = [e for own in told for e in own]
    moments = _moments(said, data.draw(st.integers(0, 2**64)))
    one, other = SWAPPED.get(kind, SWAPPED["default"])
    ids = {e.envelope.id: f"s{n}" for n, e in enumerate(said)}
    plain = [_said_as(e, ids, {}, m) for e, m in zip(said, moments, strict=True)]
    names = {one: other, other: one}
    turned = [_said_as(e, ids, names, m) for e, m in zip(said, moments, strict=True)]
    turned = _of_the_texts(plain, turned)
    assert _normal(_records(turned), {}) == _normal(_records(plain), names)


def _moments(said: list[Event[Any]], bits: int) -> list[Any]:
    """Few instants, so that many are the same; each party's own in their order."""
    last: dict[str, int] = {}
    moments = []
    for place, one in enumerate(said):
        party = one.envelope.party
        last[party] = last.get(party, 0) + (bits >> place & 1)
        moments.append(one.envelope.recorded + timedelta(days=last[party]))
    return moments


def _said_as(
    one: Event[Any], ids: Mapping[str, str], names: Mapping[str, str], moment: Any
) -> Event[Any]:
    """A statement under a neutral id, with the parties' codes in each other's place."""
    text = json.dumps(_told(json.loads(one.value), ids), ensure_ascii=False)
    envelope = one.envelope
    return event(
        one.type.fact,
        names.get(envelope.party, envelope.party),
        _renamed(envelope.subject, names),
        json.loads(_renamed(text, names)),
        ids[envelope.id],
        moment,
    )


def _of_the_texts(
    plain: list[Event[Any]], turned: list[Event[Any]]
) -> list[Event[Any]]:
    """Answers to the texts as they read now, where a text names the parties."""
    digests = {
        one.data.digest: other.data.digest
        for one, other in zip(plain, turned, strict=True)
        if one.type.fact == "sharing.described"
    }
    return [
        event(
            one.type.fact,
            one.envelope.party,
            one.envelope.subject,
            json.loads(one.value)
            | {"description": digests.get(one.data.description, "sha256:" + "0" * 64)},
            one.envelope.id,
            one.envelope.time,
        )
        if one.type.fact == "sharing.endorsed"
        else one
        for one in turned
    ]


def _told(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _told(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one, ids) for one in value]
    if not isinstance(value, str):
        return value
    # An id of what nobody has said may hold a code, too.
    return ids.get(value) or re.sub(r"^(chengdu|chongqing|deyang)(?=-)", "no", value)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Returns a text with codes swapped; members stand in their order again."""
    for one in names:
        text = text.replace(one, f"<{one}>")
    for one, other in names.items():
        text = text.replace(f"<{one}>", other)
    return re.sub(
        r"[a-z]+(?:\.[a-z]+)+(?=/)",
        lambda found: ".".join(sorted(found[0].split("."))),
        text,
    )


def _records(said: list[Event[Any]]) -> dict[str, Any]:
    kind = said[0].type.subject if said else "project"
    shard = Shard(KINDS[kind].service if kind in KINDS else "coordination")
    if any(e.type.subject in {"dispatch", "board", "cluster"} for e in said):
        shard = Shard("appraisal")
    shard.take(said)
    found = {
        key.decode(): json.loads(value) for (_, key), value in shard.records.items()
    }
    # Numbers of amendments of one instant are an order, and orders are not compared.
    amendments = [key for key in found if "#amendment/" in key]
    listed = [(key.partition("#")[0], found.pop(key)) for key in amendments]
    for _, one in listed:
        del one["number"], one["part"]
    return found | {"amendments": listed}


def _normal(records: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """Records with the names swapped, without digests and without orders of lists."""
    text = _renamed(json.dumps(records, ensure_ascii=False), names)
    return _unordered(json.loads(text))


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _unordered(one)
            for name, one in value.items()
            if name not in {"digest", "statements_digest", "description"}
        }
    if isinstance(value, list):
        return sorted((_unordered(one) for one in value), key=str)
    return value


@pytest.mark.parametrize("kind", sorted(KINDS_OF))
@settings(PROPERTY, max_examples=PROPERTY.max_examples // 10)
@given(st.data())
def test_another_bureau_s_copy_and_a_claimed_time_change_no_figure(
    kind: str, data: st.DataObject
) -> None:
    """Each statement said twice at once, and as of another day than it was recorded."""
    told = data.draw(KINDS_OF[kind])
    said = [e for own in told for e in own]
    moments = _moments(said, data.draw(st.integers(0, 2**64)))
    ids = {e.envelope.id: f"s{n}" for n, e in enumerate(said)}
    once = [_said_as(e, ids, {}, m) for e, m in zip(said, moments, strict=True)]
    once.sort(key=lambda e: e.envelope.time)
    twice = [
        _recorded(one, f"{one.envelope.id}{copy}", days)
        for one in once
        for copy, days in (("", data.draw(st.sampled_from([-40, 0, 400]))), ("b", 0))
    ]
    assert dict(_figures(_records(twice))) == dict(_figures(_records(once)))


def _recorded(one: Event[Any], id_: str, days: int) -> Event[Any]:
    """The same, recorded when it was, whose publisher claims another day."""
    of = one.envelope
    claimed = {"id": id_, "time": of.time - timedelta(days=days)}
    envelope = of.model_copy(update=claimed | {"recordedtime": of.time})
    return Event(envelope, one.type, one.data, one.value)


FIGURES = frozenset(
    [
        "state",
        "agreement",
        "score",
        "rank",
        "tied",
        "late",
        "due",
        "first_due",
        "short",
        "share",
        "light",
        "value",
        "joint",
        "attained",
        "lead",
        "colour",
        "stage",
        "total",
        "increment",
        "transfer",
        "goes_on",
        "taken_late",
        "on_time",
        "silent",
        "self_verified",
        "self_confirmed",
        "moved",
        "planned",
        "dropped",
    ]
)


def _figures(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a reader signs, without what counts or names the statements."""
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _figures(one, *path, name)
        elif name in FIGURES:
            yield (*path, name), one


PAIR = test_project_rules.PAIR


def test_two_domains_at_one_instant_are_told_and_not_decided() -> None:
    said = [
        event("project.described", party, PAIR, described(domain=domain), party)
        for party, domain in (("chengdu", "industry"), ("deyang", "transport"))
    ]
    assert _records(said) == {"amendments": []}
    shard = Shard("coordination")
    shard.take(said)
    told = {n.statement: n.no_effect.code for n in shard.events("notice.issued")}
    assert told == {"chengdu": "said_at_once", "deyang": "said_at_once"}
    agreed = described(domain="industry")
    shard.take([event("project.described", "deyang", PAIR, agreed, "2")])
    assert {topic for topic, _ in shard.records} == {"twincity.industry.records"}
    *_, last = shard.events("project.recorded")
    assert (last.domain, last.no_effect) == ("industry", ())


def test_two_names_at_one_instant_stand_beside_each_other() -> None:
    said = [
        event("project.described", party, PAIR, described(**text), party)
        for party, text in (
            ("chengdu", {"name": "甲", "item_class": "platform"}),
            ("deyang", {"name": "乙"}),
        )
    ]
    header = _records(said)[PAIR]
    assert (header["name"], header.get("item_class")) == ("乙 / 甲", None)
