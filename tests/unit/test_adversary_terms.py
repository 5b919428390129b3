"""Histories by whoever gains by other terms, or by a text that is withdrawn in time.

Made up (虚构), as those of ``test_adversary``, and one of each kind of subject; and
what is told, to whom, when an effect is lost and when it returns.
"""

import json
from datetime import timedelta

from tests.support.folding import Shard, parts, told, without_effect
from tests.support.saying import S11, described, event
from tests.unit import (
    test_chain,
    test_challenge,
    test_indicator,
    test_plan,
    test_policy,
    test_sharing,
)
from tests.unit.test_adversary import recorded
from tests.unit.test_appraisal import CLUSTER, CUT_OFF, EARLY, JOINT, S5, STORY
from tests.unit.test_auditor import report
from tests.unit.test_project_rules import PAIR, at
from twincity_schemas.plan_record import MeasureState
from twincity_schemas.policy_record import ProvisionState
from twincity_schemas.sharing_record import ShareState


def test_a_provision_that_is_worded_away_is_found_wanting_still() -> None:
    """Policy: after the trial, the same edition is issued once more in other words."""
    first, trial = test_policy.STORY[0], test_policy.STORY[4]
    provisions = [
        one | {"text": "另一条（虚构）"}
        for one in json.loads(first.value)["provisions"]
    ]
    anew = test_policy.again(1, "anew", provisions=provisions)
    anew = recorded(anew, trial.envelope.recorded + timedelta(days=1))
    before, now = test_policy.after(5), test_policy.after(5, anew)
    assert now.turns == before.turns
    assert now.turns[0].provisions["one-code"].state is ProvisionState.WANTING
    assert [(one.statement, one.code) for one in now.no_effect] == [
        ("anew", "same_version")
    ]


def test_a_measure_that_is_dropped_and_drawn_again_keeps_its_first_day() -> None:
    """Plan: overdue, it is left out of the plan, and is in the next one with a year."""
    over = test_plan.OVER
    gone_measures = json.loads(test_plan.STORY[0].value)["measures"]
    gone = test_plan.again(1, "gone", time=over, measures=gone_measures[1:])
    later = gone_measures[0] | {"due": "2024-12"}
    back = test_plan.again(
        1,
        "back",
        time=over + timedelta(days=1),
        measures=[later, *gone_measures[1:]],
    )
    before = test_plan.measure(test_plan.TALENT, 2)
    now = test_plan.measure(test_plan.TALENT, 2, gone, back)
    assert (now.first_due, now.due) == (before.first_due, before.due)
    assert [(one.due, one.counts) for one in now.changes] == [("2024-12", False)]
    assert now.state is MeasureState.LATE


def test_a_result_that_is_said_after_the_gate_ranks_nobody_anew() -> None:
    """Challenge: out at the gate, it reports once more, and better than the best."""
    gate = test_challenge.STORY[:18]
    before = test_challenge.record(gate)
    last = max(one.envelope.recorded for one in gate)
    late = test_challenge.said_again(13, id_="late", time=last + timedelta(days=1))
    after = test_challenge.record([*gate, late])
    assert after.entries == before.entries
    assert "late" in {one.statement for one in after.no_effect}


def test_another_bound_or_end_moves_no_value_of_before() -> None:
    """Indicator: behind in August, it is to be at most so much, or by 2030."""
    target, value = test_indicator.targeted(), test_indicator.reported("30000")
    [before] = test_indicator.dates(target, value)
    for number, change in enumerate(
        ({"bound": "at-most"}, {"ends": "2030"}, {"begins": "2022-08"})
    ):
        other = test_indicator.targeted(**change)
        late = recorded(
            other, test_indicator.SET + timedelta(days=350), f"other-{number}"
        )
        [now] = test_indicator.dates(target, value, late)
        assert (now.target, now.attained, now.lead) == (
            before.target,
            before.attained,
            before.lead,
        )
        header = test_indicator.record(target, value, late)
        assert len(header.target.versions) == 2


def test_an_area_that_is_described_by_another_stays_what_it_was() -> None:
    """Area: a member whose project is bad describes the area without it."""
    own = [e for e in STORY if e.envelope.subject == CLUSTER]
    content = json.loads(own[0].value) | {"projects": [S11]}
    other = event("cluster.described", "deyang", CLUSTER, content, "other", CUT_OFF)
    figures = [report(p, S5, 8, 10, EARLY) for p in ("chengdu", "meishan")]
    before, now = (told(CLUSTER, [*own, *figures, *m])[""] for m in ((), (other,)))
    assert (now.projects, now.rate) == (before.projects, before.rate)
    assert "other" in without_effect(CLUSTER, [*own, *figures, other])


