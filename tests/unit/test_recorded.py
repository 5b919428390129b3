"""What is closed stays closed: a cut-off asks what was recorded by it.

The histories in ``tests/cases`` say what an auditor expects of them.
"""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.due import outstanding
from tests.support.examples import story
from tests.support.folding import Shard, parts, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import event
from tests.unit.test_appraisal import BOARD, CUT_OFF, LATE, STORY, _said
from twincity_schemas.amendment_record import AmendmentRecorded
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse

CASES = Path(__file__).parents[1] / "cases"


def case(name: str) -> list[Event[Any]]:
    """A history as admission passes it on: recorded when it was received."""
    document = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    received = document.get("received", {})
    said = []
    for statement in document["statements"]:
        envelope = Envelope.model_validate(statement["envelope"])
        moment = received.get(envelope.id, envelope.time.isoformat())
        recorded = envelope.model_copy(
            update={"recordedtime": datetime.fromisoformat(moment)}
        )
        value = json.dumps(statement["data"], ensure_ascii=False).encode()
        event = parse(envelope.to_headers(), value)
        said.append(Event(recorded, event.type, event.data, value))
    return said


def records(name: str, kind: str, count: int | None = None) -> dict[str, Any]:
    """The records of the first subject of a kind after a history, by part."""
    said = case(name)
    subject = next(
        e.envelope.subject for e in said if e.envelope.subject.startswith(kind)
    )
    return told(subject, said[:count])


def closed(parts: dict[str, Any]) -> Any:
    """What of a board must not move once its cut-off is over."""
    header = parts[""]
    units = {part: one for part, one in parts.items() if part.startswith("unit/")}
    return header.opened_by, header.rules, header.cut_off, header.sequences, units


def late(parts: dict[str, Any]) -> dict[str, AmendmentRecorded]:
    """What came after the cut-off, by statement."""
    found = [one for one in parts.values() if isinstance(one, AmendmentRecorded)]
    return {one.statement: one for one in found}


def weights(board: Any) -> list[Any]:
    return [measure.weight for measure in board.rules.measures]


def test_the_first_opening_counts_whatever_the_code() -> None:
    parts = records("board-opened-by-two-first-in-the-alphabet", "board/")
    board = parts[""]
    assert board.opened_by == "ziyang"
    assert weights(board) == [90, 10]
    assert str(parts["unit/lezhi"].closed.score) == "89.65"
    said = case("board-opened-by-two-first-in-the-alphabet")
    assert without_effect(board.subject, said) == {"cq-b1": "opened_by_another"}
    [idle] = board.no_effect
    assert (idle.statement, idle.party) == ("cq-b1", "chongqing")
    assert "ziyang" in idle.en
    # Whoever opened it is neither displaced nor told that it was.
    shard = Shard("appraisal")
    shard.take(said)
    told_ = {one.party for one in shard.events("notice.issued")}
    assert told_ == {"chongqing"}
    # Only that opens it anew, and not after the cut-off.
    theirs = said[2].data.model_dump(mode="json", exclude_none=True)
    theirs["rules"]["version"] = 2
    for day, counts in (("2024-07-09", True), ("2024-10-16", False)):
        moment = datetime.fromisoformat(f"{day}T09:00:00+08:00")
        again = event("board.opened", "ziyang", board.subject, theirs, "zy-b2", moment)
        found = told(board.subject, [*said, again])
        assert found[""].opened_by == "ziyang"
        assert weights(found[""]) == ([10, 90] if counts else [90, 10])
        ids = {u.statement: u.code for u in found[""].no_effect}
        assert ids.get("zy-b2") == (None if counts else "after_the_cut_off")
        assert ("zy-b2" in late(found)) is not counts
    assert str(found["unit/lezhi"].closed.score) == "89.65"


def test_an_exemption_after_the_cut_off_moves_no_black_place() -> None:
    name = "board-exemption-after-cut-off"
    parts = records(name, "board/")
    assert closed(parts) == closed(records(name, "board/", 3))
    gaoxin, tongnan = (parts[f"unit/{u}"].closed for u in ("gaoxin", "tongnan"))
    assert (gaoxin.rank, gaoxin.colour) == (1, "none")
    assert (tongnan.rank, tongnan.colour) == (2, "black")
    assert late(parts)["cq-e1"].recorded.date().isoformat() == "2024-10-16"
    assert [(u.statement, u.code) for u in parts[""].no_effect] == [
        ("cq-e1", "after_the_cut_off")
    ]
    effects = {effect.unit: effect for effect in late(parts)["cq-e1"].effects}
    assert (effects["gaoxin"].colour_was, effects["gaoxin"].colour_now) == (
        "none",
        "black",
    )
    assert (effects["tongnan"].rank_was, effects["tongnan"].rank_now) == (2, None)


