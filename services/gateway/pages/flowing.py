"""The flow as a picture: inboxes, services, topics, and how much goes between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

from services.gateway.desk import Glance
from services.gateway.pages.drawing import svg
from services.gateway.pages.telling import Tell
from services.runtime.standing import ShardStatus
from twincity_schemas.topology import (
    APPRAISAL_RECORDS,
    KINDS,
    MATCHING_RECORDS,
    inbox,
    records,
    statements,
)
from twincity_schemas.values import Domain
from twincity_schemas.words import Words, words_at

_WIDE, _GAP, _TALL, _ROW, _TOP = 142.0, 66.0, 36.0, 46.0, 26.0

_COLUMNS = (
    Words("收件箱", "Inboxes"),
    Words("受理", "Admission"),
    Words("填报", "Statements"),
    Words("推导", "Derivation"),
    Words("记录", "Records"),
    Words("台账", "Ledger"),
)


@dataclass(frozen=True)
class FlowNode:
    """A box of the picture.

    Attributes:
        name: such as a topic's, to find it by.
        label: what it is called.
        note: a line of figures below.
        kind: ``said``, ``made``, or ``open`` for what does not answer.
        link: where it leads; "" for nowhere.
    """

    name: str
    label: str
    note: str
    kind: str = "made"
    link: str = ""


def flow_picture(glance: Glance, tell: Tell, waiting_link: str) -> str:
    """The whole flow, as the cluster tells it.

    Args:
        glance: how the system stands.
        tell: writes in the reader's language.
        waiting_link: the page of dead letters.
    """
    by_service: dict[str, list[ShardStatus]] = {}
    for one in glance.status.shards:
        by_service.setdefault(one.service, []).append(one)

    def topic(name: str, label: str, kind: str = "made") -> FlowNode:
        written = glance.status.written.get(name)
        note = "—" if written is None else f"{written:,} · {_rate(glance, name)}"
        return FlowNode(name, label, note, kind)

    def service(name: str) -> FlowNode:
        shards = by_service.get(name, [])
        letters = glance.status.dead_letters.get(name, 0)
        alive = bool(shards) and all(one.alive and not one.halted for one in shards)
        behind = max((one.behind_s for one in shards), default=0.0)
        parts = [
            tell.t(f"{len(shards)} 个分片", f"shards: {len(shards)}"),
            tell.t(f"落后 {behind:.0f} 秒", f"{behind:.0f} s behind"),
        ]
        if letters:
            parts.append(tell.t(f"死信 {letters}", f"letters: {letters}"))
        return FlowNode(
            name,
            tell.service(name),
            " · ".join(parts),
            "made" if alive else "open",
            waiting_link if letters else "",
        )

    domains = [topic(records(one), tell.words(one.words)) for one in Domain]
    columns = (
        [
            topic(inbox(party.code), tell.t(party.zh, party.en), "said")
            for party in tell.registry.party
        ],
        [service("admission")],
        [
            topic(statements(kind), _subject(tell, kind), "said")
            for kind in sorted(KINDS, key=lambda kind: _ORDER.index(_reader(kind)))
        ],
        [service(name) for name in _ORDER],
        [
            *domains,
            topic(MATCHING_RECORDS, tell.t("对接结果", "Pairings")),
            topic(APPRAISAL_RECORDS, tell.t("考核结果", "Appraisals")),
        ],
        [service("ledger")],
    )
    return _drawn(columns, glance, tell)


_ORDER = ("coordination", "matching", "appraisal")


def _reader(kind: str) -> str:
    return KINDS[kind].service


def _subject(tell: Tell, kind: str) -> str:
    words = words_at("twincity_schemas.topology", f"{kind}.statements")
    return tell.t(
        words.zh.removeprefix("已受理的").removesuffix("填报"),
        kind.capitalize(),
    )


def _rate(glance: Glance, topic: str) -> str:
    return f"{glance.rates[topic]:.1f}/s" if topic in glance.rates else "…/s"


def _lines(
    columns: Sequence[Sequence[FlowNode]],
) -> Iterator[tuple[int, int, int, str]]:
    """Yields column, row there, row in the next column, and whose rate it has."""
    inboxes, _, kinds, services, outputs, _ = columns
    for n, node in enumerate(inboxes):
        yield 0, n, 0, node.name
    for n, node in enumerate(kinds):
        yield 1, 0, n, node.name
    at = {node.name: n for n, node in enumerate(services)}
    for n, node in enumerate(kinds):
        for reader in KINDS[node.name.split(".")[1]].readers:
            yield 2, n, at[reader], node.name
    source = {MATCHING_RECORDS: "matching", APPRAISAL_RECORDS: "appraisal"}
    for n, node in enumerate(outputs):
        yield 3, at[source.get(node.name, "coordination")], n, node.name
        yield 4, n, 0, node.name


def _drawn(columns: Sequence[Sequence[FlowNode]], glance: Glance, tell: Tell) -> str:
    tall = _TOP + _ROW * max(map(len, columns))

    def x(column: int) -> float:
        return column * (_WIDE + _GAP)

    def y(column: int, row: int) -> float:
        return _TOP + (row + 0.5) * (tall - _TOP) / len(columns[column])

    def inside() -> Iterator[str]:
        for column, row, following, topic in _lines(columns):
            x1, x2 = x(column) + _WIDE, x(column + 1)
            y1, y2 = y(column, row), y(column + 1, following)
            rate = glance.rates.get(topic, 0.0)
            kind = "moving" if rate > 0 else "idle"
            yield (
                f'<path class="line {kind}" stroke-width="{1 + log10(1 + rate):.1f}" '
                f'd="M{x1} {y1:.1f}C{x1 + _GAP / 2} {y1:.1f} {x2 - _GAP / 2} '
                f'{y2:.1f} {x2} {y2:.1f}"/>'
            )
        for column, words in enumerate(_COLUMNS):
            yield (
                f'<text x="{x(column) + _WIDE / 2}" y="12" text-anchor="middle">'
                f"{escape(tell.words(words))}</text>"
            )
        for column, nodes in enumerate(columns):
            for row, node in enumerate(nodes):
                box = (
                    f'<rect class="node {node.kind}" x="{x(column)}" '
                    f'y="{y(column, row) - _TALL / 2:.1f}" width="{_WIDE}" '
                    f'height="{_TALL}" rx="8"/><text class="name" '
                    f'x="{x(column) + _WIDE / 2}" y="{y(column, row) - 3:.1f}" '
                    f'text-anchor="middle">{escape(node.label)}</text>'
                    f'<text class="figures" x="{x(column) + _WIDE / 2}" '
                    f'y="{y(column, row) + 12:.1f}" text-anchor="middle">'
                    f"{escape(node.note)}</text>"
                )
                linked = f'<a href="{escape(node.link)}">{box}</a>'
                yield linked if node.link else box

    title = tell.t("数据的流向与速度", "What flows where, and how fast")
    return svg(x(5) + _WIDE, tall, inside(), title)
