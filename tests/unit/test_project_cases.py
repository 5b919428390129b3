"""Histories of projects as an auditor reads them: what the records have to say.

The statements are in ``tests/cases``, with what was wrong and what is expected.
"""

from decimal import Decimal
from typing import Any

import pytest

from services.rules.due import outstanding
from tests.support.folding import Shard, told, without_effect
from tests.support.saying import described, event
from tests.unit.test_recorded import case
from twincity_schemas.light import Light
from twincity_schemas.message import Event
from twincity_schemas.notice import NoticeKind
from twincity_schemas.obstacle_record import ObstacleState
from twincity_schemas.parties import day_of
from twincity_schemas.project_record import Agreement, FieldState, Stance
from twincity_schemas.task_record import TaskState


def records(name: str, count: int | None = None) -> dict[str, Any]:
    """The records of the case's project after so many statements, by part."""
    said = about_the_project(name)
    return told(said[0].envelope.subject, said[:count])


def about_the_project(name: str) -> list[Event[Any]]:
    return [e for e in case(name) if e.type.subject == "project"]


def idle(name: str) -> dict[str, str]:
    said = about_the_project(name)
    return without_effect(said[0].envelope.subject, said)


def doubts(name: str) -> dict[str, set[str]]:
    """The codes that each party is given notice of, by statement."""
    shard = Shard("coordination")
    shard.take(about_the_project(name))
    found: dict[str, set[str]] = {}
    for notice in shard.events("notice.issued"):
        if notice.kind is NoticeKind.DOUBTFUL:
            codes = {doubt.code for doubt in notice.doubts}
            found.setdefault(notice.statement, set()).update(codes)
    return found


def receipts(name: str) -> dict[str, set[tuple[str, str]]]:
    """What admission's receipt warns of, by statement: where, and the code."""
    return {
        one.envelope.id: {(w.pointer, w.code) for w in one.data.warnings()}
        for one in case(name)
    }


# --- agreement means consent --------------------------------------------------


def test_the_basis_belongs_to_the_figure() -> None:
    header = records("agreed-on-figures-of-another-basis")[""]
    field = header.fields["total_investment"]
    assert field.state is FieldState.DISPUTED
    assert {said.value["basis"] for said in field.by.values()} == {"rough", "budget"}
    assert header.agreement is Agreement.DISPUTED


def test_an_outdated_member_is_no_part_of_an_agreement() -> None:
    header = records("agreed-with-an-outdated-member")[""]
    assert header.agreement is Agreement.AWAITING
    assert header.members["chongqing"].stance is Stance.OUTDATED
    assert {step.parties for step in header.awaiting} == {("chongqing",)}
    assert header.fields["content"].by["chongqing"].value.endswith("方案乙（虚构）。")


def test_endorsements_that_cross_are_named_with_the_step_that_resolves_them() -> None:
    name = "crossed-endorsements"
    header = records(name)[""]
    assert header.agreement is Agreement.AWAITING
    assert {m.stance for m in header.members.values()} == {Stance.CROSSED}
    assert FieldState.DISPUTED not in {f.state for f in header.fields.values()}
    [step] = header.awaiting
    assert (step.step, step.parties) == ("project.described", ("chongqing", "ziyang"))
    assert header.fields["content"].by["ziyang"].statement == "zy-d1"


def test_the_order_of_a_list_says_nothing() -> None:
    header = records("order-of-shares-is-a-dispute")[""]
    assert header.fields["investor_shares"].state is FieldState.SETTLED
    assert header.agreement is Agreement.AGREED


def test_an_overtaken_endorsement_stands_by_what_it_endorsed() -> None:
    header = records("overtaken-endorsement-brings-back-old-words")[""]
    assert header.agreement is Agreement.AWAITING
    assert header.members["ziyang"].stance is Stance.OUTDATED
    content = header.fields["content"]
    assert content.state is FieldState.AWAITING
    assert "方案二" in content.by["ziyang"].value
    assert {(step.step, step.answers) for step in header.awaiting} == {
        ("project.declined", "cq-d2"),
        ("project.endorsed", "cq-d2"),
    }


def test_each_side_speaks_for_its_own_units() -> None:
    header = records("own-units-only-is-a-dispute")[""]
    field = header.fields["responsible_units"]
    assert field.state is FieldState.SETTLED
    assert {unit["party"] for unit in field.value} == {"chongqing", "ziyang"}
    assert header.agreement is Agreement.AGREED
    assert header.unowned == ()


# --- a party that leaves ------------------------------------------------------


def test_a_commitment_ends_when_its_party_leaves() -> None:
    land = records("leaver-commitment-still-counts")["factor/chongqing/land"]
    assert (land.uncommitted, land.short) == (Decimal(100), Decimal(100))
    assert land.by["ziyang"].committed is None
    assert land.by["ziyang"].given_up == Decimal(60)


