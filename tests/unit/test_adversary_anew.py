"""Histories by whoever says a thing anew once it is due, or says it no more.

Made up (虚构), as those of ``test_adversary``: the challenge is opened again once the
entries are known, what is overdue is given to another or left out, a target is lowered
while nobody has begun.
"""

import random
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.gateway.pages.mechanisms import plan
from services.gateway.pages.telling import Tell
from services.rules.due import outstanding
from tests.support.folding import (
    REGISTRY,
    Shard,
    interleaved,
    parts,
    settled,
    told,
    without_effect,
)
from tests.support.saying import S11, described, event
from tests.unit import (
    test_challenge,
    test_follow_up,
    test_followed,
    test_indicator,
    test_plan,
)
from tests.unit import test_worklist as worklist
from tests.unit.test_adversary import recorded
from tests.unit.test_adversary_turns import with_an_abort
from twincity_schemas.challenge_record import ChallengeState
from twincity_schemas.dispatch_record import DecisionState
from twincity_schemas.indicator_record import IndicatorState
from twincity_schemas.message import Event
from twincity_schemas.project_record import FieldState
from twincity_schemas.task_record import TaskRecorded, TaskState
from twincity_schemas.worklist_record import AssignmentState

# --- challenges ---------------------------------------------------------------

POSTED, ENTERED, REVIEWED = (test_challenge.STORY[:n] for n in (1, 4, 9))
DEADLINE = datetime.fromisoformat("2022-09-30T18:00:00+08:00")


def posted_anew(days: int, **terms: Any) -> Event[Any]:
    when = DEADLINE + timedelta(days=days)
    return test_challenge.said_again(1, id_="anew", time=when, **terms)


@pytest.mark.parametrize(
    ("before", "anew", "counts"),
    [
        (REVIEWED, posted_anew(30, deadline="2022-12-31"), False),  # for a friend
        (REVIEWED, posted_anew(30, winners=2), False),  # under other terms
        (ENTERED, posted_anew(1, deadline="2022-12-31"), False),
        (ENTERED, posted_anew(0, deadline="2022-12-31"), True),  # the last day
        (ENTERED, posted_anew(0, deadline="2022-09-29"), False),  # nobody could enter
        (POSTED, posted_anew(30, deadline="2022-12-31"), True),  # nobody had entered
        (POSTED, posted_anew(-9, deadline="2022-09-29"), True),
    ],
)
def test_a_challenge_is_not_posted_anew_once_its_entries_are_in(
    before: list[Event[Any]], anew: Event[Any], *, counts: bool
) -> None:
    """Challenge: whoever knows the entries wants others, by a later or earlier day."""
    was, now = (test_challenge.record(said) for said in (before, [*before, anew]))
    assert (now.posting == "anew") is counts
    assert [one.in_force for one in now.postings] == [not counts, counts]
    if not counts:
        assert (now.entries, now.state) == (was.entries, was.state)
        assert [(n.statement, n.code) for n in now.no_effect] == [
            ("anew", "entered_already")
        ]


def test_it_is_awarded_by_the_posting_that_was_entered() -> None:
    said = [*REVIEWED, posted_anew(20, winners=2), test_challenge.STORY[9]]
    record = test_challenge.record(said)
    assert (record.state, len(record.winners)) == (ChallengeState.IMPLEMENTING, 3)


# --- annual lists -------------------------------------------------------------


def relisted(day: str, *owners: str, **more: Any) -> Event[Any]:
    listed = [worklist.owner(party) for party in owners]
    changed = worklist.assignment(owners=listed, due="2024-12", **more)
    return worklist.adjusted(2, day=day, assignments=[changed])


