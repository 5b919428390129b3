"""Short histories told under every order of names, with an abort and a restart between.

Made up (虚构). Parties are numbers here: whoever is first in the alphabet gains
nothing, and what is said twice, taken back or said again comes to what is said now.
"""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.support.folding import Shard, parts, told
from tests.support.saying import described, event
from tests.unit import test_worklist
from tests.unit.test_appraisal import CUT_OFF, EARLY, LATE
from tests.unit.test_auditor import report, taken
from tests.unit.test_project_rules import JOINT, PARTIES, answer, at
from tests.unit.test_signed_obstacles import Ledger, calls, obstacle
from tests.unit.test_succession import (
    BOARD_OF_ALL,
    DISPATCH,
    NEW,
    OLD,
    full,
    rolled,
    succeeded,
)
from twincity_schemas.dispatch_record import Reporting
from twincity_schemas.message import Event
from twincity_schemas.project_record import Agreement, Stance

A, B = described(content="甲"), described(content="乙")
Words = tuple[int, str, Any]
"""Who (0, 1, 2), what, and of which text; an answer names whom it answers."""


def say(who: int, text: dict[str, Any] = A) -> Words:
    return who, "project.described", text


def agree(who: int, to: int, text: dict[str, Any] = A) -> Words:
    return who, "project.endorsed", (to, text)


def leave(who: int) -> Words:
    return who, "project.withdrawn", {"reason": "退出（虚构）"}


def back(who: int) -> Words:
    return who, "project.reopened", {"reason": "重启（虚构）"}


AGREED, NOT = Agreement.AGREED, None
CONSENT: dict[str, tuple[list[Words], Agreement | None]] = {
    "all endorse one": ([say(0), agree(1, 0), agree(2, 0)], AGREED),
    "the last is silent": ([say(0), agree(1, 0)], NOT),
    "said alike by each": ([say(2), say(1), say(0)], AGREED),
    "the one endorsed says another": (
        [say(0), agree(1, 0), agree(2, 0), say(0, B)],
        NOT,
    ),
    "and says the first again": (
        [say(0), agree(1, 0), agree(2, 0), say(0, B), say(0)],
        AGREED,
    ),
    "all follow it": (
        [say(0), agree(1, 0), agree(2, 0), say(0, B), agree(1, 0, B), agree(2, 0, B)],
        AGREED,
    ),
    "one follows it": (
        [say(0), agree(1, 0), agree(2, 0), say(0, B), agree(1, 0, B)],
        NOT,
    ),
    "two cross": (
        [say(0), say(1, B), say(2), agree(0, 1, B), agree(1, 0)],
        NOT,
    ),
    "two cross and one step resolves": (
        [say(0), say(1, B), agree(0, 1, B), agree(1, 0), agree(2, 1, B), say(1, B)],
        AGREED,
    ),
    "who differs leaves": ([say(0), agree(1, 0), say(2, B), leave(2)], AGREED),
    "and comes back as it was": (
        [say(0), agree(1, 0), say(2, B), leave(2), back(2)],
        NOT,
    ),
    "and comes back to agree": (
        [say(0), agree(1, 0), say(2, B), leave(2), back(2), agree(2, 0)],
        AGREED,
    ),
    "two leave: nobody agrees alone": (
        [say(0), agree(1, 0), agree(2, 0), leave(1), leave(2)],
        NOT,
    ),
    "it refuses after it agreed": (
        [say(0), agree(1, 0), agree(2, 0), (2, "project.declined", (0, A))],
        NOT,
    ),
    "said twice is said once": (
        [say(0), agree(1, 0), agree(1, 0), agree(2, 0), say(0)],
        AGREED,
    ),
}


def named(words: list[Words], names: tuple[str, ...]) -> list[Event[Any]]:
    said = []
    for day, (who, fact, what) in enumerate(words):
        data = what
        if isinstance(what, tuple):
            more = {"reason": "不符（虚构）"} if fact == "project.declined" else {}
            data = answer(names[what[0]], what[1], **more)
        said.append(event(fact, names[who], JOINT, data, f"s{day}", at(day)))
    return said


def with_an_abort(said: list[Event[Any]], place: int) -> Shard:
    """One statement at a time; one of them aborted, then all begun anew."""
    shard = Shard("coordination")
    for number, one in enumerate(said):
        if number == place:
            shard.take([one], abort=True)
            shard.restart()
        shard.take([one])
    return shard


@pytest.mark.parametrize("name", CONSENT)
def test_who_agrees_does_so_whatever_its_name(name: str) -> None:
    """Consent: every member stands behind one content now, or it is no agreement."""
    words, expected = CONSENT[name]
    found = set()
    for place, names in enumerate(permutations(PARTIES)):
        shard = with_an_abort(named(words, names), place % len(words))
        header = parts(shard, JOINT)[""]
        assert (header.agreement is AGREED) is (expected is AGREED), names
        stances = tuple(
            header.members[party].stance if party in header.members else None
            for party in names
        )
        found.add((header.agreement, stances))
        if header.agreement is AGREED:
            assert Stance.DECLINED not in stances
    # By number, not by name: the six orders of the alphabet come to the same.
    assert len(found) == 1


