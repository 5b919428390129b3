"""Histories by whoever gains by words said again, left out, in advance or elsewhere.

Made up (虚构), as those of ``test_adversary``, and one of each kind of subject.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.folding import Shard, told, without_effect
from tests.support.folding import parts as parts_of
from tests.support.saying import S11, described, event, reported
from tests.unit import (
    test_appraisal,
    test_challenge,
    test_plan,
    test_project_parts,
    test_sharing,
    test_worklist,
)
from tests.unit.test_adversary import recorded
from tests.unit.test_appraisal import BOARD, CLUSTER, CUT_OFF, EARLY, JOINT, S5, STORY
from tests.unit.test_auditor import (
    QUARTER,
    YEAR,
    YEARS_CUT_OFF,
    of_the_year,
    report,
    taken,
)
from twincity_schemas.challenge_record import ChallengeState
from twincity_schemas.message import Event
from twincity_schemas.plan_record import MeasureState
from twincity_schemas.sharing_record import ShareState
from twincity_schemas.task_record import TaskState
from twincity_schemas.worklist_record import AssignmentState

POSTED, AWARD = test_challenge.STORY[0], test_challenge.STORY[9]
NINE = test_challenge.STORY[:9]


# --- challenge ----------------------------------------------------------------


def test_an_award_rests_on_no_review_that_comes_after_it() -> None:
    """The winner is named first, and the jury then writes what bears it out."""
    last = max(one.envelope.recorded for one in NINE)
    judged = NINE[4].envelope.recorded
    early = recorded(AWARD, judged - timedelta(minutes=1))
    record = test_challenge.record([*NINE, early])
    assert judged <= last
    assert (record.award, record.state) == (None, ChallengeState.UNDER_REVIEW)
    assert [one.code for one in record.no_effect] == ["said_in_advance"]
    again = recorded(AWARD, AWARD.envelope.recorded, "again")
    assert test_challenge.record([*NINE, early, again]).award == "again"


def test_it_is_not_awarded_while_others_have_time_to_enter() -> None:
    """The friend's entry is there and judged: so it is awarded before the deadline."""
    longer = test_challenge.said_again(1, id_="longer", deadline="2029-12-31")
    data = NINE[1].data.model_dump(mode="json", exclude_none=True)
    anew = test_challenge.said_again(2, id_="e", **data | {"answers": "longer"})
    review = test_challenge.said_again(5, id_="r", answers="e")
    award = test_challenge.said_again(
        10,
        id_="a",
        winners=[{"entrant": "chongqing", "entry": "team-a", "answers": "e"}],
        reviews=[{"party": "chengdu", "statement": "r"}],
    )
    said = [longer, anew, review, award]
    record = test_challenge.record([POSTED, *said])
    assert record.award is None
    assert [one.code for one in record.no_effect] == ["before_deadline"]
    after = datetime.fromisoformat("2030-01-01T09:00:00+08:00")
    record = test_challenge.record([POSTED, *said, recorded(award, after, "late")])
    assert record.award == "late"


def test_a_posting_in_the_same_words_outdates_no_entry() -> None:
    """The entries are too good: the poster posts once more what it had posted."""
    repeated = test_challenge.said_again(1, id_="repeated")
    record = test_challenge.record([*NINE, repeated])
    assert (record.posting, [*record.entries]) == (
        POSTED.envelope.id,
        [test_challenge.A, test_challenge.B, test_challenge.C],
    )
    assert [one.code for one in record.no_effect] == ["said_already"]


def test_an_entry_in_the_same_words_keeps_its_reviews() -> None:
    """The last of the jury's list hands in once more what it had handed in."""
    repeated = test_challenge.said_again(4, id_="repeated")
    before = test_challenge.record(NINE)
    record = test_challenge.record([*NINE, repeated])
    assert record.entries == before.entries
    assert [one.code for one in record.no_effect] == ["said_already"]


# --- plan, tasks, list --------------------------------------------------------


