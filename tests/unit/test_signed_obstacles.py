"""Obstacle measures by hand: in a board, the year made of it, and a dispatch.

From the raw statements, without the services' code; also of a project and the one that
goes on in its stead, where an obstacle that is open and goes on with it is one.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appraisal.service import KINDS, SERVICE
from services.runtime.projection import Projection
from tests.support.folding import parts
from tests.support.properties import PROPERTY
from tests.support.saying import event
from tests.unit.test_appraisal import CUT_OFF, EARLY, LATE, STORY
from tests.unit.test_auditor import taken
from tests.unit.test_succession import BOARD_OF_ALL, DISPATCH, NEW, OLD, succeeded
from twincity_schemas.message import Event

PARTIES = ("chengdu", "deyang")
YEAR = "board/chengdu.deyang.meishan/2024-year"
YEARS_CUT_OFF = CUT_OFF + timedelta(days=60)
BEGINS = CUT_OFF - timedelta(days=45)


class Ledger(NamedTuple):
    """An obstacle in one project: due and closed, in days from the cut-off."""

    due: int
    closed: int | None

    @property
    def is_open(self) -> bool:
        return self.closed is None or self.closed >= 0


@cache
def obstacle(name: str, raiser: str, project: str, one: Ledger) -> list[Event[Any]]:
    """Raised, assigned to the other member, handled by it and verified."""
    other = PARTIES[1 - PARTIES.index(raiser)]
    named = {"obstacle": name, "as_of": "2024"}
    step = named | {"raised_by": raiser}
    due = (CUT_OFF + timedelta(days=one.due)).date().isoformat()
    texts = {"title": "用地（虚构）", "content": "（虚构）", "kind": "site"}
    unit = {"unit": {"name": "某局（虚构）"}, "due": due}
    place = f"{name}-{raiser}-{project.count('.')}"
    said: list[tuple[str, str, dict[str, Any], datetime]] = [
        ("registered", raiser, named | texts | unit, BEGINS),
        (
            "assigned",
            raiser,
            step
            | unit
            | {"answers": f"registered-{place}", "to": other, "task": "交地（虚构）"},
            BEGINS + timedelta(days=1),
        ),
    ]
    if one.closed is not None:
        when = CUT_OFF + timedelta(days=one.closed)
        for n, (fact, party, answers) in enumerate(
            (("submitted", other, "assigned"), ("verified", raiser, "submitted"))
        ):
            data = step | {"note": "（虚构）", "answers": f"{answers}-{place}"}
            said.append((fact, party, data, when + timedelta(minutes=n)))
    return [
        event(f"obstacle.{fact}", party, project, data, f"{fact}-{place}", when)
        for fact, party, data, when in said
    ]


@cache
def calls() -> list[Event[Any]]:
    """A board of both projects, the year made of it, and a dispatch."""
    text = next(e for e in STORY if e.type.fact == "board.opened")
    data = json.loads(text.value)
    data.pop("appeals_until", None)
    rules, unit = data["rules"], data["units"][0]
    units = [
        unit
        | {"code": party, "party": party, "unit": {"name": f"{party}（虚构）"}}
        | {"projects": [{"project": one, "party": party} for one in (OLD, NEW)]}
        for party in PARTIES
    ]
    measure = {"code": "m", "name": "（虚构）", "weight": "1", "target": "100"}
    closed, of_boards = (
        {"units": units, "rules": rules | {"code": kind, "measures": [measure | of]}}
        for kind, of in (
            ("closed", {"kind": "obstacles-closed"}),
            ("yearly", {"kind": "boards"}),
        )
    )
    year = of_boards | {"cut_off": YEARS_CUT_OFF.isoformat(), "boards": [BOARD_OF_ALL]}
    dispatch = {
        "kind": "monthly",
        "year": 2024,
        "through_month": 8,
        "cut_off": CUT_OFF.isoformat(),
        "projects": [OLD, NEW],
        "unit": {"name": "调度办（虚构）"},
        "as_of": "2024",
    }
    return [
        event("board.opened", "chengdu", BOARD_OF_ALL, data | closed, "q", EARLY),
        event("board.opened", "chengdu", YEAR, data | year, "y", EARLY),
        event("dispatch.called", "chengdu", DISPATCH, dispatch, "d", EARLY),
    ]


DAYS = st.builds(
    Ledger,
    st.sampled_from([-40, -10, -1, 0, 1, 30]),
    st.sampled_from([None, -35, -5, -1, 0, 10]),
)
NOT_THERE = st.none()
LEDGERS = st.lists(
    st.tuples(
        st.sampled_from(PARTIES),
        st.one_of(NOT_THERE, DAYS),
        st.one_of(NOT_THERE, DAYS),
    ),
    max_size=3,
)
"""Obstacles: who raised them, as they stand under the old and under the new."""


def counted(
    old: Ledger | None, new: Ledger | None, *, goes_on: bool
) -> dict[str, Ledger]:
    """What an auditor counts of an obstacle, and under which project."""
    if goes_on and old is not None and new is not None and old.is_open:
        return {NEW: Ledger(min(old.due, new.due), new.closed)}
    return {p: one for p, one in ((OLD, old), (NEW, new)) if one is not None}


@PROPERTY
@given(LEDGERS, st.sampled_from([None, EARLY, LATE]))
def test_obstacles_by_hand_are_those_of_the_board_the_year_and_the_dispatch(
    listed: list[tuple[str, Ledger | None, Ledger | None]], word: datetime | None
) -> None:
    """Of what was due and with a unit's party: what was closed by the cut-off."""
    said = [*calls()]
    for n, (raiser, old, new) in enumerate(listed):
        for project, one in ((OLD, old), (NEW, new)):
            said += obstacle(f"o{n}", raiser, project, one) if one else []
    said += [succeeded("chengdu", when=word)] if word else []
    appraised = Projection(SERVICE, KINDS)
    appraised.remember(said)

    by_hand = [
        (raiser, n, project, one)
        for n, (raiser, old, new) in enumerate(listed)
        for project, one in counted(old, new, goes_on=word == EARLY).items()
    ]
    board, year, dispatch = (
        {
            key.decode().partition("#")[2]: json.loads(value)
            for (_, key), value in appraised.records(subject).items()
        }
        for subject in (BOARD_OF_ALL, YEAR, DISPATCH)
    )
    for party in PARTIES:
        own = [one for raiser, *_, one in by_hand if raiser != party and one.due < 0]
        done = sum(not one.is_open for one in own)
        share = Decimal(100 * done) / len(own) if own else Decimal(100)
        for subject in (board, year):
            [figure] = subject[f"unit/{party}"]["figures"]
            assert Decimal(figure["actual"]) == share.quantize(Decimal("0.01"))
    for project in (OLD, NEW):
        shown = sorted(
            (one.due >= 0, one.due, f"{raiser}/o{n}")
            for raiser, n, where, one in by_hand
            if where == project and one.is_open
        )
        line = dispatch[f"line/{project.partition('/')[2]}"]["obstacles"]
        assert [(not one["overdue"], one["obstacle"]) for one in line] == [
            (in_time, name) for in_time, _, name in shown
        ]
        assert [one["due"] for one in line] == [
            (CUT_OFF + timedelta(days=due)).date().isoformat() for _, due, _ in shown
        ]


