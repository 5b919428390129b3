"""Sums over sets that cost one addition a change, however large the set."""

_MODULUS = 1 << 256


def added(digest: str, *changes: tuple[str, int]) -> str:
    """A digest of a set after members came (+1) or went (-1).

    The sum of the members' SHA-256 modulo 2^256: the same in whatever order they
    came, and one addition a change however large the set (AdHash: Bellare and
    Micciancio, 1997). It tells a torn state; it is no signature.

    Args:
        digest: 64 hexadecimal digits, or empty for the empty set.
        changes: a member's digest, 64 hexadecimal digits, and +1 or -1.
    """
    total = int(digest or "0", 16)
    for member, sign in changes:
        total += sign * int(member, 16)
    return f"{total % _MODULUS:064x}"


Sum = tuple[int, str]
"""How many records there are, and the digest of their set."""
NO_RECORDS: Sum = (0, "")


def counted(records: Sum, was: str | None, is_: str | None) -> Sum:
    """Records of a part after one of them came, changed or went."""
    changes = [(d, sign) for d, sign in ((was, -1), (is_, 1)) if d is not None]
    count = records[0] + sum(sign for _, sign in changes)
    return (count, added(records[1], *changes)) if count else NO_RECORDS
