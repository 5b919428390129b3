"""Dispatches, boards and clusters: what many subjects' statements add up to."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import EXAMPLES, read
from tests.support.folding import Shard, interleaved, tell, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import S11, event, reported
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.cluster_record import ClusterRecorded
from twincity_schemas.dispatch_record import (
    DecisionRecorded,
    DecisionState,
    DispatchRecorded,
    LineRecorded,
    Reporting,
)
from twincity_schemas.light import Light
from twincity_schemas.message import Event
from twincity_schemas.references import misfits
from twincity_schemas.topology import APPRAISAL_RECORDS
from twincity_schemas.values import Subject

S5 = "project/chengdu.meishan/s5"
JULY = "dispatch/chengdu.deyang.meishan/2024-07"
AUGUST = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu/2024-q3"
CLUSTER = "cluster/chengdu.deyang.meishan/suburban-lines"
AREA = "cluster/chengdu.deyang.meishan/north-gate"
CUT_OFF = datetime.fromisoformat("2024-09-10T18:00:00+08:00")
EARLY, LATE = CUT_OFF - timedelta(days=5), CUT_OFF + timedelta(days=5)
FACTS = ("dispatch", "decision", "board", "figure", "exemption", "cluster", "appeal")


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


def all_of(subject: str, *more: Event[Any]) -> dict[str, Any]:
    return told(subject, [*STORY, *more])


def kind(parts: dict[str, Any], of_: type[Any]) -> list[Any]:
    return [one for _, one in sorted(parts.items()) if isinstance(one, of_)]


# --- dispatch -----------------------------------------------------------------


def test_it_says_who_reported_and_who_is_silent() -> None:
    parts = all_of(
        AUGUST,
        report("chengdu", S11, EARLY),
        report("deyang", S11, LATE),
        report("chengdu", S5, EARLY),
    )
    states = {
        (line.project, due.party): due.state
        for line in kind(parts, LineRecorded)
        for due in line.reports
    }
    assert states == {
        (S11, "chengdu"): Reporting.ON_TIME,
        (S11, "deyang"): Reporting.LATE,
        (S5, "chengdu"): Reporting.ON_TIME,
        (S5, "meishan"): Reporting.SILENT,
    }
    record: DispatchRecorded = parts[""]
    assert (record.due, record.on_time, record.late, record.silent) == (4, 2, 1, 1)


def test_a_correction_after_the_cut_off_is_shown_as_one() -> None:
    parts = all_of(
        AUGUST,
        report("chengdu", S11, EARLY, "80000"),
        report("chengdu", S11, LATE, "90000"),
    )
    first = parts["line/chengdu.deyang/s11"].reports[0]
    assert first.figures.annual_investment == Decimal(80000)
    assert first.correction.annual_investment == Decimal(90000)
    assert first.figures.rate == Decimal("80.00")
    [late] = kind(parts, AmendmentRecorded)
    assert [(c.pointer, c.was, c.now) for c in late.changed] == [
        ("/annual_investment", "80000", "90000")
    ]


def test_a_light_goes_by_the_rule_of_the_dispatch() -> None:
    for invested, light in (
        ("66667", Light.GREEN),
        ("56700", Light.YELLOW),
        ("56600", Light.RED),
    ):
        both = [report(p, S11, EARLY, invested) for p in ("chengdu", "deyang")]
        assert all_of(AUGUST, *both)["line/chengdu.deyang/s11"].light is light
    silent = all_of(AUGUST, report("chengdu", S11, EARLY, "99999"))
    assert silent["line/chengdu.deyang/s11"].light is Light.RED


def decisions(parts: dict[str, Any]) -> dict[str, DecisionState]:
    return {one.decision: one.state for one in kind(parts, DecisionRecorded)}


def test_what_was_decided_is_followed_up_in_the_next_one() -> None:
    assert decisions(all_of(JULY)) == {
        "chengdu/depot-land": DecisionState.DONE,
        "chengdu/s5-reports": DecisionState.OPEN,
        "chengdu/signs": DecisionState.DROPPED,
    }
    assert decisions(all_of(AUGUST)) == decisions(all_of(JULY))


def test_what_is_done_after_the_cut_off_was_not_done_at_it() -> None:
    done = {"taken_by": "chengdu", "decision": "s5-reports", "evidence": "已报"}
    late = event(
        "decision.done", "meishan", JULY, done | {"as_of": "2024-09-12"}, "m", LATE
    )
    at_the_cut_off = decisions(all_of(AUGUST, late))
    assert at_the_cut_off["chengdu/s5-reports"] is DecisionState.OPEN
    now = decisions(all_of(JULY, late))
    assert now["chengdu/s5-reports"] is DecisionState.DONE_LATE


def test_that_something_was_done_in_time_cannot_be_claimed_later() -> None:
    done = {"taken_by": "chengdu", "decision": "s5-reports", "evidence": "已报"}
    late = event(
        "decision.done", "meishan", JULY, done | {"as_of": "2024-09-01"}, "m", LATE
    )
    assert decisions(all_of(JULY, late))["chengdu/s5-reports"] == "done-late"


def test_a_decision_that_was_dropped_leaves_the_list() -> None:
    gone = {"decision": "s5-reports", "reason": "并入月报制度", "as_of": "2024-08-20"}
    early = event("decision.dropped", "chengdu", JULY, gone, "d", EARLY)
    [dropped] = [
        one
        for one in kind(all_of(AUGUST, early), DecisionRecorded)
        if one.decision == "chengdu/s5-reports"
    ]
    assert (dropped.state, dropped.reason) == (DecisionState.DROPPED, "并入月报制度")
    assert dropped.part == "followed/chengdu.deyang.meishan/2024-07/chengdu/s5-reports"


def test_only_whoever_is_responsible_can_say_that_it_is_done() -> None:
    done = {"taken_by": "chengdu", "decision": "s5-reports", "evidence": "已报"}
    wrong = event("decision.done", "deyang", JULY, done | {"as_of": "2024-09"}, "w")
    assert without_effect(JULY, [*STORY, wrong])["w"] == "not_your_step"


def test_obstacles_stand_as_they_did_at_the_cut_off() -> None:
    # The example's obstacle is closed on 2024-08-05, before either cut-off.
    line = all_of(AUGUST, *OBSTACLES)["line/chengdu.deyang/s11"]
    assert line.obstacles == ()
    until_july = [o for o in OBSTACLES if o.envelope.time.month < 7]
    [obstacle] = all_of(AUGUST, *until_july)["line/chengdu.deyang/s11"].obstacles
    assert obstacle.overdue
    assert obstacle.parties == ("deyang",)


def test_another_party_cannot_call_it_again() -> None:
    call = next(
        e for e in STORY if e.type.fact == "dispatch.called" and "07" in e.envelope.id
    )
    data = call.data.model_dump(mode="json", exclude_none=True)
    again = event("dispatch.called", "deyang", JULY, data, "again")
    record: DispatchRecorded = of(JULY, again)
    assert record.called_by == "chengdu"
    assert [u.code for u in record.no_effect] == ["opened_by_another"]


# --- board --------------------------------------------------------------------


def test_red_needs_target_and_rank_black_a_missed_target_and_a_last_rank() -> None:
    parts = all_of(
        BOARD,
        report("chengdu", S11, EARLY, "90000"),
        report("chengdu", S5, EARLY, "50000"),
    )
    districts, departments = parts[""].sequences
    assert (districts.red, districts.black) == (("jinniu",), ("shuangliu",))
    assert parts["unit/jinniu"].closed.rank == 1
    assert parts["unit/shuangliu"].closed.rank == 2
    # 60 · min(90/66.67, 1.2) + 20 · 1 + 20 · min(6/5, 1.2), of 100.
    assert parts["unit/jinniu"].closed.score == Decimal("116.00")
    metro = parts["unit/metro"]
    assert metro.exempt is not None
    assert metro.closed.rank is None
    assert (departments.exempt, departments.black) == (1, ())


def test_each_figure_names_the_statements_behind_it() -> None:
    jinniu = all_of(BOARD, report("chengdu", S11, EARLY, id_="r1"))["unit/jinniu"]
    figures = {f.measure: f for f in jinniu.figures}
    assert [one.statement for one in jinniu.projects] == ["r1"]
    assert figures["projects"].statements == ("chengdu-2024-b3-jinniu",)


def test_what_comes_after_the_cut_off_is_listed_and_not_counted() -> None:
    said = report("chengdu", S11, EARLY, "70000")
    before = all_of(BOARD, said)
    after = all_of(BOARD, said, report("chengdu", S11, LATE, "99000"))
    assert before[""].sequences == after[""].sequences
    assert before["unit/jinniu"] == after["unit/jinniu"]
    [late] = [
        one for one in kind(after, AmendmentRecorded) if one.step == "progress.reported"
    ]
    effects = {effect.unit: effect for effect in late.effects}
    assert not late.counts
    assert effects["jinniu"].score_was == before["unit/jinniu"].closed.score
    assert effects["jinniu"].score_now > effects["jinniu"].score_was


def test_equal_scores_share_a_rank_and_a_place() -> None:
    districts = all_of(BOARD)
    assert districts["unit/jinniu"].closed.rank == 1
    assert districts["unit/shuangliu"].closed.rank == 2
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
    same = all_of(BOARD, stated)
    for unit in ("unit/jinniu", "unit/shuangliu"):
        assert (same[unit].closed.rank, same[unit].closed.tied) == (1, True)
    assert same[""].sequences[0].black == ("jinniu", "shuangliu")
    assert same[""].sequences[0].black_beyond_places


def test_a_kind_of_unit_has_measures_of_its_own() -> None:
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    data = content.model_dump(mode="json", exclude_none=True)
    data["rules"]["differentiated"] = [
        {
            "kind": "park",
            "measures": [
                {
                    "code": "projects",
                    "name": "新签约重大项目数",
                    "kind": "stated",
                    "weight": "1",
                    "target": "3",
                }
            ],
        }
    ]
    data["units"][1]["kind"] = "park"
    subject = "board/chengdu/parks"
    opened = event("board.opened", "chengdu", subject, data, "o", EARLY)
    stated = [
        event(
            "figure.stated",
            "chengdu",
            subject,
            e.data.model_dump(mode="json"),
            e.envelope.id,
            EARLY,
        )
        for e in STORY
        if e.type.fact == "figure.stated"
    ]
    park = told(subject, [opened, *stated])["unit/shuangliu"]
    assert [(f.measure, f.target) for f in park.figures] == [("projects", 3)]
    assert (park.closed.score, park.closed.colour) == (Decimal(100), "red")


def test_sequence_and_kind_have_weights_and_targets_of_their_own() -> None:
    """One board (差异化考核): the rule that names most of a unit is its rule."""

    def rule(code: str, *weighed: tuple[str, str, str]) -> dict[str, Any]:
        listed = [
            {"code": f"{code}-{n}", "name": n, "kind": "stated"}
            | {"weight": weight, "target": target}
            for n, weight, target in weighed
        ]
        return {"measures": listed}

    content = next(e for e in STORY if e.type.fact == "board.opened").data
    data = content.model_dump(mode="json", exclude_none=True)
    data["rules"] |= rule("general", ("a", "1", "10")) | {
        "differentiated": [
            rule("dept", ("a", "1", "10"), ("b", "3", "10"))
            | {"sequence": "departments"},
            rule("park", ("a", "1", "20")) | {"kind": "park"},
            rule("both", ("a", "1", "40"))
            | {"sequence": "departments", "kind": "park"},
        ]
    }
    unit = {"unit": {"name": "（虚构）"}, "projects": []}
    data["units"] = [
        unit | {"code": "plain", "sequence": "districts"},
        unit | {"code": "dept", "sequence": "departments"},
        unit | {"code": "park", "sequence": "districts", "kind": "park"},
        unit | {"code": "both", "sequence": "departments", "kind": "park"},
        unit | {"code": "hub", "sequence": "departments", "kind": "hub"},
    ]
    subject = "board/chengdu/all"
    figures = {
        ("plain", "general-a"): "5",
        ("dept", "dept-a"): "10",
        ("dept", "dept-b"): "5",
        ("park", "park-a"): "5",
        ("both", "both-a"): "5",
        ("hub", "dept-a"): "5",
        ("hub", "dept-b"): "5",
        ("hub", "general-a"): "10",
    }
    said = [event("board.opened", "chengdu", subject, data, "o", EARLY)]
    for (code, measure), value in figures.items():
        stated = {"unit": code, "measure": measure, "value": value}
        stated |= {"as_of": "2024-08", "source": "（虚构）"}
        name = f"{code}-{measure}"
        said.append(event("figure.stated", "chengdu", subject, stated, name, EARLY))
    found = told(subject, said)
    scores = {code: found[f"unit/{code}"].closed.score for code, _ in figures}
    assert scores == {
        "plain": 50,
        "dept": Decimal("62.5"),  # 100 once and 50 three times, of four
        "park": 25,
        "both": Decimal("12.5"),
        "hub": 50,  # a kind without a rule goes by its sequence's
    }
    assert [one.statement for one in found[""].no_effect] == ["hub-general-a"]


@pytest.mark.parametrize("fact", ["figure.stated", "exemption.granted"])
def test_only_the_opener_states_figures_and_exemptions(fact: str) -> None:
    data = next(e for e in STORY if e.type.fact == fact).data
    subject = "board/chengdu.deyang/2024-q3"
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    opened = event("board.opened", "chengdu", subject, content.model_dump(mode="json"))
    wrong = event(fact, "deyang", subject, data.model_dump(mode="json"), "wrong")
    record = tell(subject, [opened, wrong])
    assert [u.code for u in record.no_effect] == ["not_your_step"]


# --- appeals ------------------------------------------------------------------

JOINT = "board/chengdu.deyang/2024-q3"
WINDOW = CUT_OFF + timedelta(days=10)


def disputed(*more: Event[Any], window: bool = True) -> dict[str, Any]:
    return told(JOINT, in_dispute(*more, window=window))


def in_dispute(*more: Event[Any], window: bool = True) -> list[Event[Any]]:
    content = next(e for e in STORY if e.type.fact == "board.opened").data
    data = content.model_dump(mode="json", exclude_none=True)
    data["appeals_until"] = WINDOW.isoformat()
    if not window:
        del data["appeals_until"]
    opened = event("board.opened", "chengdu", JOINT, data, "o", EARLY)
    return [opened, report("chengdu", S5, EARLY, "50000"), *more]


def appeal(when: datetime = LATE, id_: str = "a") -> Event[Any]:
    data = {
        "appeal": "s5",
        "unit": "shuangliu",
        "measure": "completion",
        "claimed": "70",
        "evidence": "漏报20000万元，附支付凭证（虚构）",
        "as_of": "2024-09-15",
    }
    return event("appeal.raised", "deyang", JOINT, data, id_, when)


def answered(value: str | None, party: str = "chengdu") -> Event[Any]:
    data: dict[str, Any] = {
        "raised_by": "deyang",
        "appeal": "s5",
        "reason": "经核（虚构）",
        "as_of": "2024-09-25",
    }
    data |= {} if value is None else {"value": value}
    return event("appeal.answered", party, JOINT, data, "ans", WINDOW)


def test_what_an_answer_to_an_appeal_changes_counts_beside_the_closed_result() -> None:
    closed = disputed()["unit/shuangliu"].closed
    waiting = disputed(appeal())
    assert waiting["appeal/deyang/s5"].state == "open"
    assert [one.part for one in waiting[""].open] == ["appeal/deyang/s5"]
    parts = disputed(appeal(), answered("70"))
    unit, [amended] = parts["unit/shuangliu"], kind(parts, AmendmentRecorded)
    assert parts["appeal/deyang/s5"].state == "upheld"
    assert unit.closed == closed
    assert unit.final.score > closed.score
    assert amended.counts
    assert [(f.was, f.now) for f in amended.figures] == [(50, 70)]
    assert parts[""].final
    refused = disputed(appeal(), answered(None))
    assert refused["appeal/deyang/s5"].state == "refused"
    assert refused["unit/shuangliu"].final is None


def test_an_appeal_counts_within_the_window_and_the_opener_alone_answers() -> None:
    assert "appeal/deyang/s5" not in disputed(appeal(EARLY))
    assert "appeal/deyang/s5" not in disputed(appeal(WINDOW + timedelta(hours=1)))
    assert "appeal/deyang/s5" not in disputed(appeal(), window=False)
    foreign = disputed(appeal(), answered("70", "deyang"))
    assert foreign["appeal/deyang/s5"].state == "open"


def test_two_answers_on_one_figure_at_one_instant_do_not_go_by_who_appealed() -> None:
    own = appeal().data.model_dump(mode="json", exclude_none=True)
    other = event("appeal.raised", "chengdu", JOINT, own, "b", LATE)
    said = answered("70").data.model_dump(mode="json", exclude_none=True)
    second = said | {"raised_by": "chengdu", "value": "60"}
    both = event("appeal.answered", "chengdu", JOINT, second, "ans2", WINDOW)
    parts = disputed(appeal(), other, answered("70"), both)
    assert {parts[f"appeal/{p}/s5"].state for p in ("chengdu", "deyang")} == {"open"}
    assert parts["unit/shuangliu"].final is None
    again = event(
        "appeal.answered", "chengdu", JOINT, said, "ans3", WINDOW + timedelta(hours=1)
    )
    parts = disputed(appeal(), other, answered("70"), both, again)
    assert parts["appeal/deyang/s5"].answer == "ans3"
    assert parts["unit/shuangliu"].final is not None


def test_an_appeal_before_the_window_takes_no_name_from_one_within_it() -> None:
    early = event(
        "appeal.raised",
        "deyang",
        JOINT,
        appeal().data.model_dump(mode="json", exclude_none=True),
        "early",
        EARLY,
    )
    said = (early, appeal(), answered("70"))
    parts = disputed(*said)
    assert parts["appeal/deyang/s5"].statement == "a"
    assert parts["unit/shuangliu"].final is not None
    strays = without_effect(JOINT, in_dispute(*said))
    assert strays == {"early": "outside_the_window"}


@pytest.mark.parametrize(
    ("stated", "places"),
    [
        ("5", {"jinniu": (2, 1, "black"), "shuangliu": (1, 1, "black")}),  # a tie
        ("6", {"jinniu": (2, 1, "none"), "shuangliu": (1, 2, "black")}),
    ],
)
def test_an_answer_moves_whoever_it_passes(
    stated: str, places: dict[str, tuple[int, int, str]]
) -> None:
    """An appeal that makes a figure worse: the other unit's place is an effect too."""
    content = {"unit": "jinniu", "measure": "projects", "value": stated}
    content |= {"as_of": "2024-08", "source": "系统（虚构）"}
    figure = event("figure.stated", "chengdu", JOINT, content, "f", EARLY)
    parts = disputed(figure, appeal(), answered("0"))
    [amended] = kind(parts, AmendmentRecorded)
    assert places == {
        one.unit: (one.rank_was, one.rank_now, one.colour_now)
        for one in amended.effects
    }
    assert all(
        parts[f"unit/{unit}"].final.rank == rank
        for unit, (_, rank, _) in places.items()
    )


