"""A pool as a picture: which city's demands meet which city's supplies, by need.

Three columns (demand, need, supply) joined by ribbons as wide as they have
pairs. One SVG without fonts, scripts or anything from outside.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from services.gateway.pages.drawing import linked
from twincity_schemas.opportunity import NeedType
from twincity_schemas.words import Words

_WIDTH, _TOP, _TALL = 1100, 96, 600
_GAP, _BAR = 14, 16
_COLUMNS = (190, 470, 894)
_HEADINGS = (
    Words("需求方城市", "whose demands"),
    Words("需求类别", "needs"),
    Words("供给方城市", "whose supplies"),
)
# Ten hues of one lightness, so that none of the needs stands before another.
_HUES = {need: 36 * place for place, need in enumerate(NeedType)}
_INK, _FAINT = "#1d2733", "#5b6875"

Flow = tuple[str, str, str]
"""The demand's party, the demand's need, the supply's party."""


@dataclass(frozen=True)
class _Bar:
    """A node of a column."""

    words: Words
    pairs: int
    x: int
    y: float
    height: float


def picture(
    name: str,
    flows: Counter[Flow],
    parties: Mapping[str, Words],
    language: str = "",
    listed: str = "",
) -> str:
    """Draw a pool.

    Args:
        name: of the pool.
        flows: how many pairs there are of each.
        parties: what each is called, by code.
        language: of its texts, ``zh`` or ``en``; "" for both beside each other.
        listed: the address of its list, which its numbers lead to; "" for none.

    Returns:
        An SVG document.
    """
    return "\n".join(_document(name, flows, parties, language, listed)) + "\n"


_EXPLAINED = Words(
    "左为需求方城市，中为需求类别，右为供给方城市，带宽为对数。",
    "Demands' cities on the left, needs in the middle, supplies' cities on the right; "
    "ribbons as wide as they have pairs.",
)


def _in_language(words: Words, language: str) -> Words:
    """Words as they are shown: the first in full, the second fainter, or nothing."""
    return Words(getattr(words, language), "") if language else words


def _document(
    name: str,
    flows: Counter[Flow],
    parties: Mapping[str, Words],
    language: str,
    listed: str,
) -> Iterator[str]:
    pairs = flows.total()
    height = _TOP + _TALL + 40
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'role="{"group" if listed else "img"}" '
        f'aria-labelledby="title-{name} desc-{name}" '
        f'font-family="sans-serif" font-size="14" fill="{_INK}">'
    )
    described = Words(f"清单 {name}：{pairs} 对供需对接", f"pool {name}: {pairs} pairs")
    summary = _in_language(described, language)
    title = " · ".join(filter(None, (summary.zh, summary.en)))
    yield f'<title id="title-{name}">{escape(title)}</title>'
    explained = _in_language(_EXPLAINED, language)
    text = " ".join(filter(None, (explained.zh, explained.en)))
    yield f'<desc id="desc-{name}">{escape(text)}</desc>'
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    heading = f'<text x="32" y="38" font-size="20">{escape(title)}</text>'
    yield linked(heading, listed)
    for x, above in zip(_COLUMNS, _HEADINGS, strict=True):
        words = _in_language(above, language)
        yield (
            f'<text x="{x + _BAR / 2}" y="72" text-anchor="middle">{words.zh}'
            f' <tspan fill="{_FAINT}">{words.en}</tspan></text>'
        )
    called = {code: _in_language(words, language) for code, words in parties.items()}
    called |= {str(need): _in_language(need.words, language) for need in NeedType}
    columns = _columns(flows, called)
    yield from _ribbons(flows, columns)
    for place, column in enumerate(columns):
        for key, bar in column.items():
            to = listed and listed + _ASKED[place].format(key)
            labelled = _labelled(bar, _colour(key), before=place == 0)
            yield linked("".join(labelled), to)
    yield "</svg>"


_ASKED = ("&party={}&direction=demand", "", "&party={}&direction=supply")
"""What each column asks of the list."""