@pytest.mark.parametrize(
    ("day", "owners", "counts"),
    [
        ("2024-06-30", ("deyang",), True),  # its last day
        ("2024-07-01", ("deyang",), False),
        ("2024-07-01", ("chengdu",), False),  # the other alone would be late
        ("2024-07-01", ("deyang", "chengdu", "chongqing"), True),  # one more helps
    ],
)
def test_what_is_overdue_stays_with_who_was_to_do_it(
    day: str, owners: tuple[str, ...], *, counts: bool
) -> None:
    """List: what nobody did becomes another's, who is late from the first day."""
    said = [worklist.issued(), relisted(day, *owners)]
    assert (told(worklist.LIST, said)[""].version == 2) is counts
    by = {owner.party for owner in worklist.one(said).owners}
    assert by == ({*owners} if counts else {"chengdu", "chongqing"})
    why = {} if counts else {"overdue_stays"}
    assert {*without_effect(worklist.LIST, said).values()} == {*why}


def test_it_is_dropped_and_is_another_s_under_another_code() -> None:
    drop = [{"code": "01", "reason": "改由德阳承担（虚构）"}]
    new = worklist.assignment("02", "2024-12", owners=[worklist.owner("deyang")])
    said = [
        worklist.issued(),
        worklist.adjusted(2, day="2024-07-01", assignments=[new], dropped=drop),
    ]
    before, after = worklist.one(said), worklist.one(said, "02")
    assert (before.late, after.late, after.due) == (True, False, "2024-12")


def test_a_version_says_what_it_listed() -> None:
    """List: the old words and owners are in the record of the version that had them."""
    said = [worklist.issued(), relisted("2024-03-01", "deyang", wording="研究规则")]
    records = told(worklist.LIST, said)
    listed = [
        (one.wording, [owner.party for owner in one.owners], one.due)
        for version in ("001", "002")
        for one in records[f"version/{version}"].assignments
    ]
    assert listed == [
        ("编制规则", ["chengdu", "chongqing"], "2024-06"),
        ("研究规则", ["deyang"], "2024-12"),
    ]


def test_a_list_is_not_adjusted_before_it_is_issued() -> None:
    """List: the second version lies in the inbox before anybody has seen the first."""
    early = worklist.adjusted(2, day="2024-01-01", added=worklist.changes(worklist.S11))
    said = [early, worklist.issued()]
    record = told(worklist.LIST, said)[""]
    assert (record.version, record.projects) == (1, (worklist.HSR,))
    assert without_effect(worklist.LIST, said) == {early.envelope.id: "said_in_advance"}


@pytest.mark.parametrize(
    ("note", "state"),
    [("已印发", AssignmentState.RETURNED), ("已补正", AssignmentState.DONE)],
)
def test_what_was_returned_is_not_done_by_the_same_words(
    note: str, state: AssignmentState
) -> None:
    """List: another bureau of the owner says once more what was found wanting."""
    mine, theirs = worklist.reported("chengdu"), worklist.reported("chongqing")
    found = worklist.found("deyang", mine, passed=False)
    data = mine.data.model_dump(mode="json", exclude_none=True) | {"note": note}
    anew = event(
        mine.type.fact, "chengdu", worklist.LIST, data, "anew", on("2024-08-01")
    )
    said = [worklist.issued(), mine, theirs, found, anew]
    assert worklist.one(said).state is state
    # Said twice before anybody answered, either may be answered.
    twice = event(
        mine.type.fact, "chengdu", worklist.LIST, data, "anew", on("2024-06-04")
    )
    said = [worklist.issued(), mine, twice, theirs, found]
    returned = worklist.one(said).state is AssignmentState.RETURNED
    assert returned is (state is AssignmentState.RETURNED)


