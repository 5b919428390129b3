"""What a pair is worth: integers that add up, and rules that delete a pair."""

import json
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.demo.opportunities import entries
from services.matching import table
from services.matching.likeness import likeness, vector
from services.matching.scorer import (
    LEAST,
    LIKE,
    MEANING,
    Prepared,
    alike,
    doubts,
    explain,
    least_alike,
    mismatches,
    points,
    prepare,
    score,
    wording,
)
from services.matching.vectors import MODEL, numbers, replaced, vector_likeness
from tests.support.saying import entry
from twincity_schemas.opportunity import Direction, OpportunityPublished, TextVector

FILE = Path(table.__file__).with_name(f"{table.VERSION}.tsv")
WHOLE = 3000


def prepared(party: str = "chengdu", **changes: Any) -> Prepared:
    said = OpportunityPublished.model_validate_json(json.dumps(entry(**changes)))
    return prepare(f"opportunity/{party}/2022-1-0001", said)


def test_the_terms_add_up_exactly_to_the_score() -> None:
    listed = [prepare(subject, said) for subject, said in list(entries())[:200]]
    demands = [p for p in listed if p.entry.direction is Direction.DEMAND]
    supplies = [p for p in listed if p.entry.direction is Direction.SUPPLY]
    compared = 0
    for demand in demands:
        for supply in supplies:
            points = score(demand, supply)
            if points is None:
                continue
            compared += 1
            terms = explain(demand, supply)
            assert sum(term.points for term in terms) == points >= LEAST
            like = sum(term.points for term in terms if term.name in LIKE)
            assert like == alike(demand, supply) >= least_alike(demand, supply)
            assert all(term.zh and term.en for term in terms)
            assert not list(mismatches(demand, supply))
            assert not list(doubts(demand, supply))
    assert compared > 100


def test_equal_texts_are_wholly_alike_and_foreign_ones_not_at_all() -> None:
    weights = table.load()
    one, other = vector("污水处理厂提标改造", weights), vector("动漫展会", weights)
    assert likeness(one, one, WHOLE) == WHOLE
    assert likeness(one, other, WHOLE) == likeness(other, one, WHOLE) == 0


@pytest.mark.parametrize("text", ["", "  ", "，。！", "1234"])
def test_a_text_without_terms_is_like_nothing(text: str) -> None:
    empty = vector(text, table.load())
    assert likeness(empty, empty, WHOLE) == 0


def test_a_long_text_is_read_in_bounded_memory() -> None:
    long = vector("轨道交通" * 25_000, table.load())
    assert len(long.weights) < 10


@pytest.mark.parametrize(
    ("demand", "supply", "code"),
    [
        ({}, {"direction": "demand"}, "direction"),
        ({}, {"need_type": "talent"}, "need_type"),
        (
            {"insists_on": ["region"], "regions": ["510107"]},
            {"regions": ["500106"]},
            "region",
        ),
        (
            {"insists_on": ["window"], "valid_to": "2026-03"},
            {"valid_from": "2026-04"},
            "window",
        ),
        (
            {"insists_on": ["qualification"], "qualifications": ["甲级"]},
            {},
            "qualification",
        ),
        ({"insists_on": ["amount"], "amount": "500"}, {"amount": "100"}, "amount"),
        ({"insists_on": ["amount"], "amount": "500"}, {"amount": "0"}, "amount"),
    ],
)
def test_a_hard_rule_deletes_the_pair_and_says_so(
    demand: dict[str, Any], supply: dict[str, Any], code: str
) -> None:
    d = prepared(direction="demand", **demand)
    s = prepared("chongqing", **{"direction": "supply", **supply})
    assert [found.code for found in mismatches(d, s)] == [code]
    assert score(d, s) is None


def test_an_amount_that_is_near_adds_points() -> None:
    d = prepared(direction="demand", amount="100")
    near = prepared("chongqing", direction="supply", amount="80")
    [points] = [t.points for t in explain(d, near) if t.name == "amount"]
    assert points == 32


@pytest.mark.parametrize("components", [[127] * 384, [100] * 49, [0] * 384])
def test_a_vector_that_is_not_the_models_is_worth_nothing(
    components: list[int],
) -> None:
    values = b64encode(bytes(components)).decode()
    assert numbers(TextVector(model=MODEL, values=values)) == ()


def test_a_vector_counts_in_place_of_half_of_the_words_in_common() -> None:
    values = b64encode(bytes([36] * 288 + [35] * 96)).decode()
    carried = TextVector(model=MODEL, values=values)
    plain = [prepared(direction="demand"), prepared("chongqing", direction="supply")]
    both = [replace(own, vector=numbers(carried)) for own in plain]
    near = vector_likeness(both[0].vector, both[1].vector, MEANING)
    terms = {term.name: term for term in explain(*both)}
    words = replaced(wording(*both))
    assert 0 < words < terms["text"].points == wording(*both)
    assert terms["vector"].points == near - words
    assert str(words) in terms["vector"].zh
    assert str(words) in terms["vector"].en
    assert sum(term.points for term in terms.values()) == points(*both)
    assert points(*both) == points(*plain) + near - words
    assert points(both[0], plain[1]) == points(plain[0], both[1]) == points(*plain)


def test_the_table_says_where_it_comes_from() -> None:
    head = FILE.read_text("utf-8").splitlines()[:6]
    assert head[0].startswith(f"# {table.VERSION}")
    assert "tools.matching.fit" in head[5]
    assert table.load().digest == sha256(FILE.read_bytes()).hexdigest()[:16]


def test_the_score_is_the_same_in_every_process() -> None:
    code = (
        "from services.demo.opportunities import entries\n"
        "from services.matching.scorer import prepare, score\n"
        "p = [prepare(*e) for e in list(entries())[:60]]\n"
        "print([score(a, b) for a in p for b in p])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
