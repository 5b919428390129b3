"""A release that computes otherwise, in the middle of a story: closed stays closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.appraisal import board, dispatch, ranks, scoring
from services.coordination import race
from services.rules.editions import Editions
from services.rules.rates import hundredths
from tests.support.folding import Shard
from tests.support.saying import S11, event
from tests.unit.test_appraisal import AUGUST, BOARD, CUT_OFF, EARLY, LATE, STORY, report
from tests.unit.test_challenge import STORY as RACE
from tests.unit.test_challenge import record, states
from twincity_schemas.board_record import BoardRecorded, StandingRecorded
from twincity_schemas.message import Event, parse

NEXT = "board/chengdu/2024-q4"
OCTOBER = "dispatch/chengdu.deyang.meishan/2024-10"
YEAR = "board/chengdu/2024"
ANNUAL = {
    "code": "annual",
    "version": 1,
    "measures": [
        {
            "code": "quarters",
            "name": "季度平均",
            "kind": "boards",
            "weight": "100",
            "target": "100",
        }
    ],
    "cap": 120,
    "places": [{"sequence": "districts", "red": 1, "black": 1}],
}
UPGRADED = CUT_OFF + timedelta(days=20)


def again(subject: str, later: str, cut_off: str, **other: Any) -> Event[Any]:
    """What opened a subject, said of another one whose cut-off is later."""
    [told] = [
        one
        for one in STORY
        if one.envelope.subject == subject and hasattr(one.data, "cut_off")
    ][:1]
    data = told.data.model_dump(mode="json", exclude_none=True)
    data.pop("appeals_until", None)
    data |= {"cut_off": cut_off, **other}
    fact, party = told.type.fact, told.envelope.party
    return event(fact, party, later, data, later, LATE)


FIRST_HALF = [*STORY, report("chengdu", S11, EARLY)]
SECOND_HALF = [
    report("chengdu", S11, LATE, "90000"),  # a correction after the cut-off
    report("deyang", S11, CUT_OFF - timedelta(days=1)),  # in time, and arrives late
    again(BOARD, NEXT, "2024-12-10T18:00:00+08:00"),
    again(AUGUST, OCTOBER, "2024-11-10T18:00:00+08:00"),
    again(BOARD, YEAR, "2025-01-20T18:00:00+08:00", rules=ANNUAL, boards=[BOARD]),
]


def upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores are halved, the last is first, no light is given, nothing is followed."""

    def halved(*known: Any) -> scoring.Result:
        found = scoring._result_1(*known)
        return replace(found, score=hundredths(found.score / Decimal(2)))

    def reversed_(told: Any, results: Any) -> list[ranks.Ranked]:
        turned = [replace(one, score=Decimal(100) - one.score) for one in results]
        return ranks._ranked_1(told, turned)

    def unlit(*known: Any) -> Any:
        return dispatch._line_1(*known).model_copy(update={"light": None})

    for module, name, rule in (
        (scoring, "SCORES", halved),
        (ranks, "RANKS", reversed_),
        (dispatch, "LINES", unlit),
        (dispatch, "FOLLOWED", lambda *_known: iter(())),
    ):
        now = replace(getattr(module, name), later=((UPGRADED, rule),))
        for user in (module, board):
            if hasattr(user, name):
                monkeypatch.setattr(user, name, now)


def records(shard: Shard, *subjects: str) -> dict[tuple[str, bytes], bytes]:
    return {
        place: value
        for place, value in shard.records.items()
        if place[1].decode().partition("#")[0] in subjects
    }


def tell(first: Sequence[Event[Any]], shard: Shard | None = None) -> Shard:
    shard = shard or Shard("appraisal")
    for one in first:
        shard.take([one])
    return shard


def test_what_was_closed_before_an_upgrade_is_derived_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = tell([*FIRST_HALF, *SECOND_HALF])
    shard = tell(FIRST_HALF)
    before = records(shard, BOARD, AUGUST)
    upgrade(monkeypatch)
    shard.restart()
    tell(SECOND_HALF, shard)
    closed = records(shard, BOARD, AUGUST)
    assert closed != before  # they were derived again
    assert closed == records(never, BOARD, AUGUST)
    # What is closed after it follows the new editions, and says so.
    assert records(shard, NEXT, OCTOBER) != records(never, NEXT, OCTOBER)
    assert {
        subject: told(shard, subject).editions
        for subject in (BOARD, NEXT, AUGUST, OCTOBER)
    } == {
        BOARD: ("scores@1", "ranks@1"),
        NEXT: ("scores@2", "ranks@2"),
        AUGUST: ("lines@1", "followed@1"),
        OCTOBER: ("lines@2", "followed@2"),
    }
    followed = [place[1] for place in records(shard, AUGUST, OCTOBER)
                if b"#followed/" in place[1]]  # fmt: skip
    assert {key.partition(b"#")[0].decode() for key in followed} == {AUGUST}
    # A year's figure rests on its quarters as they were closed, each by its edition:
    # the second is halved, and shown turned.
    third, fourth = standing(never, BOARD), standing(shard, NEXT)
    mean = (third.closed.score + Decimal(100) - fourth.closed.score) / 2
    year = standing(shard, YEAR)
    assert year.figures[0].actual == mean != third.closed.score
    assert year.closed.score == Decimal(100) - mean / 2  # turned, too
    # A cluster that begins with the new release finds the same.
    assert tell([*FIRST_HALF, *SECOND_HALF]).records == shard.records


def told(shard: Shard, subject: str) -> Any:
    [said] = [one for one in shard.published if one.key == subject.encode()][-1:]
    assert said.value is not None
    return parse(said.headers, said.value).data


def standing(shard: Shard, board: str) -> StandingRecorded:
    """Of the unit that the first example counts."""
    data: StandingRecorded = told(shard, f"{board}#unit/jinniu")
    return data


def test_the_editions_of_this_release_are_these() -> None:
    """One that was released is never taken out, changed or moved."""
    editions: list[Editions[Any]] = [
        scoring.SCORES,
        ranks.RANKS,
        dispatch.LINES,
        dispatch.FOLLOWED,
        race.GATES,
    ]
    known = {(one.code, tuple(since for since, _ in one.later)) for one in editions}
    assert known == {
        (code, ()) for code in ("scores", "ranks", "lines", "followed", "gates")
    }
    assert "editions" in BoardRecorded.model_fields


def test_a_gate_that_closed_before_an_upgrade_keeps_its_ranks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, *_ = record(RACE).gates
    assert bench.editions == ("gates@1",)

    def last_are_first(*known: Any, **more: Any) -> dict[str, Any]:
        found = race._results_1(*known, **more)
        most = len(found) + 1
        return {
            key: one.model_copy(update={"rank": most - one.rank, "score": Decimal(1)})
            for key, one in found.items()
        }

    closed = max(RACE[of].envelope.recorded for of in range(10, 18))
    later = ((closed + timedelta(seconds=1), last_are_first),)
    monkeypatch.setattr(race, "GATES", replace(race.GATES, later=later))
    told = record(RACE)
    assert told.gates[0] == bench
    assert told.gates[1].editions == ("gates@2",)
    assert [one.score for one in told.gates[1].results] == [1]
    assert states(told) == ["accepted", "failed", "out"]
    # Had it been there by then, others would have gone on: so it is asked in earnest.
    then = ((closed, last_are_first),)
    monkeypatch.setattr(race, "GATES", replace(race.GATES, later=then))
    [changed, *_] = record(RACE).gates
    assert changed.editions == ("gates@2",)
    assert [one.rank for one in changed.results] != [one.rank for one in bench.results]
