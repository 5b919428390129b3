"""What is shown of a pair: words of both texts, and how often such pairs were right."""

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rjieba

from services.demo.explained import explained
from services.demo.opportunities import entries
from services.matching.confidence import (
    BY_SENSE,
    BY_WORDS,
    CLASSES,
    CONFIDENT,
    SECOND,
    confidence,
)
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from services.matching.scorer import KINDRED, Prepared, points, possible, prepare
from services.matching.senses import akin
from services.matching.telling import pairing
from services.matching.text import normal, terms
from services.matching.words import shared
from tests.support.saying import entry
from twincity_schemas.opportunity import OpportunityPublished

CASES = Path(__file__).parents[1] / "cases/matching"


@cache
def demo() -> Pool:
    pool = Pool("2022-1")
    pool.load({s: apply_data(EntryView(), said) for s, said in entries()})
    return pool


def text(prepared: Prepared) -> str:
    return normal(f"{prepared.entry.title} {prepared.entry.content}")


def stands_as_words(passage: str, whole: str) -> bool:
    """Whether a passage begins and ends where words of the text do."""
    ends, place = {0}, 0
    for word in rjieba.cut(whole):
        place += len(word)
        ends.add(place)
    at = whole.find(passage)
    while at >= 0:
        if {at, at + len(passage)} <= ends:
            return True
        at = whole.find(passage, at + 1)
    return False


def test_shown_words_are_words_of_both_texts() -> None:
    pool, shown, wrong = demo(), 0, []
    for d, s in pool.pairs():
        demand, supply = pool.read(d), pool.read(s)
        for passage in shared(text(demand), text(supply)):
            shown += 1
            both = (text(demand), text(supply))
            if not all(stands_as_words(passage, whole) for whole in both):
                wrong.append(passage)
        for kin in akin(demand.sense, supply.sense, 3):
            for word, own in zip(kin, (demand, supply), strict=True):
                shown += 1
                if not stands_as_words(word, normal(own.words)):
                    wrong.append(word)
    assert shown > 1000
    assert len(wrong) <= shown // 100, wrong


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("质保十年的组件", "组件质保十年", ["组件", "质保"]),
        ("社区食堂和老年助餐点", "社区食堂和养老", ["社区食堂"]),
        ("面积500平方米", "面积500平方米", ["面积"]),
        ("ＭＥＳ系统", "mes 平台", ["mes"]),
        ("的了和", "的了和", []),
    ],
)
def test_neither_grammar_nor_numbers_are_shown(
    one: str, other: str, found: list[str]
) -> None:
    assert sorted(shared(one, other)) == sorted(found)


def test_rare_characters_are_terms() -> None:
    assert "\U00020bb7" in terms("\U00020bb7野家")
    assert terms("﨑") == terms(normal("﨑"))
    assert "〇" in terms("二〇二六")


def hand_made(path: Path) -> dict[str, dict[str, Any]]:
    said = json.loads(path.read_text("utf-8"))["entries"]
    return {one["id"]: one for one in said}


def read(one: dict[str, Any]) -> Prepared:
    fields = ("direction", "need_type", "area", "regions", "title", "content")
    data = entry(**{name: one[name] for name in fields})
    party = "chengdu" if one["direction"] == "demand" else "chongqing"
    published = OpportunityPublished.model_validate_json(json.dumps(data))
    return prepare(f"opportunity/{party}/1-{one['id'].lower()}", published)


@pytest.mark.parametrize(
    ("name", "first"), [("pairs", 14), ("more-pairs", 24), ("third-pairs", 24)]
)
def test_the_right_partner_comes_first_in_most_hand_made_pairs(
    name: str, first: int
) -> None:
    said = hand_made(CASES / f"{name}.json")
    listed = {id_: read(one) for id_, one in said.items()}
    right = 0
    demands = [one for one in said.values() if one["direction"] == "demand"]
    for one in demands:
        demand = listed[one["id"]]
        near = [supply for supply in listed.values() if possible(demand, supply)]
        assert all(s.entry.need_type in KINDRED[demand.entry.need_type] for s in near)
        best = max(near, key=lambda supply: points(demand, supply))
        right += best is listed[one["expected"]]
    assert right >= first >= 0.8 * len(demands)


def test_hardly_a_confident_pair_is_wrong() -> None:
    right = observed = 0
    for path in CASES.rglob("*.json"):
        said = hand_made(path)
        listed = {id_: read(one) for id_, one in said.items()}
        pool = Pool("1")
        pool.load(
            {o.subject: apply_data(EntryView(), o.entry) for o in listed.values()}
        )
        for one in said.values():
            record = pairing(pool, listed[one["id"]].subject)
            for pair in record.pairs if record else ():
                if pair.confidence is not None and pair.confidence.confident:
                    observed += 1
                    expected = listed.get(one["expected"])
                    right += expected is not None and (
                        expected.subject == pair.counterpart
                    )
    assert observed >= 100  # each pair is told by both of its entries
    assert observed - right <= observed / 30


def test_the_pairs_that_the_demo_explains_are_sure_and_of_one_scenario() -> None:
    said = dict(entries())
    records = [r for d in demo().prepared["demand"] if (r := pairing(demo(), d))]
    shown = explained(records, said)
    assert len({record.need_type for record in shown}) == 5
    for record in shown:
        [pair] = record.pairs
        assert pair.confidence is not None
        assert pair.confidence.confident
        assert said[record.subject].scenario == said[pair.counterpart].scenario


@pytest.mark.parametrize("vectors", [False, True])
def test_confidence_grows_with_likeness_and_first_choice(*, vectors: bool) -> None:
    shares = {place: confidence(place, vectors=vectors) for place in CLASSES}
    for found in shares.values():
        assert 0 <= found.low <= found.share <= found.high <= 100
        assert found.observed > 0
    assert shares[CONFIDENT].share == max(found.share for found in shares.values())
    assert [p for p, found in shares.items() if found.confident] == [CONFIDENT]
    assert shares[SECOND].share <= shares[BY_WORDS].share <= shares[BY_SENSE].share


def test_each_recommendation_is_told_with_its_confidence() -> None:
    pool = demo()

    for d, s in random.Random(1).sample(pool.recommended(), 40):
        record, other = pairing(pool, d), pairing(pool, s)
        assert record is not None
        assert other is not None
        [mine] = [p for p in record.pairs if p.counterpart == s]
        [theirs] = [p for p in other.pairs if p.counterpart == d]
        assert mine.confidence is not None
        assert mine.confidence == theirs.confidence
        assert mine.mutual_first_choice is theirs.mutual_first_choice
