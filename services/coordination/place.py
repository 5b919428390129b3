"""Where the records of a subject lie: on the topic of its domain."""

from collections.abc import Callable
from typing import Any

from services.runtime.kinds import States
from twincity_schemas.catalogue import records
from twincity_schemas.values import Domain


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
