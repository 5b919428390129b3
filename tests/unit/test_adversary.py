"""Ten histories by whoever wants a better figure than it has: what the records say.

Each is small, made up (虚构), and of a kind that few others test: the answer said in
advance, the words changed after the work, the leaver, the tie, the copy, the alphabet.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.support.folding import told, without_effect
from tests.support.saying import event
from tests.unit import (
    test_chain,
    test_challenge,
    test_drill,
    test_follow_up,
    test_indicator,
    test_plan,
    test_policy,
    test_sharing,
    test_worklist,
)
from tests.unit.test_appraisal import CUT_OFF, EARLY, S5, STORY
from tests.unit.test_auditor import report
from twincity_schemas.indicator_record import IndicatorState
from twincity_schemas.message import Event, parse
from twincity_schemas.sharing_record import DisputeState, ShareState
from twincity_schemas.values import earlier
from twincity_schemas.worklist_record import AssignmentState


def recorded(said: Event[Any], moment: Any, id_: str | None = None) -> Event[Any]:
    """A statement as it would be, had it entered its inbox at another moment."""
    changes = {"recordedtime": moment} | ({"id": id_} if id_ else {})
    envelope = said.envelope.model_copy(update=changes)
    # Of that day at the latest: it is told of its moment, not of what is to come.
    day = (moment + timedelta(hours=8)).date().isoformat()
    content = json.loads(said.value)
    for name in ("as_of", "visited"):
        if earlier(day, content.get(name, day)):
            content[name] = day
    return parse(envelope.to_headers(), json.dumps(content).encode())


OURS, THEIRS = (test_worklist.reported(p) for p in ("chengdu", "chongqing"))
LISTED = test_worklist.issued()


def test_a_finding_in_advance_verifies_no_report_that_comes_later() -> None:
    """Worklist: a friend verifies in February what is reported as done in June."""
    early = [
        test_worklist.found("chongqing", OURS, "2024-02-01"),
        test_worklist.found("deyang", THEIRS, "2024-02-02"),
    ]
    said = [LISTED, *early, OURS, THEIRS]
    record = test_worklist.one(said)
    assert record.state is AssignmentState.DONE
    assert without_effect(test_worklist.LIST, said) == {
        one.envelope.id: "said_in_advance" for one in early
    }


def test_an_assignment_in_other_words_is_done_by_no_former_report() -> None:
    """Worklist: the easy task is done and verified, and then becomes the hard one."""
    found = [
        test_worklist.found("chongqing", OURS, "2024-07-01"),
        test_worklist.found("deyang", THEIRS, "2024-07-02"),
    ]
    done = [LISTED, OURS, THEIRS, *found]
    assert test_worklist.one(done).state is AssignmentState.VERIFIED
    other = test_worklist.assignment(wording="建成大桥", due="2024-12")
    reworded = test_worklist.adjusted(2, "2024-08-01", assignments=[other])
    record = test_worklist.one([*done, reworded])
    assert (record.state, record.wording) == (AssignmentState.OPEN, "建成大桥")
    assert record.open[0].parties == ("chengdu", "chongqing")
    late = test_worklist.found("deyang", OURS, "2024-09-01")
    assert without_effect(test_worklist.LIST, [*done, reworded, late]) == {
        late.envelope.id: "reworded"
    }
    anew = [test_worklist.reported(p, "2024-11-05") for p in ("chengdu", "chongqing")]
    record = test_worklist.one([*done, reworded, *anew])
    assert record.state is AssignmentState.DONE
    same = test_worklist.assignment(due="2024-12")
    extended = test_worklist.adjusted(2, "2024-06-20", assignments=[same])
    assert test_worklist.one([*done, extended]).state is AssignmentState.VERIFIED


def test_a_report_in_another_unit_takes_no_figure_out_of_the_record() -> None:
    """Indicator: a figure that is behind is said again in a unit that cannot count."""
    target, true = test_indicator.targeted(), test_indicator.reported("30000")
    data = json.loads(true.value) | {"unit": "万套", "value": "3"}
    of = str(test_indicator.HOUSING)
    slip = event("indicator.reported", "chengdu", of, data, "slip")
    for said in ([target, true, slip], [target, slip, true]):
        [point] = test_indicator.dates(*said)
        assert (point.value, point.lead) == (30000, Decimal("-16.67"))
        assert test_indicator.record(*said).state is IndicatorState.BEHIND
    assert without_effect(of, [target, true, slip]) == {"slip": "other_unit"}


def test_a_measure_that_its_taker_confirms_is_marked() -> None:
    """Plan: Chengdu draws a measure for itself, takes it and finds it effective."""
    measure = test_plan.measure
    assert measure(test_plan.PERMIT, 4).self_confirmed
    assert measure(test_plan.TALENT, 6).self_confirmed
    assert not measure(test_plan.GRID, 6).self_confirmed
    assert not measure(test_plan.PERMIT, 3).self_confirmed


def test_a_measure_is_not_taken_before_it_is_drawn() -> None:
    """Plan: a step in advance makes a measure punctual that nobody has touched."""
    taken, drawn = test_plan.STORY[2], test_plan.STORY[1]
    early = recorded(taken, drawn.envelope.time - timedelta(days=30))
    record = test_plan.after(2, early)
    assert record.measures[test_plan.PERMIT].state == "open"
    assert [one.code for one in record.no_effect] == ["said_in_advance"]
    again = recorded(taken, taken.envelope.time, "again")
    assert test_plan.measure(test_plan.PERMIT, 2, early, again).state == "taken"


def test_a_trial_in_advance_proves_no_edition() -> None:
    """Policy: the edition is found to work before anybody has issued it."""
    issued, trial = test_policy.STORY[0], test_policy.STORY[4]
    early = recorded(trial, issued.envelope.time - timedelta(days=9))
    record = test_policy.after(2, early)
    assert record.stage == "issued"
    assert [one.code for one in record.no_effect] == ["said_in_advance"]


def test_nothing_is_done_before_it_was_decided() -> None:
    """Decision: done is said before the dispatch decides, to be in time whenever."""
    dispatch = "dispatch/chengdu.deyang.meishan/2024-07"
    said = [one for one in STORY if one.envelope.subject == dispatch]
    [done] = [one for one in said if one.type.fact == "decision.done"]
    early = recorded(done, min(one.envelope.time for one in said) - timedelta(days=9))
    rest = [one for one in said if one is not done]
    part = "decision/chengdu/depot-land"
    assert told(dispatch, [*rest, done])[part].state == "done"
    assert told(dispatch, [*rest, early])[part].state == "open"
    idle = without_effect(dispatch, [*rest, early])
    assert idle[done.envelope.id] == "said_in_advance"


def test_a_review_in_advance_judges_no_entry() -> None:
    """Challenge: the friend's entry is marked ten before it has been handed in."""
    story = test_challenge.STORY
    place = next(n for n, e in enumerate(story) if e.type.fact == "challenge.reviewed")
    posted = story[0].envelope.time
    early = recorded(story[place], posted - timedelta(days=1))
    record = test_challenge.record([*story[:place], early])
    assert [one.code for one in record.no_effect] == ["said_in_advance"]
    assert all(one.review is None for one in record.entries.values())