def test_rules_that_change_after_the_cut_off_change_nothing() -> None:
    """The same version with other weights: it could never count."""
    name = "board-rules-changed-after-cut-off"
    parts = records(name, "board/")
    assert closed(parts) == closed(records(name, "board/", 2))
    assert weights(parts[""]) == [90, 10]
    assert str(parts["unit/lezhi"].closed.score) == "89.65"
    assert [(u.statement, u.code) for u in parts[""].no_effect] == [
        ("cq-b2", "same_version")
    ]
    assert late(parts) == {}


def test_a_unit_that_is_dropped_after_the_cut_off_stays() -> None:
    name = "board-unit-dropped-after-cut-off"
    parts = records(name, "board/")
    assert closed(parts) == closed(records(name, "board/", 3))
    gaoxin, tongnan = (parts[f"unit/{u}"].closed for u in ("gaoxin", "tongnan"))
    assert (tongnan.score, tongnan.rank, tongnan.colour) == (10, 2, "black")
    assert (gaoxin.score, gaoxin.colour) == (50, "none")
    assert [(u.statement, u.code) for u in parts[""].no_effect] == [
        ("cq-b2", "after_the_cut_off")
    ]
    again = late(parts)["cq-b2"]
    assert [c.pointer for c in again.changed] == ["/units"]
    effects = {effect.unit: effect for effect in again.effects}
    assert effects["tongnan"].score_now is None
    assert effects["gaoxin"].colour_now == "black"


def test_silence_keeps_the_plan_in_the_rate() -> None:
    unit = records("board-silence-raises-the-rate", "board/")["unit/gaoxin"]
    assert [f.actual for f in unit.figures] == [50]
    assert (unit.met, unit.closed.colour) == (False, "none")
    assert {(p.project.rpartition("/")[2], p.standing) for p in unit.projects} == {
        ("link-road", "reported"),
        ("dental-park", "old"),
    }


def test_equal_scores_as_shown_are_a_tie() -> None:
    parts = records("equal-figures-with-different-ranks", "board/")
    for unit in ("unit/gaoxin", "unit/yanjiang"):
        place = parts[unit].closed
        assert (place.score, place.rank, place.tied) == (102, 1, True)
    [districts] = parts[""].sequences
    assert districts.red_beyond_places


def test_an_obstacle_is_charged_to_whoever_has_it() -> None:
    parts = records("obstacle-charged-to-every-unit", "board/")
    scores = {u: parts[f"unit/{u}"].closed.score for u in ("lezhi", "tongnan")}
    assert scores == {"lezhi": 0, "tongnan": 100}


def test_an_extension_after_the_due_date_does_not_undo_that_it_was_missed() -> None:
    parts = records("obstacle-extended-after-it-was-due", "board/")
    tongnan = parts["unit/tongnan"]
    assert tongnan.closed.score == 0
    [figure] = tongnan.figures
    assert figure.actual == 0


def test_a_report_of_the_whole_counts_for_no_unit_that_shares_it() -> None:
    parts = records("whole-report-counts-for-two-units", "board/")
    for unit in ("unit/gaoxin", "unit/yanjiang"):
        [one] = parts[unit].projects
        assert (one.standing, one.annual_investment) == ("whole", None)
        assert parts[unit].figures[0].actual is None


# --- dispatches ---------------------------------------------------------------


def test_a_backdated_report_is_late() -> None:
    parts = records("report-backdated-before-cut-off", "dispatch/")
    line = parts["line/chongqing.ziyang/link-road"]
    [due] = [one for one in line.reports if one.party == "chongqing"]
    assert due.state is Reporting.LATE
    assert due.figures is None
    assert due.correction.statement == "cq-r2"
    assert late(parts).keys() == {"cq-r2"}


def test_nobody_is_late_for_figures_that_did_not_exist() -> None:
    name = "cut-off-before-the-period-ends"
    header = records(name, "dispatch/")[""]
    assert (header.due, header.late, header.silent) == (0, 0, 0)
    assert [p.code for p in case(name)[0].data.warnings()] == ["before_the_period_ends"]


