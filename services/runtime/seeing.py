"""The memory as one cause sees it: what it has changed so far, laid over the nodes."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from services.runtime.kinds import Views
from services.runtime.nodes import (
    KEPT,
    RESTS,
    Kept,
    Nodes,
    Written,
    kept_key,
    node_key,
    part_of,
    record_changes,
    rests_key,
    subject_of,
    view_key,
)
from services.runtime.outcomes import Save
from services.runtime.sums import NO_RECORDS, counted

_OPEN_LISTED = 20
"""How many of the open items a header names: those that are due first."""


class Seen:
    """The nodes with the changes of one cause, which are not theirs yet.

    Args:
        nodes: the memory; nothing of it is changed.
    """

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._fresh_views: dict[str, dict[str, Any]] = {}
        self._fresh_kept: dict[str, Kept] = {}
        self._fresh_names: dict[str, dict[str, None]] = {}
        self._saves: dict[str, Written | None] = {}

    def tells_of_its_nodes(self, subject: str) -> bool:
        """Returns whether a header tells of its other nodes, or was never derived."""
        rests = self._nodes.rests_on(subject)
        return not self._nodes.is_kept(subject) or any(
            subject_of(node) == subject for node in rests
        )

    # --- changing -------------------------------------------------------------

    def change_view(self, node: str, party: str, view: Written) -> None:
        """Lay a party's view of a node over the one that it had."""
        self._fresh_views.setdefault(node, {})[party] = view.value
        self._saves[view_key(party, node)] = view
        group, name = part_of(node)
        if group:
            part = node_key(subject_of(node), group)
            self._fresh_names.setdefault(part, {})[name] = None

    def change_kept(self, node: str, published: Kept) -> None:
        """Lay what is published of a node now over what was."""
        self._fresh_kept[node] = published

    def change_rests(self, node: str, looked: set[str]) -> None:
        """Lay what a node's records rest on now over what they rested on."""
        if looked != set(self._nodes.rests_on(node)):
            rests = tuple(sorted(looked))
            self._saves[rests_key(node)] = (
                Written(rests, RESTS.dump_json(rests)) if rests else None
            )

    def saves(self) -> Iterator[Save[Written]]:
        """Yields the changes, as what is to be remembered."""
        for key, written in self._saves.items():
            yield Save(key, written)
        for node, published in self._fresh_kept.items():
            if published != self._nodes.kept(node) or not self._nodes.is_kept(node):
                json = KEPT.dump_json(published, exclude_defaults=True)
                yield Save(kept_key(node), Written(published, json))

    # --- seeing ---------------------------------------------------------------

    def has_spoken(self, party: str, node: str) -> bool:
        """Returns whether this cause changed a party's view of a node."""
        return party in self._fresh_views.get(node, {})

    def views(self, node: str) -> Views:
        """Returns each party's view of a node, this cause's statement included."""
        fresh, before = self._fresh_views.get(node), self._nodes.views(node)
        return before if fresh is None else {**before, **fresh}

    def kept(self, node: str) -> Kept:
        """Returns what was published of a node, this cause's records included."""
        fresh = self._fresh_kept.get(node)
        return self._nodes.kept(node) if fresh is None else fresh

    def names(self, subject: str, part: str) -> list[str]:
        """The names of the nodes of one part of a subject, sorted."""
        fresh = self._fresh_names.get(node_key(subject, part), {})
        return sorted({*self._nodes.names(subject, part), *fresh})

    def sums(self, subject: str) -> dict[str, tuple[int, str]]:
        """Returns the number of a subject's records by part, and the set's digest."""
        sums = dict(self._nodes.sums(subject))
        for node, now in self._changed_of(subject):
            for part, was, is_ in record_changes(self._nodes.kept(node), now):
                sums[part] = counted(sums.get(part, NO_RECORDS), was, is_)
        return {part: sums[part] for part in sorted(sums) if sums[part][0]}

    def open(self, subject: str) -> tuple[int, list[tuple[str, str]]]:
        """Returns how much is open on a subject, and what is due first: (due, part)."""
        gone: set[tuple[str, str]] = set()
        fresh: list[tuple[str, str]] = []
        for node, now in self._changed_of(subject):
            gone |= {(due, part) for part, due in self._nodes.kept(node).open.items()}
            fresh += [(due, part) for part, due in now.open.items()]
        listed = self._nodes.open(subject)
        # No further than the header tells: a list of thousands is not walked.
        first = islice((i for i in listed if i not in gone), _OPEN_LISTED)
        total = len(listed) - len(gone) + len(fresh)
        return total, sorted([*first, *fresh])[:_OPEN_LISTED]

    def tally(self, subject: str, part: str) -> dict[str, int]:
        """Returns what the nodes of one part of a subject count, summed."""
        counts = Counter(self._nodes.tally(subject, part))
        for node, now in self._changed_of(subject):
            if part_of(node)[0] == part:
                counts.subtract(self._nodes.kept(node).tally)
                counts.update(now.tally)
        return {label: count for label, count in sorted(counts.items()) if count}

    def last(self, subject: str, part: str, label: str) -> str | None:
        """Returns the last of a part's nodes, by name, that counts a label; or None."""
        changed = {
            part_of(node)[1]: label in now.tally
            for node, now in self._changed_of(subject)
            if part_of(node)[0] == part
        }
        before = reversed(self._nodes.labelled(subject, part, label))
        kept = next((name for name in before if name not in changed), None)
        fresh = (name for name, counts in changed.items() if counts)
        return max((*fresh, *(() if kept is None else (kept,))), default=None)

    def _changed_of(self, subject: str) -> Iterator[tuple[str, Kept]]:
        for node, published in self._fresh_kept.items():
            if subject_of(node) == subject:
                yield node, published
