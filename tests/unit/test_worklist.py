"""Annual lists: versions that do not change, assignments that others verify."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.due import outstanding
from tests.support.folding import Shard, interleaved, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import event
from twincity_schemas.message import ContractError, Event
from twincity_schemas.worklist_record import AssignmentRecorded, AssignmentState

LIST = "worklist/chengdu.chongqing.deyang/joint-2024"
ALONE = "worklist/chengdu/tasks-2022"
HSR, S11 = "project/chengdu.chongqing/central-hsr", "project/chengdu.deyang/s11"


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00+08:00")


def owner(party: str, name: str = "发展改革委") -> dict[str, str]:
    return {"party": party, "name": name}


def assignment(code: str = "01", due: str = "2024-06", **more: Any) -> dict[str, Any]:
    owners = [owner("chengdu"), owner("chongqing")]
    return {"code": code, "wording": "编制规则", "owners": owners, "due": due, **more}


def issued(
    party: str = "chengdu", day: str = "2024-01-10", of: str = LIST, **changes: Any
) -> Event[Any]:
    data = {
        "title": "年度清单",
        "domain": "public-policy",
        "year": 2024,
        "projects": [HSR],
        "assignments": [assignment()],
        "approved_by": "联席会议",
        "approved_on": "2024-01",
        "source": "会议纪要",
        **changes,
    }
    return event("worklist.issued", party, of, data, f"{party}-i-{day}", on(day))


def adjusted(
    version: int, day: str = "2024-05-10", party: str = "chengdu", **changes: Any
) -> Event[Any]:
    data = {
        "version": version,
        "approved_by": "联席会议",
        "approved_on": day,
        "source": "会议纪要",
        **changes,
    }
    id_ = f"{party}-a{version}-{day}"
    return event("worklist.adjusted", party, LIST, data, id_, on(day))


def changes(*projects: str) -> list[dict[str, str]]:
    return [{"project": project, "reason": "具备条件"} for project in projects]


def reported(
    party: str,
    day: str = "2024-06-03",
    *,
    done: bool = True,
    of: str = LIST,
    **more: Any,
) -> Event[Any]:
    data = {"assignment": "01", "done": done, "note": "已印发", "as_of": day, **more}
    return event("worklist.reported", party, of, data, f"{party}-r-{day}", on(day))


def found(
    party: str,
    of: Event[Any],
    day: str = "2024-07-01",
    *,
    passed: bool = True,
    office: str = "bureau",
) -> Event[Any]:
    data = {
        "assignment": "01",
        "party": of.envelope.party,
        "answers": of.envelope.id,
        "note" if passed else "reason": "查看文件",
        "as_of": day,
    }
    fact = f"worklist.{'verified' if passed else 'returned'}"
    said = event(fact, party, of.envelope.subject, data, f"{party}-v-{day}", on(day))
    if office == "bureau":
        return said
    envelope = said.envelope.model_copy(update={"source": f"/{party}/{office}"})
    return Event(envelope, said.type, said.data, said.value)


def one(
    said: Sequence[Event[Any]], code: str = "01", of: str = LIST
) -> AssignmentRecorded:
    record: AssignmentRecorded = told(of, said)[f"assignment/{code}"]
    return record


def test_sixty_nine_assignments_have_owners_and_dates_and_are_counted() -> None:
    """69 项任务: each a part of its own, and the list says how many are how far."""
    codes = [f"{number:02}" for number in range(1, 70)]
    dues = [f"2024-{6 + number % 6:02}" for number in range(69)]
    parties = [party for party in PARTIES for _ in range(23)]
    listed = [
        assignment(code, due, owners=[owner(party)])
        for code, due, party in zip(codes, dues, parties, strict=True)
    ]
    done = [reported("chengdu", assignment=code) for code in codes[:23]]
    records = told(LIST, [issued(assignments=listed), *done], size=30)
    own = {code: records[f"assignment/{code}"] for code in codes}
    assert [own[code].due for code in codes] == dues
    assert [own[code].owners[0].party for code in codes] == parties
    assert records[""].assignments == {
        AssignmentState.DONE: 23,
        AssignmentState.OPEN: 46,
    }
    assert len(records["version/001"].assignments) == 69


# --- versions -----------------------------------------------------------------


def test_a_version_says_who_approved_it_and_what_came_in_and_went_out() -> None:
    said = [issued(), adjusted(2, added=changes(S11), removed=changes(HSR))]
    records = told(LIST, said)
    header = records[""]
    assert (header.version, header.projects) == (2, (S11,))
    assert (header.year, header.issued_by) == (2024, "chengdu")
    assert (header.approved_by, header.approved_on) == ("联席会议", "2024-05-10")
    assert records["version/001"].approved_on == "2024-01"
    assert [c.project for c in records["version/001"].added] == [HSR]
    second = records["version/002"]
    assert (second.approved_by, second.approved_on) == ("联席会议", "2024-05-10")
    assert [(c.project, c.reason) for c in second.added] == [(S11, "具备条件")]
    assert [c.project for c in second.removed] == [HSR]


def test_what_comes_in_or_goes_out_has_a_reason() -> None:
    with pytest.raises(ContractError):
        adjusted(2, added=[{"project": S11}])
    with pytest.raises(ContractError, match="bring something in"):
        adjusted(2)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (issued(day="2024-02-01", projects=[S11]), "version_stands"),
        (adjusted(1 + 2, added=changes(S11)), "version_missing"),
        (adjusted(2, added=changes(HSR)), "already_listed"),
        (adjusted(2, added=changes(S11), removed=changes(S11)), "not_listed"),
        (adjusted(2, dropped=[{"code": "09", "reason": "重复"}]), "not_listed"),
        (adjusted(2, party="chongqing", added=changes(S11)), "not_the_issuer"),
        (issued("chongqing", "2024-02-01", projects=[S11]), "not_the_issuer"),
    ],
)
def test_a_list_is_changed_by_its_next_version_alone(
    said: Event[Any], code: str
) -> None:
    first = issued()
    assert without_effect(LIST, [first, said])[said.envelope.id] == code
    header = told(LIST, [first, said])[""]
    assert (header.version, header.projects) == (1, (HSR,))


def test_a_version_said_with_other_content_stays_what_it_was() -> None:
    again = adjusted(2, "2024-06-10", removed=changes(HSR))
    said = [issued(), adjusted(2, added=changes(S11)), again]
    assert told(LIST, said)[""].projects == (HSR, S11)
    assert without_effect(LIST, said) == {again.envelope.id: "version_stands"}
    repeated = event(
        "worklist.adjusted", "chengdu", LIST, said[1].data.model_dump(mode="json"), "x"
    )
    assert without_effect(LIST, [*said[:2], repeated]) == {}


def test_whoever_is_recorded_first_issues_it_whatever_its_name() -> None:
    said = [issued(), issued("chongqing", "2024-01-09", projects=[S11])]
    header = told(LIST, said)[""]
    assert (header.issued_by, header.projects) == ("chongqing", (S11,))


def test_two_that_issue_it_at_one_instant_are_told_and_none_is_picked() -> None:
    both = [issued(), issued("chongqing")]
    assert told(LIST, both) == {}
    assert [*without_effect(LIST, both).values()] == ["said_at_once"] * 2


@pytest.mark.parametrize(
    ("day", "due", "first"),
    [("2024-06-30", "2024-12", "2024-06"), ("2024-07-01", "2024-06", None)],
)
def test_a_date_that_has_passed_is_not_moved(
    day: str, due: str, first: str | None
) -> None:
    said = [issued(), adjusted(2, day, assignments=[assignment(due="2024-12")])]
    assert (one(said).due, one(said).first_due) == (due, first)


# --- assignments --------------------------------------------------------------


def test_done_is_what_every_owner_has_done_and_verified_what_another_found() -> None:
    ours, theirs = reported("chengdu"), reported("chongqing")
    said = [issued(), ours]
    assert one(said).state is AssignmentState.OPEN
    assert one([*said, theirs]).state is AssignmentState.DONE
    half = [*said, theirs, found("deyang", ours)]
    assert one(half).state is AssignmentState.DONE
    whole = [*half, found("chengdu", theirs)]
    assert one(whole).state is AssignmentState.VERIFIED
    assert one(whole).open == ()
    assert told(LIST, whole)[""].assignments == {AssignmentState.VERIFIED: 1}


def test_nobody_verifies_itself() -> None:
    ours = reported("chengdu")
    own = found("chengdu", ours, office="another-office")
    said = [issued(), ours, reported("chongqing"), own]
    assert one(said).state is AssignmentState.DONE
    assert without_effect(LIST, said) == {own.envelope.id: "self_verified"}


@pytest.mark.parametrize(
    ("office", "state"),
    [("bureau", AssignmentState.DONE), ("supervision", AssignmentState.VERIFIED)],
)
def test_on_a_list_of_one_city_another_office_verifies(
    office: str, state: AssignmentState
) -> None:
    mine = assignment(owners=[owner("chengdu")])
    ours = reported("chengdu", of=ALONE)
    said = [issued(of=ALONE, assignments=[mine]), ours]
    assert one([*said, found("chengdu", ours, office=office)], of=ALONE).state is state


def test_what_is_returned_is_open_again_and_done_when_it_was_done_again() -> None:
    early, theirs = reported("chengdu", "2024-06-03"), reported("chongqing")
    back = found("deyang", early, "2024-06-10", passed=False)
    said = [issued(), early, theirs, back]
    assert one(said).state is AssignmentState.RETURNED
    assert one(said).open[0].parties == ("chengdu",)
    late = reported("chengdu", "2024-08-01")
    again = one([*said, late])
    assert (again.state, again.late) == (AssignmentState.DONE, True)
    # The former finding was of the former report: it is no statement without effect.
    assert without_effect(LIST, [*said, late]) == {}
    stale = found("chongqing", early, "2024-08-02")
    assert without_effect(LIST, [*said, late, stale]) == {
        stale.envelope.id: "overtaken"
    }


def test_said_again_it_is_done_since_it_was_done_first() -> None:
    said = [issued(), reported("chengdu"), reported("chongqing")]
    again = reported("chengdu", "2024-09-01", note="补充依据")
    assert not one([*said, again]).late


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (reported("deyang"), "not_an_owner"),
        (reported("chengdu", assignment="09"), "not_on_the_list"),
        (found("deyang", reported("chengdu", "2024-05-01")), "answers_unknown"),
        (found("deyang", reported("chongqing", done=False)), "not_done"),
    ],
)
def test_what_cannot_count_is_told(said: Event[Any], code: str) -> None:
    before = [issued(), reported("chengdu"), reported("chongqing", done=False)]
    assert without_effect(LIST, [*before, said]) == {said.envelope.id: code}


def test_what_is_dropped_is_due_to_nobody_and_stays_in_sight() -> None:
    said = [issued(), adjusted(2, dropped=[{"code": "01", "reason": "重复"}])]
    record = one(said)
    assert (record.state, record.reason) == (AssignmentState.DROPPED, "重复")
    assert [*outstanding(record, "2025")] == []
    assert told(LIST, said)[""].open_parts == 0


def test_what_is_due_and_of_whom() -> None:
    ours = reported("chengdu")
    record = one([issued(), ours])
    assert [
        (d.party, d.unit, d.due, d.overdue) for d in outstanding(record, "2024-07")
    ] == [
        ("chongqing", "发展改革委", "2024-06", True),
        ("chongqing、deyang", "", None, False),
    ]
    assert told(LIST, [issued(), ours])[""].open[0].part == "assignment/01"


# --- any order ----------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from(["done", "open", "verify", "return", "issue", "adjust", "drop"]),
    max_size=5,
)


def steps(party: str, drawn: list[str]) -> list[Event[Any]]:
    said: list[Event[Any]] = []
    for number, step in enumerate(drawn):
        day = (on("2024-05-20") + timedelta(days=9 * number)).date().isoformat()
        target = reported(
            "chengdu" if party != "chengdu" else "chongqing", "2024-05-20"
        )
        said.append(
            {
                "done": lambda d=day: reported(party, d),
                "open": lambda d=day: reported(party, d, done=False),
                "verify": lambda d=day, t=target: found(party, t, d),
                "return": lambda d=day, t=target: found(party, t, d, passed=False),
                "issue": lambda d=day: issued(party, d),
                "adjust": lambda d=day: adjusted(2, d, party, added=changes(S11)),
                "drop": lambda d=day: adjusted(
                    3, d, party, dropped=[{"code": "01", "reason": "重复"}]
                ),
            }[step]()
        )
    return said


PARTIES = ("chengdu", "chongqing", "deyang")


@st.composite
def histories(draw: st.DrawFn) -> list[list[Event[Any]]]:
    """Each party's statements about one list that Chengdu issues."""
    own = [steps(party, draw(STEPS)) for party in PARTIES]
    return [[issued(), *own[0]], *own[1:]]


@PROPERTY
@given(histories(), st.integers())
def test_any_order_comes_to_the_same_and_nobody_is_its_own_judge(
    own: list[list[Event[Any]]], seed: int
) -> None:
    chance = random.Random(seed)
    calm, mixed = Shard("coordination"), Shard("coordination")
    for said in interleaved(own, chance):
        calm.take([said])
    mixed.take(interleaved(own, chance))
    assert calm.records == mixed.records
    record = one([s for said in own for s in said])
    for party, report in record.reports.items():
        assert party not in (*report.verified_by, *report.returned_by)
    if record.state is AssignmentState.VERIFIED:
        assert record.reports.keys() == {"chengdu", "chongqing"}
        assert all(r.done and r.verified_by for r in record.reports.values())