OPEN, LATER = Ledger(-10, None), Ledger(30, None)


@pytest.mark.parametrize(
    ("after", "was", "now"),
    [
        # It is closed under its new name once the board is.
        ([*obstacle("o1", "deyang", NEW, Ledger(30, 10))[2:]], 0, 100),
        # Of two that were due the old project's is said to be the new one's.
        ([succeeded("chengdu", when=LATE)], 50, 100),
    ],
)
def test_what_comes_after_the_cut_off_is_a_correction(
    after: list[Event[Any]], was: int, now: int
) -> None:
    if was == 0:
        word = [succeeded("chengdu")]
        before = [*obstacle("o1", "deyang", OLD, OPEN)]
        before += obstacle("o1", "deyang", NEW, LATER)
    else:
        word = []
        before = [*obstacle("o1", "deyang", OLD, OPEN)]
        before += obstacle("o1", "deyang", NEW, Ledger(-1, -5))
    found = parts(taken([*calls(), *word, *before, *after]), BOARD_OF_ALL)
    [figure] = found["unit/chengdu"].figures
    assert figure.actual == was
    changes = [
        (one.step, change.was, change.now)
        for name, one in sorted(found.items())
        if name.startswith("amendment/")
        for change in one.figures
        if change.unit == "chengdu"
    ]
    assert changes == [(after[-1].type.fact, was, now)]