def test_a_measure_that_has_begun_stays_what_it_was() -> None:
    """Plan: the easy measure is taken, and then reads as the hard one, or as less."""
    easier = {"what": "发一份通知", "target": {"value": "1", "unit": "人"}}
    redrawn = test_plan.redrawn(**easier)
    begun = test_plan.STORY[4].envelope.recorded + timedelta(minutes=1)
    late = recorded(redrawn, begun)
    before = test_plan.measure(test_plan.TALENT, 6)
    assert before.state is MeasureState.WANTING
    assert test_plan.measure(test_plan.TALENT, 6, late) == before
    # Before anybody has begun, it is drawn in other words.
    assert test_plan.measure(test_plan.TALENT, 2, redrawn).what == "发一份通知"
    shard = Shard("coordination")
    shard.take([*test_plan.STORY[:6], late])
    [doubt] = [one.doubts[0] for one in shard.events("notice.issued") if one.doubts]
    assert (doubt.pointer, doubt.code) == ("/measures/0", "kept_as_begun")


def test_a_task_in_other_words_is_done_by_no_former_report() -> None:
    """Task: the easy one is reported as done, and the list then has the hard one."""
    done = test_project_parts.task("chengdu", "甲局", "lead", "2026-02", done=True)
    units = [test_project_parts.UNITS[0] | {"task": "难事", "due": "2026-09"}]
    moment = datetime.fromisoformat("2026-03-01T09:00:00+08:00")
    reworded = event(
        "project.described",
        "chengdu",
        S11,
        described(responsible_units=[*units, test_project_parts.UNITS[1]]),
        "d1",
        moment,
    )
    part = "task/chengdu/lead/甲局"
    first = recorded(test_project_parts.DESCRIBED, moment - timedelta(days=90))
    before, now = (told(S11, [first, done, *more]) for more in ((), (reworded,)))
    assert before[part].state is TaskState.DONE
    assert (now[part].task, now[part].state) == ("难事", TaskState.OPEN)
    assert without_effect(S11, [first, done, reworded]) == {
        done.envelope.id: "reworded"
    }
    anew = test_project_parts.task("chengdu", "甲局", "lead", "2026-04", done=True)
    assert told(S11, [first, done, reworded, anew])[part].state is TaskState.DONE
    # Said again in the same words, it is what it was.
    same = recorded(test_project_parts.DESCRIBED, moment, "same")
    assert told(S11, [first, done, same])[part].state is TaskState.DONE


def test_an_assignment_that_is_dropped_after_its_day_was_late() -> None:
    """Worklist: nobody did it, and afterwards it is taken off the list."""
    drop = [{"code": "01", "reason": "不再需要"}]
    for day, late in (("2024-06-01", False), ("2025-03-01", True)):
        dropped = test_worklist.adjusted(2, day, dropped=drop)
        record = test_worklist.one([test_worklist.issued(), dropped])
        assert (record.state, record.late) == (AssignmentState.DROPPED, late)


# --- factors ------------------------------------------------------------------


def test_a_factor_that_is_cut_down_shows_what_was_asked_and_promised() -> None:
    """Factor: 420 mu are short; so the request, and the promise, become less."""
    said = test_project_parts.factors("2024-03")
    part = "factor/chengdu/depot-land"
    before = test_project_parts.parts(*said)[part]
    assert (before.requested, before.short, before.first_requested) == (420, 420, None)

    def less(model: Event[Any], id_: str, **changes: Any) -> Event[Any]:
        data = model.data.model_dump(mode="json", exclude_none=True) | changes
        of = model.envelope
        return event(model.type.fact, of.party, of.subject, data, id_, of.time)

    land = {e.type.fact: e for e in said if e.data.factor == "depot-land"}
    asked, promised = land["factor.requested"], land["factor.committed"]
    quantity = promised.data.quantity
    cut = [less(asked, "a", quantity="1"), less(promised, "p", quantity="1")]
    now = test_project_parts.parts(*said, *cut)[part]
    assert (now.requested, now.first_requested, now.first_unit) == (1, 420, None)
    share = now.by[promised.envelope.party]
    assert (share.committed, share.first_committed) == (1, quantity)
    other = test_project_parts.parts(*said, less(asked, "u", unit="公顷"))[part]
    assert (other.first_requested, other.first_unit) == (420, asked.data.unit)


