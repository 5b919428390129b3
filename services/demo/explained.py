"""Which recommended pairs the demo explains."""

from collections.abc import Iterable, Mapping

from services.matching.scorer import LIKE
from twincity_schemas.opportunity import Direction, OpportunityPublished
from twincity_schemas.pairing_record import PairingRecorded

_EXPLAINED = 5


def explained(
    records: Iterable[PairingRecorded], entries: Mapping[str, OpportunityPublished]
) -> list[PairingRecorded]:
    """The best pair of five need types: the confident ones come first.

    Of the best, those whose owners name one scenario: a person would pair them too.
    """
    best: dict[str, PairingRecorded] = {}
    for record in records:
        if record.direction is Direction.DEMAND and _of_one_scenario(record, entries):
            held = best.get(record.need_type)
            if held is None or _standing(held) < _standing(record):
                best[record.need_type] = record
    return sorted(best.values(), key=_standing, reverse=True)[:_EXPLAINED]


def _of_one_scenario(
    record: PairingRecorded, entries: Mapping[str, OpportunityPublished]
) -> bool:
    names = {entries[record.subject].scenario}
    names |= {entries[pair.counterpart].scenario for pair in record.pairs}
    return bool(record.pairs) and len(names) == 1


def _standing(record: PairingRecorded) -> tuple[int, int, int]:
    """Returns how sure a pair is, how many words are shown for it, and its score."""
    pair = record.pairs[0]
    shown = sum(term.zh.count("、") for term in pair.terms if term.name in LIKE)
    return pair.confidence.low if pair.confidence else 0, shown, pair.score
