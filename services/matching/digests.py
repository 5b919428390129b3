"""Sets by count and digest: a reader of two topics can tell that it holds them all.

The digest is the sum modulo 2^256 of the members' SHA-256, as for the parts of a
subject: one member more costs one addition, and no order enters it.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TypeVar

from services.matching.assignment import score_of
from services.runtime.sums import added
from twincity_schemas.pairing_record import SetDigest

Key = TypeVar("Key")
Members = tuple[int, str]
"""How many there are, and the digest of their set."""
NO_MEMBERS: Members = (0, "")


def edge(demand: str, supply: str, weight: int) -> str:
    """The digest of a pair that can be recommended."""
    return _line(demand, supply, score_of(weight))


def price_digest(entry: str, places: int, dual: int) -> str:
    """The digest of an entry's price in a certificate."""
    return _line(entry, places, dual)


def of_members(members: Iterable[str]) -> Members:
    """A set, from the digests of its members."""
    listed = list(members)
    return len(listed), added("", *((member, 1) for member in listed))


def changed(
    members: Members, before: Mapping[Key, str], now: Mapping[Key, str]
) -> Members:
    """A set after some of its members became others."""
    gone = [(d, -1) for key, d in before.items() if now.get(key) != d]
    come = [(d, 1) for key, d in now.items() if before.get(key) != d]
    count = members[0] + len(now) - len(before)
    return count, added(members[1], *gone, *come)


def digest_of(members: Members) -> SetDigest:
    """A set as a record tells it."""
    return SetDigest(count=members[0], digest=f"sha256:{members[1] or '0' * 64}")


def _line(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()
