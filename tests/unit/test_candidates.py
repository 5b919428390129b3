"""What the index finds is what scoring every pair finds."""

import random
from base64 import b64encode
from dataclasses import replace

import pytest

from services.demo.opportunities import entries
from services.matching import candidates as candidates_
from services.matching.candidates import ByTerm, CandidateIndex, TextIndex
from services.matching.columns import Columns
from services.matching.scorer import Prepared, alike, least_alike, prepare, score, worth
from services.matching.vectors import MODEL, numbers
from twincity_schemas.opportunity import Direction, TextVector

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def listed() -> list[Prepared]:
    return [prepare(subject, said) for subject, said in entries()]


@pytest.fixture(params=[ByTerm, Columns], autouse=True)
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over dictionaries, as without numpy, and over arrays."""
    monkeypatch.setattr(candidates_, "_fresh", request.param)


def scores(candidates: CandidateIndex, own: Prepared) -> dict[str, int]:
    demand = own.entry.direction is Direction.DEMAND
    found = {
        other.subject: worth(own, other, alike) if demand else worth(other, own, alike)
        for alike, other in candidates.compared(own).best()
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
    values = _base64([36] * 288 + [35] * 96)
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


def test_so_it_does_where_some_carry_vectors(listed: list[Prepared]) -> None:
    """Made-up ones of the model's length."""
    dice = random.Random(4)

    def carrying(own: Prepared) -> Prepared:
        parts = [36] * 288 + [35] * 96
        for place in dice.sample(range(384), dice.randrange(40)):
            parts[place] = 256 - parts[place]
        vector = numbers(TextVector(model=MODEL, values=_base64(parts)))
        return replace(own, vector=vector if dice.random() < 0.7 else ())

    some = [carrying(own) for own in dice.sample(listed, 200)]
    candidates = CandidateIndex()
    for own in some:
        candidates.add(own)
    for own in some[::10]:
        assert scores(candidates, own) == one_by_one(own, some)


def _base64(parts: list[int]) -> str:
    return b64encode(bytes(parts)).decode()


def test_over_arrays_only_those_are_looked_at_that_an_entry_can_concern(
    listed: list[Prepared],
) -> None:
    """Whom it leaves out asks for more points, or knows likelier ones."""
    dice = random.Random(3)
    plain: TextIndex = ByTerm()
    arrays: TextIndex = Columns()
    asked, known = dict[str, int](), dict[str, int | None]()
    demands = [own for own in listed if own.entry.direction is Direction.DEMAND]
    supplies = [own for own in listed if own.entry.direction is Direction.SUPPLY]
    supplies = dice.sample(supplies, 40)
    for own in dice.sample(demands, 120):
        # Just what one of them comes to, or a point more.
        bounds = [alike(own, dice.choice(supplies)) + dice.randrange(2) for _ in "ab"]
        asked[own.subject], known[own.subject] = bounds[0], dice.choice([None, *bounds])
        for index in (plain, arrays):
            index.add(own)
            index.ask(own.subject, asked[own.subject])
            index.know(own.subject, known[own.subject])
    for own in supplies:
        [whole], parts = plain.compared(own), list(arrays.compared(own))
        everyone = {o.subject: (points, o) for points, o in whole.knowing()}
        likenesses = {s: max(part.of(s) for part in parts) for s in everyone}
        assert likenesses == {s: points for s, (points, _) in everyone.items()}
        assert {o.subject for p in parts for _, o in p.keeping()} == {
            subject
            for subject, (points, other) in everyone.items()
            if points >= max(asked[subject], least_alike(other, own))
        }
        assert {o.subject for p in parts for _, o in p.knowing()} == {
            subject
            for subject, (points, _) in everyone.items()
            if (least := known[subject]) is not None and points >= least
        }
        likest = [one for part in parts for one in part.likest(9)]
        likest.sort(key=lambda one: (one[0], one[1].subject), reverse=True)
        assert likest[:9] == whole.likest(9)
