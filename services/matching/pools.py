"""The pools of a shard: an index over its entries, with the pairs that follow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from services.matching.entries import NOTHING_SAID, EntryView
from services.matching.pool import Pool
from services.runtime.kinds import Views
from services.runtime.nodes import node_key
from twincity_schemas.opportunity import pool_of
from twincity_schemas.values import Subject

CANDIDATES = "candidates"
"""The part of a demand that tells which supplies it can be paired with."""
PRICE = "price"
"""The part of an entry that tells its price in the certificate."""


class Pools:
    """Every pool by name; see :class:`services.runtime.kinds.Index`."""

    def __init__(self) -> None:
        self._pools: dict[str, Pool] = {}
        self._latest: dict[str, str] = {}
        """By pool, the entry that changed last."""

    def load(self, views: Iterable[tuple[str, Views]]) -> None:
        """Take in every entry at once."""
        by_pool: dict[str, dict[str, EntryView]] = defaultdict(dict)
        for subject, by_owner in views:
            by_pool[_name(subject)][subject] = _view(by_owner)
        for name, known in by_pool.items():
            pool = self._pools[name] = Pool(name)
            pool.load(known)
            self._latest[name] = next(iter(known))

    def put(self, node: str, views: Views) -> Iterable[str]:
        """Pair anew with an entry as it is now.

        Returns:
            Whatever is told otherwise by it: the entries whose pairs are others, score
            otherwise or lead otherwise, the candidates of whatever demand has others
            now, the pool.
        """
        pool = self.pool(node)
        near = pool.put(node, _view(views))
        self._latest[pool.name] = node
        yield from sorted(near)
        for demand in sorted({demand for demand, _ in pool.altered} | {node}):
            yield node_key(demand, CANDIDATES)
        yield f"pool/{pool.name}"

    def settle(self) -> Iterator[tuple[str, str]]:
        """The entries whose prices came to differ, each with whose change did it."""
        latest, self._latest = self._latest, {}
        for name, because in latest.items():
            for entry in self._pools[name].prices.requoted():
                yield node_key(entry, PRICE), because

    def pool(self, subject: str) -> Pool:
        """The pool that an entry is in."""
        return self.named(_name(subject))

    def get(self, name: str) -> Pool | None:
        """A pool by its name; None where nothing was said of it."""
        return self._pools.get(name)

    def named(self, name: str) -> Pool:
        """A pool by its name, empty where nothing was said of it."""
        if name not in self._pools:
            self._pools[name] = Pool(name)
        return self._pools[name]


def _name(subject: str) -> str:
    return pool_of(Subject.parse(subject))


def _view(by_owner: Views) -> EntryView:
    return next(iter(by_owner.values()), NOTHING_SAID)