# --- areas --------------------------------------------------------------------


def test_an_area_names_the_project_that_it_leaves_out() -> None:
    """Area: the bad project is described away, and the rate is a good one."""
    figures = [
        report(party, project, 8, invested, EARLY)
        for project, invested in ((S11, 90_000), (S5, 10))
        for party in project.split("/")[1].split(".")
    ]
    said = [e for e in STORY if e.envelope.subject == CLUSTER]
    content = said[0].data.model_dump(mode="json", exclude_none=True)
    projects = [one for one in content["projects"] if one != S5]
    fewer = event(
        "cluster.described",
        said[0].envelope.party,
        CLUSTER,
        content | {"projects": projects},
        "fewer",
        CUT_OFF,
    )
    said += figures
    before, now = told(CLUSTER, said)[""], told(CLUSTER, [*said, fewer])[""]
    assert before.rate < now.rate
    assert before.taken_out == ()
    [out] = now.taken_out
    assert (out.of, out.statement, out.recorded) == (
        S5,
        "fewer",
        fewer.envelope.recorded,
    )
    back = recorded(said[0], CUT_OFF + timedelta(days=1), "back")
    assert told(CLUSTER, [*said, fewer, back])[""].taken_out == ()


# --- boards and reports -----------------------------------------------------


def test_a_plan_that_is_cut_down_raises_no_rate_unseen() -> None:
    """Report: nothing more was invested; so the year's plan becomes less."""

    def planned(plan: str, month: int, moment: datetime) -> Event[Any]:
        data = reported(
            year=2024,
            through_month=month,
            annual_plan=plan,
            annual_investment="50000",
            as_of=f"2024-{month:02}",
        )
        return event("progress.reported", "chengdu", S5, data, f"{month}", moment)

    july = planned("100000", 7, EARLY)
    august = planned("60000", 8, EARLY + timedelta(days=1))
    unit = parts_of(taken([*STORY, july, august]), BOARD)["unit/shuangliu"]
    [counted] = [one for one in unit.projects if one.project == S5]
    assert (counted.annual_plan, counted.first_plan) == (60_000, 100_000)
    same = planned("100000", 8, EARLY + timedelta(days=1))
    unit = parts_of(taken([*STORY, july, same]), BOARD)["unit/shuangliu"]
    assert {one.first_plan for one in unit.projects} == {None}
    text = event("project.described", "chengdu", S5, described(), "text", EARLY)
    record = told(S5, [text, july, august])["progress/2024-08"]
    [doubt] = [one for one in record.by["chengdu"].doubts if one.code == "plan_lowered"]
    assert "100000" in doubt.zh


def test_who_is_away_at_the_cut_off_alone_is_shown_to_be() -> None:
    """Board: it leaves the bad project before the cut-off, and comes back after it."""
    bad = [
        report("chengdu", S5, 8, 1_000, EARLY),
        report("chengdu", S11, 8, 90_000, EARLY),
    ]
    third = next(e for e in STORY if e.type.fact == "board.opened")
    data = json.loads(third.value)
    data["units"][1]["projects"] = [
        {"project": project, "party": "chengdu"} for project in (S5, S11)
    ]
    name = "board/chengdu/away"
    opening = event("board.opened", "chengdu", name, data, "o", EARLY)
    leaves = datetime.fromisoformat("2024-08-30T09:00:00+08:00")
    away = event("project.withdrawn", "chengdu", S5, {"reason": "退出"}, "w", leaves)
    back = CUT_OFF + timedelta(days=1)
    again = event("project.reopened", "chengdu", S5, {"reason": "恢复"}, "r", back)
    closed = parts_of(taken([opening, *bad, away]), name)
    found = parts_of(taken([opening, *bad, away, again]), name)
    assert found["unit/shuangliu"] == closed["unit/shuangliu"]
    [amendment] = [one for one in found.values() if hasattr(one, "counts")]
    assert (amendment.step, amendment.statement, amendment.recorded) == (
        "project.reopened",
        "r",
        again.envelope.recorded,
    )
    [effect] = [one for one in amendment.effects if one.unit == "shuangliu"]
    assert effect.score_now < effect.score_was
    # Who comes back before the cut-off was there.
    before = recorded(again, CUT_OFF - timedelta(hours=1))
    there = parts_of(taken([opening, *bad, away, before]), name)["unit/shuangliu"]
    assert there.closed.score == effect.score_now


