"""Count how often recommendations were right, by their kind.

    python -m tools.matching.calibrate > services/matching/confidence-7.tsv

The sets are the hand-made demands and supplies with distractors
(``tests/cases/matching``). Two in five of the right supplies are taken away, for on a
real list not everything that is wanted is offered: twenty times over, and the counts
are the mean, for which of them are missing decides much in so small a set.

The public sets are left out: nobody wrote decoys for them, so that a pair which leads
by words in common is nearly always right there, and mostly wrong by hand. To standard
error goes what the two classes of first choices are worth where every supply is there:
by hand-made set, on the halves of STARD and CSL that the project holds (in pools of
50, as many as a need type of the demo's list has), and on the set that nothing was
chosen by (``held-out``). Everything by hand is counted twice, the second time as though
each entry carried its sentence vector (the extra ``vectors``).
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.retrieval import WHOLE, Judged, by_characters, by_senses
from services.matching.confidence import BY_WORDS, CLASSES, CONFIDENT, place_of
from services.matching.scorer import LIKENESS, Prepared, alike, prepare, score, wording
from services.matching.table import load
from services.matching.vectors import vector_of
from tests.support.saying import entry
from twincity_schemas.opportunity import OpportunityPublished

Points = NDArray[np.int64]
Observed = tuple[str, bool]
"""The class of a recommended pair, and whether it was right."""
HAND_MADE = Path(__file__).parents[2] / "tests/cases/matching"
_TAKEN = 0.4
_DRAWS = 20
_POOL = 50


def main() -> None:
    """Write the counts to standard output."""
    seen: Counter[tuple[str, bool]] = Counter()
    right: Counter[tuple[str, bool]] = Counter()
    for path, vectors in product(hand_made(), (False, True)):
        for place, is_right in observed(by_hand(path, vectors=vectors), _TAKEN, _DRAWS):
            seen[place, vectors] += 1
            right[place, vectors] += is_right
    print("# class of pair, right, observed, and both with vectors: the mean of")
    print(
        f"# {_DRAWS} draws of the hand-made pairs, each without 40 % of the supplies;"
    )
    print("# by tools.matching.calibrate")
    for place in CLASSES:
        means = (
            round(counted[place, vectors] / _DRAWS)
            for vectors in (False, True)
            for counted in (right, seen)
        )
        print(place, *means, sep="\t")
    whole = {
        f"{path.relative_to(HAND_MADE)}{', vectors' * vectors}": [
            by_hand(path, vectors=vectors)
        ]
        for vectors in (False, True)
        for path in (*hand_made(), *held_out())
    } | {"STARD": [*in_pools("stard")], "CSL": [*in_pools("csl")]}
    for name, sets in whole.items():
        observed_ = [pair for one in sets for pair in observed(one)]
        print(
            f"{name}:",
            counted_of(observed_),
            "recommended right;",
            end=" ",
            file=sys.stderr,
        )
        for place in (CONFIDENT, BY_WORDS):
            of_place = [pair for pair in observed_ if pair[0] == place]
            print(place, counted_of(of_place), end="; ", file=sys.stderr)
        print(file=sys.stderr)


def counted_of(observed_: list[Observed]) -> str:
    """Returns the number of those that were right, and of all."""
    return f"{sum(is_right for _, is_right in observed_)} of {len(observed_)}"


def observed(one: "_Set", taken: float = 0, draws: int = 1) -> Iterator[Observed]:
    """Every recommended pair of a set, without a part of the right supplies.

    Args:
        one: the set.
        taken: the part that is taken away.
        draws: how often; each time others are taken.
    """
    for draw in range(draws):
        chance = random.Random(draw)  # noqa: S311  seeded chance, not secrets
        stays = [chance.random() >= taken for _ in one.wanted]
        columns = [c for c, k in zip(one.wanted, stays, strict=True) if k]
        columns += one.others
        for row, column, first in _chosen(one.points[:, columns]):
            supply = columns[column]
            words, alike = (int(of[row, supply]) for of in (one.words, one.alike))
            yield place_of(words, alike, first=first), supply in one.right[row]


@dataclass(frozen=True)
class _Set:
    """A set: points in all, for the texts, for their words, by demand and supply.

    Attributes:
        wanted: the supplies that are right for some demand.
        others: the distractors.
        right: by demand, the supplies that are right.
    """

    points: Points
    alike: Points
    words: Points
    wanted: list[int]
    others: list[int]
    right: list[set[int]]


def hand_made() -> list[Path]:
    """The sets of hand-made entries."""
    return sorted(HAND_MADE.glob("*.json"))


def held_out() -> list[Path]:
    """The sets that nothing was chosen by."""
    return sorted((HAND_MADE / "held-out").glob("*.json"))


def in_pools(name: str) -> Iterator[_Set]:
    """A public set's pairs in pools, by chance; what is left over makes none."""
    judged = Judged.read(name)
    words: Points = (by_characters(judged, load()) * LIKENESS / WHOLE).astype(np.int64)
    points: Points = words + (by_senses(judged) * LIKENESS / WHOLE).astype(np.int64)
    pairs = judged.closed()
    random.Random(0).shuffle(pairs)  # noqa: S311  seeded chance, not secrets
    for start in range(0, len(pairs) - _POOL + 1, _POOL):
        queries, documents = zip(*pairs[start : start + _POOL], strict=True)
        near, shared = (of[np.ix_(queries, documents)] for of in (points, words))
        right = [
            {place for place, d in enumerate(documents) if d in judged.right[query]}
            for query in queries
        ]
        yield _Set(near, near, shared, list(range(_POOL)), [], right)


