"""Pictures: SVGs without script, font or inline style; the sheet has the colours.

Lengths are in CSS pixels, points in time in years (2026.5 is the middle of 2026).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from math import ceil
from typing import NamedTuple

_LINE = 12.0
_FULL = 40
"""Percentage points that fill half a bar of lead and lag; more is cut."""


def svg(width: float, height: float, inside: Iterable[str], title: str) -> str:
    """A picture with what it says for whoever cannot see it; links in it are told."""
    drawn = "".join(inside)
    role = "group" if "<a " in drawn else "img"
    return (
        f'<svg class="drawn" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="{role}"><title>{escape(title)}</title>'
        f"{drawn}</svg>"
    )


def linked(drawn: str, link: str) -> str:
    """Returns something drawn that leads somewhere, unless ``link`` is empty."""
    return f'<a href="{escape(link)}">{drawn}</a>' if link else drawn


def lead_bar(lead: Decimal | None, title: str) -> str:
    """Returns how far ahead (right) or behind (left) of the time that has passed."""
    half, height = 30, 12
    inside = [f'<line class="axis" x1="{half}" x2="{half}" y1="0" y2="{height}"/>']
    if lead is not None:
        long = min(abs(float(lead)) / _FULL, 1) * half
        x, name = (half, "ahead") if lead >= 0 else (half - long, "behind")
        inside.append(
            f'<rect class="{name}" x="{x:.1f}" y="2" width="{max(long, 1):.1f}" '
            f'height="{height - 4}"/>'
        )
    return svg(2 * half, height, inside, title)


def light(code: str, title: str) -> str:
    """A light; its shape tells it too, for whoever does not see its colour."""
    shapes = {
        "green": '<circle class="green" cx="7" cy="7" r="6"/>',
        "yellow": '<path class="yellow" d="M7 1 13 12.5H1Z"/>',
        "red": '<rect class="red" x="1.5" y="1.5" width="11" height="11" rx="1"/>',
    }
    return svg(14, 14, [shapes[code]], title) if code in shapes else ""


@dataclass(frozen=True)
class Mark:
    """A month on the chart of a project: how much of the year's plan was done.

    Attributes:
        month: 1 to 12.
        rate: per cent.
        who: whose figure.
        link: where it leads.
    """

    month: int
    rate: float
    who: str
    link: str


def year_chart(year: int, marks: Sequence[Mark], whos: Sequence[str]) -> str:
    """Reported rates of a year against the time that has passed."""
    left, top, wide, tall = 34.0, 12.0, 430.0, 150.0
    most = max([100.0, *(mark.rate for mark in marks)])

    def x(month: float) -> float:
        return left + wide * month / 12

    def y(rate: float) -> float:
        return top + tall * (1 - rate / most)

    def inside() -> Iterator[str]:
        for rate in (0, 50, 100):
            yield (
                f'<line class="grid" x1="{left}" x2="{left + wide}" y1="{y(rate):.1f}" '
                f'y2="{y(rate):.1f}"/><text x="{left - 5}" y="{y(rate) + 4:.1f}" '
                f'class="scale" text-anchor="end">{rate}%</text>'
            )
        for month in (3, 6, 9, 12):
            yield (
                f'<text x="{x(month):.1f}" y="{top + tall + 14}" '
                f'class="scale" text-anchor="middle">{month}</text>'
            )
        yield (
            f'<line class="time" x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(12):.1f}" '
            f'y2="{y(100):.1f}"/>'
        )
        places = _apart(
            [y(next(m.rate for m in reversed(marks) if m.who == w)) for w in whos]
        )
        for n, who in enumerate(whos):
            own = [mark for mark in marks if mark.who == who]
            points = " ".join(f"{x(m.month):.1f},{y(m.rate):.1f}" for m in own)
            yield f'<polyline class="who{n % 4}" points="{points}"/>'
            for mark in own:
                yield linked(
                    f'<circle class="who{n % 4}" cx="{x(mark.month):.1f}" '
                    f'cy="{y(mark.rate):.1f}" r="3"><title>{escape(who)} '
                    f"{mark.month}: {mark.rate:.1f}%</title></circle>",
                    mark.link,
                )
            yield (
                f'<text class="who{n % 4}" x="{x(own[-1].month) + 6:.1f}" '
                f'y="{places[n] + 4:.1f}">{escape(who)}</text>'
            )

    return svg(left + wide + 110, top + tall + 20, inside(), f"{year}")


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights, moved so that lines of text do not lie on one another."""
    moved = list(heights)
    lowest = -_LINE
    for n in sorted(range(len(heights)), key=heights.__getitem__):
        lowest = moved[n] = max(heights[n], lowest + _LINE)
    return moved


@dataclass(frozen=True)
class Span:
    """A bar of a timeline, in years as numbers: 2024.5 is July 2024.

    Attributes:
        kind: ``planned``, ``passed`` or ``done``.
        note: what stands behind it, such as its figure.
        link: where that leads; "" for nowhere.
    """

    label: str
    begins: float
    ends: float
    kind: str
    note: str = ""
    link: str = ""


