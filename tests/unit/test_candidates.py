"""What the index finds is what scoring every pair finds."""

import random
from base64 import b64encode
from dataclasses import replace

import pytest

from services.demo.opportunities import entries
from services.matching import candidates as candidates_
from services.matching.candidates import CandidateIndex
from services.matching.scorer import Prepared, prepare, score, worth
from services.matching.vectors import MODEL
from twincity_schemas.opportunity import Direction, TextVector

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def listed() -> list[Prepared]:
    return [prepare(subject, said) for subject, said in entries()]


@pytest.fixture(params=[0, 1_000_000], autouse=True)
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over arrays from the first entry on, and never."""
    monkeypatch.setattr(candidates_, "LARGE", request.param)


def scores(candidates: CandidateIndex, own: Prepared) -> dict[str, int]:
    demand = own.entry.direction is Direction.DEMAND
    found = {
        other.subject: worth(own, other, alike) if demand else worth(other, own, alike)
        for alike, other in candidates.compared(own)
    }
    return {subject: points for subject, points in found.items() if points is not None}


def one_by_one(own: Prepared, others: list[Prepared]) -> dict[str, int]:
    demand = own.entry.direction is Direction.DEMAND
    scored = {
        other.subject: score(own, other) if demand else score(other, own)
        for other in others
        if other.entry.direction is not own.entry.direction
    }
    return {subject: points for subject, points in scored.items() if points is not None}


def test_the_index_finds_what_scoring_every_pair_finds(listed: list[Prepared]) -> None:
    candidates = CandidateIndex()
    for own in listed:
        candidates.add(own)
    found = 0
    for own in listed[::60]:
        scored = scores(candidates, own)
        assert scored == one_by_one(own, listed)
        found += len(scored)
    assert found > 100


def test_so_it_does_while_entries_come_go_and_are_revised(
    listed: list[Prepared],
) -> None:
    dice = random.Random(7)
    candidates, now = CandidateIndex(), dict[str, Prepared]()
    for _ in range(900):
        own = dice.choice(listed)
        if own.subject in now and dice.random() < 0.5:
            candidates.remove(own.subject)
            del now[own.subject]
        else:
            # Revised: another entry's words under this subject.
            said = replace(dice.choice(listed), subject=own.subject)
            candidates.add(said)
            now[own.subject] = said
    for own in listed[::120]:
        assert scores(candidates, own) == one_by_one(own, list(now.values()))


def test_two_vectors_that_agree_make_a_pair_without_a_word_in_common() -> None:
    values = b64encode(bytes([36] * 288 + [35] * 96)).decode()
    both = TextVector(model=MODEL, values=values)
    found = next(e for _, e in entries() if e.direction is Direction.DEMAND)
    demand = found.model_copy(
        update={
            "title": "污水处理",
            "content": "污水",
            "insists_on": (),
            "vector": both,
        }
    )
    supply = demand.model_copy(
        update={
            "direction": Direction.SUPPLY,
            "title": "膜法净化",
            "content": "装备",
        }
    )
    d = prepare("opportunity/chengdu/2022-1-0001", demand)
    s = prepare("opportunity/chongqing/2022-1-0002", supply)
    candidates = CandidateIndex()
    candidates.add(s)
    assert not d.text.weights.keys() & s.text.weights.keys()
    points = score(d, s)
    assert points is not None
    assert scores(candidates, d) == {s.subject: points}