@pytest.mark.parametrize("note", ["已印发", "另一说法"])
def test_an_office_that_reported_finds_no_other_s_report_true(note: str) -> None:
    """List of one city: a second office says it, and the first one verifies that."""
    alone = worklist.ALONE
    mine = worklist.assignment(owners=[worklist.owner("chengdu")])
    first = worklist.reported("chengdu", of=alone)
    data = first.data.model_dump(mode="json", exclude_none=True) | {"note": note}
    said = event(first.type.fact, "chengdu", alone, data, "copy", on("2024-06-04"))
    envelope = said.envelope.model_copy(update={"source": "/chengdu/second"})
    second = Event(envelope, said.type, said.data, said.value)
    history = [worklist.issued(of=alone, assignments=[mine]), first, second]
    for office, state in (
        ("bureau", AssignmentState.DONE),
        ("second", AssignmentState.DONE),
        ("supervision", AssignmentState.VERIFIED),
    ):
        found = worklist.found("chengdu", second, office=office)
        assert worklist.one([*history, found], of=alone).state is state


# --- plans, decisions ---------------------------------------------------------


def test_a_measure_shows_what_it_was_to_come_to_at_first() -> None:
    """Plan: nobody has begun, so one person is to come instead of forty."""
    less = test_plan.redrawn(target={"value": "1", "unit": "人"}, effect="到岗（虚构）")
    before = test_plan.measure(test_plan.TALENT, 1)
    now = test_plan.measure(test_plan.TALENT, 1, less)
    assert before.first is None
    assert now.first is not None
    assert now.target is not None
    assert now.target.value == 1
    assert (now.first.target, now.first.effect) == (before.target, before.effect)
    assert now.first.what == now.what
    # Of another deadline alone it says that by itself.
    later = test_plan.measure(test_plan.TALENT, 1, test_plan.redrawn(due="2023"))
    assert (later.first, later.due, later.first_due) == (None, "2023", before.due)


@pytest.mark.parametrize(
    ("language", "first"), [("zh", "1 人 原定"), ("en", "1 人 first")]
)
def test_the_page_of_a_plan_shows_what_a_measure_was_at_first(
    language: str, first: str
) -> None:
    less = test_plan.redrawn(target={"value": "1", "unit": "人"})
    tell = Tell(language, REGISTRY, cast("Any", SimpleNamespace(title=lambda _: None)))
    page = plan(test_plan.after(1, less), tell)
    shown = [cells[0].below for cells in page.tables[0].rows]
    [line] = [one for one in shown if first in one]
    assert line.endswith("40 人")
    assert sum("原定" in one or "first" in one for one in shown) == 1


def test_a_decision_shows_what_was_decided_at_first() -> None:
    """Dispatch: not yet due, it becomes something easier in its taker's words."""
    first = test_followed.taken(1)
    data = first.data.model_dump(mode="json", exclude_none=True)
    when = first.envelope.time + timedelta(days=1)
    subject = first.envelope.subject
    easier = event(
        first.type.fact, "chengdu", subject, data | {"what": "议地（虚构）"}, "e", when
    )
    said = [test_followed.called(1), first, easier, test_followed.called(2)]
    [own] = [r for key, r in settled(subject, said).items() if "decision/" in key]
    next_one = f"{test_followed.MEMBERS}/2"
    [on] = [r for key, r in settled(next_one, said).items() if "followed/" in key]
    for one in (own, on):
        assert (one.what, one.first_what) == ("议地（虚构）", "交地（虚构）")


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, DecisionState.DROPPED), (1, DecisionState.DROPPED_LATE)],
)
def test_a_decision_that_is_dropped_after_its_day_was_late(
    days: int, state: DecisionState
) -> None:
    """Dispatch: nobody did it, and whoever decided it strikes it."""
    taken = test_followed.taken(1)
    when = on("2030-12-31") + timedelta(days=days)
    dropped = test_followed.ended(1, "dropped", when)
    subject = taken.envelope.subject
    said = [test_followed.called(1), taken, dropped]
    records = settled(subject, said)
    assert records["decision/chengdu/land"].state is state


