"""What the records that are held here say for a pool's certificate: pure.

The whole proof, price by price, is ``twincity match verify``'s. Here: whether the two
totals are equal, and whether every price and score that the proof rests on is held.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from services.gateway.rows import Filter
from services.gateway.view import View
from services.rules.families import Family
from services.runtime.sums import added
from twincity_schemas.pairing_record import PoolRecorded, SetDigest

_ALL = 1_000_000
MOST_CHECKED = 20_000
"""Prices and scores that a page reads; of a larger pool it tells the counts alone."""


class HeldSet(NamedTuple):
    """A set that the certificate rests on, as it is held here.

    Attributes:
        claimed: how many the pool's record tells of.
        held: how many are here; None where they were not counted.
        equal: whether they are the same ones.
    """

    claimed: int
    held: int | None
    equal: bool


class CertificateState(NamedTuple):
    """A pool's certificate.

    Attributes:
        proven: whether the pairs weigh as much as any pairing can.
    """

    proven: bool
    prices: HeldSet
    candidates: HeldSet

    @property
    def complete(self) -> bool:
        """Returns whether everything that the proof rests on is here."""
        return self.prices.equal and self.candidates.equal


def certificate_of(view: View, pool: PoolRecorded) -> CertificateState:
    """Returns how a pool's certificate stands with what the view holds."""
    proof = pool.certificate
    few = proof.prices.count + proof.candidates.count <= MOST_CHECKED
    prices = _prices(view, pool.pool) if few else None
    scores = _scores(view, pool.pool) if few else None
    return CertificateState(
        proof.total == proof.dual_total,
        _held(proof.prices, prices),
        _held(proof.candidates, scores),
    )


def _held(claimed: SetDigest, lines: Iterable[str] | None) -> HeldSet:
    if lines is None:
        return HeldSet(claimed.count, None, equal=False)
    digests = [sha256(line.encode()).hexdigest() for line in lines]
    digest = added("", *((one, 1) for one in digests))
    return HeldSet(
        claimed.count,
        len(digests),
        equal=(len(digests), f"sha256:{digest}") == (claimed.count, claimed.digest),
    )


def _prices(view: View, pool: str) -> Iterator[str]:
    for price in _published(view, pool, "price.recorded"):
        yield f"{price['subject']}\n{price['places']}\n{price['price']}"


def _scores(view: View, pool: str) -> Iterator[str]:
    for data in _published(view, pool, "candidates.recorded"):
        for supply, score in data["scores"].items():
            yield f"{data['subject']}\n{supply}\n{score}"


def _published(view: View, pool: str, fact: str) -> Iterator[dict[str, Any]]:
    wanted = Filter((Family.CANDIDATES,), type=fact)
    for row in view.page(wanted, "", _ALL):
        data = json.loads(row.value or b"{}")
        if data.get("pool") == pool:
            yield data
