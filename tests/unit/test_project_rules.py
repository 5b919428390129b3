"""What an auditor holds of any history of a project, and the twins of its cases."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules import presence
from tests.support.folding import (
    Shard,
    interleaved,
    settled,
    spelled,
    told,
    without_effect,
)
from tests.support.properties import PROPERTY, WHOLE
from tests.support.saying import described, event, reported
from twincity_schemas.canonical import comparable
from twincity_schemas.light import LIGHTS, Light
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeKind
from twincity_schemas.obstacle_record import ObstacleState
from twincity_schemas.parties import day_of
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.project_record import Agreement, FieldState, Stance
from twincity_schemas.regions import in_force
from twincity_schemas.task_record import TaskState

JOINT = "project/chengdu.chongqing.ziyang/hub"
PARTIES = ("chengdu", "chongqing", "ziyang")
PAIR = "project/chengdu.deyang/s11"
PAIRED = ("chengdu", "deyang")
BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)


def at(day: int, hour: int = 0) -> datetime:
    return BEGIN + timedelta(days=day, hours=hour)


def answer(to: str, content: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"party": to, "description": ProjectDescribed(**content).digest, **more}


# --- any history of answers ---------------------------------------------------

UNITS = [
    {"name": f"{party}局", "party": party, "role": "lead", "task": "任务"}
    for party in PARTIES
]
TEXTS = [
    described(),
    described(name="Ｓ11", regions=["500112"]),
    described(content="别的内容", regions=["500157", "510100"]),
    described(total_investment={"amount": "5", "basis": "rough"}),
    described(total_investment={"amount": "5", "basis": "budget"}),
]


@st.composite
def acts(
    draw: st.DrawFn, party: str, texts: list[dict[str, Any]]
) -> tuple[str, dict[str, Any]]:
    text = draw(st.sampled_from(texts))
    other = draw(st.sampled_from([p for p in PARTIES if p != party]))
    own = {**text, "responsible_units": [u for u in UNITS if u["party"] == party]}
    return draw(
        st.sampled_from(
            [
                ("project.described", text),
                ("project.described", own),
                ("project.endorsed", answer(other, text)),
                ("project.declined", answer(other, text, reason="不符")),
                ("project.withdrawn", {"reason": "退出"}),
                ("project.reopened", {"reason": "重启"}),
            ]
        )
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event[Any]]:
    """What three parties say, each at a time of its own."""
    said = []
    # Few texts, or nobody would ever agree.
    texts = draw(st.sampled_from([TEXTS[:1], TEXTS[:1], TEXTS[:2], TEXTS]))
    for number in range(draw(st.integers(1, 8))):
        party = draw(st.sampled_from(PARTIES))
        fact, data = draw(acts(party, texts))
        said.append(event(fact, party, JOINT, data, f"s{number}", at(number)))
    return said


def _content(text: ProjectDescribed) -> dict[str, Any]:
    """A description without its paper, as an auditor compares it."""
    return {
        "name": comparable(text.name),
        "content": comparable(text.content),
        "total": text.total_investment
        and (text.total_investment.amount, text.total_investment.basis),
        "domain": text.domain,
    }


@WHOLE
@given(histories())
def test_agreed_means_one_content_and_nobody_outdated(said: list[Event[Any]]) -> None:
    header = settled(JOINT, said).get("")
    if header is None or header.agreement is not Agreement.AGREED:
        return
    by_digest = {
        e.data.digest: e.data for e in said if isinstance(e.data, ProjectDescribed)
    }
    there = {
        party: member
        for party, member in header.members.items()
        if member.stance is not Stance.WITHDRAWN
    }
    assert len(there) > 1
    assert {m.stance for m in there.values()} <= {Stance.DESCRIBED, Stance.ENDORSED}
    texts = [by_digest[member.description] for member in there.values()]
    assert all(_content(text) == _content(texts[0]) for text in texts)
    assert {f.state for f in header.fields.values()} == {FieldState.SETTLED}
    assert all(set(f.by) == set(there) for f in header.fields.values())
    # What a member stands by is the last that it said itself, read back from there.
    for party, member in there.items():
        last = [
            e
            for e in said
            if e.envelope.party == party
            and e.type.fact in {"project.described", "project.endorsed"}
        ][-1]
        words = last.data
        meant = (
            words.digest if isinstance(words, ProjectDescribed) else words.description
        )
        assert member.description == meant


def test_every_short_history_of_two_parties_agrees_by_consent() -> None:
    """All histories of up to four acts: who agrees has said so of one text, last."""
    texts = [described(content="甲"), described(content="乙")]
    digest = {n: ProjectDescribed(**text).digest for n, text in enumerate(texts)}
    agreed = 0
    for length in range(5):
        for chosen in product(product(PAIRED, (True, False), (0, 1)), repeat=length):
            if list(chosen) != sorted(chosen, key=lambda one: one[0]):
                continue  # only a party's own order counts
            last: dict[str, int] = {}
            own: dict[str, int] = {}
            said = []
            for n, (party, describes, text) in enumerate(chosen):
                other = PAIRED[party == PAIRED[0]]
                fact, data = "project.endorsed", answer(other, texts[text])
                if describes:
                    fact, data = "project.described", texts[text]
                    own[party] = text
                last[party] = text
                said.append(event(fact, party, PAIR, data, f"s{n}", at(n)))
            header = told(PAIR, said).get("")
            if header is None or header.agreement is not Agreement.AGREED:
                continue
            agreed += 1
            assert len(last) == len(PAIRED)
            assert len(set(last.values())) == 1
            for party, member in header.members.items():
                assert member.description == digest[last[party]]
                if member.stance is Stance.ENDORSED:
                    assert own[member.of] == last[party]
    assert agreed > 50


@PROPERTY
@given(histories())
def test_nobody_is_shown_with_words_that_it_gave_up(said: list[Event[Any]]) -> None:
    """What stands under a party is what it described or endorsed last."""
    header = settled(JOINT, said).get("")
    if header is None:
        return
    digests = {
        e.envelope.id: e.data.digest
        for e in said
        if isinstance(e.data, ProjectDescribed)
    }
    for party, member in header.members.items():
        if member.stance is Stance.CROSSED:
            continue  # it is shown beside its own, and stands against nobody
        own = [
            e
            for e in said
            if e.envelope.party == party
            and e.type.fact in {"project.described", "project.endorsed"}
        ]
        for field in header.fields.values():
            if party in field.by:
                words = own[-1].data
                shown = digests[field.by[party].statement]
                assert shown == getattr(words, "description", None) or (
                    shown == getattr(words, "digest", None)
                )


@PROPERTY
@given(histories(), st.randoms(use_true_random=False))
def test_any_interleaving_gives_byte_equal_records(
    said: list[Event[Any]], chance: random.Random
) -> None:
    by_party = [[e for e in said if e.envelope.party == p] for p in PARTIES]
    assert spelled(JOINT, said) == spelled(JOINT, interleaved(by_party, chance))


@WHOLE
@given(
    st.lists(
        st.sampled_from(["510100", "510600", "500112", "500157"]),
        min_size=1,
        max_size=9,
    ),
    st.permutations(UNITS),
    st.randoms(use_true_random=False),
)
def test_the_order_of_a_list_is_no_dispute(
    regions: list[str], units: Sequence[Any], chance: random.Random
) -> None:
    shares = [{"investor": n, "percent": p} for n, p in (("甲", "60"), ("乙", "40"))]
    one = described(regions=regions, responsible_units=UNITS, investor_shares=shares)
    moved = [in_force(code) for code in regions]
    chance.shuffle(moved)
    chance.shuffle(shares)
    other = described(
        regions=moved, responsible_units=list(units), investor_shares=shares[::-1]
    )
    said = [
        event("project.described", "chengdu", PAIR, one, "a"),
        event("project.described", "deyang", PAIR, other, "b"),
    ]
    assert settled(PAIR, said)[""].agreement is Agreement.AGREED


# --- a party that leaves ------------------------------------------------------


def report(party: str, month: int, time: datetime, **more: Any) -> Event[Any]:
    data = reported(through_month=month, as_of=f"2026-{month:02}", **more)
    return event("progress.reported", party, JOINT, data, f"{party}-{month}", time)


@st.composite
def leavings(draw: st.DrawFn) -> tuple[list[Event[Any]], dict[str, datetime]]:
    """Reports of a year, and when who has left for good."""
    said = [event("project.described", "chongqing", JOINT, described(), "d", at(0))]
    left: dict[str, datetime] = {}
    for party in draw(st.sets(st.sampled_from(PARTIES), max_size=2)):
        left[party] = at(draw(st.integers(1, 360)), 3)
        reason = {"reason": "退出"}
        said.append(
            event("project.withdrawn", party, JOINT, reason, f"w{party}", left[party])
        )
    for party, month in draw(
        st.sets(st.tuples(st.sampled_from(PARTIES), st.integers(1, 12)), max_size=12)
    ):
        said.append(report(party, month, at(31 * month)))
    return said, left


@WHOLE
@given(leavings())
def test_a_leaver_is_neither_due_nor_counted_nor_erased(
    history: tuple[list[Event[Any]], dict[str, datetime]],
) -> None:
    said, left = history
    records = settled(JOINT, said)
    for month in range(1, 13):
        record: ProgressRecorded | None = records.get(f"progress/2026-{month:02}")
        who = {e.envelope.party for e in said if _is_of(e, month)}
        assert (record is not None) == bool(who)
        if record is None:
            continue
        assert set(record.by) == who  # nobody is erased
        end = presence.end_of(2026, month)
        gone = {party for party, since in left.items() if since <= end}
        assert set(record.left) == gone
        assert set(record.missing) == set(PARTIES) - gone - who
        counted = who - gone
        if record.joint is not None:
            assert record.joint.annual_plan == Decimal(100_000) * len(counted)
        assert (record.joint is not None) == (counted == set(PARTIES) - gone)


def _is_of(said: Event[Any], month: int) -> bool:
    return getattr(said.data, "through_month", None) == month


@PROPERTY
@given(leavings(), st.sampled_from(PARTIES))
def test_months_that_were_over_stay_as_they_were(
    history: tuple[list[Event[Any]], dict[str, datetime]], leaver: str
) -> None:
    said, left = history
    if leaver in left:
        return
    day = at(200)
    gone = event("project.withdrawn", leaver, JOINT, {"reason": "退出"}, "x", day)
    before, after = settled(JOINT, said), settled(JOINT, [*said, gone])
    for month in range(1, 13):
        part = f"progress/2026-{month:02}"
        if presence.end_of(2026, month) < day:
            assert before.get(part) == after.get(part)


def test_whoever_comes_back_is_due_again() -> None:
    withdrawn = event(
        "project.withdrawn", "ziyang", JOINT, {"reason": "退出"}, "w", at(40)
    )
    back = event("project.reopened", "ziyang", JOINT, {"reason": "再议"}, "r", at(100))
    said = [
        event("project.described", "chongqing", JOINT, described(), "d", at(0)),
        withdrawn,
        back,
        *(report("chengdu", month, at(150)) for month in (1, 2, 3, 4)),
    ]
    found = told(JOINT, said)
    missing = [found[f"progress/2026-{m:02}"].missing for m in (1, 2, 3, 4)]
    assert [("ziyang" in m) for m in missing] == [True, False, False, True]


def test_those_who_stay_agree_without_whoever_has_left() -> None:
    text = described()
    said = [
        event("project.described", "chongqing", JOINT, text, "d", at(0)),
        event("project.described", "ziyang", JOINT, text, "e", at(1)),
        event("project.withdrawn", "chengdu", JOINT, {"reason": "退出"}, "w", at(2)),
    ]
    assert told(JOINT, said)[""].agreement is Agreement.AGREED


def test_nobody_is_due_while_it_is_suspended() -> None:
    rests = described(phase="suspended")
    said = [
        event("project.described", "chengdu", PAIR, described(), "1", at(0)),
        event("project.described", "chengdu", PAIR, rests, "2", at(40)),
        event(
            "project.endorsed", "deyang", PAIR, answer("chengdu", rests), "3", at(41)
        ),
    ]
    said += [
        event(
            "progress.reported",
            "chengdu",
            PAIR,
            reported(through_month=month, as_of=f"2026-{month:02}"),
            f"p{month}",
            at(100),
        )
        for month in (1, 3)
    ]
    alone = told(PAIR, [e for e in said if e.envelope.id != "3"])
    assert alone["progress/2026-03"].missing == ("deyang",)  # nobody excuses itself
    found = told(PAIR, said)
    january, march = found["progress/2026-01"], found["progress/2026-03"]
    assert (january.missing, january.light) == (("deyang",), Light.RED)
    assert (march.missing, march.light, march.suspended) == ((), None, True)


# --- deadlines ----------------------------------------------------------------

NAMED = {"raised_by": "chengdu", "obstacle": "land", "note": "说明"}
REGISTERED = {
    "obstacle": "land",
    "title": "征地",
    "content": "未交地",
    "kind": "site",
    "stage": "not-started",
    "unit": {"name": "甲局"},
    "as_of": "2026-01",
}


def registered(due: str, id_: str, day: int) -> Event[Any]:
    data = {**REGISTERED, "due": due}
    return event("obstacle.registered", "chengdu", PAIR, data, id_, at(day))


def step(fact: str, party: str, answers: str, day: int, **more: Any) -> Event[Any]:
    data = {**NAMED, "answers": answers, "as_of": "2026", **more}
    if fact == "assigned":
        data |= {"unit": {"name": "乙局"}, "task": "交地"}
    return event(f"obstacle.{fact}", party, PAIR, data, f"{fact}-{day}", at(day))


TEXT = event("project.described", "chengdu", PAIR, described(), "d", at(0))


def land(*said: Event[Any]) -> Any:
    return settled(PAIR, [TEXT, *said])["obstacle/chengdu/land"]


def test_to_register_it_again_in_time_is_an_extension_and_later_is_none() -> None:
    early = land(registered("2026-02", "r1", 1), registered("2026-03", "r2", 20))
    assert (early.first_due, early.due, early.extensions) == ("2026-02", "2026-03", 1)
    late = land(registered("2026-02", "r1", 1), registered("2026-06", "r2", 80))
    assert (late.first_due, late.due, late.extensions) == ("2026-02", "2026-02", 0)
    assert [version.due for version in late.versions] == ["2026-02", "2026-06"]


def test_to_assign_it_again_to_whoever_missed_it_moves_nothing() -> None:
    said = [
        registered("2026-02", "r1", 1),
        step("assigned", "chengdu", "r1", 2, to="deyang", due="2026-02"),
        step("assigned", "chengdu", "assigned-2", 80, to="deyang", due="2026-12"),
    ]
    assert land(*said).due == "2026-02"
    via = [
        *said[:2],
        step("assigned", "chengdu", "assigned-2", 80, to="chengdu", due="2026-12"),
        step("assigned", "chengdu", "assigned-80", 81, to="deyang", due="2026-12"),
    ]
    assert land(*via).due == "2026-02"


def test_a_member_that_did_not_handle_it_cures_a_self_verification() -> None:
    said = [
        registered("2026-02", "r1", 1),
        step("assigned", "chengdu", "r1", 2, to="chengdu", due="2026-02"),
        step("submitted", "chengdu", "assigned-2", 3),
        step("verified", "chengdu", "submitted-3", 4),
    ]
    alone = land(*said)
    assert alone.state is ObstacleState.SELF_VERIFIED
    assert told(PAIR, [TEXT, *said])[""].open_parts == 1
    seen = land(*said, step("verified", "deyang", "verified-4", 5))
    assert (seen.state, seen.closed_late) == (ObstacleState.CLOSED, False)


def test_it_is_cancelled_with_a_reason_and_raised_once_it_is_overdue() -> None:
    said = [
        registered("2026-02", "r1", 1),
        step("assigned", "chengdu", "r1", 2, to="deyang", due="2026-02"),
    ]
    above = {"level": {"name": "省发展改革委"}}
    early = step("escalated", "chengdu", "assigned-2", 10, **above)
    assert without_effect(PAIR, [TEXT, *said, early]) == {"escalated-10": "too_early"}
    raised = step("escalated", "deyang", "assigned-2", 60, **above)
    assert land(*said, raised).escalated_to.name == "省发展改革委"
    gone = step("cancelled", "chengdu", "escalated-60", 61)
    assert land(*said, raised, gone).state is ObstacleState.CANCELLED
    assert told(PAIR, [TEXT, *said, raised, gone])[""].open_parts == 0


def test_of_two_answers_the_one_recorded_first_counts_whatever_the_code() -> None:
    said = [
        registered("2026-02", "r1", 1),
        step("assigned", "chengdu", "r1", 2, to="deyang", due="2026-02"),
    ]
    first = step("submitted", "deyang", "assigned-2", 3)
    second = step("assigned", "chengdu", "assigned-2", 4, to="chengdu", due="2026-02")
    assert land(*said, second, first).state is ObstacleState.SUBMITTED
    tie = step("assigned", "chengdu", "assigned-2", 3, to="chengdu", due="2026-02")
    assert without_effect(PAIR, [TEXT, *said, first, tie]) == {
        "submitted-3": "at_the_same_time",
        "assigned-3": "at_the_same_time",
    }


def test_when_whoever_raised_it_has_left_the_others_see_to_it() -> None:
    whole = event("project.described", "chongqing", JOINT, described(), "d", at(0))
    data = {**REGISTERED, "due": "2026-02"}
    said = [
        whole,
        event("obstacle.registered", "chengdu", JOINT, data, "r", at(1)),
        event("project.withdrawn", "chengdu", JOINT, {"reason": "退出"}, "w", at(2)),
    ]
    found = told(JOINT, said)["obstacle/chengdu/land"]
    assert {step.parties for step in found.open} == {("chongqing", "ziyang")}


DUE = st.integers(5, 60)


@WHOLE
@given(
    DUE,
    st.lists(
        st.tuples(
            st.sampled_from(["extended", "assigned", "registered"]),
            st.integers(3, 90),
            st.integers(1, 120),
            st.sampled_from(["chengdu", "deyang"]),
        ),
        max_size=4,
    ),
)
def test_a_deadline_that_passed_is_seen(
    due: int, moves: list[tuple[str, int, int, str]]
) -> None:
    """However it is moved: first due and what was missed stay in the record."""

    def day(number: int) -> str:
        return day_of(at(number))

    said = [
        registered(day(due), "r", 1),
        step("assigned", "chengdu", "r", 2, to="deyang", due=day(due)),
    ]
    for fact, when, later, to in sorted(moves, key=lambda move: move[1]):
        new = day(when + later)
        if fact == "registered":
            said.append(registered(new, f"again-{when}", when))
            continue
        more = {"due": new} | ({"to": to} if fact == "assigned" else {})
        answers = land(*said).steps[-1].statement
        said.append(step(fact, "chengdu", answers, when, **more))
    found = land(*said)
    assert found.first_due == day(due)
    assert found.due <= day(due) or found.extensions or found.missed
    extended = [s for s in found.steps if s.step == "obstacle.extended"]
    assert found.extensions >= len(extended)
    for one in extended:
        moment = next(e for e in said if e.envelope.id == one.statement).envelope.time
        assert one.due is not None
        assert day_of(moment) < one.due


def test_a_needed_date_and_a_task_that_are_over_are_not_moved() -> None:
    asked = {
        "factor": "land",
        "kind": "land",
        "what": "用地",
        "quantity": "10",
        "unit": "亩",
        "by": {"name": "甲局"},
        "as_of": "2026-01",
    }
    unit = {"name": "甲局", "party": "chengdu", "role": "lead", "task": "办证"}
    said = [
        event(
            "project.described",
            "chengdu",
            PAIR,
            described(responsible_units=[{**unit, "due": due}]),
            due,
            at(day),
        )
        for due, day in (("2026-01", 1), ("2026-01-20", 2), ("2026-09", 60))
    ]
    said += [
        event(
            "factor.requested",
            "chengdu",
            PAIR,
            {**asked, "needed_by": due},
            f"f{due}",
            at(day),
        )
        for due, day in (("2026-01", 1), ("2026-02", 2), ("2026-09", 90))
    ]
    found = told(PAIR, said)
    task, factor = found["task/chengdu/lead/甲局"], found["factor/chengdu/land"]
    assert (task.first_due, task.due, task.state) == (
        "2026-01",
        "2026-01-20",
        TaskState.OPEN,
    )
    assert (factor.first_needed_by, factor.needed_by) == ("2026-01", "2026-02")
    assert factor.version == 3


# --- a plan that is adjusted ---------------------------------------------------

MONTHS = range(1, 7)


def planned(version: int, amount: int, total: int) -> dict[str, Any]:
    return described(
        annual_plan={"year": 2026, "version": version, "amount": str(amount)},
        total_investment={"amount": str(total), "basis": "rough"},
    )


def of_month(month: int, said: list[Event[Any]]) -> ProgressRecorded:
    return settled(PAIR, said)[f"progress/2026-{month:02}"]  # type: ignore[no-any-return]


def monthly(party: str, month: int) -> Event[Any]:
    report = reported(
        through_month=month,
        annual_plan="50000",
        annual_investment="0",
        cumulative_investment="150000",
    )
    name = f"r{party}{month}"
    return event("progress.reported", party, PAIR, report, name, at(30 * month + 6))


@PROPERTY
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PAIRED),
            st.integers(1, 200),
            st.integers(1, 3),
            st.sampled_from([90_000, 100_000, 300_000]),
            st.sampled_from([140_000, 310_000]),
            st.booleans(),
        ),
        max_size=4,
    ),
    st.sampled_from(MONTHS),
)
def test_a_plan_that_is_adjusted_reaches_into_no_month_before(
    adjusted: list[tuple[str, int, int, int, int, bool]], month: int
) -> None:
    texts = {party: planned(1, 100_000, 310_000) for party in PAIRED}
    first = [
        event("project.described", party, PAIR, texts[party], f"d{party}", at(0))
        for party in PAIRED
    ]
    reports = [monthly(party, month) for party in PAIRED]
    said, end = [], presence.end_of(2026, month)
    for number, (party, day, version, amount, total, endorses) in enumerate(
        sorted(adjusted, key=lambda one: one[1])
    ):
        other = PAIRED[1 - PAIRED.index(party)]
        fact, data = "project.endorsed", answer(other, texts[other])
        if not endorses:
            fact, data = "project.described", planned(version, amount, total)
            texts[party] = data
        said.append(event(fact, party, PAIR, data, f"a{number}", at(day, number)))
    by_then = [one for one in said if one.envelope.recorded <= end]
    now = of_month(month, [*first, *said, *reports])
    assert now == of_month(month, [*first, *by_then, *reports])
    # By hand: the newest version that the parties stood by at the month's end.
    stand = {party: planned(1, 100_000, 310_000) for party in PAIRED}
    own = dict(stand)
    for one in by_then:
        party = one.envelope.party
        if isinstance(one.data, ProjectDescribed):
            own[party] = stand[party] = one.data.model_dump(mode="json")
        else:
            stand[party] = own[PAIRED[1 - PAIRED.index(party)]]
    plans = [text["annual_plan"] for text in stand.values()]
    newest = max(plan["version"] for plan in plans)
    amounts = {plan["amount"] for plan in plans if plan["version"] == newest}
    only = Decimal(amounts.pop()) if len(amounts) == 1 else None
    assert now.described_plan == only


def test_a_plan_adjusted_in_august_marks_august_and_not_july() -> None:
    said = [
        event("project.described", p, PAIR, planned(1, 100_000, 310_000), p, at(0))
        for p in PAIRED
    ]
    said += [
        event(
            "project.described", p, PAIR, planned(2, 90_000, 310_000), f"{p}2", at(220)
        )
        for p in PAIRED
    ]
    said += [monthly(party, month) for party in PAIRED for month in (7, 8)]
    july, august = (of_month(month, said) for month in (7, 8))
    assert (july.described_plan, july.doubts) == (100_000, ())
    assert august.described_plan == Decimal(90_000)
    assert [doubt.code for doubt in august.doubts] == ["plan_differs"]


# --- names, units, lights -----------------------------------------------------


def test_domain_and_name_are_of_whoever_described_it_first() -> None:
    one = event("project.described", "deyang", PAIR, described(name="乙"), "b", at(1))
    two = event(
        "project.described",
        "chengdu",
        PAIR,
        described(name="甲", domain="industry"),
        "a",
        at(2),
    )
    header = told(PAIR, [two, one])[""]
    assert (header.name, header.domain) == ("乙", "transport")
    assert header.fields["domain"].state is FieldState.DISPUTED


@pytest.mark.parametrize(
    "change",
    [{"formerly": ["甲局"]}, {"credit_code": "11500000MB0000000J"}],
)
def test_a_unit_by_another_name_is_the_same(change: dict[str, Any]) -> None:
    unit = {"party": "chengdu", "role": "lead", "task": "办证", "due": "2026-12"}
    code = {"credit_code": "11500000MB0000000J"}
    done = {
        "unit": "甲局",
        "role": "lead",
        "done": True,
        "note": "已办",
        "as_of": "2026",
    }
    old = {**unit, "name": "甲局", **(code if "credit_code" in change else {})}
    said = [
        event(
            "project.described",
            "chengdu",
            PAIR,
            described(responsible_units=[old]),
            "1",
            at(1),
        ),
        event("task.reported", "chengdu", PAIR, done, "t", at(2)),
        event(
            "project.described",
            "chengdu",
            PAIR,
            described(responsible_units=[{**unit, "name": "新局", **change}]),
            "2",
            at(3),
        ),
    ]
    found = told(PAIR, said)
    assert found["task/chengdu/lead/新局"].state is TaskState.DONE
    assert without_effect(PAIR, said) == {}


@pytest.mark.parametrize(
    ("lead", "silent", "light"),
    [
        ("0", False, Light.GREEN),
        ("-0.01", False, Light.YELLOW),
        ("-10", False, Light.YELLOW),
        ("-10.01", False, Light.RED),
        ("40", True, Light.RED),
    ],
)
def test_the_light_follows_its_published_rule(
    lead: str,
    silent: bool,  # noqa: FBT001  a column of the table above
    light: Light,
) -> None:
    assert LIGHTS.light(Decimal(lead), silent=silent) is light


def figures(
    month: int, plan: str, invested: str, cumulative: str, when: int
) -> Event[Any]:
    data = reported(
        through_month=month,
        as_of=f"2026-{month:02}",
        annual_plan=plan,
        annual_investment=invested,
        cumulative_investment=cumulative,
    )
    name = f"m{month}-{when}"
    return event("progress.reported", "chengdu", PAIR, data, name, at(when))


SLIPS = [
    figures(1, "10000", "800", "30800", 31),
    figures(2, "100000", "1600", "31600", 62),
    figures(3, "100000", "2400", "324000000", 93),
]


def test_a_factor_of_units_between_two_months_is_told() -> None:
    shard = Shard("coordination")
    shard.take([TEXT, *SLIPS])
    found = {
        notice.statement: [doubt.pointer for doubt in notice.doubts]
        for notice in shard.events("notice.issued")
        if notice.kind is NoticeKind.DOUBTFUL
    }
    assert found == {
        "m2-62": ["/annual_plan"],
        "m3-93": ["/cumulative_investment"],
    }


def test_what_is_doubtful_no_more_is_told_once() -> None:
    """January is said again with the plan that February had: nothing is odd in that."""
    shard = Shard("coordination")
    shard.take([TEXT, *SLIPS[:2]])
    for when in (63, 64):
        shard.take([figures(1, "100000", "800", "30800", when)])
    notices = [n for n in shard.events("notice.issued") if n.statement == "m2-62"]
    kinds = [NoticeKind.DOUBTFUL, NoticeKind.DOUBT_SETTLED]
    assert [one.kind for one in notices] == kinds
    assert notices[-1].doubts == ()