def test_a_leaver_is_heard_on_the_year_it_shared_and_moves_nothing() -> None:
    """Sharing: who left in a bad year disputes it afterwards; the shares stand."""
    left = test_sharing.left("chongqing", "2023-02-10")
    doubt = test_sharing.disputed()
    said = [*test_sharing.BOTH, left, doubt]
    item = test_sharing.item(said)
    assert item.state is ShareState.SHARED
    assert test_sharing.shares(item) == {"chengdu": 14000, "chongqing": 10000}
    assert [one.state for one in item.by["chengdu"].disputes] == [DisputeState.OPEN]


def test_a_site_has_one_score_of_a_member_however_often_it_scores() -> None:
    """Drill: one member scores a friend's site five times, and once too late."""
    by_hand = [
        test_drill.scored("meishan", "depot", score, EARLY, f"m{n}")
        for n, score in enumerate(["100", "100", "100", "100", "60"])
    ]
    late = test_drill.scored("meishan", "depot", "100", CUT_OFF + timedelta(hours=1))
    own = test_drill.scored("deyang", "depot", "100")
    other = test_drill.scored("chengdu", "depot", "80")
    found = told(test_drill.DRILL, [test_drill.called(), *by_hand, other, own, late])
    assert found["site/depot"].score == 70
    assert {*found["site/depot"].scores} == {"chengdu", "meishan"}


def test_a_unit_is_not_verified_before_it_submits() -> None:
    """Rectification: the opener verifies in advance, by the name of what will come."""
    day, step = test_follow_up.day, test_follow_up.step
    said = [
        test_follow_up.summons(),
        step("verified", "chengdu", "submitted", day(2)),
        step("submitted", "deyang", "s", day(90)),
    ]
    assert test_follow_up.follows(*said).state == "submitted"
    assert test_follow_up.idle(*said) == {"verified": "said_in_advance"}


def test_a_copy_of_an_area_within_an_area_counts_once() -> None:
    """Area: one project in a district and in two of its parts, under two names."""
    parties = "chengdu.deyang.meishan"
    names = [f"cluster/{parties}/{name}" for name in ("copy-a", "copy-b", "district")]
    contents: Sequence[dict[str, Any]] = (
        {"level": "cluster", "projects": [S5]},
        {"level": "cluster", "projects": [S5]},
        {"level": "pilot-district", "projects": [S5], "parts": names[:2]},
    )
    areas = [
        event(
            "cluster.described",
            "chengdu",
            name,
            content | {"name": "同一片区（虚构）", "as_of": "2024"},
            name[-6:],
        )
        for name, content in zip(names, contents, strict=True)
    ]
    figures = [report(p, S5, 8, 50_000, EARLY) for p in ("chengdu", "meishan")]
    header = told(names[2], [*areas, *figures])[""]
    assert (header.clusters, header.projects) == (2, 1)
    assert (header.annual_plan, header.annual_investment) == (200_000, 100_000)


def test_a_gap_is_filled_by_whoever_declared_it_whatever_another_says() -> None:
    """Chain: another member says that a gap is filled, to have it off the list."""
    filled = test_chain.STORY[4]
    said = test_chain.again(5, "by-another", "chongqing")
    assert filled.envelope.party == "chengdu"
    gap = test_chain.after(4, said).gaps[test_chain.CRASH_TEST]
    assert gap.state == "open"
    assert [one.statement for one in test_chain.after(4, said).no_effect] == [
        "by-another"
    ]
