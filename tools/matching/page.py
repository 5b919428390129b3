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
share their words. Written by `python -m tools.matching.page`; the confidence is counted
where the truth is known, and says nothing of a real list.
"""


def main() -> None:
    """Write the page to standard output."""
    pairs = [one for path in hand_made() for one in _recommended(path)]
    wrong, right = (
        [text for is_right, text in pairs if is_right is asked]
        for asked in (False, True)
    )
    print(_HEAD)
    print(f"Of {len(pairs)} recommended pairs {len(right)} are right.")
    for texts, most in ((wrong, _WRONG), (right, _RIGHT)):
        for text in texts[:: len(texts) // most][:most]:
            print(text)


def _recommended(path: Path) -> Iterator[tuple[bool, str]]:
    """Yields of each recommended pair of a set if it is right, and its text."""
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
        yield is_right, "\n".join(_shown(pool, demand, pair, is_right=is_right))


def _shown(pool: Pool, demand: str, pair: Pair, *, is_right: bool) -> Iterator[str]:
    d, s = pool.pair(demand, pair.counterpart)
    yield f"\n## {'对 right' if is_right else '错 wrong'}: {d.entry.title}\n"
    for name, own in (("需求", d), ("供给", s)):
        yield f"- {name} **{own.entry.title}**: {own.entry.content}"
    such = pair.confidence
    assert such is not None  # noqa: S101  it is recommended
    first = "互为首选 mutual first choice" if pair.mutual_first_choice else ""
    sure = "较为可靠 confident" if such.confident else "宜核对 to be looked at"
    yield f"- **{pair.score}** {first}; {sure}"
    yield (
        f"- 同类 {such.share} % 正确 of such were right"
        f" ({such.low}–{such.high} %, {such.observed})\n"
    )
    yield "| 分 | 依据 | evidence |\n|---:|---|---|"
    for term in pair.terms:
        yield f"| {term.points} | {term.zh} | {term.en} |"


if __name__ == "__main__":
    main()