@pytest.mark.parametrize(
    ("steps", "days", "late"),
    [
        (("s",), 59, False),  # 2024-11-30 is its last day
        (("s",), 100, True),
        (("s", "submitted"), 100, False),  # it had done its part in time
        (("s", "submitted", "returned"), 100, True),
    ],
)
def test_a_unit_that_is_let_off_after_its_day_was_late(
    steps: tuple[str, ...], days: int, *, late: bool
) -> None:
    """Board: nothing was put right, and whoever opened the board drops it."""
    summons = test_follow_up.summons()
    said = {
        "s": summons,
        "submitted": test_follow_up.step(
            "submitted", "deyang", "s", test_follow_up.day(20)
        ),
        "returned": test_follow_up.step(
            "returned", "chengdu", "submitted", test_follow_up.day(30)
        ),
    }
    drop = test_follow_up.step(
        "dropped", "chengdu", steps[-1], test_follow_up.day(days)
    )
    record = test_follow_up.follows(*(said[one] for one in steps), drop)
    assert (record.state, record.late) == ("dropped", late)


# --- responsibility lists -----------------------------------------------------

UNIT = {"role": "lead", "name": "甲局", "task": "移交用地", "due": "2023-06"}
OTHER = {"role": "owner", "name": "乙局", "task": "施工", "due": "2030"}
TASK = "task/{}/lead/甲局"


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00+08:00")


def listing(party: str, day: str, *units: dict[str, Any]) -> Event[Any]:
    own = [unit | {"party": party} for unit in units]
    text = described(responsible_units=own)
    return event("project.described", party, S11, text, f"{party}-{day}", on(day))


def goes_over(party: str, to: str) -> list[Event[Any]]:
    """The other lists nobody, and its text takes the place of one's own."""
    text = listing(to, "2023-01-02")
    answer = {"party": to, "description": text.data.digest, "as_of": "2023-09"}
    said = event("project.endorsed", party, S11, answer, "over", on("2023-09-01"))
    return [text, said]


def leaves(party: str, day: str = "2023-09-01") -> Event[Any]:
    why = {"reason": "退出（虚构）"}
    return event("project.withdrawn", party, S11, why, f"w-{day}", on(day))


def back(party: str, day: str) -> Event[Any]:
    why = {"reason": "重启（虚构）"}
    return event("project.reopened", party, S11, why, f"b-{day}", on(day))


@pytest.mark.parametrize(
    ("party", "other"), [("chengdu", "deyang"), ("deyang", "chengdu")]
)
@pytest.mark.parametrize(
    ("way", "kept"),
    [
        ("left out", True),
        ("left out in time", False),
        ("another in its place", True),
        ("renamed", False),
        ("another role", True),
        ("another's text", True),
        ("left", True),
        ("left in time, back, left out", True),
    ],
)
def test_a_task_that_was_overdue_stays_on_the_list(
    party: str, other: str, way: str, *, kept: bool
) -> None:
    """Task: nobody did it, so its own party lists the unit no more."""
    first = listing(party, "2023-01-01", UNIT, OTHER)
    renamed = UNIT | {"name": "丙局", "formerly": ["甲局"]}
    ways = {
        "left out": [listing(party, "2023-09-01", OTHER)],
        "left out in time": [
            listing(party, "2023-06-30", OTHER),
            listing(party, "2023-09-01", OTHER),
        ],
        "another in its place": [
            listing(party, "2023-09-01", UNIT | {"name": "丙局", "due": "2025"})
        ],
        "renamed": [listing(party, "2023-09-01", renamed)],
        "another role": [listing(party, "2023-09-01", UNIT | {"role": "owner"})],
        "another's text": goes_over(party, other),
        "left": [leaves(party)],
        "left in time, back, left out": [
            leaves(party, "2023-02-01"),
            leaves(party, "2023-02-02"),
            back(party, "2023-03-01"),
            listing(party, "2023-09-01", OTHER),
        ],
    }
    records = told(S11, [first, *ways[way]])
    task: TaskRecorded | None = records.get(TASK.format(party))
    assert (task is not None) is kept
    if task is not None:
        assert (task.state, task.due) == (TaskState.OPEN, "2023-06")
        # Who has left owes nothing; else it is open until it is done, if late.
        is_open = task.part in {one.part for one in records[""].open}
        assert is_open is (way != "left")
        done = {"unit": "甲局", "role": "lead", "done": True, "note": "已移交"}
        said = event(
            "task.reported",
            party,
            S11,
            done | {"as_of": "2023-10"},
            "done",
            on("2023-10-09"),
        )
        now = told(S11, [first, *ways[way], said])[task.part]
        assert now.state is TaskState.DONE_LATE
    elif way == "renamed":
        assert records[f"task/{party}/lead/丙局"].due == "2023-06"