def test_a_quarterly_drill_ends_a_quarter() -> None:
    first, second = case("quarterly-drill-through-may")
    assert [p.code for p in first.data.warnings()] == ["ends_no_quarter"]
    assert second.data.warnings() == []


def test_a_deadline_that_was_over_is_not_moved() -> None:
    name = "decision-said-again-with-a-later-due"
    decision = records(name, "dispatch/")["decision/chongqing/land"]
    assert (decision.state, decision.due) == ("done-late", "2024-10-31")
    [change] = decision.changes
    assert (change.due, change.counts) == ("2024-12-31", False)
    assert change.recorded.date().isoformat() == "2024-12-25"
    [call, *_] = case(name)
    assert without_effect(call.envelope.subject, case(name)) == {
        "cq-d2": "ended_already"
    }
    overdue = [one for one in case(name) if one.envelope.id != "zy-dn1"]
    assert without_effect(call.envelope.subject, overdue) == {"cq-d2": "deadline_over"}


def test_an_open_decision_stays_on_every_later_list() -> None:
    said = case("open-decision-gone-at-the-third-dispatch")
    october = told("dispatch/chongqing.ziyang/2024-10", said)
    found = october["followed/chongqing.ziyang/2024-08/chongqing/funds"]
    assert (found.state, found.due, found.overdue) == ("open", "2024-09-30", True)


def test_an_open_decision_is_among_what_is_due_on_its_project() -> None:
    said = case("open-decision-is-not-among-what-is-due")
    decided = told(said[1].envelope.subject, said)
    found = [d for one in decided.values() for d in outstanding(one, "2024-12-01")]
    assert [(d.subject, d.what, d.party, d.due, d.overdue) for d in found] == [
        (
            "project/chongqing.ziyang/link-road",
            "资本金到位（虚构）",
            "chongqing",
            "2024-09-30",
            True,
        )
    ]


@pytest.mark.parametrize(
    ("subject", "before", "kind", "party"),
    [
        ("plan/chengdu.chongqing/liangjiang-cell", None, "措施 measure", "chongqing"),
        (
            "policy/chengdu.chongqing/one-code-transit",
            None,
            "政策步骤 policy step",
            "chongqing",
        ),
        (
            "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell",
            "challenge.verified",
            "关口 gate",
            "chengdu",
        ),
        ("indicator/chengdu/rental-housing", None, "指标 indicator", "chengdu"),
    ],
)
def test_every_mechanism_says_what_is_due(
    subject: str, before: str | None, kind: str, party: str
) -> None:
    said = []
    for one in story(subject):
        if one.type.fact == before:
            break
        said.append(one)
    found = [
        d
        for one in told(subject, said).values()
        for d in outstanding(one, "2024-12-01")
    ]
    assert (kind, party) in {(d.kind, d.party) for d in found}


def test_a_challenge_waits_for_entries_and_then_for_whoever_posted_it() -> None:
    subject = "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell"
    posted, *others = story(subject)
    entered = next(
        n for n, e in enumerate(others) if e.type.fact == "challenge.entered"
    )
    for said, kind, party in (
        ([posted], "揭榜 challenge", "chengdu、chongqing、deyang"),
        ([posted, *others[: entered + 1]], "择优 award", posted.envelope.party),
    ):
        [record] = told(subject, said).values()
        dues = [*outstanding(record, "2030")]
        assert [(d.kind, d.party) for d in dues] == [(kind, party)]


def test_whoever_has_left_owes_nothing() -> None:
    parts = records("leaver-still-due-in-dispatch", "dispatch/")
    header = parts[""]
    assert (header.due, header.on_time, header.silent) == (2, 2, 0)
    line = parts["line/chengdu.chongqing.ziyang/hub"]
    assert line.left == {"chengdu": "2024-11-20"}


def test_a_project_that_rests_owes_nothing() -> None:
    parts = records("suspended-project-still-due", "dispatch/")
    assert (parts[""].due, parts[""].silent, parts[""].suspended) == (0, 0, 1)
    line = parts["line/chongqing.ziyang/link-road"]
    assert line.suspended_since == "2025-02-01"
    # One member alone does not excuse itself.
    alone = case("suspended-project-still-due")[1:]
    assert told(alone[-1].envelope.subject, alone)[""].due == 2


# --- clusters -----------------------------------------------------------------


def test_differing_wholes_are_in_no_sum() -> None:
    parts = records("cluster-differing-wholes", "cluster/")
    header = parts[""]
    assert (header.reported, header.period, header.rate) == (0, None, None)
    assert (header.latest.disputed, header.latest.rate) == (1, None)
    assert parts["member/chongqing.ziyang/link-road"].standing == "disputed"


