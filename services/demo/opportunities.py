"""The demo's opportunity list: 1,070 entries, every one of them made up.

The real list (公园城市示范区首批机会清单, 2022-06-20) is not public. Known of it
are 1,070 entries (ecology 387, life 345, production and governance 338), ten
need types and about 5800 亿元 in all (sichuan.scol.com.cn, 2022-06). These
entries keep the counts; what else they say is composed of ``vocabulary.toml``
(places, units, closing words) and ``themes.toml`` (what they are about). Places
exist, enterprises and undertakings do not: each entry is marked ``made_up``,
each enterprise's name ends with （虚构）.
"""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from services.demo.wording import Dice, Wording
from twincity_schemas.opportunity import (
    Area,
    Direction,
    IssuerKind,
    Limit,
    NeedType,
    OpportunityPublished,
)
from twincity_schemas.values import Organisation

Table = dict[str, Any]

POOL = "2022-1"
PUBLISHED = "2022-06-20"
FICTITIOUS = "（虚构）"

_STEPS = [10, 11, 12, 13, 15, 17, 18, 20, 23, 26, 30, 35]
_STEPS += [40, 45, 52, 60, 68, 75, 86, 98]
_AMOUNTS = tuple(step * 10**power for power in range(6) for step in _STEPS)
"""Sums as lists print them, evenly spaced by ratio, in 万元: 10 to 9,800,000."""
_OPENINGS = (PUBLISHED, PUBLISHED, PUBLISHED, "2022-07", "2022-09-01")
_CLOSINGS = ("2022-12-31", "2022-12", "2023-06-30", "2023-12-31", "2023")
_CITIES = ("510100", "500000", "510600", "511400", "512000")


class _Place(NamedTuple):
    """An entry before its text is written."""

    need: NeedType
    area: Area
    direction: Direction
    party: str


class _Draft(NamedTuple):
    """An entry's theme, title and where it is, with the words to go on with."""

    theme: Table
    side: Table
    variant: int
    region: str
    district: str
    title: str
    wording: Wording


def entries(seed: int = 2022) -> Iterator[tuple[str, OpportunityPublished]]:
    """Make the list: subject and entry, numbered 0001 to 1070.

    Args:
        seed: decides texts and places; the counts by area, need type, direction
            and party are the same with every seed.
    """
    dice = Dice(seed)
    syllables = product(*_load("vocabulary.toml")["brand"].values())
    brands = dice.shuffled(["".join(pair) for pair in syllables])
    titles: set[str] = set()
    for index, place in enumerate(dice.shuffled(_places(dice))):
        draft = _draft(dice, place, brands[index % len(brands)], titles)
        titles.add(draft.title)
        number = f"{index + 1:04}"
        subject = f"opportunity/{place.party}/{POOL}-{number}"
        yield subject, _entry(dice, place, draft, number)


@cache
def _load(name: str) -> Table:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


@cache
def _themes(need: NeedType, area: Area, direction: Direction) -> tuple[Table, ...]:
    return tuple(
        theme
        for theme in _load("themes.toml")["theme"]
        if theme["of"] == f"{need}/{area}" and direction in theme
    )


