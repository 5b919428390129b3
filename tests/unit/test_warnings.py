"""What the gate warns of: an abolished region code in every type that can hold one."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.examples import EXAMPLES, places, read
from tests.support.folding import told
from tests.support.saying import S11, described, event
from twincity_schemas.catalogue import build_models
from twincity_schemas.message import Event
from twincity_schemas.plausible import rate

ABOLISHED = "500112"
"""Yubei, which it was until 2025-11."""
_NAMES = {"region", "regions"}


def holds_codes(one: Event[Any]) -> bool:
    """Returns whether the type has a field for a region anywhere."""
    schema = type(one.data).model_json_schema()
    return any(name in _NAMES for _, name in places(schema))


build_models()
STATEMENTS = [
    one
    for path in sorted(EXAMPLES.glob("*/*.json"))
    if (one := read(path)).type.is_statement and holds_codes(one)
]


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.envelope.id)
def test_an_abolished_code_is_warned_of_wherever_it_stands(one: Event[Any]) -> None:
    model = type(one.data)
    data = one.data.model_dump(mode="json", exclude_none=True)
    for holder, name in [*places(data), ({"": data}, "")]:
        part = holder[name]
        # An organisation has its former names; what is said itself may have the field.
        if isinstance(part, dict) and (
            "formerly" in part or (part is data and "region" in model.model_fields)
        ):
            part["region"] = ABOLISHED
    if "regions" in model.model_fields:
        data["regions"] = [ABOLISHED]
    for name in {"as_of", "approved_on"} & model.model_fields.keys():
        data[name] = "2026-06-01"
    warnings = [one.code for one in model.model_validate(data).warnings()]
    assert warnings.count("region_abolished") == str(data).count(ABOLISHED)


@pytest.mark.parametrize("ours", ["chengdu", "deyang"])
@pytest.mark.parametrize(("theirs", "doubted"), [("54.8", False), ("30", True)])
def test_shares_that_are_whole_together_are_doubted_of_nobody(
    ours: str, theirs: str, *, doubted: bool
) -> None:
    """Each member lists its own investor; alone that is less than the whole."""
    other = {"chengdu": "deyang", "deyang": "chengdu"}[ours]
    said = [
        event(
            "project.described", party, S11, described(investor_shares=[share]), party
        )
        for party, share in (
            (ours, {"investor": "甲", "percent": "45.2"}),
            (other, {"investor": "乙", "percent": theirs}),
        )
    ]
    for history in (said, said[::-1]):
        members = told(S11, history)[""].members
        codes = {party: [d.code for d in one.doubts] for party, one in members.items()}
        assert codes == dict.fromkeys(
            (ours, other), ["shares_below_whole"] if doubted else []
        )


@pytest.mark.parametrize(
    ("reported", "code"), [("50.5", None), ("45", "rate_differs"), ("5", "unit_slip")]
)
def test_a_rate_that_does_not_follow_is_doubted(
    reported: str, code: str | None
) -> None:
    doubts = rate(Decimal(100), Decimal(50), Decimal(reported))
    assert [one.code for one in doubts] == ([] if code is None else [code])