def test_a_cluster_shows_its_last_complete_month() -> None:
    parts = records("cluster-one-side-reports-first", "cluster/")
    header = parts[""]
    assert (header.period, header.rate) == ("2024-10", 60)
    assert (header.annual_plan, header.annual_investment) == (200, 120)
    latest = header.latest
    assert (latest.period, latest.full, latest.old) == ("2024-11", 0, 1)
    assert parts["member/chongqing.ziyang/link-road"].missing == ("ziyang",)


def test_a_cluster_never_mixes_years() -> None:
    header = records("cluster-turn-of-the-year", "cluster/")[""]
    assert (header.period, header.annual_plan, header.reported) == ("2024-12", 1000, 2)
    latest = header.latest
    assert (latest.period, latest.annual_plan, latest.annual_investment) == (
        "2025-01",
        50,
        1,
    )
    assert (latest.full, latest.unknown, latest.rate) == (1, 1, 2)


ASSIGNED = {
    "to": "chongqing",
    "task": "搬迁（虚构）",
    "unit": {"name": "某局（虚构）"},
    "due": "2024-12",
}


def test_an_obstacle_that_is_closed_after_the_cut_off_is_an_amendment() -> None:
    name = "obstacle-charged-to-every-unit"
    said = case(name)
    [obstacle] = [e for e in said if e.type.fact == "obstacle.registered"]
    board = said[0].envelope.subject
    project, moment = obstacle.envelope.subject, said[0].data.cut_off
    raised = {"raised_by": "ziyang", "obstacle": "graves", "as_of": "2024-09-20"}
    steps = [
        ("assigned", ASSIGNED),
        ("submitted", {"note": "已搬迁（虚构）"}),
        ("verified", {"note": "属实（虚构）"}),
    ]
    answers = obstacle.envelope.id
    for day, (step, more) in enumerate(steps, 1):
        party = "chongqing" if step == "submitted" else "ziyang"
        data = raised | more | {"answers": answers}
        when = moment + timedelta(days=day)
        said.append(event(f"obstacle.{step}", party, project, data, step, when))
        answers = step
    later = told(board, said)
    assert closed(later) == closed(records(name, "board/"))
    # To give it to another moved nothing: whoever had missed it still had.
    assert late(later).keys() == {"verified"}
    assert not any(one.counts for one in late(later).values())


def test_an_obstacle_registered_again_later_moves_no_closed_board() -> None:
    name = "obstacle-registered-again-after-cut-off-board"
    board = records(name, "board/")
    assert closed(board) == closed(records(name, "board/", 2))
    place = board["unit/lezhi"].closed
    assert (place.score, place.colour) == (0, "black")


def test_rules_of_one_version_never_change() -> None:
    opened = next(e for e in STORY if e.type.fact == "board.opened")
    rules = opened.data.rules.model_copy(update={"cap": opened.data.rules.cap + 1})
    other = opened.data.model_copy(update={"rules": rules})
    again = Event(
        opened.envelope.model_copy(update={"id": "again"}),
        opened.type,
        other,
        other.model_dump_json(exclude_none=True).encode(),
    )
    parts = told(BOARD, [*STORY, again])
    assert closed(parts) == closed(told(BOARD, STORY))
    assert [(u.statement, u.code) for u in parts[""].no_effect] == [
        ("again", "same_version")
    ]


PARTIES = ("chengdu", "deyang", "meishan")


@PROPERTY
@given(
    st.lists(st.one_of(*map(_said, PARTIES)), max_size=6),
    st.lists(st.one_of(*map(_said, PARTIES)), max_size=6),
)
def test_nothing_recorded_after_a_cut_off_moves_a_closed_board(
    before: list[Event[Any]], after: list[Event[Any]]
) -> None:
    """Whatever time it claims: only the list of what came late may grow."""
    shard = opened().fork()
    shard.take([recorded(e, CUT_OFF) for e in before])
    was = closed(parts(shard, BOARD))
    shard.take([recorded(e, LATE) for e in after])
    assert closed(parts(shard, BOARD)) == was


@cache
def opened() -> Shard:
    shard = Shard("appraisal")
    shard.take(STORY)
    return shard


def recorded(statement: Event[Any], when: datetime) -> Event[Any]:
    envelope = statement.envelope.model_copy(update={"recordedtime": when})
    return Event(envelope, statement.type, statement.data, statement.value)
