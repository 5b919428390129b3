"""Factors, responsibilities, corrections, re-opening and succession of a project."""

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.cli.tracing import tell_of, traced
from services.ledger.domain import entry as ledger_entry
from services.ledger.store import Ledger
from services.rules.due import outstanding
from services.runtime.settings import Language, Settings
from tests.support.examples import EXAMPLES, read
from tests.support.folding import interleaved, spelled, told, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import S11, described, event, reported
from twincity_schemas.message import Event, to_json
from twincity_schemas.project_record import FieldState, ProjectRecorded, Stance
from twincity_schemas.task_record import TaskState
from twincity_schemas.topology import PROJECT_STATEMENTS
from twincity_schemas.values import Subject

SUBJECT = Subject.parse(S11)
UNITS = [
    {
        "name": "甲局",
        "party": "chengdu",
        "role": "lead",
        "task": "一",
        "due": "2026-03",
    },
    {
        "name": "乙局",
        "party": "deyang",
        "role": "owner",
        "task": "二",
        "due": "2026-06",
    },
]
DESCRIBED = event(
    "project.described", "chengdu", S11, described(responsible_units=UNITS), "d0"
)
FACTORS = [read(path) for path in sorted(EXAMPLES.glob("factor.*/*.json"))]


def record(*statements: Event[Any]) -> ProjectRecorded:
    header = parts(*statements)[""]
    assert isinstance(header, ProjectRecorded)
    return header


def parts(*statements: Event[Any]) -> dict[str, Any]:
    return told(SUBJECT, [DESCRIBED, *statements])


def idle(*statements: Event[Any]) -> dict[str, str]:
    return without_effect(SUBJECT, [DESCRIBED, *statements])


# --- factors ------------------------------------------------------------------


def factors(until: str) -> list[Event[Any]]:
    return [e for e in FACTORS if f"{e.envelope.time:%Y-%m}" <= until]


@pytest.mark.parametrize(
    ("until", "short", "uncommitted"),
    [
        ("2024-02", 420, 420),
        ("2024-03", 420, 0),
        ("2024-06", 120, 0),
        ("2024-08", 0, 0),
    ],
)
def test_what_is_short_follows_from_what_arrived(
    until: str, short: int, uncommitted: int
) -> None:
    land = parts(*factors(until))["factor/chengdu/depot-land"]
    assert (land.short, land.uncommitted) == (Decimal(short), Decimal(uncommitted))


def test_a_commitment_for_later_than_it_is_needed_shows() -> None:
    assert parts(*factors("2024-03"))["factor/chengdu/depot-land"].late_commitment


def test_an_answer_in_another_unit_or_to_nothing_has_no_effect() -> None:
    given_ = FACTORS[0].data.model_dump(mode="json", exclude_none=True)
    wrong = [
        event("factor.committed", "deyang", S11, given_ | change, name)
        for name, change in (("unit", {"unit": "公顷"}), ("none", {"factor": "no"}))
    ]
    said = [*factors("2024-02"), *wrong]
    assert idle(*said) == {
        "unit": "another_unit",
        "none": "not_requested",
    }
    land = parts(*said)["factor/chengdu/depot-land"]
    assert land.by == {}
    assert [u.statement for u in land.no_effect] == ["unit"]


# --- responsibilities ---------------------------------------------------------


def task(party: str, unit: str, role: str, as_of: str, *, done: bool) -> Event[Any]:
    data = {"unit": unit, "role": role, "done": done, "note": "情况", "as_of": as_of}
    said = datetime.fromisoformat(f"{as_of}-20T09:00:00+08:00")
    return event("task.reported", party, S11, data, f"{unit}-{as_of}", said)


def test_each_unit_has_its_task_and_whether_it_is_done() -> None:
    found = parts(
        task("chengdu", "甲局", "lead", "2026-02", done=True),
        task("deyang", "乙局", "owner", "2026-07", done=True),
    )
    assert found["task/chengdu/lead/甲局"].state is TaskState.DONE
    assert found["task/deyang/owner/乙局"].state is TaskState.DONE_LATE
    assert found[""].unowned == ("deyang",)
    assert found[""].open_parts == 0