def test_a_report_of_a_month_that_has_not_begun_counts_for_nothing() -> None:
    """Report: on 31 July it says what August comes to, and is on time."""
    for day, counts in (("2024-07-31", False), ("2024-08-01", True)):
        moment = datetime.fromisoformat(f"{day}T09:00:00+08:00")
        said = [report(p, S5, 8, 90_000, moment, "whole") for p in ("chengdu",)]
        shard = taken([*STORY, *said])
        unit = parts_of(shard, BOARD)["unit/shuangliu"]
        assert (unit.projects[0].statement is not None) is counts
        line = parts_of(shard, test_appraisal.AUGUST)["line/chengdu.meishan/s5"]
        [due] = [one for one in line.reports if one.party == "chengdu"]
        assert (due.state.value == "on-time") is counts
        area = parts_of(shard, CLUSTER)[""]
        assert (area.latest is not None) is counts
        text = event("project.described", "chengdu", S5, described(), "text", moment)
        record = told(S5, [text, *said])["progress/2024-08"]
        codes = {doubt.code for doubt in record.by["chengdu"].doubts}
        assert ("before_its_month" in codes) is not counts


# --- the year, and appeals ----------------------------------------------------


def year_of(*changes: tuple[str, dict[str, Any]]) -> Any:
    """The unit shuangliu of a year whose boards are opened with changes."""
    by_id = dict(changes)
    said = [
        event(
            one.type.fact,
            one.envelope.party,
            one.envelope.subject,
            json.loads(one.value) | by_id.get(one.envelope.id, {}),
            one.envelope.id,
            one.envelope.time,
        )
        for one in of_the_year()
    ]
    figures = [report("chengdu", S5, 8, 50_000, CUT_OFF - timedelta(days=3))]
    return parts_of(taken([*STORY, *figures, *said]), YEAR)


def test_a_year_takes_no_board_of_another_and_none_twice() -> None:
    """The year: a quarter of a better year is named, or the best one twice."""
    right = year_of()["unit/shuangliu"]
    assert right.figures[0].actual is not None
    twice = year_of(("year", {"boards": [BOARD, QUARTER, BOARD]}))["unit/shuangliu"]
    assert twice.closed == right.closed
    other = year_of(("q4", {"year": 2023}))["unit/shuangliu"]
    assert other.figures[0].actual is None
    assert other.closed.score == 0


def test_a_year_leaves_no_quarter_out() -> None:
    """The year: whoever opens it names the better quarter alone."""
    right = year_of()
    fewer = year_of(("year", {"boards": [QUARTER]}))
    for code in ("shuangliu", "jinniu"):
        one, other = right[f"unit/{code}"], fewer[f"unit/{code}"]
        assert other.closed == one.closed
        [figure] = other.figures
        assert (figure.actual, {*figure.statements}) == (
            one.figures[0].actual,
            {BOARD, QUARTER},
        )
        assert (figure.unnamed, one.figures[0].unnamed) == ((BOARD,), ())
    # Of another year, of other members or opened when it was over, it is none of it.
    assert year_of(("q4", {"year": 2023}), ("year", {"boards": [BOARD]}))[
        "unit/shuangliu"
    ].figures[0].statements == (BOARD,)


