"""Dispatches, boards and clusters: what many subjects' statements add up to."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard, interleaved, tell
from tests.support.saying import S11, event, reported
from twincity_schemas.board_record import BoardRecorded
from twincity_schemas.catalogue import APPRAISAL_RECORDS
from twincity_schemas.cluster import ClusterRecorded
from twincity_schemas.dispatch_record import (
    DecisionState,
    DispatchRecorded,
    Reporting,
)
from twincity_schemas.message import Event

S5 = "project/chengdu.meishan/s5"
JULY = "dispatch/chengdu.deyang.meishan/2024-07"
AUGUST = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu/2024-q3"
CLUSTER = "cluster/chengdu.deyang.meishan/suburban-lines"
AREA = "cluster/chengdu.deyang.meishan/north-gate"
CUT_OFF = datetime.fromisoformat("2024-09-10T18:00:00+08:00")
EARLY, LATE = CUT_OFF - timedelta(days=5), CUT_OFF + timedelta(days=5)
FACTS = ("dispatch", "decision", "board", "figure", "exemption", "cluster")


def example(path: Path) -> bool:
    aggregate, participle = path.parent.name.split(".")
    return aggregate in FACTS and participle != "recorded"


STORY = [read(path) for path in sorted(EXAMPLES.glob("*/*.json")) if example(path)]
OBSTACLES = [
    said
    for said in map(read, sorted(EXAMPLES.glob("obstacle.*/*.json")))
    if said.envelope.subject == S11
]


def report(
    party: str, project: str, time: datetime, invested: str = "80000", id_: str = ""
) -> Event[Any]:
    data = reported(
        year=2024,
        through_month=8,
        annual_plan="100000",
        annual_investment=invested,
        as_of="2024-08",
    )
    name = id_ or f"{party}-{invested}-{time:%d}"
    return event("progress.reported", party, project, data, name, time)


def of(subject: str, *more: Event[Any]) -> Any:
    return tell(subject, [*STORY, *more])


# --- dispatch -----------------------------------------------------------------


def test_it_says_who_reported_and_who_is_silent() -> None:
    record: DispatchRecorded = of(
        AUGUST,
        report("chengdu", S11, EARLY),
        report("deyang", S11, LATE),
        report("chengdu", S5, EARLY),
    )
    states = {(r.project, r.party): r.state for r in record.due}
    assert states == {
        (S11, "chengdu"): Reporting.ON_TIME,
        (S11, "deyang"): Reporting.LATE,
        (S5, "chengdu"): Reporting.ON_TIME,
        (S5, "meishan"): Reporting.SILENT,
    }
    assert (record.on_time, record.late, record.silent) == (2, 1, 1)


def test_a_correction_after_the_cut_off_is_shown_as_one() -> None:
    record: DispatchRecorded = of(
        AUGUST,
        report("chengdu", S11, EARLY, "80000"),
        report("chengdu", S11, LATE, "90000"),
    )
    [first, *_] = record.due
    assert first.figures is not None
    assert first.correction is not None
    assert first.figures.annual_investment == Decimal(80000)
    assert first.correction.annual_investment == Decimal(90000)
    assert first.figures.rate == Decimal("80.00")


def test_what_was_decided_is_followed_up_in_the_next_one() -> None:
    july: DispatchRecorded = of(JULY)
    assert {d.decision: d.state for d in july.decisions} == {
        "chengdu/depot-land": DecisionState.DONE,
        "chengdu/s5-reports": DecisionState.OPEN,
    }
    august: DispatchRecorded = of(AUGUST)
    assert [d.state for d in august.followed_up] == [
        DecisionState.DONE,
        DecisionState.OPEN,
    ]


def test_what_is_done_after_the_cut_off_was_not_done_at_it() -> None:
    done = {"taken_by": "chengdu", "decision": "s5-reports", "evidence": "已报"}
    late = event(
        "decision.done", "meishan", JULY, done | {"as_of": "2024-09-12"}, "m", LATE
    )
    assert of(AUGUST, late).followed_up[1].state is DecisionState.OPEN
    assert of(JULY, late).decisions[1].state is DecisionState.DONE_LATE


def test_only_whoever_is_responsible_can_say_that_it_is_done() -> None:
    done = {"taken_by": "chengdu", "decision": "s5-reports", "evidence": "已报"}
    wrong = event("decision.done", "deyang", JULY, done | {"as_of": "2024-09"}, "w")
    [unmet] = of(JULY, wrong).unmet
    assert (unmet.code, unmet.statement) == ("not_your_step", "w")


def test_obstacles_stand_as_they_did_at_the_cut_off() -> None:
    # The example's obstacle is closed on 2024-08-05, before either cut-off.
    assert of(AUGUST, *OBSTACLES).obstacles == ()
    until_july = [o for o in OBSTACLES if o.envelope.time.month < 7]
    [obstacle] = of(AUGUST, *until_july).obstacles
    assert obstacle.overdue
    assert obstacle.party == "deyang"


def test_another_party_cannot_call_it_again() -> None:
    call = next(
        e for e in STORY if e.type.fact == "dispatch.called" and "07" in e.envelope.id
    )
    data = call.data.model_dump(mode="json", exclude_none=True)
    again = event("dispatch.called", "deyang", JULY, data, "again")
    record: DispatchRecorded = of(JULY, again)
    assert record.called_by == "chengdu"
    assert [u.code for u in record.unmet] == ["opened_by_another"]


# --- board --------------------------------------------------------------------


def test_red_needs_target_and_rank_black_a_missed_target_and_a_last_rank() -> None:
    record: BoardRecorded = of(
        BOARD,
        report("chengdu", S11, EARLY, "90000"),
        report("chengdu", S5, EARLY, "50000"),
    )
    districts, departments = record.sequences
    assert (districts.red, districts.black) == (("jinniu",), ("shuangliu",))
    assert [(u.unit, u.rank) for u in districts.units] == [
        ("jinniu", 1),
        ("shuangliu", 2),
    ]
    # 60 · min(90/66.67, 1.2) + 20 · 1 + 20 · min(6/5, 1.2), of 100.
    assert districts.units[0].score == Decimal("116.00")
    [metro] = departments.units
    assert metro.exempt is not None
    assert metro.rank is None
    assert departments.black == ()


def test_each_figure_names_the_statements_behind_it() -> None:
    record: BoardRecorded = of(BOARD, report("chengdu", S11, EARLY, id_="r1"))
    figures = {f.measure: f for f in record.sequences[0].units[0].figures}
    assert figures["completion"].statements == ("r1",)
    assert figures["projects"].statements == ("chengdu-2024-b3-jinniu",)


def test_what_comes_after_the_cut_off_is_listed_and_not_counted() -> None:
    before: BoardRecorded = of(BOARD, report("chengdu", S11, EARLY, "70000"))
    after: BoardRecorded = of(
        BOARD,
        report("chengdu", S11, EARLY, "70000"),
        report("chengdu", S11, LATE, "99000"),
    )
    assert before.sequences == after.sequences
    [late] = after.corrections
    assert late.figures.annual_investment == Decimal(99000)


def test_equal_scores_share_a_rank_and_a_place() -> None:
    record: BoardRecorded = of(BOARD)
    districts = record.sequences[0]
    assert {u.unit: u.rank for u in districts.units} == {"jinniu": 1, "shuangliu": 2}
    stated = event(
        "figure.stated",
        "chengdu",
        BOARD,
        {
            "unit": "shuangliu",
            "measure": "projects",
            "value": "6",
            "as_of": "2024-08",
            "source": "系统",
        },
        "again",
        EARLY + timedelta(days=4, hours=20),
    )
    same: BoardRecorded = of(BOARD, stated)
    assert [u.rank for u in same.sequences[0].units] == [1, 1]
    assert same.sequences[0].black == ("jinniu", "shuangliu")


@pytest.mark.parametrize("fact", ["figure.stated", "exemption.granted"])
def test_only_the_opener_states_figures_and_exemptions(fact: str) -> None:
    data = next(e for e in STORY if e.type.fact == fact).data
    subject = "board/chengdu.deyang/2024-q3"
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    opened = event("board.opened", "chengdu", subject, content.model_dump(mode="json"))
    wrong = event(fact, "deyang", subject, data.model_dump(mode="json"), "wrong")
    record = tell(subject, [opened, wrong])
    assert [u.code for u in record.unmet] == ["not_your_step"]


# --- cluster ------------------------------------------------------------------


def test_progress_rolls_up_through_parts_each_project_once() -> None:
    more = (
        report("chengdu", S11, EARLY, "60000"),
        report("deyang", S11, EARLY, "20000"),
        report("chengdu", S5, EARLY, "50000"),
    )
    record: ClusterRecorded = of(CLUSTER, *more)
    assert (record.projects, record.reported) == (2, 2)
    assert record.annual_plan == Decimal(300000)
    assert record.annual_investment == Decimal(130000)
    assert record.rate == Decimal("43.33")
    area: ClusterRecorded = of(AREA, *more)
    assert (area.clusters, area.projects) == (1, 2)
    assert area.annual_investment == record.annual_investment


def test_clusters_that_hold_each_other_come_to_an_end() -> None:
    ring = {"name": "环", "level": "cluster", "as_of": "2024"}
    both = [
        event("cluster.described", "chengdu", one, ring | {"parts": [other]}, one)
        for one, other in ((CLUSTER, AREA), (AREA, CLUSTER))
    ]
    assert tell(AREA, both).projects == 0


# --- what is told -------------------------------------------------------------


def test_a_statement_touches_the_records_that_rest_on_it_alone() -> None:
    shard = Shard("appraisal")
    shard.take(STORY)
    shard.published.clear()
    shard.take([report("chengdu", S11, EARLY)])
    published = shard.published
    subjects = {o.key.decode() for o in published if o.topic == APPRAISAL_RECORDS}
    assert subjects == {AUGUST, BOARD, CLUSTER, AREA}
    shard.published.clear()
    shard.take([])
    assert shard.published == []


def test_a_statement_without_effect_gets_its_notice() -> None:
    shard = Shard("appraisal")
    done = {"taken_by": "chengdu", "decision": "none", "evidence": "已报"}
    wrong = event("decision.done", "deyang", JULY, done | {"as_of": "2024"}, "w")
    shard.take([*STORY, wrong])
    [notice] = shard.events("notice.issued")
    assert notice.unmet.code == "not_taken"


# --- any interleaving, byte-equal records -------------------------------------

PARTIES = ("chengdu", "deyang", "meishan")


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    reports = st.tuples(
        st.sampled_from([S11, S5]),
        st.sampled_from([EARLY, CUT_OFF, LATE]),
        st.sampled_from(["0", "50000", "150000"]),
    ).map(lambda s: report(party, s[0], s[1], s[2]))
    others = st.tuples(
        st.sampled_from([e for e in STORY if e.envelope.party == "chengdu"]),
        st.sampled_from([EARLY, LATE]),
    ).map(
        lambda s: event(
            s[0].type.fact,
            party,
            s[0].envelope.subject,
            s[0].data.model_dump(mode="json", exclude_none=True),
            f"{party}-{s[0].envelope.id}",
            s[1],
        )
    )
    obstacles = st.sampled_from(OBSTACLES).map(
        lambda o: event(
            o.type.fact,
            party,
            S11,
            o.data.model_dump(mode="json", exclude_none=True),
            o.envelope.id,
            o.envelope.time,
        )
    )
    return st.one_of(reports, others, obstacles)


def present(said: list[Event[Any]]) -> dict[tuple[str, bytes], bytes]:
    shard = Shard("appraisal")
    for event_ in said:
        shard.take([event_])
    return shard.records


@settings(max_examples=1000, deadline=None)
@given(
    st.tuples(*(st.lists(_said(party), max_size=7) for party in PARTIES)),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [s for history in histories for s in history]
    other = interleaved(histories, chance)
    assert present(one_after_the_other) == present(other)
