"""What a pair is worth, and why: integers that add up exactly.

A score depends on its two entries and the frozen table alone. Hard rules come
first: they delete a pair and say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.matching import senses, vectors
from services.matching.likeness import Vector, likeness, vector
from services.matching.table import load
from services.matching.text import claimed, denied
from services.matching.words import shared
from twincity_schemas.opportunity import (
    Direction,
    Limit,
    NeedType,
    OpportunityPublished,
)
from twincity_schemas.pairing_record import Term
from twincity_schemas.problems import Problem, problem
from twincity_schemas.values import Subject

# Points. Two texts on one matter, written by different hands, reach a cosine of
# 0.1 to 0.3: so that it counts as much as the boxes do, a perfect one is 3000.
_SAME_TYPE, _KINDRED_TYPE = 200, 100
_SAME_AREA = 80
_SAME_DOMAIN = 40
_SAME_COUNTY, _SAME_CITY = 120, 80
_WINDOW = 40
_QUALIFIED = 60
_DENIED = -2000
LIKE = ("text", "sense", "vector")
"""The terms of a score that say how alike the two texts are."""
LIKENESS = 3000
"""What equal texts make, by their characters and once more by their senses."""
MEANING = 20_000  # what the whole of a cosine makes: two texts differ in its last tenth
_KINDRED_SHOWN = 3

_AMOUNT = 40
BOXES = _SAME_TYPE + _SAME_AREA + _SAME_DOMAIN + _SAME_COUNTY
BOXES += _WINDOW + _AMOUNT + _QUALIFIED
"""What the boxes can come to."""

LEAST = 500
"""Below this a pair is not proposed."""
LEAST_LIKENESS = 1600
"""Nor below this for texts of many words: the boxes alone can come to 580, and no
pair should rest on them. Of the 45 hand-made right pairs all but one lie above. Texts
of few words need less, as their senses count for less (``least_alike``)."""

KINDRED = {need: (need,) for need in NeedType} | {
    NeedType.RESEARCH: (NeedType.RESEARCH, NeedType.SOLUTION),
    NeedType.SOLUTION: (NeedType.SOLUTION, NeedType.RESEARCH),
}
"""Which types of need one type pairs with: joint research and a call for solutions
are answered by the same suppliers."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry with what every scoring of it needs, computed once."""

    subject: str
    owner: str
    entry: OpportunityPublished
    words: str
    """What it says of itself, without what it says that it does not do."""
    denied: str
    """What it says that it does not do; mostly nothing."""
    text: Vector
    sense: senses.Sense
    scenario: str
    """What it is applied to, as its owner names it; empty where nothing is named."""
    vector: tuple[int, ...]
    """Of its text, where its publisher added one; else empty."""


def prepare(subject: str, entry: OpportunityPublished) -> Prepared:
    """Read an entry's text."""
    text = f"{entry.title} {entry.content}"
    words = claimed(text)
    return Prepared(
        subject,
        Subject.parse(subject).members[0],
        entry,
        words,
        denied(text),
        vector(words, load()),
        senses.sense(words),
        entry.scenario or "",
        vectors.numbers(entry.vector),
    )


def score(demand: Prepared, supply: Prepared) -> int | None:
    """A pair's score; None where a hard rule or too little in common rules it out."""
    return worth(demand, supply, alike(demand, supply))


def worth(demand: Prepared, supply: Prepared, alike: int) -> int | None:
    """The score of a pair whose texts are known to make so many points."""
    # Most pairs end here, so the rules, which cost more, come after.
    if alike < least_alike(demand, supply) or not possible(demand, supply):
        return None
    total = alike + _for_boxes(demand, supply)
    return total if total >= LEAST else None


def points(demand: Prepared, supply: Prepared) -> int:
    """Returns what the pair scores, whether or not that is enough."""
    return alike(demand, supply) + _for_boxes(demand, supply)


def is_kindred(demand: Prepared, supply: Prepared) -> bool:
    """Returns whether their types of need go together."""
    return supply.entry.need_type in KINDRED[demand.entry.need_type]


def alike(demand: Prepared, supply: Prepared) -> int:
    """Returns the points of two texts: by characters, by senses, by vectors."""
    return wording(demand, supply) + meaning(demand, supply)


def least_alike(demand: Prepared, supply: Prepared) -> int:
    """Returns the points that two texts need for the pair to be proposed."""
    return LEAST_LIKENESS * senses.trust(demand.sense, supply.sense) // senses.TENTHS


