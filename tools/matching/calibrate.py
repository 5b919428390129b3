"""Count how often recommendations were right, by their kind.

    python -m tools.matching.calibrate pairs.json > services/matching/confidence-3.tsv

The sets are the half of STARD that the project holds (a layman's question, and the
statute that answers it) and hand-made demands and supplies with distractors
(``pairs.json``). CSL is left out: a title and its abstract are of one hand, and
nearly every pair is right. Two in five of the right supplies are taken away, for on
a real list not everything that is wanted is offered.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.retrieval import Judged, ours
from services.matching.confidence import AHEAD, ALIKE, place_of
from services.matching.scorer import (
    LEAST_LIKENESS,
    LIKENESS,
    Prepared,
    explain,
    prepare,
    score,
)
from services.matching.table import load
from tests.support.saying import entry
from twincity_schemas.opportunity import OpportunityPublished

Points = NDArray[np.int64]
Observed = tuple[int, int, bool]
"""Points for the texts, points ahead of the next best, whether it was right."""
_TAKEN = 0.4


def main() -> None:
    """Write the counts to standard output."""
    seen: Counter[tuple[int, int]] = Counter()
    right: Counter[tuple[int, int]] = Counter()
    for alike, ahead, is_right in (*_stard(), *_by_hand(Path(sys.argv[1]))):
        seen[place_of(alike, ahead)] += 1
        right[place_of(alike, ahead)] += is_right
    print("# points for the texts from, points ahead from, right, observed;")
    print("# STARD (half) and hand-made pairs, without 40 % of the supplies;")
    print("# by tools.matching.calibrate")
    for place in ((alike, ahead) for alike in ALIKE for ahead in AHEAD):
        print(*place, right[place], seen[place], sep="\t")


def _stard() -> Iterator[Observed]:
    judged = Judged.read("stard")
    scale = LIKENESS / 1_000_000  # WHOLE of the benchmark
    points: Points = (ours(judged, load()) * scale).astype(np.int64)
    closed = judged.closed()
    chance = random.Random(1)  # noqa: S311  seeded chance, not secrets
    queries = [query for query, _ in closed]
    documents = [d for _, d in closed if chance.random() > _TAKEN]
    alike = points[np.ix_(queries, documents)]
    for row, column, ahead in _chosen(np.where(alike < LEAST_LIKENESS, 0, alike)):
        is_right = documents[column] in judged.right[queries[row]]
        yield int(alike[row, column]), ahead, is_right


def _by_hand(path: Path) -> Iterator[Observed]:
    said = json.loads(path.read_text("utf-8"))["entries"]
    listed = {one["id"]: _prepared(one) for one in said}
    demands = [one for one in said if one["direction"] == "demand"]
    chance = random.Random(1)  # noqa: S311  as above
    supplies = [
        one
        for one in said
        if one["direction"] == "supply"
        and (one["expected"] is None or chance.random() > _TAKEN)
    ]
    points = np.array(
        [
            [score(listed[d["id"]], listed[s["id"]]) or 0 for s in supplies]
            for d in demands
        ]
    )
    for row, column, ahead in _chosen(points):
        d, s = demands[row], supplies[column]
        terms = explain(listed[d["id"]], listed[s["id"]])
        yield terms[0].points, ahead, s["id"] == d["expected"]


def _prepared(one: dict[str, object]) -> Prepared:
    party = "chengdu" if one["direction"] == "demand" else "chongqing"
    fields = ("direction", "need_type", "area", "regions", "title", "content")
    data = entry(**{name: one[name] for name in fields})
    read = OpportunityPublished.model_validate_json(json.dumps(data))
    return prepare(f"opportunity/{party}/1-{str(one['id']).lower()}", read)


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
