"""Decisions stay on the list until they are ended, over any number of dispatches.

Whoever calls a dispatch names the one before it, another or none: what is open stays on
its list all the same.
"""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.appraisal.service import KINDS, SERVICE
from services.runtime.projection import Projection
from tests.support.folding import interleaved
from tests.support.properties import WHOLE
from tests.support.saying import event
from tests.unit.test_appraisal import S5
from twincity_schemas.message import Event

MEMBERS = "dispatch/chengdu.meishan"
BEGINS = datetime.fromisoformat("2024-01-10T18:00:00+08:00")


def closes(month: int) -> datetime:
    return BEGINS + timedelta(days=30 * month)


@cache
def called(month: int, previous: int | None = None, by: str = "chengdu") -> Event[Any]:
    data = {
        "kind": "monthly",
        "year": 2024,
        "through_month": month,
        "cut_off": closes(month).isoformat(),
        "projects": [S5],
        "unit": {"name": "调度办（虚构）"},
        "as_of": "2024",
    }
    if previous is not None:
        data["previous"] = f"{MEMBERS}/{previous}"
    subject, when = f"{MEMBERS}/{month}", closes(month) - timedelta(days=5)
    return event("dispatch.called", by, subject, data, f"call-{month}", when)


@cache
def taken(month: int, when: datetime | None = None) -> Event[Any]:
    data = {
        "decision": "land",
        "what": "交地（虚构）",
        "party": "meishan",
        "unit": {"name": "资规局（虚构）"},
        "project": S5,
        "due": "2030",
        "as_of": "2024",
    }
    when = when or closes(month) + timedelta(days=1)
    subject = f"{MEMBERS}/{month}"
    return event("decision.taken", "chengdu", subject, data, f"taken-{month}", when)


@cache
def ended(month: int, fact: str, when: datetime) -> Event[Any]:
    data = {"decision": "land", "as_of": "2024"}
    by, more = {
        "done": ("meishan", {"taken_by": "chengdu", "evidence": "移交书（虚构）"}),
        "dropped": ("chengdu", {"reason": "不再需要（虚构）"}),
    }[fact]
    subject = f"{MEMBERS}/{month}"
    return event(f"decision.{fact}", by, subject, data | more, f"{fact}-{month}", when)


def lists(month: int, said: list[Event[Any]]) -> dict[str, str]:
    """The state of each decision that a dispatch follows, by where it was taken."""
    appraised = Projection(SERVICE, KINDS)
    appraised.remember(said)
    records = appraised.records(f"{MEMBERS}/{month}")
    return {
        key.decode().split("/")[4]: json.loads(value)["state"]
        for (_, key), value in records.items()
        if b"#followed/" in key
    }


def test_a_dispatch_that_names_none_follows_what_is_open() -> None:
    """Dispatch: the caller leaves the one before out, and its decision with it."""
    said = [called(1), taken(1), called(2), called(3, previous=2), called(4)]
    assert [lists(month, said) for month in (2, 3, 4)] == [{"1": "open"}] * 3
    done = ended(1, "done", closes(3) + timedelta(days=2))
    assert [lists(month, [*said, done]) for month in (3, 4)] == [
        {"1": "open"},
        {"1": "done"},
    ]
    assert lists(5, [*said, done, called(5)]) == {}


def test_a_decision_of_a_dispatch_that_never_closes_is_followed() -> None:
    """Dispatch: what was decided goes into one whose cut-off lies ten years ahead."""
    hidden = [called(11), taken(11, closes(1))]
    assert lists(2, [called(1), *hidden, called(2)]) == {"11": "open"}


def test_another_of_the_members_may_have_called_it() -> None:
    said = [called(1, by="meishan"), taken(1), called(2)]
    assert lists(2, said) == {"1": "open"}


MONTHS = range(1, 4)
ENDS = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["done", "dropped"]), st.integers(0, 6)),
)


@WHOLE
@given(
    st.tuples(*(st.one_of(st.none(), st.integers(1, 4)) for _ in MONTHS)),
    st.tuples(*(ENDS for _ in MONTHS)),
    st.randoms(use_true_random=False),
)
def test_what_is_open_at_a_cut_off_is_on_its_list_and_nothing_else_of_before(
    previous: tuple[int | None, ...], ends: tuple[Any, ...], chance: Any
) -> None:
    calls = [called(month, previous[month - 1]) for month in MONTHS]
    decisions = [taken(month) for month in MONTHS]
    over = {
        month: (fact, closes(month) + timedelta(days=2 + 20 * place))
        for month, end in zip(MONTHS, ends, strict=True)
        if end is not None
        for fact, place in [end]
    }
    said = [ended(month, fact, when) for month, (fact, when) in over.items()]
    history = interleaved([calls, decisions, said], chance)
    last = MONTHS[-1]
    found = lists(last, history)
    for month in range(1, last):
        is_open = month not in over or over[month][1] > closes(last)
        # By hand: nothing that is open is missing, and nothing open is called ended.
        assert (found.get(str(month)) == "open") is is_open
        if not is_open and str(month) in found:
            assert found[str(month)] == over[month][0]
    assert str(last) not in found