# --- who had it when its day passed -------------------------------------------

THIRD = "meishan"
NEWS = {"obstacle": "o0", "raised_by": "chengdu", "as_of": "2024", "note": "（虚构）"}


def step(
    fact: str, party: str, answers: str, when: datetime, **more: Any
) -> Event[Any]:
    """A step of the obstacle o0 of the new project, which chengdu raised."""
    data = NEWS | {"answers": answers} | more
    if fact == "assigned":
        data = {k: v for k, v in data.items() if k != "note"}
        data |= {"task": "交地（虚构）", "unit": {"name": "某局（虚构）"}}
    name = f"{fact}-{party}-{when:%m%d}"
    return event(f"obstacle.{fact}", party, NEW, data, name, when)


def shares(*said: Event[Any]) -> dict[str, Decimal]:
    """What each party's unit has closed of what was due and with it, in per cent."""
    opening, *_ = calls()
    data = json.loads(opening.value)
    [first, _] = data["units"]
    data["units"] = [
        first
        | {"code": party, "unit": {"name": f"{party}（虚构）"}}
        | {"projects": [{"project": NEW, "party": party}]}
        for party in (*PARTIES, THIRD)
    ]
    board = event("board.opened", "chengdu", BOARD_OF_ALL, data, "q3", EARLY)
    found = parts(taken([board, *said]), BOARD_OF_ALL)
    return {
        party: found[f"unit/{party}"].figures[0].actual for party in (*PARTIES, THIRD)
    }


MISSED = obstacle("o0", "chengdu", NEW, Ledger(-10, None))
GIVEN = "assigned-o0-chengdu-2"
RELIEVED = step(
    "assigned", "chengdu", GIVEN, CUT_OFF - timedelta(days=3), to=THIRD, due="2024-12"
)


def test_who_missed_it_answers_though_another_has_it_now() -> None:
    """Relieved before the cut-off: whoever has it next answers for its own day."""
    assert shares(*MISSED) == {"chengdu": 100, "deyang": 0, THIRD: 100}
    assert shares(*MISSED, RELIEVED) == {"chengdu": 100, "deyang": 0, THIRD: 100}
    # In time it is the next one's alone.
    in_time = obstacle("o0", "chengdu", NEW, Ledger(-1, None))
    assert shares(*in_time, RELIEVED) == {"chengdu": 100, "deyang": 100, THIRD: 100}


def test_who_missed_it_answers_though_another_cleared_it() -> None:
    when = CUT_OFF - timedelta(days=2)
    asked = step("submitted", THIRD, RELIEVED.envelope.id, when)
    seen = step("verified", "chengdu", asked.envelope.id, when)
    expected = {"chengdu": 100, "deyang": 0, THIRD: 100}
    assert shares(*MISSED, RELIEVED, asked, seen) == expected


def test_to_cancel_it_after_another_was_given_it_undoes_nothing() -> None:
    off = step(
        "cancelled", "chengdu", RELIEVED.envelope.id, CUT_OFF - timedelta(days=1)
    )
    expected = {"chengdu": 100, "deyang": 0, THIRD: 100}
    assert shares(*MISSED, RELIEVED, off) == expected


def test_what_comes_back_late_is_not_missed_by_whoever_takes_it_back() -> None:
    back = step("returned", "deyang", GIVEN, CUT_OFF - timedelta(days=3))
    assert shares(*MISSED, back) == {"chengdu": 100, "deyang": 0, THIRD: 100}


def test_another_name_and_another_holder_free_nobody() -> None:
    """Registered under the project that goes on, and with nobody there yet."""
    again = obstacle("o0", "chengdu", NEW, LATER)[:1]
    old = obstacle("o0", "chengdu", OLD, OPEN)
    found = parts(taken([*calls(), succeeded("chengdu"), *old, *again]), BOARD_OF_ALL)
    actual = {p: found[f"unit/{p}"].figures[0].actual for p in PARTIES}
    assert actual == {"chengdu": 100, "deyang": 0}


def test_what_a_leaver_had_missed_is_not_missed_by_whoever_gets_it_back() -> None:
    """It leaves after its day: the raiser answers for no day that was another's."""
    leaves = event(
        "project.withdrawn",
        "deyang",
        NEW,
        {"reason": "退出（虚构）"},
        "leaves",
        CUT_OFF - timedelta(days=3),
    )
    for ledger, expected in ((Ledger(-10, None), 100), (Ledger(-1, None), 0)):
        said = obstacle("o0", "chengdu", NEW, ledger)
        assert shares(*said, leaves)["chengdu"] == expected