def test_a_text_that_begins_later_takes_no_year_back() -> None:
    """Sharing: a year that cost money is left out of the next text."""
    said = [*test_sharing.BOTH]
    shared = test_sharing.item(said)
    assert shared.state is ShareState.SHARED
    other = test_sharing.described(
        test_sharing.text(begins=2023), "chengdu", "2023-05-01"
    )
    said += [other, test_sharing.endorsed(other, "chongqing", "2023-05-02")]
    assert test_sharing.item(said) == shared


def test_a_gap_is_withdrawn_by_nobody_but_whoever_declared_it() -> None:
    """Chain: the gap that another member should fill is taken off the list by it."""
    gone = test_chain.again(6, "gone", "chongqing")
    found = test_chain.after(4, gone)
    assert found.gaps == test_chain.after(4).gaps
    assert [one.statement for one in found.no_effect] == ["gone"]


# --- what is told -------------------------------------------------------------


def test_whoever_is_displaced_by_an_earlier_word_is_told_whoever_caused_it() -> None:
    """Its own opening had its effect until one recorded earlier came over the link."""
    content = json.loads(next(e for e in STORY if e.type.fact == "board.opened").value)
    first, second = (
        event("board.opened", party, JOINT, content, party, EARLY - timedelta(days=day))
        for party, day in (("deyang", 2), ("chengdu", 1))
    )
    shard = Shard("appraisal")
    shard.take([second])
    assert parts(shard, JOINT)[""].opened_by == "chengdu"
    assert [*shard.events("notice.issued")] == []
    shard.take([first])
    assert parts(shard, JOINT)[""].opened_by == "deyang"
    [notice] = shard.events("notice.issued")
    assert (notice.party, notice.statement) == ("chengdu", "chengdu")
    assert notice.no_effect.code == "opened_by_another"


def test_two_that_open_at_one_instant_are_both_told() -> None:
    content = json.loads(next(e for e in STORY if e.type.fact == "board.opened").value)
    both = [
        event("board.opened", p, JOINT, content, p, EARLY)
        for p in ("chengdu", "deyang")
    ]
    call = next(e for e in STORY if e.type.fact == "dispatch.called")
    calls = [
        event("dispatch.called", p, call.envelope.subject, json.loads(call.value), p)
        for p in ("chengdu", "deyang")
    ]
    for said in (both, calls):
        subject = said[0].envelope.subject
        for order in (said, said[::-1]):
            assert told(subject, order) == {}
            codes = without_effect(subject, order)
            assert {*codes} == {"chengdu", "deyang"}
            assert len({*codes.values()}) == 1


def test_an_objection_is_withdrawn_once_the_effect_returns() -> None:
    said = [
        event("project.described", p, PAIR, described(domain=d), p, at(1))
        for p, d in (("chengdu", "industry"), ("deyang", "transport"))
    ]
    assert without_effect(PAIR, said) == dict.fromkeys(
        ("chengdu", "deyang"), "said_at_once"
    )
    yields = event(
        "project.described", "deyang", PAIR, described(domain="industry"), "2", at(2)
    )
    shard = Shard("coordination")
    shard.take(said)
    before = len([*shard.events("notice.issued")])
    shard.take([yields])
    since = [*shard.events("notice.issued")][before:]
    assert {(n.party, n.statement, n.no_effect) for n in since} >= {
        ("chengdu", "chengdu", None)
    }
    assert "chengdu" not in without_effect(PAIR, [*said, yields])


def test_a_step_whose_ground_comes_late_gets_its_effect() -> None:
    """Across a cut link the answer is there before what it answers to."""
    dispatch = "dispatch/chengdu.deyang.meishan/2024-07"
    said = [e for e in STORY if e.envelope.subject == dispatch]
    [done] = [e for e in said if e.type.fact == "decision.done"]
    rest = [e for e in said if e is not done]
    assert done.envelope.id in without_effect(dispatch, [done, *rest[:1]])
    assert done.envelope.id not in without_effect(dispatch, [done, *rest])