def test_a_board_that_is_opened_when_it_is_over_is_no_quarter() -> None:
    """The year: of quarters that are over one is opened by rules that suit."""
    over = (CUT_OFF - timedelta(days=1)).isoformat()
    hindsight = {"cut_off": over, "appeals_until": CUT_OFF.isoformat()}
    named = year_of(("q4", hindsight))["unit/shuangliu"]
    assert named.figures[0].actual is None
    unnamed = year_of(("q4", hindsight), ("year", {"boards": [BOARD]}))
    assert unnamed["unit/shuangliu"].figures[0].statements == (BOARD,)


def test_a_district_that_was_renamed_or_merged_keeps_its_quarters() -> None:
    """The year: a bad district is merged into another, or begins under a new name."""
    year = json.loads(of_the_year()[-1].value)
    units = {one["code"]: one for one in year["units"]}
    assert year["cut_off"] == YEARS_CUT_OFF.isoformat()
    before = year_of()
    scores = {code: before[f"unit/{code}"].figures[0].actual for code in units}
    name = units["shuangliu"]["unit"]["name"]
    organisation = {"name": "天府双流新区（虚构）", "formerly": [name]}
    renamed = units["shuangliu"] | {"code": "new", "unit": organisation}
    found = year_of(("year", {"units": [renamed, units["jinniu"]]}))
    assert found["unit/new"].figures[0].actual == scores["shuangliu"]
    names = [units[code]["unit"]["name"] for code in ("shuangliu", "jinniu")]
    merged = renamed | {"unit": {"name": "新区（虚构）", "formerly": names}}
    found = year_of(("year", {"units": [merged]}))
    both = scores["shuangliu"] + scores["jinniu"]
    assert found["unit/new"].figures[0].actual == (both / 2).quantize(Decimal("0.01"))


def test_a_code_that_another_unit_has_now_gives_nobody_another_s_quarters() -> None:
    """The year: the codes of its units are exchanged, and a good one goes on as bad."""
    year = json.loads(of_the_year()[-1].value)
    units = {one["code"]: one for one in year["units"]}
    good, bad = units["jinniu"], units["shuangliu"]
    scores = {
        code: year_of()[f"unit/{code}"].figures[0].actual
        for code in ("jinniu", "shuangliu")
    }
    assert len({*scores.values()}) == 2

    def actual(**listed: dict[str, Any]) -> dict[str, Any]:
        coded = [one | {"code": code} for code, one in listed.items()]
        found = year_of(("year", {"units": coded}))
        return {code: found[f"unit/{code}"].figures[0].actual for code in listed}

    exchanged = actual(jinniu=bad, shuangliu=good)
    assert exchanged == {"jinniu": scores["shuangliu"], "shuangliu": scores["jinniu"]}
    # Who takes another in keeps its own code, and its quarters are those of both.
    names = [one["unit"]["name"] for one in (good, bad)]
    both = good | {"unit": {"name": names[0], "formerly": names[1:]}}
    mean = (sum(scores.values()) / 2).quantize(Decimal("0.01"))
    assert actual(jinniu=both) == {"jinniu": mean}
    # A name that says nothing of a former one is the unit that has its code.
    other = {"unit": {"name": "新区（虚构）"}}
    assert actual(shuangliu=bad | other)["shuangliu"] == scores["shuangliu"]
    # Another's code is nothing: a unit that was on no quarter has no figure.
    assert actual(jinniu=bad | other, north=good)["jinniu"] is None
    # Two of one name are told apart by their codes.
    alike = {"unit": {"name": names[0]}}
    assert actual(jinniu=good, shuangliu=bad | alike)["jinniu"] == scores["jinniu"]


