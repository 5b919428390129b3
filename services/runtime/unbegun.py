"""Statements about what nobody has opened or described: each party is told.

Whatever the kind: as long as a subject has no record of its own, what is said of it has
no effect. It has once somebody opens it, and it has none again where that stops to be
so, as on a tie. Not so of what counts elsewhere all the same, as the kind says: a board
counts an obstacle of a project that nobody has described.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from services.runtime.kinds import no_effect
from services.runtime.seeing import Seen
from services.runtime.telling import Telling
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.steps import NoEffect


def tell_unbegun(
    subject: str,
    nodes: Iterable[str],
    seen: Seen,
    telling: Telling,
    counts_elsewhere: Callable[[NoEffect], bool],
) -> None:
    """Tell whose statements wait for a subject to begin, and whose no longer do.

    Args:
        subject: of which the records were derived just now.
        nodes: those of its nodes that may have come to differ, its own among them.
        seen: the memory, these changes included.
        telling: what is told.
        counts_elsewhere: whether a statement counts though the subject has not begun.
    """
    begun = bool(seen.kept(subject).records)
    published = {node: seen.kept(node) for node in nodes}
    if begun and not any(one.waits for one in published.values()):
        return
    explained = {name for one in published.values() for name in one.no_effect}
    for node, one in published.items():
        remembered = {f"{of.party} {of.statement}": of for of in _spoken(node, seen)}
        idle = remembered.keys() - explained
        waits = (
            () if begun or one.records else _waiting(idle, remembered, counts_elsewhere)
        )
        for name in waits:
            if name not in one.waits:
                telling.no_effect(subject, remembered[name])
        for name in one.waits:
            # What its party has said anew since takes no effect by its former words.
            if name in idle and name not in waits:
                of = remembered[name]
                telling.in_effect(subject, of.party, of.statement)
        explained |= {*waits, *one.waits}
        if waits != one.waits:
            seen.change_kept(node, replace(one, waits=waits))


def _waiting(
    idle: Iterable[str],
    remembered: Mapping[str, NoEffect],
    counts_elsewhere: Callable[[NoEffect], bool],
) -> tuple[str, ...]:
    return tuple(
        name for name in sorted(idle) if not counts_elsewhere(remembered[name])
    )


def _spoken(node: str, seen: Seen) -> Iterator[NoEffect]:
    for party, view in sorted(seen.views(node).items()):
        for statement, step in statements_in(view):
            yield no_effect(party, statement, step, _NOT_BEGUN)


def statements_in(view: Any) -> Iterator[tuple[str, str]]:
    """Yields the statements that a view remembers: each one's id and its type."""
    if isinstance(view, Mapping):
        for one in view.values():
            yield from statements_in(one)
    elif isinstance(view, tuple):
        for one in view:
            yield from statements_in(one)
    elif is_dataclass(view) and not isinstance(view, type):
        own = {one.name: getattr(view, one.name) for one in fields(view)}
        content = own.get("content", view)
        event_type = EVENT_TYPE_OF.get(type(content))
        step = event_type.fact if event_type else getattr(content, "step", None)
        if step is not None and "id" in own:
            yield own["id"], step
        else:
            yield from statements_in(own)


_NOT_BEGUN = (
    "not_begun",
    "该事项尚未由一方启动或描述，本条待其启动后生效",
    "nobody has opened or described this so far: it counts once somebody has",
)