# --- factors ------------------------------------------------------------------


def of_factor(fact: str, party: str, day: str, **more: Any) -> Event[Any]:
    data = {
        "factor": "f1",
        "quantity": "10",
        "unit": "单位",
        "by": {"name": "某局（虚构）"},
        "as_of": day,
        **more,
    }
    return event(f"factor.{fact}", party, S11, data, f"{fact}-{day}", on(day))


LAND = {"kind": "land", "what": "场平用地", "needed_by": "2024"}
ASKED = of_factor("requested", "chengdu", "2023-01-05", **LAND)
BROUGHT = [
    of_factor(
        "committed", "deyang", "2023-02-01", requested_by="chengdu", until="2023"
    ),
    of_factor(
        "delivered", "deyang", "2023-03-01", requested_by="chengdu", delivery="d1"
    ),
]


@pytest.mark.parametrize(
    ("change", "short"),
    [
        ({"kind": "utilities", "what": "施工用水"}, 10),
        ({"what": "另一处用地"}, 10),
        ({"quantity": "12"}, 2),
        ({"what": " 场平用地"}, 0),  # as a reader would: the same
    ],
)
def test_what_was_brought_is_not_what_is_asked_for_since(
    change: dict[str, str], short: int
) -> None:
    """Factor: the land is there, so under its name water is asked for."""
    anew = of_factor("requested", "chengdu", "2023-04-01", **(LAND | change))
    said = [ASKED, *BROUGHT, anew]
    record = told(S11, [listing("chengdu", "2023-01-01"), *said])["factor/chengdu/f1"]
    assert record.short == short
    codes = {n.code for n in record.no_effect}
    assert codes == ({"reworded"} if short == 10 else set())
    again = of_factor(
        "delivered", "deyang", "2023-05-01", requested_by="chengdu", delivery="d1"
    )
    records = told(S11, [listing("chengdu", "2023-01-01"), *said, again])
    assert records["factor/chengdu/f1"].short == (2 if "quantity" in change else 0)


# --- ceilings -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "state", "lead"),
    [
        ({"2022-01": "10"}, IndicatorState.BEHIND, "-1.67"),
        ({"2022-06": "40"}, IndicatorState.AHEAD, "10"),
        ({"2022-06": "50"}, IndicatorState.ON_TIME, "0"),
        ({"2022-11": "120"}, IndicatorState.BEHIND, "-28.33"),
        ({"2022-12": "100"}, IndicatorState.REACHED, "0"),
        ({"2022-12": "101"}, IndicatorState.BEHIND, "-1"),
        ({"2022-01": "1", "2022-12": "101"}, IndicatorState.BEHIND, "-1"),
    ],
)
def test_what_must_not_come_to_more_by_the_end_is_kept_to_at_the_end(
    figures: dict[str, str], state: IndicatorState, lead: str
) -> None:
    """Indicator: at most 100 in the year, and 10 are used up in January."""
    target = test_indicator.targeted(bound="at-most", target="100")
    said = [target, *(test_indicator.reported(v, day) for day, v in figures.items())]
    for history in (said, [target, *reversed(said[1:])]):
        record = test_indicator.record(*history)
        assert record.latest is not None
        assert (record.state, f"{record.latest.lead}") == (state, lead)