def test_what_a_leaver_had_goes_back_to_whoever_raised_it() -> None:
    found = records("leaver-keeps-the-obstacle")
    graves = found["obstacle/chongqing/graves"]
    assert graves.state is ObstacleState.REGISTERED
    assert (graves.assigned_to, graves.given_up_by) == (None, "ziyang")
    assert ("obstacle.assigned", ("chongqing",)) in {
        (step.step, step.parties) for step in graves.open
    }
    assert found[""].members["ziyang"].left is not None


def test_months_before_the_day_of_leaving_stay_as_they_were() -> None:
    name = "leaver-rewrites-past-months"
    august = records(name)["progress/2024-08"]
    assert august == records(name, -1)["progress/2024-08"]
    assert august.state is FieldState.SETTLED
    joint = august.joint
    assert (joint.annual_plan, joint.annual_investment, joint.computed_rate) == (
        Decimal(300000),
        Decimal(190000),
        Decimal("63.33"),
    )


def test_those_who_stay_still_get_a_joint_total() -> None:
    said = [
        e
        for e in case("leaver-still-due-in-dispatch")
        if e.envelope.subject.startswith("project/")
    ]
    february = told(said[0].envelope.subject, said)["progress/2025-02"]
    assert (february.state, february.left) == (FieldState.SETTLED, ("chengdu",))
    assert february.missing == ()
    assert february.joint.computed_rate == Decimal(10)


# --- obstacles ----------------------------------------------------------------


def obstacle_once_described(name: str) -> Any:
    """The obstacle of a case whose project somebody describes as well."""
    said = about_the_project(name)
    of = said[0].envelope
    text = event(
        "project.described", of.party, of.subject, described(), "text", of.recorded
    )
    parts = told(of.subject, [text, *said])
    [obstacle] = [one for part, one in parts.items() if part.startswith("obstacle/")]
    return obstacle


def test_an_extension_after_it_was_due_has_no_effect() -> None:
    name = "obstacle-extended-after-it-was-due"
    assert idle(name) == {"zy-o3": "after_due"}
    graves = obstacle_once_described(name)
    assert (graves.due, graves.first_due, graves.extensions) == (
        "2024-08-31",
        "2024-08-31",
        0,
    )
    [extended] = graves.no_effect
    assert (extended.step, extended.statement) == ("obstacle.extended", "zy-o3")
    # The extension and its day stand in the record, though it moved nothing.
    [change] = graves.changes
    assert (change.statement, change.due, change.counts) == (
        "zy-o3",
        "2024-10-31",
        False,
    )
    assert day_of(change.recorded) == "2024-09-05"


def test_a_later_registration_is_kept_beside_the_first() -> None:
    graves = obstacle_once_described("obstacle-registered-again-after-cut-off-board")
    assert (graves.due, graves.first_due) == ("2024-09-10", "2024-09-10")
    assert [(one.statement, one.due) for one in graves.versions] == [
        ("zy-o1", "2024-09-10"),
        ("zy-o2", "2025-06-30"),
    ]
    [change] = graves.changes
    assert (change.statement, change.due, change.counts) == (
        "zy-o2",
        "2025-06-30",
        False,
    )
    assert (
        change.recorded
        == about_the_project("obstacle-registered-again-after-cut-off-board")[
            -1
        ].envelope.recorded
    )


def test_an_extension_names_a_later_day() -> None:
    name = "obstacle-extended-to-an-earlier-day"
    graves = records(name)["obstacle/chongqing/graves"]
    assert graves.due == "2024-09-30"
    [no_effect] = graves.no_effect
    assert no_effect.code == "not_later"


def test_the_first_due_date_and_each_extension_are_kept() -> None:
    found = records("obstacle-first-due-date-is-lost")
    [temple] = [r for part, r in found.items() if part.startswith("obstacle/")]
    assert (temple.first_due, temple.due) == ("2024-09-30", "2025-01-31")
    assert temple.extensions == 1
    assert temple.closed_late is False
    [extended] = [s for s in temple.steps if s.step == "obstacle.extended"]
    assert (extended.as_of, extended.due) == ("2024-09-15", "2025-01-31")
    [change] = temple.changes
    assert (change.statement, change.due, change.counts) == (
        extended.statement,
        "2025-01-31",
        True,
    )


def test_whoever_handled_it_does_not_verify_it_alone() -> None:
    pipes = records("obstacle-verified-by-its-handler")["obstacle/chongqing/pipes"]
    assert pipes.state is ObstacleState.SELF_VERIFIED
    assert pipes.closed_late is None
    assert ("obstacle.verified", ("ziyang",)) in {
        (step.step, step.parties) for step in pipes.open
    }


