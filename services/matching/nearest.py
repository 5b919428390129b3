"""Who comes nearest to the entries that nobody can be recommended to.

Each such entry is told the likest few of the other side, whatever stands between them.
It knows some more, so that few events need a look at the whole list.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import nlargest

from services.matching.assignment import score_of
from services.matching.candidates import Comparison
from twincity_schemas.pairing_record import Failed, Near

MOST = 3
"""How many an entry is told."""
_KNOWN = 12
Likeness = tuple[int, str]
"""How alike, and who."""
_ELSEWHERE = Failed(
    code="paired_elsewhere",
    zh="该条目与他方配对总分更高，或双方名额已用完",
    en="it is worth more with others, or its places are taken",
)


def why_unpaired(*, on_list: bool, listed: bool, places: int, possible: bool) -> str:
    """Say why an entry has no pair.

    Args:
        on_list: it was not withdrawn.
        listed: nor is its time over.
        places: its capacity.
        possible: there are pairs that can be recommended to it.
    """
    if not on_list:
        return "条目已撤回 / the entry was withdrawn"
    if not listed:
        return "有效期已过 / its time window is over"
    if places == 0:
        return "可对接数为零 / its capacity is zero"
    if possible:
        return (
            "可对接的条目与他方配对总分更高 / its possible partners are worth more"
            " elsewhere"
        )
    # To be among a demand's best is one of them; ``nearest`` names which failed.
    return "没有满足条件的条目 / no entry meets the conditions"


def best_possible(weights: Mapping[str, int]) -> Iterator[Near]:
    """The heaviest of an entry's possible pairs, as it is told of them without one."""
    best = nlargest(MOST, weights, key=lambda other: (weights[other], other))
    for other in best:  # nothing is in the way but other pairs
        score = score_of(weights[other])
        yield Near(counterpart=other, score=score, failed=(_ELSEWHERE,))


class Nearest:
    """The nearest entries of each lonely one.

    Args:
        compare: an entry with the whole list; None where the entry is not lonely.
        knows: told how alike another has to be for a lonely entry to know it; None
            where it is not lonely any more.
    """

    def __init__(
        self,
        compare: Callable[[str], Comparison | None],
        knows: Callable[[str, int | None], None],
    ) -> None:
        self._compare, self._knows = compare, knows
        self._known: dict[str, list[Likeness]] = {}
        self._knowing: dict[str, set[str]] = defaultdict(set)
        """By entry, the lonely ones that know it."""
        self._whole: set[str] = set()
        """Of the lonely ones, who knows all there are."""

    def of(self, subject: str) -> list[str]:
        """The nearest to an entry, the likest first; nobody where it is not lonely."""
        return [other for _, other in self._known.get(subject, ())[:MOST]]

    def learn(self, subject: str, alike: Comparison, again: Iterable[str]) -> set[str]:
        """Take in that an entry came, changed or went.

        Args:
            subject: that entry.
            alike: the entry compared with the other side; with nobody where it is gone.
            again: whose possible pairs changed by it.

        Returns:
            Those of whom other entries are told now, or something else of them.
        """
        concerned = {other.subject for _, other in alike.knowing()}
        concerned &= self._known.keys()
        changed = set()
        for lonely in concerned | self._knowing.get(subject, set()):
            if self._learn(lonely, subject, alike.of(lonely)):
                changed.add(lonely)
        short = {
            lonely
            for lonely in changed
            if len(self._known[lonely]) < MOST and lonely not in self._whole
        }
        return changed | {one for one in {subject, *again, *short} if self.ask(one)}

    def _learn(self, lonely: str, subject: str, points: int) -> bool:
        """Take in how alike one is to a lonely one; whether that may be told."""
        before = self._known[lonely]
        known = [one for one in before if one[1] != subject]
        # Behind the last that is known others may lie between: so it is left out.
        if points and (
            lonely in self._whole or (known and (points, subject) > known[-1])
        ):
            known.append((points, subject))
            known.sort(reverse=True)
            if len(known) > _KNOWN:
                known.pop()
                self._whole.discard(lonely)
        self._keep(lonely, known)
        # The same ones may score otherwise now, or lack something else.
        now = known[:MOST]
        return before[:MOST] != now or any(other == subject for _, other in now)

    def _keep(self, lonely: str, known: list[Likeness]) -> None:
        for _, other in self._known.get(lonely, ()):
            self._knowing[other].discard(lonely)
        for _, other in known:
            self._knowing[other].add(lonely)
        self._known[lonely] = known
        # Whoever knows all there are, or nobody, knows whatever has a word in common.
        least = 1 if lonely in self._whole or not known else known[-1][0]
        self._knows(lonely, least)

    def ask(self, subject: str) -> bool:
        """Look at the whole list; whether what is told of the entry may differ."""
        before = self._known.pop(subject, None)
        for _, other in before or ():
            self._knowing[other].discard(subject)
        self._whole.discard(subject)
        compared = self._compare(subject)
        if compared is None:
            if before is not None:
                self._knows(subject, None)
            return before is not None
        listed = [(points, o.subject) for points, o in compared.likest(_KNOWN + 1)]
        if len(listed) <= _KNOWN:
            self._whole.add(subject)
        self._keep(subject, listed[:_KNOWN])
        return True
