"""Who comes nearest to the entries that nobody can be recommended to.

Each such entry is told the likest few of the other side, whatever stands between them.
It knows some more, so that few events need a look at the whole list.
"""

from collections.abc import Callable, Iterable, Mapping
from heapq import nlargest

MOST = 3
"""How many an entry is told."""
_KNOWN = 12
Likeness = tuple[int, str]
"""How alike, and who."""


class Nearest:
    """The nearest entries of each lonely one.

    Args:
        look: how alike each of the other side is to an entry, by the whole list; None
            where the entry is not lonely.
    """

    def __init__(self, look: Callable[[str], Iterable[Likeness] | None]) -> None:
        self._look = look
        self._known: dict[str, list[Likeness]] = {}
        self._whole: set[str] = set()
        """Of those, who knows all there are."""

    def of(self, subject: str) -> list[str]:
        """The nearest to an entry, the likest first; nobody where it is not lonely."""
        return [other for _, other in self._known.get(subject, ())[:MOST]]

    def learn(
        self, subject: str, alike: Mapping[str, int], again: Iterable[str]
    ) -> set[str]:
        """Take in that an entry came, changed or went.

        Args:
            subject: that entry.
            alike: how alike the entries of the other side are to it; empty where it
                is gone.
            again: whose possible pairs changed by it.

        Returns:
            Those of whom other entries are told now, or something else of them.
        """
        changed = set()
        for lonely, known in self._known.items():
            before = known[:MOST]
            known[:] = [one for one in known if one[1] != subject]
            # Behind the last that is known others may lie between: so it is left out.
            if (points := alike.get(lonely, 0)) and (
                lonely in self._whole or (known and (points, subject) > known[-1])
            ):
                known.append((points, subject))
                known.sort(reverse=True)
                if len(known) > _KNOWN:
                    del known[_KNOWN:]
                    self._whole.discard(lonely)
            # The same ones may score otherwise now, or lack something else.
            now = known[:MOST]
            if before != now or any(other == subject for _, other in now):
                changed.add(lonely)
        short = {
            lonely
            for lonely in changed
            if len(self._known[lonely]) < MOST and lonely not in self._whole
        }
        return changed | {one for one in {subject, *again, *short} if self.ask(one)}

    def ask(self, subject: str) -> bool:
        """Look at the whole list; whether what is told of the entry may differ."""
        before = self._known.pop(subject, None)
        self._whole.discard(subject)
        changed = self._look(subject)
        if changed is None:
            return before is not None
        listed = [one for one in changed if one[0]]
        self._known[subject] = nlargest(_KNOWN, listed)
        if len(listed) <= _KNOWN:
            self._whole.add(subject)
        return True