def test_a_silent_assignee_can_be_relieved() -> None:
    name, part = "obstacle-with-a-silent-assignee", "obstacle/chongqing/graves"
    before, graves = records(name, -1)[part], records(name)[part]
    assert ("obstacle.assigned", ("chongqing",)) in {
        (step.step, step.parties) for step in before.open
    }
    assert graves.assigned_to == "chongqing"
    assert graves.no_effect == ()
    [missed] = graves.missed
    assert (missed.party, missed.due) == ("ziyang", "2024-09-30")
    assert (graves.first_due, graves.due) == ("2024-09-30", "2024-12-31")


# --- factors and tasks --------------------------------------------------------


def test_what_has_been_delivered_needs_no_commitment() -> None:
    land = records("delivered-more-than-asked")["factor/chongqing/land"]
    assert (land.uncommitted, land.short, land.over) == (0, 0, 200)


def test_what_nobody_has_committed_is_charged_to_nobody() -> None:
    found = records("factor-nobody-committed-is-charged-to-who-asked")
    [due] = outstanding(found["factor/chongqing/land"], "2025-01-15")
    assert (due.party, due.overdue, due.due) == ("", True, "2024-12-31")
    assert due.kind == "要素 factor"
    assert "缺 1200 亩" in due.what


def test_a_renamed_unit_keeps_what_it_did() -> None:
    name = "renamed-unit-loses-what-it-did"
    found = records(name)
    [task] = [r for part, r in found.items() if part.startswith("task/")]
    assert (task.unit, task.state) == ("重庆市某委员会（虚构）", TaskState.DONE)
    assert task.statement == "cq-t1"
    assert idle(name) == {}


# --- progress -----------------------------------------------------------------


def test_a_member_without_a_plan_says_nought() -> None:
    january = records("member-without-a-plan-this-year")["progress/2025-01"]
    assert january.by["ziyang"].computed_rate is None
    joint = january.joint
    assert (joint.annual_plan, joint.annual_investment) == (100, 50)
    assert joint.computed_rate == Decimal(50)


def test_the_plan_as_described_stands_beside_the_plan_as_reported() -> None:
    november = records("plan-as-described-and-as-reported")["progress/2024-11"]
    assert november.described_plan == Decimal(300000)
    assert november.joint.annual_plan == Decimal(150000)
    [doubt] = november.doubts
    assert doubt.code == "plan_differs"
    assert "150000" in doubt.zh


def test_a_month_said_again_is_a_correction_though_it_does_not_say_so() -> None:
    name = "same-month-again-without-corrects"
    found = records(name)
    change = found["correction/ziyang/zy-r2"]
    assert (change.corrects, change.named) == ("zy-r1", False)
    [field] = change.changed
    assert (field.was, field.now) == ("31000", "29500")
    assert found["progress/2024-08"].by["ziyang"].version == 2
    assert doubts(name) == {"zy-r2": {"corrects_missing"}}


def test_a_section_is_not_more_than_the_whole() -> None:
    september = records("section-above-the-whole")["progress/2024-09"]
    assert (september.state, september.joint) == (FieldState.DISPUTED, None)
    [doubt] = september.doubts
    assert doubt.code == "above_the_whole"
    assert "52000" in doubt.en
    assert "50000" in doubt.en


def test_a_section_reported_in_parts_adds_up() -> None:
    name = "section-split-in-two"
    # Without a name for its part, the second report takes the place of the first.
    found = records(name)
    assert found["correction/ziyang/zy-r2"].corrects == "zy-r1"
    assert doubts(name)["zy-r2"] >= {"corrects_missing"}
    said = [
        _with(one, section=section)
        for one, section in zip(
            about_the_project(name), (None, None, "lot-a", "lot-b"), strict=True
        )
    ]
    december = told(said[0].envelope.subject, said)["progress/2024-12"]
    joint = december.joint
    assert (joint.annual_plan, joint.annual_investment) == (150000, 151000)
    assert joint.computed_rate == Decimal("100.67")
    assert [s.section for s in december.by["ziyang"].sections] == ["lot-a", "lot-b"]


def _with(one: Event[Any], section: str | None) -> Event[Any]:
    if section is None:
        return one
    data = one.data.model_copy(update={"section": section})
    value = data.model_dump_json(exclude_none=True).encode()
    return Event(one.envelope, one.type, data, value)


# --- what looks wrong is told, and refuses nothing ----------------------------