def test_an_answer_before_its_appeal_is_told_so_and_can_be_said_again() -> None:
    content = answered("70").data.model_dump(mode="json", exclude_none=True)
    at = LATE - timedelta(seconds=1)
    early = event("appeal.answered", "chengdu", JOINT, content, "early", at)
    strays = without_effect(JOINT, in_dispute(early, appeal()))
    assert strays == {"early": "before_the_appeal"}
    assert disputed(early, appeal(), answered("70"))["appeal/deyang/s5"].answer == "ans"


# --- cluster ------------------------------------------------------------------


def test_progress_rolls_up_through_parts_each_project_once() -> None:
    more = (
        report("chengdu", S11, EARLY, "60000"),
        report("deyang", S11, EARLY, "20000"),
        report("chengdu", S5, EARLY, "50000"),
        report("meishan", S5, EARLY, "40000"),
    )
    record: ClusterRecorded = of(CLUSTER, *more)
    assert (record.projects, record.reported) == (2, 2)
    assert record.annual_plan == Decimal(400000)
    assert record.annual_investment == Decimal(170000)
    assert record.rate == Decimal("42.50")
    area: ClusterRecorded = of(AREA, *more)
    assert (area.clusters, area.projects) == (1, 2)
    assert area.annual_investment == record.annual_investment