def test_only_its_own_party_reports_for_a_unit() -> None:
    said = task("deyang", "甲局", "lead", "2026-02", done=True)
    assert parts(said)["task/chengdu/lead/甲局"].state is TaskState.OPEN
    assert list(idle(said).values()) == ["not_on_the_list"]


def test_what_is_due_overdue_or_unowned_as_of_a_date() -> None:
    found = {
        (due.kind.split()[1], due.what): due
        for record_ in parts(*factors("2024-03")).values()
        for due in outstanding(record_, "2026-04")
    }
    assert found["task", "一"].overdue
    assert not found["task", "二"].overdue
    assert any(kind == "factor" and d.overdue for (kind, _), d in found.items())
    assert any(kind == "unowned" for kind, _ in found)


# --- agreement in full --------------------------------------------------------


def test_whoever_withdrew_can_take_up_again_where_it_stood() -> None:
    answer = {"party": "chengdu", "description": DESCRIBED.data.digest}
    endorsed = event("project.endorsed", "deyang", S11, answer, "e")
    withdrawn = event("project.withdrawn", "deyang", S11, {"reason": "待议"}, "w")
    reopened = event("project.reopened", "deyang", S11, {"reason": "议定"}, "r")
    assert record(endorsed, withdrawn).members["deyang"].stance is Stance.WITHDRAWN
    again = record(endorsed, withdrawn, reopened)
    assert again.members["deyang"].stance is Stance.ENDORSED
    assert again.agreement == "agreed"
    assert [u.code for u in record(reopened).no_effect] == ["not_withdrawn"]


def test_a_correction_shows_what_it_changed_and_erases_nothing() -> None:
    report = event("progress.reported", "chengdu", S11, reported(), "r1")
    corrected = reported(annual_investment="75000", corrects="r1")
    found = parts(report, event("progress.reported", "chengdu", S11, corrected, "r2"))
    change = found["correction/chengdu/r2"]
    assert (change.statement, change.corrects) == ("r2", "r1")
    [field] = change.changed
    assert (field.pointer, field.was, field.now) == (
        "/annual_investment",
        "74300",
        "75000",
    )
    assert found["progress/2026-08"].by["chengdu"].statement == "r2"


def test_a_correction_of_nothing_is_told_and_still_counts() -> None:
    said = described(name="新名", corrects="never")
    again = event("project.described", "chengdu", S11, said, "d9")
    assert idle(again) == {"d9": "corrects_unknown"}
    assert record(again).name == "新名"


def test_other_members_are_another_project_that_succeeds_this_one() -> None:
    new = "project/chengdu.deyang.ziyang/s11"
    said = {"successor": new, "reason": "资阳加入", "as_of": "2026-10"}
    one = event("project.succeeded", "chengdu", S11, said, "s1")
    two = event("project.succeeded", "deyang", S11, said, "s2")
    single, both = record(one).successor, record(one, two).successor
    assert single is not None
    assert both is not None
    assert (single.state, both.state) == (FieldState.SINGLE, FieldState.SETTLED)
    assert both.value == new


def test_the_history_of_a_successor_begins_with_what_it_succeeds(
    tmp_path: Path,
) -> None:
    new = "project/chengdu.deyang.ziyang/s11"
    succeeding = event(
        "project.described", "chengdu", new, described(succeeds=S11), "n"
    )
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    ledger = Ledger.open(url)
    ledger.write([_row(0, DESCRIBED), _row(1, succeeding)])
    ledger.close()
    settings = Settings(database=SecretStr(url), language=Language.EN)
    steps = traced(new, settings)
    lines = [step.text(tell_of(steps, settings)) for step in steps]
    assert [("d0" in line, "succeeds" in line, "(n)" in line) for line in lines] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def _row(offset: int, said: Event[Any]) -> Any:
    key, value, headers = said.to_message()
    return ledger_entry(
        SimpleNamespace(
            topic=PROJECT_STATEMENTS,
            partition=0,
            offset=offset,
            key=key,
            value=value,
            headers=tuple(headers),
        )
    )