def by_hand(path: Path, *, vectors: bool = False) -> _Set:
    """A hand-made set.

    Args:
        path: its file.
        vectors: whether each entry carries its sentence vector.

    Raises:
        RuntimeError: the extra ``vectors`` is not installed.
    """
    entries_ = json.loads(path.read_text("utf-8"))["entries"]
    demands, supplies = (
        [one for one in entries_ if one["direction"] == side]
        for side in ("demand", "supply")
    )
    asked, offered = (
        [read(one, vectors=vectors) for one in side] for side in (demands, supplies)
    )
    pairs = [[(d, s) for s in offered] for d in asked]
    places = {one["id"]: place for place, one in enumerate(supplies)}
    return _Set(
        np.array([[score(*pair) or 0 for pair in row] for row in pairs]),
        np.array([[alike(*pair) for pair in row] for row in pairs]),
        np.array([[wording(*pair) for pair in row] for row in pairs]),
        [places[one["id"]] for one in supplies if one["expected"] is not None],
        [places[one["id"]] for one in supplies if one["expected"] is None],
        [{places[one["expected"]]} for one in demands],
    )


def read(one: dict[str, object], *, vectors: bool = False) -> Prepared:
    """An entry of a hand-made set."""
    party = "chengdu" if one["direction"] == "demand" else "chongqing"
    fields = ("direction", "need_type", "area", "regions", "title", "content")
    data = entry(**{name: one[name] for name in fields})
    published = OpportunityPublished.model_validate_json(json.dumps(data))
    if vectors:
        text = f"{published.title} {published.content}"
        vector = vector_of(text, published.direction)
        published = published.model_copy(update={"vector": vector})
    return prepare(f"opportunity/{party}/1-{str(one['id']).lower()}", published)


def _chosen(points: Points) -> Iterator[tuple[int, int, bool]]:
    """The pairs of the optimum, and whether each is the first choice of both."""
    for row, column in zip(*linear_sum_assignment(points, maximize=True), strict=True):
        mine = points[row, column]
        if mine <= 0:
            continue
        best = max(points[row].max(), points[:, column].max())
        yield int(row), int(column), bool(mine == best)


if __name__ == "__main__":
    main()