def timeline(spans: Sequence[Span], now: float | None, title: str) -> str:
    """Bars one below the other over the years they take."""
    left, wide, row = 150.0, 480.0, 24.0
    first = int(min(span.begins for span in spans))
    last = int(max(span.ends for span in spans)) + 1

    def x(year: float) -> float:
        return left + wide * (year - first) / (last - first)

    tall = row * len(spans)

    def inside() -> Iterator[str]:
        step = max(1, (last - first) // 8)
        for year in range(first, last + 1, step):
            yield (
                f'<line class="grid" x1="{x(year):.1f}" x2="{x(year):.1f}" y1="0" '
                f'y2="{tall}"/><text x="{x(year):.1f}" y="{tall + 14}" '
                f'class="scale" text-anchor="middle">{year}</text>'
            )
        for n, span in enumerate(spans):
            y = n * row
            long = max(x(span.ends) - x(span.begins), 2)
            yield (
                f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">'
                f"{escape(span.label)}</text>"
                f'<rect class="{span.kind}" x="{x(span.begins):.1f}" y="{y + 5}" '
                f'width="{long:.1f}" height="14" rx="3"/>'
                f'<text x="{x(span.begins) + long + 6:.1f}" y="{y + 16}">'
                f"{linked(escape(span.note), span.link)}</text>"
            )
        if now is not None and first <= now <= last:
            yield (
                f'<line class="now" x1="{x(now):.1f}" x2="{x(now):.1f}" y1="0" '
                f'y2="{tall}"/>'
            )

    return svg(left + wide + 150, tall + 20, inside(), title)


def shares(spans: Sequence[Span], title: str) -> str:
    """Bars of per cent, one below the other; 100 is marked."""
    left, wide, row = 90.0, 400.0, 26.0
    most = max(100.0, *(span.ends for span in spans))

    def inside() -> Iterator[str]:
        for n, span in enumerate(spans):
            long = max(wide * span.ends / most, 1)
            yield (
                f'<text x="{left - 8}" y="{n * row + 17}" text-anchor="end">'
                f"{escape(span.label)}</text>"
                f'<rect class="{span.kind}" x="{left}" y="{n * row + 6}" '
                f'width="{long:.1f}" height="14" rx="3"/>'
                f'<text x="{left + long + 6:.1f}" y="{n * row + 17}">'
                f"{linked(escape(span.note), span.link)}</text>"
            )
        x = left + wide * 100 / most
        yield f'<line class="now" x1="{x}" x2="{x}" y1="0" y2="{row * len(spans)}"/>'

    return svg(left + wide + 70, row * len(spans), inside(), title)


class PartOfSum(NamedTuple):
    """A part of a sum: what it adds, a class of the sheet, and what it is."""

    points: int
    kind: str
    label: str


def sum_bar(parts: Sequence[PartOfSum], most: int, wide: float, title: str) -> str:
    """Parts one after the other: as long together as their sum is of ``most``.

    A part below nothing lies over the end of what stands before it.
    """
    tall, each = 14, wide / max(most, 1)

    def inside() -> Iterator[str]:
        at = 0
        for part in parts:
            start = min(at, at + part.points)
            yield (
                f'<rect class="{part.kind}" x="{start * each:.1f}" y="1" '
                f'width="{abs(part.points) * each:.1f}" height="{tall - 2}">'
                f"<title>{escape(part.label)} {part.points}</title></rect>"
            )
            at += part.points

    return svg(wide, tall, inside(), title)


def year_of(date: str) -> float:
    """A partial date as a number of years; the year alone is its beginning."""
    year, month, day = (*date.split("-"), "1", "1")[:3]
    return int(year) + (int(month) - 1) / 12 + (int(day) - 1) / 365


@dataclass(frozen=True)
class Node:
    """A thing in a schematic.

    Attributes:
        label: what it is called.
        link: where it leads; "" for nowhere.
        kind: ``said`` of a party, ``made`` of what is derived, ``open`` of what lacks.
    """

    label: str
    link: str = ""
    kind: str = "made"


def schematic(
    left: Sequence[Node],
    right: Sequence[Node],
    lines: Iterable[tuple[int, int, str]],
    title: str,
) -> str:
    """Nodes on two sides and the lines between them, as on a plan of lines.

    Args:
        left: such as the cities.
        right: such as the parts of a chain.
        lines: from which on the left to which on the right, and its kind: ``firm``,
            or ``open`` for one that is not there yet.
        title: what it shows.
    """
    row, wide, long, gap = 34.0, 190.0, 430.0, 120.0
    tall = row * max(len(left), len(right), 1)

    def y(n: int, of: Sequence[Node]) -> float:
        return (n + 0.5) * tall / len(of)

    def inside() -> Iterator[str]:
        for a, b, kind in lines:
            x1, x2, y1, y2 = wide, wide + gap, y(a, left), y(b, right)
            bend = gap / 2
            yield (
                f'<path class="line {kind}" d="M{x1} {y1:.1f}C{x1 + bend} {y1:.1f} '
                f'{x2 - bend} {y2:.1f} {x2} {y2:.1f}"/>'
            )
        for x, broad, side in ((0.0, wide, left), (wide + gap, long, right)):
            most = int(broad / 13)
            for n, node in enumerate(side):
                label = node.label
                short = label if _broad(label) <= most else label[: most - 1] + "…"
                box = (
                    f'<rect class="node {node.kind}" x="{x}" y="{y(n, side) - 13:.1f}" '
                    f'width="{broad}" height="26" rx="8"/>'
                    f'<text class="name" x="{x + broad / 2}" y="{y(n, side) + 4:.1f}" '
                    f'text-anchor="middle">{escape(short)}'
                    f"<title>{escape(label)}</title></text>"
                )
                yield linked(box, node.link)

    return svg(wide + gap + long, tall, inside(), title)


def _broad(text: str) -> int:
    """Returns how many Chinese characters a text is as wide as."""
    return ceil(sum(1 if character > "\u2e7f" else 0.55 for character in text))
