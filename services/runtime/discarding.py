"""When a discard takes effect: at once, or once a second person has confirmed it.

Pure: of the acts in the order of their topic. The shard that wrote the dead letter
holds to it, and the pages show by the same what still needs a second person.
"""

import unicodedata
from dataclasses import dataclass

from twincity_schemas.operations import Act, DiscardConfirmed, DiscardDecided


@dataclass(frozen=True, slots=True)
class Proposed:
    """A discard that one person has decided.

    Attributes:
        decision: the identifier of that event.
        by: who.
        why: for which reason; the party is told this one.
    """

    decision: str
    by: str
    why: str


def proposed(act: DiscardDecided, event: str) -> Proposed:
    """Returns what a decision proposes, by its event's identifier."""
    return Proposed(event, act.by, act.why)


def takes_effect(act: Act, before: Proposed | None, *, takes_two: bool) -> bool:
    """Returns whether a message is discarded by an act about it.

    Args:
        act: of an operator.
        before: the last decision about the message that waits for a second person.
        takes_two: whether the registry demanded two people when the act was recorded.
    """
    match act:
        case DiscardDecided():
            return not takes_two
        case DiscardConfirmed(by=by, decision=decision):
            return (
                before is not None
                and before.decision == decision
                and not same_person(before.by, by)
            )
        case _:
            return False


def same_person(one: str, other: str) -> bool:
    """Returns whether two names are one, however they are typed."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
