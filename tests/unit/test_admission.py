"""Who may say what: one rule, one story."""

import pytest

from services.rules.gate import Gate, contradictions
from tests.support.saying import S11, envelope, event
from twincity_schemas.problems import Problem

KNOWN = frozenset({"chengdu", "chongqing", "deyang"})
GATE = Gate("chengdu", KNOWN)
ENTRY = "opportunity/chengdu/2022-1-0387"


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def test_a_member_may_speak() -> None:
    assert not [*GATE.problems(envelope("project.described", "chengdu", S11))]


@pytest.mark.parametrize(
    ("fact", "party", "subject", "code"),
    [
        ("project.described", "deyang", S11, "foreign_source"),
        ("project.described", "chengdu", "project/chongqing.deyang/x", "not_a_member"),
        ("project.described", "chengdu", "project/chengdu.lhasa/x", "unknown_party"),
        ("project.described", "chengdu", ENTRY, "subject_kind"),
        ("project.described", "chengdu", "s11", "subject_shape"),
        ("project.recorded", "chengdu", S11, "not_a_statement"),
        (
            "opportunity.published",
            "chengdu",
            "opportunity/chengdu.deyang/2022-1-0001",
            "one_owner",
        ),
    ],
)
def test_who_may_not(fact: str, party: str, subject: str, code: str) -> None:
    found = codes([*GATE.problems(envelope(fact, party, subject))])
    assert found == [code]


def test_nobody_endorses_himself() -> None:
    answer = {"party": "chengdu", "description": "sha256:" + "0" * 64}
    said = event("project.endorsed", "chengdu", S11, answer)
    assert codes([*contradictions(said)]) == ["not_another_member"]


@pytest.mark.parametrize("other", [ENTRY, "opportunity/deyang/2023-1-0001"])
def test_an_answer_is_to_another_entry_of_the_pool(other: str) -> None:
    said = event("match.accepted", "chengdu", ENTRY, {"counterpart": other})
    assert codes([*contradictions(said)]) == ["not_in_pool"]
