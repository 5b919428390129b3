"""The demo's opportunity list: 1,070 entries, every one of them made up.

The real list (公园城市示范区首批机会清单, 2022-06-20) is not public. Known of it
are 1,070 entries, ecology 387, life 345, production and governance 338 together,
ten need types, about 5800 亿元 in all (sichuan.scol.com.cn, 2022-06). These
entries keep the counts; whatever else they say is composed of
``vocabulary.toml`` (places, units, closing words) and ``themes.toml`` (what they
are about). Places and bureaus exist, enterprises and undertakings do not: each
entry is marked ``made_up``, each enterprise's name ends with （虚构）.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from twincity_schemas.opportunity import (
    Area,
    Direction,
    IssuerKind,
    Limit,
    NeedType,
    OpportunityPublished,
)
from twincity_schemas.values import Organisation, RegionCode

T = TypeVar("T")
Table = dict[str, Any]

POOL = "2022-1"
PUBLISHED = "2022-06-20"
FICTITIOUS = "（虚构）"

_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"([0-9.]+)-([0-9.]+)")
_STEPS = (100, 108, 120, 135, 150, 168, 180, 200, 225, 260, 300, 350)
_STEPS += (400, 450, 520, 600, 680, 750, 860, 980)
_AMOUNTS = tuple(step * 10**power // 10 for power in range(6) for step in _STEPS)
"""Sums as lists print them, evenly spaced by ratio, in 万元: 10 to 9,800,000."""
_DEADLINES = ("2022-12-31", "2022-12", "2023-06-30", "2023-12-31", "2023")
_OPENINGS = (PUBLISHED, PUBLISHED, PUBLISHED, "2022-07", "2022-09-01")
_TRIES = 200


class _Slot(NamedTuple):
    """What is decided of an entry before its text is written."""

    need: NeedType
    area: Area
    direction: Direction
    party: str


class _Dice:
    """Chance that is equal on every machine and every Python.

    Of ``random.Random`` only ``random()`` is promised never to change; choosing
    and shuffling are built on it here.
    """

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random  # noqa: S311  repeatable, not secret

    def below(self, bound: int) -> int:
        return int(self._next() * bound)

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """Up to ``most`` of the choices, in their order, at least none."""
        wanted = min(self.below(most + 1), len(choices))
        chosen = set(self.shuffled(range(len(choices)))[:wanted])
        return [choice for i, choice in enumerate(choices) if i in chosen]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def fill(self, text: str, names: dict[str, str]) -> str:
        """Fill every slot of a text, the innermost first."""

        def value(slot: re.Match[str]) -> str:
            inner = slot[1]
            if inner in names:
                return names[inner]
            if bounds := _RANGE.fullmatch(inner):
                return self._number(bounds[1], bounds[2])
            return self.pick(inner.split("|"))

        while _SLOT.search(text):
            text = _SLOT.sub(value, text)
        return text

    def _number(self, low: str, high: str) -> str:
        digits = len(high.partition(".")[2])
        unit = 10**digits
        first, last = (int(Decimal(bound) * unit) for bound in (low, high))
        drawn = first + self.below(last - first + 1)
        if drawn > 400 * unit:  # noqa: PLR2004  large figures are printed rounded
            drawn -= drawn % (10 * unit)
        return f"{Decimal(drawn) / unit:.{digits}f}"


def entries(seed: int = 2022) -> Iterator[tuple[str, OpportunityPublished]]:
    """Make the list: subject and entry, numbered 0001 to 1070.

    Args:
        seed: decides the texts and places; the counts by area, need type,
            direction and party are the same with every seed.
    """
    dice = _Dice(seed)
    brands = iter(
        dice.shuffled([a + b for a, b in product(*_vocabulary()["brand"].values())])
    )
    titles: set[str] = set()
    for number, slot in enumerate(dice.shuffled(_slots(dice)), start=1):
        entry = _entry(dice, slot, next(brands), titles, number)
        titles.add(entry.title)
        yield f"opportunity/{slot.party}/{POOL}-{number:04}", entry


@cache
def _vocabulary() -> Table:
    return _load("vocabulary.toml")


@cache
def _themes() -> dict[str, list[Table]]:
    """The themes by ``need/area``."""
    by_cell: dict[str, list[Table]] = {}
    for theme in _load("themes.toml")["theme"]:
        by_cell.setdefault(theme["of"], []).append(theme)
    return by_cell


def _load(name: str) -> Table:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


def _slots(dice: _Dice) -> list[_Slot]:
    """Decide need, area, direction and party of every entry, exactly by quota."""
    cells = [
        (need, area)
        for need in NeedType
        for area, quota in zip(
            Area, _vocabulary()["need"][need.value]["quota"], strict=True
        )
        for _ in range(quota)
    ]
    shares = {party: share for party, (share, *_) in _vocabulary()["party"].items()}
    parties = [party for party, share in shares.items() for _ in range(share)]
    # Neighbours differ in direction, so each need type has as many of each.
    return [
        _Slot(need, area, direction, party)
        for (need, area), direction, party in zip(
            cells,
            [direction for _ in range(len(cells) // 2) for direction in Direction],
            dice.shuffled([parties[i % len(parties)] for i in range(len(cells))]),
            strict=True,
        )
    ]


def _entry(
    dice: _Dice, slot: _Slot, brand: str, titles: set[str], number: int
) -> OpportunityPublished:
    vocabulary = _vocabulary()
    words = vocabulary["need"][slot.need.value][slot.direction.value]
    theme = dice.pick(_themes()[f"{slot.need}/{slot.area}"])
    side = theme[slot.direction.value]
    region, (district, *sites) = dice.pick(
        list(vocabulary["district"][slot.party].items())
    )
    names = {
        "brand": brand,
        "city": vocabulary["party"][slot.party][1],
        "district": district,
        "place": district + dice.pick(sites),
    }
    unit, issuer = _unit(dice, slot.party, side["by"], names)
    title = _title(dice, side["titles"], names, issuer, titles)
    subject_index = _spoken_of(side, title, names)
    sentences = [
        side["what"][subject_index],
        *dice.some(side["detail"], 2),
        *(dice.some(words["closing"], 1)),
    ]
    if len(sentences) == 1:
        sentences.append(dice.pick(words["closing"]))
    demand = slot.direction is Direction.DEMAND
    amount = _amount(dice, theme["amount"], demand=demand)
    qualifications = tuple(dice.some(theme.get("qualifications", ()), 2 + (not demand)))
    opens, closes = dice.pick(_OPENINGS), dice.pick(_DEADLINES)
    regions = _regions(dice, slot, region)
    return OpportunityPublished(
        title=title,
        content=dice.fill("".join(sentences), names),
        area=slot.area,
        need_type=slot.need,
        direction=slot.direction,
        issuer_kind=issuer,
        scenario=theme["scenario"],
        domain=theme.get("domain"),
        amount=amount,
        cooperation_mode=dice.pick(words["modes"]),
        regions=regions,
        requirements=tuple(
            dice.fill(line, names)
            for line in dice.some(side.get("requirements", ()), 2)
        ),
        qualifications=qualifications,
        insists_on=_limits(
            dice, demand=demand, amount=amount, qualifications=qualifications
        ),
        capacity=1 if demand else 1 + dice.below(4),
        valid_from=opens,
        valid_to=closes,
        responsible_unit=Organisation(name=unit, region=region),
        contact_org=unit
        if issuer is IssuerKind.ENTERPRISE
        else unit + dice.pick(("办公室", "项目科", "综合科", "产业科")),
        # An exchange of 0000 does not exist: nobody can be rung up.
        contact_phone=f"{vocabulary['party'][slot.party][2]}-0000-{number:04}"
        if dice.chance(70)
        else None,
        made_up=True,
        as_of=PUBLISHED,
    )


def _unit(
    dice: _Dice, party: str, choices: Sequence[str], names: dict[str, str]
) -> tuple[str, IssuerKind]:
    """Who issues the entry: a bureau by its local name, or an invented enterprise."""
    chosen = dice.pick(choices)
    if "{brand}" in chosen:
        return dice.fill(chosen, names) + FICTITIOUS, IssuerKind.ENTERPRISE
    bureau = chosen.removeprefix("{district}")
    local = _vocabulary()["renamed"].get(party, {}).get(bureau, bureau)
    return names["district"] + local, IssuerKind.GOVERNMENT