@pytest.mark.parametrize(
    ("organisation", "doubted"),
    [
        ({"name": "新区（虚构）"}, False),
        ({"name": "新区（虚构）", "formerly": ["甲区（虚构）"]}, True),
        ({"name": "甲区(虚构)"}, True),  # as a reader would: the same
        ({"name": "新区（虚构）", "credit_code": "11500000MB0000000J"}, True),
    ],
)
def test_a_board_that_names_a_unit_and_what_it_was_is_doubted(
    organisation: dict[str, Any], *, doubted: bool
) -> None:
    """Board: the district that was renamed stands on it under both names."""
    data = json.loads(of_the_year()[0].value)
    code = {"credit_code": "11500000MB0000000J"}
    old, new = data["units"][0], data["units"][1] | {"unit": organisation}
    old |= {"unit": {"name": "甲区（虚构）"} | code}
    for units in ([old, new], [new, old]):
        opened = event("board.opened", "chengdu", BOARD, data | {"units": units})
        codes = [one.code for one in opened.data.warnings()]
        assert ("unit_twice" in codes) is doubted
    # In a sequence of its own it is a department, and no second district.
    apart = [old, new | {"sequence": "departments"}]
    opened = event("board.opened", "chengdu", BOARD, data | {"units": apart})
    assert "unit_twice" not in [one.code for one in opened.data.warnings()]


def test_whoever_answers_its_own_appeal_is_marked() -> None:
    """Board: the opener appeals for its own unit, and finds that it is right."""
    window = CUT_OFF + timedelta(days=2)
    for raiser, own in (("chengdu", True), ("deyang", False)):
        raised = test_appraisal.appeal(window)
        data = raised.data.model_dump(mode="json", exclude_none=True)
        raised = event("appeal.raised", raiser, JOINT, data, "a", window)
        answer = test_appraisal.answered("70")
        data = answer.data.model_dump(mode="json", exclude_none=True)
        data |= {"raised_by": raiser}
        answer = event("appeal.answered", "chengdu", JOINT, data, "w", window)
        found = test_appraisal.disputed(raised, answer)
        assert found[f"appeal/{raiser}/s5"].self_answered is own


# --- sharing ------------------------------------------------------------------


def test_what_is_stated_before_the_year_is_out_is_not_the_years() -> None:
    """Sharing: in July it states the half of a year, and is paid for what it lacks."""
    half = test_sharing.collected("chengdu", "6000", day="2022-07-01")
    theirs = test_sharing.collected("chongqing", "9000")
    said = [*test_sharing.agreed(), half, theirs]
    item = test_sharing.item(said)
    assert (item.state, item.missing) == (ShareState.INCOMPLETE, ("chengdu",))
    assert item.by["chengdu"].collected == 6000
    whole = test_sharing.collected("chengdu", "15000", day="2022-12-30")
    item = test_sharing.item([*said, whole])
    assert test_sharing.shares(item) == {"chengdu": 14000, "chongqing": 10000}


def test_whoever_comes_back_shares_no_year_that_it_was_away() -> None:
    """Sharing: it leaves before a bad year, and comes back once it turns out good."""
    both = ("chengdu", "chongqing")
    years = (2022, 2023, 2024, 2025)
    said = [
        *test_sharing.agreed(),
        test_sharing.left("chengdu", "2022-12-30"),
        event(
            "sharing.reopened",
            "chengdu",
            test_sharing.PARK,
            {"reason": "恢复"},
            "back",
            test_sharing.on("2023-12-31"),
        ),
        *(test_sharing.collected(p, "15000", year) for year in years for p in both),
    ]
    shared = [
        test_sharing.item(said, year).state is ShareState.SHARED for year in years
    ]
    # It left with 2022 and is there again from 2024 on: 2023, whose end it knew when
    # it came back, is not shared.
    assert shared == [True, False, True, True]
    # What all agree on in words of its own holds for it.
    anew = test_sharing.described(
        {**test_sharing.OTHER, "begins": 2023}, "chengdu", "2024-02-01"
    )
    agreed = [*said, anew, test_sharing.endorsed(anew, "chongqing", "2024-02-09")]
    assert test_sharing.item(agreed, 2023).state is ShareState.SHARED
