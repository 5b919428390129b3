"""Where the records of a subject lie, and what they are called where sides differ.

Whoever was recorded first says the domain and the name; a party's code decides
nothing. Where the first were recorded at the same instant and differ, no one is
picked: the domain is open, and the names stand beside each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from services.rules.remembered import Remembered, first, no_effect_of
from services.runtime.kinds import Derived, States
from twincity_schemas.steps import NoEffect
from twincity_schemas.topology import records
from twincity_schemas.values import Domain

StatedBy = Mapping[str, Sequence[Remembered[Any]]]
"""By party: each version in its own order, where it has said any."""


def in_domain(
    domain: Callable[[Any], Domain | None],
) -> Callable[[States], str | None]:
    """Returns what finds a subject's topic by what each party has said of it.

    Args:
        domain: of the record; None as long as there is none.
    """

    def topic(states: States) -> str | None:
        first_said = domain(states.own)
        return None if first_said is None else records(first_said)

    return topic


def leading(stated: StatedBy) -> list[Any]:
    """Returns the latest word of whoever was recorded first; several on a tie."""
    parties = first({party: own[0].recorded for party, own in stated.items() if own})
    return [stated[party][-1].content for party in parties]


def domain_of(stated: StatedBy) -> Domain | None:
    """Returns the domain that the first say; None while nobody has, or they differ."""
    # On a tie nobody is picked: a record's topic cannot turn on how a code is spelled.
    named = {content.domain for content in leading(stated)}
    return named.pop() if len(named) == 1 else None


def text_of(stated: StatedBy, field: str) -> str:
    """Returns a text as the first say it: beside each other where a tie differs."""
    texts = sorted({getattr(content, field) for content in leading(stated)})
    return " / ".join(texts)


def differing(stated: StatedBy, *fields: str) -> dict[str, dict[str, str]]:
    """Returns what the parties call otherwise than each other, by field and party."""
    by_field = {
        field: {
            party: str(getattr(own[-1].content, field))
            for party, own in sorted(stated.items())
            if own
        }
        for field in fields
    }
    return {field: by for field, by in by_field.items() if len(set(by.values())) > 1}


def domain_or_why_not(stated: StatedBy) -> Domain | Derived | None:
    """Returns the domain of a subject's record, or what follows where it has none.

    Returns:
        None while nobody has spoken; on a tie the statements without effect.
    """
    if not stated:
        return None
    return domain_of(stated) or Derived(no_effect=undecided(stated))


def undecided(stated: StatedBy) -> Iterator[NoEffect]:
    """Yields why there is no record: the first spoke at once, of two domains."""
    if domain_of(stated) is None:
        for party, own in sorted(stated.items()):
            for one in own:
                yield no_effect_of(party, one, SAID_AT_ONCE)


SAID_AT_ONCE = (
    "said_at_once",
    "多方同时填报且领域不同，请一方更正领域",
    "the first were recorded at the same instant in two domains: one has to give way",
)