def test_clusters_that_hold_each_other_come_to_an_end_and_say_so() -> None:
    ring = {"name": "环", "level": "cluster", "as_of": "2024"}
    both = [
        event("cluster.described", "chengdu", one, ring | {"parts": [other]}, one)
        for one, other in ((CLUSTER, AREA), (AREA, CLUSTER))
    ]
    area: ClusterRecorded = tell(AREA, both)
    assert (area.projects, area.clusters, area.misplaced) == (0, 0, (CLUSTER,))


def test_a_cluster_that_names_itself_is_refused() -> None:
    itself = {"name": "环", "level": "key-area", "parts": [AREA], "as_of": "2024"}
    said = event("cluster.described", "chengdu", AREA, itself, "c")
    found = misfits(said.data, Subject.parse(AREA), "chengdu")
    assert [(one.pointer, one.code) for one in found] == [("/parts/0", "names_itself")]


# --- what is told -------------------------------------------------------------


def test_a_statement_touches_the_records_that_rest_on_it_alone() -> None:
    shard = Shard("appraisal")
    shard.take(STORY)
    shard.published.clear()
    shard.take([report("chengdu", S11, EARLY)])
    published = shard.published
    subjects = {
        o.key.decode().partition("#")[0]
        for o in published
        if o.topic == APPRAISAL_RECORDS
    }
    assert subjects == {AUGUST, BOARD, CLUSTER, AREA}
    shard.published.clear()
    shard.take([])
    assert shard.published == []


def test_a_statement_without_effect_gets_its_notice() -> None:
    shard = Shard("appraisal")
    done = {"taken_by": "chengdu", "decision": "none", "evidence": "已报"}
    wrong = event("decision.done", "deyang", JULY, done | {"as_of": "2024"}, "w")
    shard.take([*STORY, wrong])
    [notice] = [n for n in shard.events("notice.issued") if n.statement == "w"]
    assert notice.no_effect.code == "not_taken"


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


@PROPERTY
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
