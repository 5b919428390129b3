"""Count how often recommendations were right, by their kind.

    python -m tools.matching.calibrate > services/matching/confidence-5.tsv

The sets are the half of STARD that the project holds (a layman's question, and the
statute that answers it) and the hand-made demands and supplies with distractors
(``tests/cases/matching``). CSL is left out: a title and its abstract are of one hand,
and nearly every pair is right. Two in five of the right supplies are taken away, for
on a real list not everything that is wanted is offered: twenty times over, and the
counts are the mean, for which of them are missing decides much in so small a set. To
standard error goes what the best class is worth where every supply is there.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.retrieval import WHOLE, Judged, ours
from services.matching.confidence import CLASSES, CONFIDENT, place_of
from services.matching.scorer import LIKENESS, Prepared, alike, prepare, score
from services.matching.table import load
from tests.support.saying import entry
from twincity_schemas.opportunity import OpportunityPublished

Points = NDArray[np.int64]
Observed = tuple[int, int, bool]
"""Points for the texts, points ahead of the next best, whether it was right."""
HAND_MADE = Path(__file__).parents[2] / "tests/cases/matching"
_TAKEN = 0.4
_DRAWS = 20


def main() -> None:
    """Write the counts to standard output."""
    seen: Counter[tuple[int, int]] = Counter()
    right: Counter[tuple[int, int]] = Counter()
    for likeness, ahead, is_right in observed(_TAKEN, _DRAWS):
        seen[place_of(likeness, ahead)] += 1
        right[place_of(likeness, ahead)] += is_right
    print(
        "# points for the texts from, points ahead from, right, observed: the mean of"
    )
    print(f"# {_DRAWS} draws of STARD (half) and of hand-made pairs, each without 40 %")
    print("# of the supplies; by tools.matching.calibrate")
    for place in ((least, ahead) for least in CLASSES for ahead in CLASSES[least]):
        means = (round(counted[place] / _DRAWS) for counted in (right, seen))
        print(*place, *means, sep="\t")
    whole = [
        is_right
        for likeness, ahead, is_right in observed(0, 1)
        if place_of(likeness, ahead) == CONFIDENT
    ]
    print(
        f"where every supply is there: {sum(whole)} of {len(whole)} confident right",
        file=sys.stderr,
    )


def observed(taken: float, draws: int) -> Iterator[Observed]:
    """Every recommended pair of the sets, without a part of the right supplies.

    Args:
        taken: the part that is taken away.
        draws: how often; each time others are taken.
    """
    sets = [_stard(), *map(_by_hand, hand_made())]
    for draw in range(draws):
        chance = random.Random(draw)  # noqa: S311  seeded chance, not secrets
        for one in sets:
            kept = [chance.random() >= taken for _ in one.wanted]
            columns = [c for c, k in zip(one.wanted, kept, strict=True) if k]
            columns += one.others
            for row, column, ahead in _chosen(one.points[:, columns]):
                supply = columns[column]
                yield int(one.alike[row, supply]), ahead, supply in one.right[row]


@dataclass(frozen=True)
class _Set:
    """A set: points in all and for the texts, by demand and supply.

    Attributes:
        wanted: the supplies that are right for some demand.
        others: the distractors.
        right: by demand, the supplies that are right.
    """

    points: Points
    alike: Points
    wanted: list[int]
    others: list[int]
    right: list[set[int]]


def hand_made() -> list[Path]:
    """The sets of hand-made entries."""
    return sorted(HAND_MADE.glob("*.json"))


def _stard() -> _Set:
    judged = Judged.read("stard")
    points: Points = (ours(judged, load()) * LIKENESS / WHOLE).astype(np.int64)
    queries, documents = (list(of) for of in zip(*judged.closed(), strict=True))
    near = points[np.ix_(queries, documents)]
    right = [
        {place for place, d in enumerate(documents) if d in judged.right[query]}
        for query in queries
    ]
    return _Set(near, near, list(range(len(documents))), [], right)


def _by_hand(path: Path) -> _Set:
    said = json.loads(path.read_text("utf-8"))["entries"]
    demands, supplies = (
        [one for one in said if one["direction"] == side]
        for side in ("demand", "supply")
    )
    pairs = [[(read(d), read(s)) for s in supplies] for d in demands]
    places = {one["id"]: place for place, one in enumerate(supplies)}
    return _Set(
        np.array([[score(*pair) or 0 for pair in row] for row in pairs]),
        np.array([[alike(*pair) for pair in row] for row in pairs]),
        [places[one["id"]] for one in supplies if one["expected"] is not None],
        [places[one["id"]] for one in supplies if one["expected"] is None],
        [{places[one["expected"]]} for one in demands],
    )


def read(one: dict[str, object]) -> Prepared:
    """An entry of a hand-made set."""
    party = "chengdu" if one["direction"] == "demand" else "chongqing"
    fields = ("direction", "need_type", "area", "regions", "title", "content")
    data = entry(**{name: one[name] for name in fields})
    said = OpportunityPublished.model_validate_json(json.dumps(data))
    return prepare(f"opportunity/{party}/1-{str(one['id']).lower()}", said)


def _chosen(points: Points) -> Iterator[tuple[int, int, int]]:
    """The pairs of the optimum, and how far each is ahead of the next best."""
    for row, column in zip(*linear_sum_assignment(points, maximize=True), strict=True):
        mine = points[row, column]
        if mine <= 0:
            continue
        others = np.append(
            np.delete(points[row], column), np.delete(points[:, column], row)
        )
        yield int(row), int(column), int(mine - others.max())


if __name__ == "__main__":
    main()
