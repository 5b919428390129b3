"""The made-up list keeps the counts of the real one, and is equal everywhere."""

from collections import Counter

import pytest

from services.demo.opportunities import FICTITIOUS, entries
from twincity_schemas import Envelope, Subject, parse
from twincity_schemas.canonical import digest
from twincity_schemas.message import to_json
from twincity_schemas.opportunity import (
    Area,
    Direction,
    IssuerKind,
    NeedType,
    OpportunityPublished,
    pool_of,
)

DIGEST = "sha256:2a17842e7039d7c4b1830684a309c99293628ad37d34f168e5f897cc005d0e8c"
"""Of the list with the default seed: any machine, any Python."""

pytestmark = pytest.mark.unit

Entries = list[tuple[str, OpportunityPublished]]


@pytest.fixture(scope="module")
def listed() -> Entries:
    return list(entries())


def digest_of(listed: Entries) -> str:
    # Defaults left out: the list stays the same when an entry gains a field.
    return digest(
        [[s, e.model_dump(mode="json", exclude_defaults=True)] for s, e in listed]
    )


def test_areas_have_the_counts_of_the_real_list(listed: Entries) -> None:
    assert Counter(entry.area for _, entry in listed) == {
        Area.ECOLOGY: 387,
        Area.LIFE: 345,
        Area.PRODUCTION: 226,
        Area.GOVERNANCE: 112,
    }


def test_each_need_type_has_as_many_demands_as_supplies(listed: Entries) -> None:
    counts = Counter((entry.need_type, entry.direction) for _, entry in listed)
    for need in NeedType:
        assert counts[need, Direction.DEMAND] == counts[need, Direction.SUPPLY] > 0


def test_governments_and_enterprises_are_on_both_sides(listed: Entries) -> None:
    counts = Counter((entry.issuer_kind, entry.direction) for _, entry in listed)
    assert all(counts[kind, way] >= 20 for kind in IssuerKind for way in Direction)


def test_parties_share_the_list_and_chengdu_has_the_most(listed: Entries) -> None:
    assert Counter(Subject.parse(s).members[0] for s, _ in listed) == {
        "chengdu": 770,
        "chongqing": 120,
        "deyang": 70,
        "meishan": 60,
        "ziyang": 50,
    }


def test_subjects_are_numbered_through_in_one_pool(listed: Entries) -> None:
    subjects = [Subject.parse(subject) for subject, _ in listed]
    assert [s.name for s in subjects] == [f"2022-1-{n:04}" for n in range(1, 1071)]
    assert {pool_of(s) for s in subjects} == {"2022-1"}


def test_no_title_appears_twice(listed: Entries) -> None:
    assert len({entry.title for _, entry in listed}) == 1070


def test_texts_are_two_to_four_whole_sentences(listed: Entries) -> None:
    for _, entry in listed:
        assert 2 <= entry.content.count("。") <= 4
        assert not set("{}|") & set(entry.title + entry.content)
        assert not set("{}|") & set("".join(entry.requirements))


def test_everything_invented_says_so(listed: Entries) -> None:
    for _, entry in listed:
        enterprise = entry.issuer_kind is IssuerKind.ENTERPRISE
        assert entry.made_up
        assert entry.responsible_unit.name.endswith(FICTITIOUS) == enterprise
        assert entry.responsible_unit.credit_code is None
        assert entry.contact_phone is None or "-0000-" in entry.contact_phone


def test_every_entry_comes_back_whole_through_the_contract(listed: Entries) -> None:
    for subject, entry in listed:
        envelope = Envelope.model_validate(
            {
                "specversion": "1.0",
                "id": subject,
                "source": f"/{Subject.parse(subject).members[0]}/list",
                "type": "twincity.opportunity.published.v1",
                "subject": subject,
                "time": "2022-06-20T09:00:00+08:00",
            }
        )
        read = parse(envelope.to_headers(), to_json(entry)).data
        assert read == entry
        assert isinstance(read, OpportunityPublished)
        assert read.warnings() == []


def test_the_list_is_the_same_on_every_run_and_machine(listed: Entries) -> None:
    assert digest_of(listed) == digest_of(list(entries())) == DIGEST


def test_another_seed_makes_another_list_with_the_same_counts(listed: Entries) -> None:
    other = list(entries(seed=1))
    assert digest_of(other) != DIGEST
    assert Counter((e.area, e.need_type, e.direction) for _, e in other) == Counter(
        (e.area, e.need_type, e.direction) for _, e in listed
    )