@pytest.mark.parametrize("chance", [0, 1])
def test_a_succession_said_at_the_cut_off_is_in_time_and_a_second_later_is_not(
    chance: int,
) -> None:
    when = CUT_OFF + timedelta(seconds=chance)
    found = parts(
        taken([*calls(), succeeded("deyang", when=when), *full(NEW, 8, 10)]), DISPATCH
    )
    assert found[""].projects == 1 + chance


def test_who_takes_a_succession_back_has_two_projects_again() -> None:
    """Area: the same party names no successor any more; the other says nothing."""
    word = {"name": "环线（虚构）", "succeeds": OLD}
    says = event("project.described", "chengdu", NEW, described(**word), "1", EARLY)
    gone = event(
        "project.described",
        "chengdu",
        NEW,
        described(name="环线（虚构）"),
        "2",
        EARLY + timedelta(hours=1),
    )
    reports = [*full(OLD, 8, 10), *full(NEW, 8, 10)]
    assert [rolled(*w, *reports)[""].projects for w in ([says], [says, gone])] == [1, 2]


OPEN, CLOSED = Ledger(-10, None), Ledger(-10, -5)


@pytest.mark.parametrize("raiser", ["chengdu", "deyang"])
@pytest.mark.parametrize(
    ("old", "new", "word", "share"),
    [
        (OPEN, Ledger(30, None), True, 0),  # a new name moves no deadline
        (OPEN, CLOSED, True, 100),  # closed where it goes on
        (CLOSED, OPEN, True, 50),  # done; the second is another matter
        (OPEN, None, True, 0),  # nobody buries it
        (OPEN, CLOSED, False, 50),  # nobody said that one goes on
        (Ledger(30, None), CLOSED, True, 100),
    ],
)
def test_an_obstacle_that_goes_on_is_one(
    raiser: str, old: Ledger, new: Ledger | None, *, word: bool, share: int
) -> None:
    """Board: of the unit that had to act; the alphabet turned by who raised it."""
    said = [*calls(), *obstacle("o", raiser, OLD, old)]
    said += obstacle("o", raiser, NEW, new) if new else []
    said += [succeeded(raiser)] if word else []
    other = {"chengdu": "deyang", "deyang": "chengdu"}[raiser]
    for history in (said, said[::-1]):
        found = parts(taken(by_time(history)), BOARD_OF_ALL)
        assert found[f"unit/{other}"].figures[0].actual == share
        assert found[f"unit/{raiser}"].figures[0].actual == 100


def by_time(said: list[Event[Any]]) -> list[Event[Any]]:
    """Of one instant as they were, whichever came first in the list."""
    return sorted(said, key=lambda e: e.envelope.recorded)


@pytest.mark.parametrize("who", ["chengdu", "deyang"])
def test_a_leaver_at_the_cut_off_owes_nothing_and_one_that_came_back_does(
    who: str,
) -> None:
    """Dispatch: away, and there again before the cut-off; the other stays due."""
    gone = event("project.withdrawn", who, OLD, {"reason": "退出"}, "w", EARLY)
    again = event(
        "project.reopened",
        who,
        OLD,
        {"reason": "重启"},
        "r",
        EARLY + timedelta(hours=1),
    )
    for acts, left in (([gone], True), ([gone, again], False)):
        found = parts(taken([*calls(), *acts]), DISPATCH)["line/chengdu.deyang/ring"]
        assert (who in found.left) is left
        assert {one.party for one in found.reports} == {"chengdu", "deyang"} - (
            {who} if left else set()
        )


def test_a_report_that_is_backdated_is_late_and_the_silent_one_stays_silent() -> None:
    """Dispatch: it claims to be early; it was recorded after the cut-off."""
    late = report("deyang", OLD, 8, 10, LATE)
    claimed = late.envelope.model_copy(
        update={"time": EARLY, "recordedtime": late.envelope.time}
    )
    said = Event(claimed, late.type, late.data, late.value)
    line = parts(taken([*calls(), said]), DISPATCH)["line/chengdu.deyang/ring"]
    assert {one.party: one.state for one in line.reports} == {
        "chengdu": Reporting.SILENT,
        "deyang": Reporting.LATE,
    }


def test_a_list_says_what_was_approved_whoever_goes_on_since() -> None:
    """Annual list: a new name comes in by the next version, and by no word of it."""
    out, new = test_worklist.HSR, "project/chengdu.chongqing.deyang/central-hsr"
    over = {"successor": new, "reason": "成员调整（虚构）", "as_of": "2024"}
    word = event("project.succeeded", "chengdu", out, over, "o", test_worklist.on(MAY))
    said = [test_worklist.issued(), word]
    adjusted = test_worklist.adjusted(
        2,
        added=test_worklist.changes(new),
        removed=test_worklist.changes(out),
    )
    listed = [told(test_worklist.LIST, s)[""] for s in (said, [*said, adjusted])]
    assert [(one.version, one.projects) for one in listed] == [(1, (out,)), (2, (new,))]


MAY = "2024-05-01"
