"""The fold: what the members said becomes one record, in whatever order."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.folding import interleaved, spelled, told
from tests.support.properties import PROPERTY
from tests.support.saying import S11, described, event, reported
from twincity_schemas.message import Event
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.values import Subject

SUBJECT = Subject.parse(S11)
HIS = described(total_investment={"amount": "3079400", "as_of": "2023"})
HERS = described(total_investment={"amount": "3050000", "source": "公报"})


def answer(to: str, content: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"party": to, "description": ProjectDescribed(**content).digest, **more}


def tell(*story: tuple[str, str, dict[str, Any]]) -> ProjectRecorded:
    record = parts(*story)[""]
    assert isinstance(record, ProjectRecorded)
    return record


def parts(*story: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    statements = [
        event(fact, party, S11, data, str(number))
        for number, (party, fact, data) in enumerate(story)
    ]
    return told(SUBJECT, statements)


def test_one_side_has_spoken() -> None:
    record = tell(("chengdu", "project.described", HIS))
    assert record.agreement == "single"
    assert record.members["deyang"].stance == "silent"


def test_a_disputed_figure_shows_both_with_date_and_source() -> None:
    record = tell(
        ("chengdu", "project.described", HIS), ("deyang", "project.described", HERS)
    )
    assert record.agreement == "disputed"
    field = record.fields["total_investment"]
    assert field.state == "disputed"
    assert field.value is None
    assert field.by["chengdu"].value["amount"] == "3079400"
    assert (field.by["chengdu"].as_of, field.by["chengdu"].source) == ("2023", "工可")
    assert (field.by["deyang"].as_of, field.by["deyang"].source) == ("2023-03", "公报")
    assert record.fields["name"].state == "settled"


def test_an_endorsement_settles_it() -> None:
    record = tell(
        ("chengdu", "project.described", HIS),
        ("deyang", "project.described", HERS),
        ("deyang", "project.endorsed", answer("chengdu", HIS)),
    )
    assert record.agreement == "agreed"
    assert record.fields["total_investment"].value["amount"] == "3079400"


def test_an_endorsement_answers_to_what_was_read() -> None:
    record = tell(
        ("chengdu", "project.described", HIS),
        ("deyang", "project.endorsed", answer("chengdu", HIS)),
        ("chengdu", "project.described", HERS),
    )
    assert record.agreement == "awaiting"
    assert record.members["deyang"].stance == "outdated"
    field = record.fields["total_investment"]
    assert field.state == "awaiting"
    assert field.by["deyang"].value["amount"] == "3079400"
    assert {(step.step, step.parties, step.answers) for step in record.awaiting} == {
        ("project.endorsed", ("deyang",), "2"),
        ("project.declined", ("deyang",), "2"),
    }


def test_a_refusal_gives_its_reason() -> None:
    record = tell(
        ("chengdu", "project.described", HIS),
        ("deyang", "project.declined", answer("chengdu", HIS, reason="金额有误")),
    )
    assert record.agreement == "declined"
    assert record.members["deyang"].reason == "金额有误"


def test_a_withdrawal_stands_until_the_party_speaks_again() -> None:
    story = [
        ("chengdu", "project.described", HIS),
        ("deyang", "project.endorsed", answer("chengdu", HIS)),
        ("deyang", "project.withdrawn", {"reason": "待议"}),
    ]
    assert tell(*story).agreement == "withdrawn"
    again = ("deyang", "project.endorsed", answer("chengdu", HIS))
    assert tell(*story, again).agreement == "agreed"


def test_no_record_before_a_description() -> None:
    said = event("progress.reported", "chengdu", S11, reported())
    assert told(SUBJECT, [said]) == {}
    whole = event("project.described", "chengdu", S11, described(), "2")
    assert told(SUBJECT, [said, whole]).keys() == {"", "progress/2026-08"}


def test_sections_add_up_when_all_are_in() -> None:
    before = ("chengdu", "project.described", HIS)
    one = ("chengdu", "progress.reported", reported())
    period = parts(before, one)["progress/2026-08"]
    assert period.joint is None
    # Published for January to August 2023: 74.3 % is 7.6 points ahead.
    assert str(period.by["chengdu"].computed_rate) == "74.3"
    assert str(period.by["chengdu"].lead) == "7.63"
    two = ("deyang", "progress.reported", reported(annual_investment="50000"))
    period = parts(before, one, two)["progress/2026-08"]
    assert period.joint is not None
    assert str(period.joint.computed_rate) == "62.15"


def test_wholes_must_agree() -> None:
    before = ("chengdu", "project.described", HIS)
    one = ("chengdu", "progress.reported", reported(scope="whole"))
    other = reported(scope="whole", annual_investment="70000")
    said = ("deyang", "progress.reported", other)
    period = parts(before, one, said)["progress/2026-08"]
    assert period.state == "disputed"
    assert period.joint is None


# --- any interleaving, byte-equal records -------------------------------------

_CONTENTS = [
    described(),
    HIS,
    HERS,
    described(domain="innovation", name="别名"),
    described(figures={"length": {"zh": "长度", "value": "70.87", "unit": "km"}}),
]
_PARTIES = ("chengdu", "deyang")


def _statements(party: str) -> st.SearchStrategy[Event[Any]]:
    other = "deyang" if party == "chengdu" else "chengdu"
    contents = st.sampled_from(_CONTENTS)
    said = st.one_of(
        contents.map(lambda c: ("project.described", c)),
        contents.map(lambda c: ("project.endorsed", answer(other, c))),
        contents.map(lambda c: ("project.declined", answer(other, c, reason="不符"))),
        st.just(("project.withdrawn", {"reason": "待议"})),
        st.tuples(st.integers(1, 3), st.sampled_from(["whole", "own-section"])).map(
            lambda p: (
                "progress.reported",
                reported(through_month=p[0], scope=p[1]),
            )
        ),
    )
    return said.map(lambda s: event(s[0], party, S11, s[1]))


_HISTORIES = st.tuples(*(st.lists(_statements(p), max_size=8) for p in _PARTIES))


@PROPERTY
@given(_HISTORIES, st.randoms(use_true_random=False))
def test_any_interleaving_gives_byte_equal_records(
    histories: tuple[list[Event[Any]], ...], chance: random.Random
) -> None:
    one_after_the_other = [s for history in histories for s in history]
    assert spelled(SUBJECT, interleaved(histories, chance)) == spelled(
        SUBJECT, one_after_the_other
    )


def test_the_property_has_teeth() -> None:
    """A party's own order does matter: the property is not trivially true."""
    one = event("project.described", "chengdu", S11, HIS)
    two = event("project.described", "chengdu", S11, HERS)
    assert spelled(SUBJECT, [one, two]) != spelled(SUBJECT, [two, one])


@pytest.mark.parametrize("content", _CONTENTS)
def test_a_description_moves_the_record_to_its_domain(content: dict[str, Any]) -> None:
    assert tell(("deyang", "project.described", content)).domain == content["domain"]