def test_of_nothing_at_all_nothing_is_used_up() -> None:
    none = test_indicator.targeted(bound="at-most", target="0")
    states = [
        test_indicator.record(none, test_indicator.reported(value, day)).state
        for value, day in (("0", "2022-06"), ("1", "2022-06"), ("0", "2022-12"))
    ]
    assert states == [
        IndicatorState.ON_TIME,
        IndicatorState.BEHIND,
        IndicatorState.REACHED,
    ]


def of_both(target: str, day: str, *parties: str) -> list[Event[Any]]:
    return [
        recorded(
            test_indicator.targeted(party, test_indicator.JOINT, target=target),
            on(day),
            f"{party}-{target}",
        )
        for party in parties
    ]


AUGUST = test_indicator.reported("30000", subject=test_indicator.JOINT)


@pytest.mark.parametrize("who", ["chengdu", "chongqing"])
def test_whoever_is_behind_does_not_escape_by_another_target(who: str) -> None:
    """Indicator: both agreed on 60,000; in July one of them says 20,000."""
    both = of_both("60000", "2022-01-05", "chengdu", "chongqing")
    less = of_both("20000", "2022-07-01", who)
    before, now = (
        test_indicator.record(*both, *more, AUGUST, subject=test_indicator.JOINT)
        for more in ([], less)
    )
    assert now.target.state is FieldState.DISPUTED
    assert now.target.joint is None
    assert (now.state, now.latest) == (before.state, before.latest)
    assert now.state is IndicatorState.BEHIND
    assert [d.due for d in outstanding(now, "2022-09")] == ["2022"]
    # Once both say it, it holds from then on, and the record says that it is another.
    other = ({"chengdu", "chongqing"} - {who}).pop()
    agreed = [*both, *less, *of_both("20000", "2022-07-09", other)]
    then = test_indicator.record(*agreed, AUGUST, subject=test_indicator.JOINT)
    assert then.state is IndicatorState.REACHED_CHANGED


@pytest.mark.parametrize(
    ("first", "second"), [("chengdu", "chongqing"), ("chongqing", "chengdu")]
)
def test_one_s_own_target_holds_against_nobody(first: str, second: str) -> None:
    """Indicator: they never agreed, so neither the earlier nor the lower counts."""
    said = [
        *of_both("60000", "2022-01-05", first),
        *of_both("20000", "2022-02-05", second),
    ]
    now = test_indicator.record(*said, AUGUST, subject=test_indicator.JOINT)
    assert now.state is IndicatorState.UNDETERMINED
    assert [d.party for d in outstanding(now, "2022-09")] == ["chengdu、chongqing"]


# --- in any order, and again --------------------------------------------------

HISTORIES: dict[str, list[Event[Any]]] = {
    "challenge": [*REVIEWED, posted_anew(20, winners=2), test_challenge.STORY[9]],
    "list": [
        worklist.issued(),
        worklist.reported("chongqing"),
        relisted("2024-07-01", "deyang"),
        worklist.reported("deyang", "2024-08-01"),
    ],
    "task": [
        listing("chengdu", "2023-01-01", UNIT, OTHER),
        *goes_over("chengdu", "deyang"),
        recorded(listing("deyang", "2023-10-01", UNIT), on("2023-10-01")),
    ],
    "factor": [
        listing("chengdu", "2023-01-01"),
        ASKED,
        *BROUGHT,
        of_factor("requested", "chengdu", "2023-04-01", **(LAND | {"what": "水"})),
    ],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_it_is_the_same_in_any_order_and_after_an_abort(name: str) -> None:
    """Each party's own order kept; aborted at each place, and begun anew."""
    said = HISTORIES[name]
    subject = said[0].envelope.subject
    plain = Shard("coordination")
    plain.take(said)
    assert parts(plain, subject)
    by_party = [
        [e for e in said if e.envelope.party == party]
        for party in sorted({e.envelope.party for e in said})
    ]
    for place in range(len(said)):
        history = interleaved(by_party, random.Random(place))
        assert with_an_abort(history, place).records == plain.records