def test_what_nobody_has_is_with_those_who_stay_once_its_raiser_has_left() -> None:
    """It is registered, nobody is given it, and who raised it leaves before its day."""
    leaves = event(
        "project.withdrawn",
        "chengdu",
        NEW,
        {"reason": "退出（虚构）"},
        "leaves",
        CUT_OFF - timedelta(days=20),
    )
    raised = obstacle("o0", "chengdu", NEW, Ledger(-10, None))[:1]
    assert shares(*raised) == {"chengdu": 0, "deyang": 100, THIRD: 100}
    assert shares(*raised, leaves) == {"chengdu": 100, "deyang": 0, THIRD: 0}
    # Whoever of them clears it clears it for all: it was nobody's in particular.
    answers = raised[0].envelope.id
    passed_on = [
        step("assigned", "deyang", answers, days(-5), to=THIRD, due="2024-12"),
        step("submitted", THIRD, f"assigned-deyang-{days(-5):%m%d}", days(-4)),
        step("verified", "deyang", f"submitted-{THIRD}-{days(-4):%m%d}", days(-3)),
    ]
    assert set(shares(*raised, leaves, *passed_on).values()) == {100}


def test_whoever_raised_it_and_missed_it_itself_is_not_cleared_by_another() -> None:
    """It takes it on, misses it, gives it to another member, and that clears it."""
    raised = obstacle("o0", "chengdu", NEW, Ledger(-10, None))[:1]
    answers = raised[0].envelope.id
    own = step("assigned", "chengdu", answers, days(-40), to="chengdu", due="2024-08")
    anew = step(
        "assigned", "chengdu", own.envelope.id, days(-5), to="deyang", due="2024-12"
    )
    done = [
        step("submitted", "deyang", anew.envelope.id, days(-4)),
        step("verified", "chengdu", f"submitted-deyang-{days(-4):%m%d}", days(-3)),
    ]
    assert shares(*raised, own, anew, *done)["chengdu"] == 0
    # As whoever had to find somebody it would be.
    found = step("assigned", "chengdu", answers, days(-5), to="deyang", due="2024-12")
    assert shares(*raised, found, *done)["chengdu"] == 100


def test_what_was_handed_in_in_time_is_not_late_because_nobody_looks() -> None:
    """Who raised it verifies nothing, and another's share would fall by that."""
    asked = step("submitted", "deyang", GIVEN, days(-11))
    late = step("submitted", "deyang", GIVEN, days(-9))
    waits = shares(*MISSED, asked)
    assert waits == {"chengdu": 100, "deyang": 100, THIRD: 100}
    assert shares(*MISSED, late)["deyang"] == 0
    # Found wanting by the cut-off, it was not done in time.
    back = step("returned", "chengdu", asked.envelope.id, days(-5))
    assert shares(*MISSED, asked, back)["deyang"] == 0
    seen = step("verified", "chengdu", asked.envelope.id, days(3))
    assert shares(*MISSED, asked, seen) == waits
    line = parts(taken([*calls(), *MISSED, asked]), DISPATCH)
    [brief] = line[f"line/{NEW.partition('/')[2]}"].obstacles
    assert (brief.parties, brief.overdue) == (("chengdu",), False)


@pytest.mark.parametrize(
    ("fact", "closed", "was"), [("verified", None, 0), ("returned", -25, 100)]
)
def test_a_verdict_after_the_cut_off_is_a_correction(
    fact: str, closed: int | None, was: int
) -> None:
    """Beside another obstacle that is open, or done: one of two is, afterwards."""
    asked = step("submitted", "deyang", GIVEN, days(-11))
    said = step(fact, "chengdu", asked.envelope.id, days(3))
    other = obstacle("o1", "chengdu", NEW, Ledger(-20, closed))
    found = parts(taken([*calls(), *MISSED, *other, asked, said]), BOARD_OF_ALL)
    [one] = [one for name, one in found.items() if name.startswith("amendment/")]
    [change] = one.figures
    assert one.step == f"obstacle.{fact}"
    assert (change.was, change.now) == (was, 50)


def days(number: int) -> datetime:
    return CUT_OFF + timedelta(days=number)