@pytest.mark.parametrize(
    ("name", "statement", "expected"),
    [
        (
            "annual-plan-above-the-total",
            "cq-d1",
            {("/annual_plan/amount", "above_the_whole")},
        ),
        (
            "annual-plan-above-the-total",
            "cq-r1",
            {
                ("/annual_investment", "above_the_whole"),
                ("/annual_investment", "far_above_plan"),
                ("/as_of", "not_of_the_period"),
            },
        ),
        (
            "finish-before-start",
            "cq-d1",
            {("/planned_finish", "dates_out_of_order")},
        ),
        ("finish-before-start", "cq-d2", set()),
        (
            "invested-this-year-above-cumulative",
            "cq-r1",
            {("/annual_investment", "above_the_whole")},
        ),
        ("unit-slip-in-a-report", "zy-r1", {("/completion_rate", "unit_slip")}),
        ("unit-slip-in-a-report", "cq-r1", set()),
        (
            "abolished-code-in-an-obstacle",
            "cq-d1",
            {("/regions/0", "region_abolished")},
        ),
        (
            "abolished-code-in-an-obstacle",
            "cq-o1",
            {("/unit/region", "region_abolished")},
        ),
    ],
)
def test_the_receipt_warns_of_it(
    name: str, statement: str, expected: set[tuple[str, str]]
) -> None:
    assert receipts(name)[statement] == expected


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("annual-plan-above-the-total", ["999", "5", "200", "0", "2031"]),
        ("invested-this-year-above-cumulative", ["48000", "52000"]),
        ("unit-slip-in-a-report", ["0.01%", "62%", "10000"]),
        ("shares-add-up-to-80", ["80%", "20%"]),
        ("abolished-code-in-an-obstacle", ["500112", "2025-11", "500157"]),
    ],
)
def test_the_receipt_says_what_does_not_fit(name: str, figures: list[str]) -> None:
    text = " ".join(w.zh for one in case(name) for w in one.data.warnings())
    assert [figure for figure in figures if figure not in text] == []


def test_the_figure_put_in_its_unitis_at_its_rate() -> None:
    said = about_the_project("unit-slip-in-a-report")
    in_its_unit = dict.fromkeys(
        ("annual_investment", "cumulative_investment"), Decimal(31_000)
    )
    data = said[-1].data.model_copy(update=in_its_unit)
    value = data.model_dump_json(exclude_none=True).encode()
    right = Event(said[-1].envelope, said[-1].type, data, value)
    august = told(said[0].envelope.subject, [*said[:-1], right])["progress/2024-08"]
    joint = august.joint
    assert august.by["ziyang"].computed_rate == 62
    assert (joint.annual_investment, joint.annual_plan) == (66_000, 120_000)
    assert (joint.computed_rate, joint.doubtful) == (55, False)


def test_shares_that_leave_something_are_told_and_whole_ones_are_not() -> None:
    warned = [{code for _, code in w} for w in receipts("shares-add-up-to-80").values()]
    assert warned == [{"shares_below_whole"}, set()]


def test_what_needs_the_history_is_told_by_the_service_that_has_it() -> None:
    assert doubts("annual-plan-above-the-total") == {"cq-r1": {"above_the_whole"}}
    name = "cumulative-falls-from-month-to-month"
    assert doubts(name) == {"cq-r2": {"running_total_falls"}}
    [doubt] = records(name)["progress/2024-09"].by["chongqing"].doubts
    assert "150000" in doubt.zh
    assert "200000" in doubt.zh


def test_the_record_carries_a_doubt_where_the_figure_stands() -> None:
    found = records("invested-this-year-above-cumulative")["progress/2024-09"]
    assert [d.code for d in found.by["chongqing"].doubts] == ["above_the_whole"]
    assert found.joint.doubtful
    dates = records("finish-before-start", 1)[""].members["chongqing"].doubts
    assert [d.pointer for d in dates] == ["/planned_finish"]
    slip = records("unit-slip-in-a-report")["progress/2024-08"]
    assert [d.code for d in slip.by["ziyang"].doubts] == ["unit_slip"]
    assert slip.joint.doubtful


def test_a_month_has_a_light_by_a_rule_with_a_version() -> None:
    found = records("unit-slip-in-a-report", 2)["progress/2024-08"]
    assert (found.light, found.missing) == (Light.RED, ("ziyang",))
    settled = records("leaver-rewrites-past-months")["progress/2024-08"]
    assert (settled.light, settled.light_rule) == (Light.YELLOW, "lights@1")


@pytest.mark.parametrize("name", ["text-parentheses", "text-order"])
def test_what_a_reader_takes_for_one_is_one(name: str) -> None:
    record = records(name)[""]
    assert record.agreement is Agreement.AGREED
    assert {field.state for field in record.fields.values()} == {FieldState.SETTLED}