def _places(dice: Dice) -> list[_Place]:
    """Need type, area, direction and party of every entry, exactly by quota."""
    vocabulary = _load("vocabulary.toml")
    cells = [
        (need, area)
        for need in NeedType
        for area, quota in zip(Area, vocabulary["need"][need]["quota"], strict=True)
        for _ in range(quota)
    ]
    by_share = [
        party
        for party, (share, *_) in vocabulary["party"].items()
        for _ in range(share)
    ]
    parties = dice.shuffled([by_share[i % 100] for i in range(len(cells))])
    # Directions alternate, so each need type has as many demands as supplies.
    directions = list(Direction) * (len(cells) // 2)
    return [
        _Place(need, area, direction, party)
        for (need, area), direction, party in zip(
            cells, directions, parties, strict=True
        )
    ]


def _draft(dice: Dice, place: _Place, brand: str, titles: set[str]) -> _Draft:
    """Draw theme, site and title until the list has no such title yet."""
    vocabulary = _load("vocabulary.toml")
    districts = list(vocabulary["district"][place.party].items())
    themes = _themes(place.need, place.area, place.direction)
    while True:
        theme = dice.pick(themes)
        side = theme[place.direction]
        region, (district, *sites) = dice.pick(districts)
        site = dice.pick(sites)
        names = {
            "brand": brand,
            "city": vocabulary["party"][place.party][1],
            "district": district,
            "site": site,
            "place": district + site,
        }
        wording = Wording(dice, names)
        variant = dice.below(len(side["titles"]))
        title = wording.fill(side["titles"][variant])
        if title not in titles:
            return _Draft(theme, side, variant, region, district, title, wording)


def _entry(
    dice: Dice, place: _Place, draft: _Draft, number: str
) -> OpportunityPublished:
    theme, side, wording = draft.theme, draft.side, draft.wording
    words = _load("vocabulary.toml")["need"][place.need][place.direction]
    demand = place.direction is Direction.DEMAND
    unit, issuer = _unit(dice, place.party, draft)
    amount = _amount(dice, place, theme["amount"])
    qualifications = tuple(
        dice.some(theme.get("qualifications", ()), 0 if demand else 1, 2)
    )
    return OpportunityPublished(
        title=draft.title,
        content=wording.fill(
            side["what"][draft.variant]
            + "".join(dice.some(_details(draft), 0, 2))
            + "".join(dice.some(side.get("closing", words["closing"]), 1, 1))
        ),
        area=place.area,
        need_type=place.need,
        direction=place.direction,
        issuer_kind=issuer,
        scenario=theme["scenario"],
        domain=theme.get("domain"),
        amount=amount,
        cooperation_mode=side["modes"][draft.variant]
        if "modes" in side
        else dice.pick(words["modes"]),
        regions=_regions(dice, place, draft.region, issuer),
        requirements=tuple(
            wording.fill(line) for line in dice.some(side.get("requirements", ()), 0, 2)
        ),
        qualifications=qualifications,
        insists_on=_limits(
            dice,
            30 if demand else 8,
            amount=amount is not None,
            qualification=bool(qualifications),
        ),
        capacity=1 if demand else 1 + dice.below(3),
        valid_from=dice.pick(_OPENINGS),
        valid_to=dice.pick(_CLOSINGS),
        responsible_unit=Organisation(name=unit, region=draft.region),
        contact_org=unit
        if issuer is IssuerKind.ENTERPRISE
        else unit + dice.pick(("办公室", "项目科", "综合科")),
        contact_phone=_phone(place.party, number) if dice.chance(70) else None,
        made_up=True,
        as_of=PUBLISHED,
    )


def _details(draft: _Draft) -> list[str]:
    """The details that fit the title: its own, and those that fit every title."""
    details: list[str] = draft.side["detail"]
    return details[draft.variant : draft.variant + 1] + details[2:]


def _unit(dice: Dice, party: str, draft: _Draft) -> tuple[str, IssuerKind]:
    """Returns the issuer: a bureau by its local name, or an invented enterprise."""
    units, titles = draft.side["by"], draft.side["titles"]
    paired = len(units) == len(titles)
    chosen = units[draft.variant] if paired else dice.pick(units)
    if "{brand}" in chosen:
        return draft.wording.fill(chosen) + FICTITIOUS, IssuerKind.ENTERPRISE
    bureau = chosen.removeprefix("{district}")
    renamed = _load("vocabulary.toml")["renamed"].get(party, {})
    return draft.district + renamed.get(bureau, bureau), IssuerKind.GOVERNMENT


def _amount(dice: Dice, place: _Place, bounds: tuple[int, int]) -> Decimal | None:
    """A sum within the theme's bounds; now and then none is named."""
    if dice.chance(10 if place.direction is Direction.DEMAND else 35):
        return None
    low, high = bounds
    return Decimal(dice.pick([sum_ for sum_ in _AMOUNTS if low <= sum_ <= high]))


def _regions(
    dice: Dice, place: _Place, region: str, issuer: IssuerKind
) -> tuple[str, ...]:
    """Returns where a demand or a bureau's offer lies; where an enterprise serves."""
    if place.direction is Direction.DEMAND or issuer is IssuerKind.GOVERNMENT:
        return (region,)
    if dice.chance(30):
        near = list(_load("vocabulary.toml")["district"][place.party])
        return tuple(sorted({region, *dice.some(near, 1, 4)}))
    home = _CITIES[list(_load("vocabulary.toml")["party"]).index(place.party)]
    return tuple(sorted({home, *dice.some(_CITIES, 0, 3)}))


def _limits(
    dice: Dice, percent: int, *, amount: bool, qualification: bool
) -> tuple[Limit, ...]:
    """Returns what the entry insists on, of what it says anything about."""
    if not dice.chance(percent):
        return ()
    values = {Limit.AMOUNT: amount, Limit.QUALIFICATION: qualification}
    return tuple(dice.some([limit for limit in Limit if values.get(limit, True)], 1, 2))


def _phone(party: str, number: str) -> str:
    # No exchange has the number 0000: nobody can be rung up.
    return f"{_load('vocabulary.toml')['party'][party][2]}-0000-{number}"