def doubts(demand: Prepared, supply: Prepared) -> Iterator[Problem]:
    """Yields why a pair that no hard rule forbids is still not proposed."""
    likeness_, points_ = alike(demand, supply), points(demand, supply)
    if likeness_ < (least := least_alike(demand, supply)):
        yield problem(
            "/content",
            "too_unlike",
            f"文本相似 {likeness_} 分，不足 {least} 分",
            f"the texts' likeness is {likeness_} points, below {least}",
        )
    if points_ < LEAST:
        yield problem(
            "",
            "below_threshold",
            f"得分 {points_}，不足 {LEAST}",
            f"the score is {points_}, below {LEAST}",
        )


def possible(demand: Prepared, supply: Prepared) -> bool:
    """Returns whether no hard rule forbids the pair."""
    return next(mismatches(demand, supply), None) is None


def explain(demand: Prepared, supply: Prepared) -> tuple[Term, ...]:
    """The parts of a pair's score with their evidence; they add up to it."""
    passages = shared(demand.words, supply.words)
    words = Term(
        name="text",
        points=wording(demand, supply),
        zh="共同用语：" + ("、".join(passages) or "单字"),
        en="words in common: " + (", ".join(passages) or "single characters"),
    )
    boxes = (
        Term(name=name, points=added, zh=zh, en=en)
        for name, added, zh, en in _boxes(demand, supply)
    )
    return (words, _for_senses(demand, supply), *_for_vectors(demand, supply), *boxes)


def mismatches(demand: Prepared, supply: Prepared) -> Iterator[Problem]:
    """Every hard rule that forbids the pair."""
    d, s = demand.entry, supply.entry
    if (d.direction, s.direction) != (Direction.DEMAND, Direction.SUPPLY):
        yield problem(
            "/direction", "direction", "供需方向不符", "not a demand and a supply"
        )
    if not is_kindred(demand, supply):
        yield problem(
            "/need_type",
            "need_type",
            f"需求类别不相容：{d.need_type.words.zh}、{s.need_type.words.zh}",
            f"{d.need_type.words.en} is not met by {s.need_type.words.en}",
        )
    if demand.owner == supply.owner and _unit(demand) == _unit(supply):
        yield problem(
            "/responsible_unit", "same_unit", "供需出自同一单位", "both are of one unit"
        )
    limits = {*d.insists_on, *s.insists_on}
    if Limit.REGION in limits and d.regions and s.regions and not _nearness(d, s):
        yield problem("/regions", "region", "地域不符", "the regions do not meet")
    if Limit.WINDOW in limits and not _windows_meet(d, s):
        yield problem(
            "/valid_to", "window", "时限不重叠", "the time windows do not meet"
        )
    if Limit.QUALIFICATION in limits and (
        missing := sorted({*d.qualifications} - {*s.qualifications})
    ):
        yield problem(
            "/qualifications",
            "qualification",
            f"缺少资质：{'、'.join(missing)}",
            f"lacks the qualification {', '.join(missing)}",
        )
    if (
        Limit.AMOUNT in limits
        and d.amount is not None
        and s.amount is not None
        and d.amount > s.amount
    ):
        yield problem(
            "/amount", "amount", "金额超出供给", "the amount exceeds the supply"
        )


def wording(demand: Prepared, supply: Prepared) -> int:
    """Returns what the characters add that stand in both texts."""
    return likeness(demand.text, supply.text, LIKENESS)


def meaning(demand: Prepared, supply: Prepared) -> int:
    """Returns what senses add, and vectors in place of words in common."""
    return _sensed(demand, supply) + carried(demand, supply)


def _sensed(demand: Prepared, supply: Prepared) -> int:
    near = senses.nearness(demand.scenario, supply.scenario)
    return (
        senses.sense_likeness(demand.sense, supply.sense, LIKENESS)
        * near
        // senses.NEAREST
    )


def carried(demand: Prepared, supply: Prepared) -> int:
    """Returns what vectors add in place of half of the words; 0 without both."""
    if not (demand.vector and supply.vector):
        return 0
    near = vectors.vector_likeness(demand.vector, supply.vector, MEANING)
    return near - vectors.replaced(wording(demand, supply))


def _for_senses(demand: Prepared, supply: Prepared) -> Term:
    pairs = senses.akin(demand.sense, supply.sense, _KINDRED_SHOWN)
    kin = "、".join(f"{mine}～{theirs}" for mine, theirs in pairs)
    zh = "近义用语：" + (kin or "整体用词")
    en = "kindred words: " + (kin.replace("、", ", ") or "of the whole texts")
    names = demand.scenario, supply.scenario
    if (near := senses.nearness(*names)) < senses.NEAREST:
        zh += f"（应用场景不同：{'、'.join(names)}，计 {near}0%）"
        en += f" (scenarios differ: {', '.join(names)}; counted at {near}0 %)"
    return Term(name="sense", points=_sensed(demand, supply), zh=zh, en=en)


