"""What changed between two contracts, and whom it breaks.

Within a major version of an event type nothing is removed, becomes required,
stops being required or narrows: whoever wrote an event under the old contract
wrote a valid one, and whoever reads finds what was promised. What only widens
(a new code, a longer text) is told, since a strict reader may stumble; what is
new and optional breaks nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from twincity_schemas.comparison import Change, ContractEffect, schema_changes
from twincity_schemas.contract import Document
from twincity_schemas.values import Line, Value


class FieldReader(Value):
    """Somebody who says which fields it uses, so that a change can name it."""

    name: Line
    event: Line
    fields: tuple[str, ...]


_READERS = TypeAdapter(tuple[FieldReader, ...])


def load_readers(path: Path) -> tuple[FieldReader, ...]:
    """The readers that a file declares, as ``schemas/readers.json`` does.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not declare readers.
    """
    return _READERS.validate_json(path.read_bytes())


def changes(
    old: Document,
    new: Document,
    readers: Iterable[FieldReader] = (),
    on: date | None = None,
) -> list[Change]:
    """Everything that differs between two contracts, the breaking first.

    Args:
        old: a contract as it was released.
        new: a later one.
        readers: who declared which fields it uses.
        on: the day of the later one; where it is not given, no sunset has come.
    """
    declared = tuple(readers)
    differences = [
        *schema_changes("envelope", old["envelope"], new["envelope"]),
        *_events(old["events"], new["events"], on or date.min),
        *_topics(old["topics"], new["topics"]),
    ]
    named = [_naming(change, declared) for change in differences]
    order = list(ContractEffect)
    return sorted(named, key=lambda c: (order.index(c.effect), c.of, c.pointer))


def _naming(change: Change, declared: tuple[FieldReader, ...]) -> Change:
    if change.effect is ContractEffect.COMPATIBLE:
        return change
    hit = tuple(
        reader.name
        for reader in declared
        if reader.event == change.of
        and any(_overlap(field, change.pointer) for field in reader.fields)
    )
    if not hit:
        return change
    names = "、".join(hit)
    return replace(
        change,
        zh=f"{change.zh}；{names} 使用该字段",
        en=f"{change.en}; used by {', '.join(hit)}",
        readers=hit,
    )


def _overlap(one: str, other: str) -> bool:
    """Returns whether one pointer leads to, or through, the place of the other."""
    return all(
        a == b or "*" in {a, b}
        for a, b in zip(one.split("/"), other.split("/"), strict=False)
    )


def _events(old: Document, new: Document, on: date) -> Iterator[Change]:
    for name, before in old.items():
        if name not in new:
            if before["deprecation"] is None:
                yield Change(
                    ContractEffect.BREAKING,
                    name,
                    "",
                    "事件类型被删除而未先公告停用，发布方和读者都失去它",
                    "the event type is gone without having been deprecated: its"
                    " writers are refused, its readers wait for ever",
                )
            elif on.isoformat() < (sunset := before["deprecation"]["sunset"]):
                yield Change(
                    ContractEffect.BREAKING,
                    name,
                    "",
                    f"事件类型在公告的停用日 {sunset} 之前被删除",
                    f"the event type is gone before its sunset, {sunset}, as announced",
                )
            else:
                yield Change(
                    ContractEffect.WIDENING,
                    name,
                    "",
                    f"已公告停用的事件类型被删除（停用日 {sunset}）",
                    f"the deprecated event type is gone (sunset {sunset})",
                )
            continue
        after = new[name]
        for part, zh, en in (
            ("subject", "事项种类", "the kind of subject"),
            ("statement", "发布者（主体或系统）", "who publishes it"),
        ):
            if before[part] != after[part]:
                yield Change(
                    ContractEffect.BREAKING,
                    name,
                    "",
                    f"{zh}由 {before[part]} 变为 {after[part]}，旧事件不再有效",
                    f"{en} changed from {before[part]} to {after[part]}:"
                    " what was valid is refused",
                )
        yield from _sooner(name, before["deprecation"], after["deprecation"])
        if before["deprecation"] != after["deprecation"] and after["deprecation"]:
            going = after["deprecation"]
            yield Change(
                ContractEffect.COMPATIBLE,
                name,
                "",
                f"自 {going['since']} 起不建议使用，{going['sunset']} 停用，"
                f"改用 {going['successor']}",
                f"deprecated since {going['since']}, ends on {going['sunset']};"
                f" use {going['successor']}",
            )
        if before["deprecation"] and not after["deprecation"]:
            yield Change(
                ContractEffect.COMPATIBLE,
                name,
                "",
                "停用公告已撤回",
                "is no longer deprecated",
            )
        yield from schema_changes(name, before["schema"], after["schema"])
    for name in new.keys() - old.keys():
        yield Change(
            ContractEffect.COMPATIBLE, name, "", "新增事件类型", "is a new event type"
        )


def _sooner(name: str, before: Any, after: Any) -> Iterator[Change]:
    """Find a sunset that is moved forward: who relied on the announced one is cut."""
    if before and after and after["sunset"] < before["sunset"]:
        yield Change(
            ContractEffect.BREAKING,
            name,
            "",
            f"停用日由 {before['sunset']} 提前到 {after['sunset']}",
            f"the sunset is moved forward, from {before['sunset']} to"
            f" {after['sunset']}",
        )


_FIXED = {
    "key": (
        "消息键",
        "the key",
        "同一事项的顺序和快照不再成立",
        "order and snapshots by the old key no longer hold",
    ),
    "partitions": (
        "分区数",
        "the number of partitions",
        "同一键换了分区，顺序在变更处中断",
        "keys move between partitions and lose their order",
    ),
    "cleanup": (
        "清理策略",
        "the cleanup policy",
        "从头读取不再得到同样的内容",
        "reading from the beginning no longer gives the same",
    ),
}


def _topics(old: Document, new: Document) -> Iterator[Change]:
    for name, before in old.items():
        if name in new:
            yield from _topic(name, before, new[name])
        else:
            yield Change(
                ContractEffect.BREAKING,
                name,
                "",
                "主题被删除，其读者不再收到任何消息",
                "the topic is gone: its readers wait for ever",
            )
    for name in new.keys() - old.keys():
        yield Change(ContractEffect.COMPATIBLE, name, "", "新增主题", "is a new topic")


def _topic(name: str, before: Document, after: Document) -> Iterator[Change]:
    def broken(zh: str, en: str) -> Change:
        return Change(ContractEffect.BREAKING, name, "", zh, en)

    for part, (zh, en, so_zh, so_en) in _FIXED.items():
        if before[part] != after[part]:
            yield broken(
                f"{zh}由 {before[part]} 变为 {after[part]}，{so_zh}",
                f"{en} changed from {before[part]} to {after[part]}: {so_en}",
            )
    if _forever(after["retention_ms"]) < _forever(before["retention_ms"]):
        yield broken(
            "保留期缩短，晚到的读者会漏读",
            "kept for a shorter time: a late reader misses events",
        )
    had, has = before["events"], after["events"]
    for event in (e for e in had if e not in has):
        yield broken(
            f"不再有 {event}，本主题的读者收不到它",
            f"no longer has {event}: readers of this topic miss it",
        )
    for event in (e for e in has if e not in had):
        yield Change(
            ContractEffect.COMPATIBLE, name, "", f"新增 {event}", f"now has {event}"
        )


def _forever(retention_ms: int) -> float:
    return float("inf") if retention_ms < 0 else retention_ms
