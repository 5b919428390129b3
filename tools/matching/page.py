"""Show hand-made pairs as they are recommended: ``python -m tools.matching.page``.

    python -m tools.matching.page > docs/matching/pairs.md

Each set of ``tests/cases/matching`` is a pool of its own: all its demands, all its
supplies, the distractors too. Shown are wrong pairs first, then right ones, of both
every so many so that each set has some.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from services.matching import telling
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from tools.matching.calibrate import hand_made, read
from twincity_schemas.pairing_record import Pair

_WRONG, _RIGHT = 7, 13
_HEAD = """# Twenty pairs, as they are recommended

Made-up entries whose right partner is known, written by hand with distractors that
share their words; none carries a sentence vector. Written by
`python -m tools.matching.page`. Wrong pairs are shown more often than they occur, so
that it can be seen what misleads: words of the same trade for another deed.

How to read them: the points of a table add up to the score in bold. 互为首选: neither
of the two has a possible partner that scores more. 较为可靠 is said of pairs whose like
were right nearly nine times in ten, in lists without 40 % of the right supplies;
宜核对 of all others: look at them before you call. Nothing is claimed of a real list.
"""


def main() -> None:
    """Write the page to standard output."""
    pairs = [one for path in hand_made() for one in _recommended(path)]
    wrong, right = (
        [text for is_right, _, text in pairs if is_right is asked]
        for asked in (False, True)
    )
    sure = [is_right for is_right, confident, _ in pairs if confident]
    print(_HEAD)
    print(f"Of {len(pairs)} recommended pairs {len(right)} are right;")
    print(f"of the {len(sure)} among them that are called 较为可靠, {sum(sure)}.")
    print("These lists have every right supply.")
    for texts, most in ((wrong, _WRONG), (right, _RIGHT)):
        for text in texts[:: len(texts) // most][:most]:
            print(text)


def _recommended(path: Path) -> Iterator[tuple[bool, bool, str]]:
    """Yields of each recommended pair if it is right, if it is confident, its text."""
    listed = json.loads(path.read_text("utf-8"))["entries"]
    by_id = {one["id"]: read(one) for one in listed}
    expected = {by_id[one["id"]].subject: one["expected"] for one in listed}
    pool = Pool("1")
    pool.load(
        {own.subject: apply_data(EntryView(), own.entry) for own in by_id.values()}
    )
    for demand, supply in pool.recommended():
        is_right = by_id[expected[demand]].subject == supply
        record = telling.pairing(pool, demand)
        assert record is not None  # noqa: S101  it was published
        [pair] = record.pairs
        text = "\n".join(_shown(pool, demand, pair, is_right=is_right))
        yield is_right, pair.confidence is not None and pair.confidence.confident, text


def _shown(pool: Pool, demand: str, pair: Pair, *, is_right: bool) -> Iterator[str]:
    d, s = pool.pair(demand, pair.counterpart)
    yield f"\n## {'对 right' if is_right else '错 wrong'}: {d.entry.title}\n"
    for name, own in (("需求", d), ("供给", s)):
        yield f"- {name} **{own.entry.title}**: {own.entry.content}"
    such = pair.confidence
    assert such is not None  # noqa: S101  it is recommended
    first = "互为首选 mutual first choice" if pair.mutual_first_choice else ""
    sure = "较为可靠 confident" if such.confident else "宜核对 to be looked at"
    yield f"- **{pair.score}** " + "; ".join(filter(None, (first, sure)))
    zh = f"同类 {such.observed} 对中 {such.share} % 正确"
    yield f"- {zh} of such pairs were right (95 %: {such.low}–{such.high})\n"
    yield "| 分 | 依据 | evidence |\n|---:|---|---|"
    for term in pair.terms:
        yield f"| {term.points} | {term.zh} | {term.en} |"


if __name__ == "__main__":
    main()
