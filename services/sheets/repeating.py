"""What of a file is new: told by the receipts of what was said before."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from services.sheets.listing import ListedStatement


class Accepted(NamedTuple):
    """A statement that was accepted: its id and its event type."""

    id: str
    type: str


@dataclass(frozen=True)
class Unsaid:
    """The statements of a file that are left to say.

    Attributes:
        new: what was not said last of its row, and how often the same was said before
            and then changed.
        same: how many rows say what they said last.
        gone: how many rows of earlier files are not in this one; what they said
            stands.
    """

    new: tuple[tuple[ListedStatement, int], ...]
    same: int
    gone: int


def unsaid(listed: Iterable[ListedStatement], accepted: Iterable[Accepted]) -> Unsaid:
    """Returns what of a file is new.

    Args:
        listed: what the file says.
        accepted: what its party has said, in the order of the receipts.
    """
    listed = list(listed)
    profiles = {(one.key.partition(".")[0], one.event["type"]) for one in listed}
    before: dict[str, list[str]] = {}
    for id_, type_ in accepted:
        key, content = row_of(id_)
        if (key.partition(".")[0], type_) in profiles and content:
            before.setdefault(key, []).append(content)
    new = tuple(
        (one, Counter(before.get(one.key, ()))[one.content])
        for one in listed
        if before.get(one.key, [""])[-1] != one.content
    )
    gone = before.keys() - {one.key for one in listed}
    return Unsaid(new, len(listed) - len(new), len(gone))


def row_of(statement: str) -> tuple[str, str]:
    """Returns which row a statement's id is of, and its content."""
    name, _, rest = statement.partition(".")
    key, _, rest = rest.partition(".")
    return f"{name}.{key}", rest.partition(".")[0]