def _columns(
    flows: Counter[Flow], called: Mapping[str, Words]
) -> tuple[dict[str, _Bar], dict[str, _Bar], dict[str, _Bar]]:
    counted: list[Counter[str]] = [Counter() for _ in _COLUMNS]
    for flow, count in flows.items():
        for column, key in zip(counted, flow, strict=True):
            column[key] += count
    first, second, third = (
        dict(_stacked(column, called, x))
        for column, x in zip(counted, _COLUMNS, strict=True)
    )
    return first, second, third


def _stacked(
    column: Counter[str], words: Mapping[str, Words], x: int
) -> Iterator[tuple[str, _Bar]]:
    """One column from top to bottom, the most pairs first."""
    unit = (_TALL - _GAP * (len(column) - 1)) / (column.total() or 1)
    y = float(_TOP)
    for key, count in sorted(column.items(), key=lambda item: (-item[1], item[0])):
        yield key, _Bar(words.get(key, Words(key, key)), count, x, y, count * unit)
        y += count * unit + _GAP


def _ribbons(
    flows: Counter[Flow], columns: tuple[dict[str, _Bar], ...]
) -> Iterator[str]:
    """Both halves of each flow, stacked along the bars in their order."""
    for left, right in ((0, 1), (1, 2)):
        halves: Counter[tuple[str, str, str]] = Counter()
        for flow, count in flows.items():
            halves[flow[left], flow[right], flow[1]] += count
        starts: dict[str, float] = defaultdict(float)
        ends: dict[str, float] = defaultdict(float)
        order = [list(columns[left]), list(columns[right])]
        for (a, b, need), count in sorted(
            halves.items(),
            key=lambda item: (order[0].index(item[0][0]), order[1].index(item[0][1])),
        ):
            yield _ribbon(
                (columns[left][a], starts[a]),
                (columns[right][b], ends[b]),
                count,
                _colour(need),
                f"{columns[left][a].words.zh} → {columns[right][b].words.zh}: {count}",
            )
            starts[a] += _share(columns[left][a], count)
            ends[b] += _share(columns[right][b], count)


def _share(bar: _Bar, count: int) -> float:
    return bar.height * count / bar.pairs


def _ribbon(
    start: tuple[_Bar, float],
    end: tuple[_Bar, float],
    count: int,
    colour: str,
    title: str,
) -> str:
    (a, above), (b, below) = start, end
    x1, x2 = a.x + _BAR, b.x
    top1, top2 = a.y + above, b.y + below
    low1, low2 = top1 + _share(a, count), top2 + _share(b, count)
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1} {top1:.1f}C{middle} {top1:.1f} {middle} {top2:.1f} {x2}'
        f" {top2:.1f}V{low2:.1f}C{middle} {low2:.1f} {middle} {low1:.1f} {x1}"
        f' {low1:.1f}Z" fill="{colour}" fill-opacity="0.45">'
        f"<title>{escape(title)}</title></path>"
    )


def _labelled(bar: _Bar, colour: str, *, before: bool) -> Iterable[str]:
    x, anchor = (bar.x - 10, "end") if before else (bar.x + _BAR + 10, "start")
    middle = bar.y + bar.height / 2
    yield (
        f'<rect x="{bar.x}" y="{bar.y:.1f}" width="{_BAR}" '
        f'height="{max(bar.height, 1):.1f}" fill="{colour}"/>'
    )
    yield (
        f'<text x="{x}" y="{middle + 5:.1f}" text-anchor="{anchor}" '
        'stroke="#ffffff" stroke-width="3" paint-order="stroke">'
        f"{escape(bar.words.zh)} {bar.pairs} "
        f'<tspan fill="{_FAINT}" font-size="12">{escape(bar.words.en)}</tspan></text>'
    )


def _colour(key: str) -> str:
    """A need's own colour; grey for a city."""
    hues = [hue for need, hue in _HUES.items() if need == key]
    return f"hsl({hues[0]} 55% 48%)" if hues else "#8794a3"
