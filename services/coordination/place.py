"""Where the records of a subject lie, and what they are called where sides differ.

Whoever was recorded first says the domain and the name; a party's code decides
nothing. Where the first were recorded at the same instant and differ, no one is
picked: the domain is open, and the names stand beside each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from services.rules.heard import Recorded, first, unmet
from services.runtime.kinds import States
from twincity_schemas.catalogue import records
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Domain

Said = Mapping[str, Sequence[Recorded[Any]]]
"""By party: each version in its own order, where it has said any."""


def in_domain(
    domain: Callable[[Any], Domain | None],
) -> Callable[[States], str | None]:
    """Returns what finds a subject's topic by what each party has said of it.

    Args:
        domain: of the record; None as long as there is none.
    """

    def topic(states: States) -> str | None:
        found = domain(states.own)
        return None if found is None else records(found)

    return topic


def leading(said: Said) -> list[Any]:
    """Returns the latest word of whoever was recorded first; several on a tie."""
    parties = first({party: own[0].recorded for party, own in said.items() if own})
    return [said[party][-1].heard.content for party in parties]


def domain_of(said: Said) -> Domain | None:
    """Returns the domain that the first say; None while nobody has, or they differ."""
    named = {content.domain for content in leading(said)}
    return named.pop() if len(named) == 1 else None


def text_of(said: Said, field: str) -> str:
    """Returns a text as the first say it: beside each other where a tie differs."""
    texts = sorted({getattr(content, field) for content in leading(said)})
    return " / ".join(texts)


def differing(said: Said, *fields: str) -> dict[str, dict[str, str]]:
    """Returns what the parties call otherwise than each other, by field and party."""
    found = {
        field: {
            party: str(getattr(own[-1].heard.content, field))
            for party, own in sorted(said.items())
            if own
        }
        for field in fields
    }
    return {field: by for field, by in found.items() if len(set(by.values())) > 1}


def undecided(said: Said) -> Iterator[Unmet]:
    """Why there is no record where the first were recorded at once in two domains."""
    if domain_of(said) is None:
        for party, own in sorted(said.items()):
            for one in own:
                yield unmet(party, one.heard, _AT_ONCE)


_AT_ONCE = (
    "said_at_once",
    "多方同时填报且领域不同，请一方更正领域",
    "the first were recorded at the same instant in two domains: one has to give way",
)