def _for_vectors(demand: Prepared, supply: Prepared) -> Iterator[Term]:
    if demand.vector and supply.vector:
        words = vectors.replaced(wording(demand, supply))
        added = carried(demand, supply)
        zh = f"句意相近（{added + words} 分），代替共同用语之半（{words} 分）"
        en = f"alike in meaning ({added + words}), for half of common words ({words})"
        yield Term(name="vector", points=added, zh=zh, en=en)


def _for_boxes(demand: Prepared, supply: Prepared) -> int:
    return sum(added for _, added, _, _ in _boxes(demand, supply))


def _boxes(demand: Prepared, supply: Prepared) -> Iterator[tuple[str, int, str, str]]:
    """Yields what boxes add, and denials take: name, points, and the evidence."""
    d, s = demand.entry, supply.entry
    if d.need_type is s.need_type:
        words = d.need_type.words
        yield "need_type", _SAME_TYPE, f"类别相同：{words.zh}", f"both {words.en}"
    else:
        zh = f"类别相近：{d.need_type.words.zh}、{s.need_type.words.zh}"
        en = f"kindred: {d.need_type.words.en}, {s.need_type.words.en}"
        yield "need_type", _KINDRED_TYPE, zh, en
    if d.area is s.area:
        words = d.area.words
        yield "area", _SAME_AREA, f"领域相同：{words.zh}", f"both {words.en}"
    if d.domain is not None and d.domain is s.domain:
        words = d.domain.words
        zh, en = f"互联互通领域相同：{words.zh}", f"both {words.en}"
        yield "domain", _SAME_DOMAIN, zh, en
    match _nearness(d, s):
        case 6:
            yield "region", _SAME_COUNTY, "服务本县（区）", "serves the same county"
        case 4:
            yield "region", _SAME_CITY, "服务本市", "serves the same city"
        case _:
            pass
    if (d.valid_from or d.valid_to) and _windows_meet(d, s):
        yield "window", _WINDOW, "时限重叠", "the time windows meet"
    if d.amount and s.amount:
        smaller, larger = sorted((d.amount, s.amount))
        if added := int(_AMOUNT * smaller // larger):
            share = int(100 * smaller // larger)
            zh, en = f"金额相近（{share}%）", f"amounts {share} % alike"
            yield "amount", added, zh, en
    if d.qualifications and {*d.qualifications} <= {*s.qualifications}:
        held = d.qualifications
        zh, en = f"具备资质：{'、'.join(held)}", f"holds {', '.join(held)}"
        yield "qualification", _QUALIFIED, zh, en
    yield from _ruled_out(demand, supply)


def _ruled_out(
    demand: Prepared, supply: Prepared
) -> Iterator[tuple[str, int, str, str]]:
    if supply.denied and (pairs := senses.named_by(supply.denied, demand.words)):
        denied_ = "、".join(dict.fromkeys(word for word, _ in pairs))
        asked = "、".join(dict.fromkeys(own for _, own in pairs))
        zh = f"供给声明不提供：{denied_}（需求：{asked}）"
        en = f"the supply rules out {denied_} (demanded: {asked})"
        yield "denied", _DENIED, zh, en.replace("、", ", ")


def _unit(prepared: Prepared) -> str:
    unit = prepared.entry.responsible_unit
    # By its code where it has one: names are shortened, and change.
    return unit.credit_code or unit.name


def _nearness(d: OpportunityPublished, s: OpportunityPublished) -> int:
    """Digits of GB/T 2260 that two regions share: 6 a county, 4 a city, or 0.

    A municipality's counties differ in the fourth digit already, so 500000
    stands for its two digits.
    """
    best = 0
    for a in d.regions:
        for b in s.regions:
            if a == b:
                return 6
            wide = a[:2] == b[:2] and "0000" in {a[2:], b[2:]}
            if wide or a[:4] == b[:4]:
                best = 4
    return best


def _windows_meet(d: OpportunityPublished, s: OpportunityPublished) -> bool:
    return not (_before(d.valid_to, s.valid_from) or _before(s.valid_to, d.valid_from))


def _before(end: str | None, start: str | None) -> bool:
    """Returns whether a partial date ends before another begins, as far as both say."""
    if end is None or start is None:
        return False
    known = min(len(end), len(start))
    return end[:known] < start[:known]
