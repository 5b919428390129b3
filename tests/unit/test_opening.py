"""Who opens a dispatch or a board, and who changes it: alone, or all together."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.appraisal.opening import Opened, opened
from services.rules.remembered import Remembered
from tests.support.examples import EXAMPLES
from tests.support.folding import Shard, parts
from tests.support.properties import PROPERTY
from tests.unit.test_auditor import BOARDS, opened_by
from twincity_schemas.dispatch import DispatchCalled

MEMBERS = ("chengdu", "deyang", "meishan")
BEGIN = datetime(2024, 8, 1, tzinfo=UTC)
EXAMPLE = next((EXAMPLES / "dispatch.called").glob("*.json"))
CALLED = DispatchCalled(**json.loads(EXAMPLE.read_text("utf-8"))["data"])

Said = Sequence[tuple[str, int, int]]
"""Who says which content at which hour."""


def in_force(said: Said, members: Sequence[str] = MEMBERS) -> Opened[DispatchCalled]:
    openings: dict[str, list[Remembered[DispatchCalled]]] = {}
    for place, (party, what, hour) in enumerate(sorted(said, key=lambda s: s[2])):
        # As of another day each time: that is nothing they could differ in.
        content = CALLED.model_copy(update={"through_month": what, "as_of": f"{place}"})
        moment = BEGIN + timedelta(hours=hour)
        one = Remembered(f"s{place}", moment, content)
        openings.setdefault(party, []).append(one)
    return opened(openings, lambda _told, _later: None, members)


def by_hand(said: Said, members: Sequence[str]) -> int | None:
    """What is in force: told again in another way, for instants that all differ."""
    ordered = sorted(said, key=lambda one: one[2])
    latest: dict[str, int] = {}
    force, bound = None, False
    for party, what, _ in ordered:
        latest[party] = what
        force = what if force is None else force
        if party == ordered[0][0] and not bound:
            force = what
        if len(latest) == len(members) > 1 and len({*latest.values()}) == 1:
            force, bound = what, True
    return force


PARTIES = st.sampled_from(MEMBERS)


@PROPERTY
@given(
    st.lists(
        st.tuples(PARTIES, st.integers(7, 8), st.integers(0, 99)),
        unique_by=lambda one: one[2],
        max_size=10,
    ),
    st.integers(1, 3),
)
def test_what_all_opened_alike_they_change_together_alone(
    said: list[tuple[str, int, int]], many: int
) -> None:
    members = MEMBERS[:many]
    said = [one for one in said if one[0] in members]
    found = in_force(said, members)
    if not said:
        assert found.by is None
        return
    assert found.by == min(said, key=lambda one: one[2])[0]
    assert found.content.through_month == by_hand(said, members)
    last = {party: what for party, what, _ in sorted(said, key=lambda one: one[2])}
    force = found.content.through_month
    assert {*found.agreed_by} == {p for p, w in last.items() if w == force} - {found.by}


@PROPERTY
@given(
    st.lists(
        st.tuples(PARTIES, st.integers(7, 8), st.integers(0, 3)),
        max_size=8,
    ),
    st.permutations(MEMBERS),
)
def test_codes_decide_nothing_of_it(
    said: list[tuple[str, int, int]], codes: list[str]
) -> None:
    names = dict(zip(MEMBERS, codes, strict=True))
    found, other = in_force(said), in_force([(names[p], *rest) for p, *rest in said])
    assert other.by == (None if found.by is None else names[found.by])
    if found.by is not None:
        assert other.content == found.content
        assert {*other.agreed_by} == {names[p] for p in found.agreed_by}


def test_the_caller_is_told_and_its_change_counts_once_all_say_it() -> None:
    agreed = [(party, 7, hour) for hour, party in enumerate(MEMBERS)]
    alone = in_force([*agreed, ("chengdu", 8, 5)])
    assert alone.content.through_month == 7
    told = {(u.party, u.code) for u in alone.no_effect}
    assert ("chengdu", "agreed_by_all") in told
    both = in_force([*agreed, ("chengdu", 8, 5), ("deyang", 8, 6), ("meishan", 8, 7)])
    assert both.content.through_month == 8
    assert both.agreed_by == ("deyang", "meishan")
    assert {u.code for u in both.no_effect} == {"opened_by_another"}


def test_what_is_agreed_after_the_cut_off_opens_nothing() -> None:
    def too_late(_told: Any, later: Remembered[DispatchCalled]) -> Any:
        late = later.recorded > BEGIN + timedelta(hours=6)
        return ("after_the_cut_off", "截止后", "after the cut-off") if late else None

    openings = {
        party: [
            Remembered(f"{party}1", BEGIN + timedelta(hours=hour), CALLED),
            Remembered(
                f"{party}2",
                BEGIN + timedelta(hours=hour + 5),
                CALLED.model_copy(update={"through_month": 9}),
            ),
        ]
        for hour, party in enumerate(MEMBERS)
    }
    found = opened(openings, too_late, MEMBERS)
    assert found.content.through_month == CALLED.through_month


def test_what_a_party_published_survives_an_abort_and_a_restart() -> None:
    first = opened_by("chengdu", BOARDS[0], 110, 0, "one")
    other = opened_by("chengdu", BOARDS[1], 120, 1, "two")
    shard = Shard("appraisal")
    shard.take([other], abort=True)
    shard.take([other])
    assert parts(shard, BOARDS[1])[""].rules.cap == 120
    shard.restart()
    shard.take([first])  # recorded first, arrived last
    assert parts(shard, BOARDS[0])[""].rules.cap == 110
    assert parts(shard, BOARDS[1]) == {}
