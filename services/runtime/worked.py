"""Results that a derivation keeps for the next one of its node.

A record of many lines is derived whole, and one report changes one line. So a line is
worked out once and kept with what it looked at; the next derivation takes it as it is
where it would see the same. What it saw is compared, not whether something changed
since: an abort, a restart or a dead letter need no notice here, and whatever
is forgotten is worked out again.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(slots=True)
class Worked:
    """One result, and all that it follows from.

    Attributes:
        about: its arguments.
        views: each party's view of every node that was looked at.
        parts: likewise of all nodes of a part, by ``<subject>#<part>`` and name.
    """

    about: tuple[Any, ...]
    views: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: dict[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    result: Any = None


WorkedOut = dict[Hashable, Worked]
"""The results of one node's derivation."""

KEPT_SUBJECTS = 32
"""Of how many subjects the results are kept: those derived last. A dispatch of 1,000
projects takes 6 MB of them."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""One for all: most of what is looked at nobody has spoken of."""


def copy_of(views: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the views of a node as they are now."""
    return dict(views) if views else NOTHING


def same(now: Mapping[str, Any], was: Mapping[str, Any]) -> bool:
    """Returns whether these are the very views that there were."""
    # Not equal ones, which may yet be spelled otherwise: 1.0 and 1.00.
    return len(now) == len(was) and all(now.get(p) is view for p, view in was.items())


def all_same(
    now: Mapping[str, Mapping[str, Any]], was: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Returns likewise of all nodes of a part, by name."""
    return len(now) == len(was) and all(
        name in now and same(now[name], views) for name, views in was.items()
    )