# --- any interleaving, byte-equal records -------------------------------------


def _said(party: str) -> st.SearchStrategy[Event[Any]]:
    other = "deyang" if party == "chengdu" else "chengdu"
    ids = st.sampled_from(["1", "2", "3"])
    asked = st.sampled_from(FACTORS).map(
        lambda e: event(
            e.type.fact,
            party,
            S11,
            e.data.model_dump(mode="json", exclude_none=True),
            e.envelope.id,
        )
    )
    tasks = st.tuples(st.sampled_from(["甲局", "乙局"]), st.booleans()).map(
        lambda t: task(party, t[0], "lead", "2026-02", done=t[1])
    )
    whole = st.tuples(ids, ids, st.sampled_from(["甲", "乙"])).map(
        lambda t: event(
            "project.described",
            party,
            S11,
            described(name=t[2], corrects=f"{party}-{t[1]}", responsible_units=UNITS),
            f"{party}-{t[0]}",
        )
    )
    answers = st.sampled_from(
        [
            ("project.withdrawn", {"reason": "待议"}),
            ("project.reopened", {"reason": "议定"}),
            (
                "project.endorsed",
                {"party": other, "description": DESCRIBED.data.digest},
            ),
            (
                "project.succeeded",
                {"successor": f"project/{party}/x", "reason": "并", "as_of": "2026"},
            ),
        ]
    ).map(lambda s: event(s[0], party, S11, s[1]))
    progress = st.tuples(ids, ids).map(
        lambda t: event(
            "progress.reported",
            party,
            S11,
            reported(through_month=int(t[0]), corrects=f"{party}-p{t[1]}"),
            f"{party}-p{t[0]}",
        )
    )
    return st.one_of(asked, tasks, whole, answers, progress)


@PROPERTY
@given(
    st.tuples(*(st.lists(_said(party), max_size=8) for party in ("chengdu", "deyang"))),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [s for history in histories for s in history]
    assert spelled(SUBJECT, one_after_the_other) == spelled(
        SUBJECT, interleaved(histories, chance)
    )


def test_a_header_is_written_as_a_whole_though_it_is_put_together() -> None:
    """Most of it is kept written; a text that looks like the rest does not mislead."""
    looks_alike = (
        ',"parts":{},"open_parts":0,"open":[],"statements":0,"statements_digest":'
        f'"sha256:{"0" * 64}","no_effect":[]}}'
    )
    said = [
        DESCRIBED,
        event("project.described", "deyang", S11, described(name=looks_alike), "d1"),
        event("progress.reported", "deyang", S11, reported(), "r1"),
        event("progress.reported", "chengdu", S11, reported(), "r2"),
    ]
    for count in range(1, len(said) + 1):
        found = spelled(S11, said[:count])
        [value] = [json for (_, key), json in found.items() if key == S11.encode()]
        header = ProjectRecorded.model_validate_json(value)
        assert header.statements == count
        assert to_json(header) == value


def test_who_answers_in_a_unit_is_told_and_no_dispute() -> None:
    theirs = [UNITS[0] | {"officer": "总工程师"}, UNITS[1]]
    ours = [UNITS[0] | {"officer": "副局长"}, UNITS[1]]
    said = [
        event(
            "project.described",
            party,
            S11,
            described(responsible_units=units),
            f"officer-{party}",
        )
        for party, units in (("chengdu", ours), ("deyang", theirs))
    ]
    parts = told(SUBJECT, said)
    assert parts[""].fields["responsible_units"].state is FieldState.SETTLED
    # Its own party says who answers.
    assert parts["task/chengdu/lead/甲局"].officer == "副局长"
    assert parts["task/deyang/owner/乙局"].officer is None
