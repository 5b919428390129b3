"""The rules that a party has published, by name, on whichever of its boards.

``quarterly@2`` of one party is one content: the one that it published first. Rules are
a party's own, as its statements are: another party's of the same name are other rules.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.runtime.kinds import Part, States
from twincity_schemas.board import BoardOpened, BoardRules
from twincity_schemas.message import Event

_PART = "rules"


@dataclass(frozen=True, slots=True)
class Rules:
    """One content of rules, and when and on which board it was first published."""

    content: BoardRules
    since: datetime
    board: str


@dataclass(frozen=True, slots=True)
class RulesView:
    """Each content that one party has published under one name of rules."""

    contents: tuple[Rules, ...] = ()


def apply(before: RulesView, event: Event[Any], _states: States) -> RulesView:
    """Returns what was published of the rules, each content since when it was first."""
    # Boards lie in several partitions, so what is recorded first may arrive last. Of
    # one board it arrives in its party's order, which the sort keeps.
    now = Rules(event.data.rules, event.envelope.recorded, event.envelope.subject)
    contents = [
        min(one, now, key=_when) if one.content == now.content else one
        for one in before.contents
    ]
    if all(one.content != now.content for one in contents):
        contents.append(now)
    return RulesView(tuple(sorted(contents, key=_when)))


def _when(rules: Rules) -> tuple[datetime, str]:
    return rules.since, rules.board


def first(states: States, party: str, name: str) -> BoardRules | None:
    """Returns a party's rules; None where it published two at once, on two boards."""
    rules: RulesView = states.of(_subject(party), _PART, name)[party]
    now, *others = rules.contents
    if any(one.since == now.since and one.board != now.board for one in others):
        return None
    return now.content


def _subject(party: str) -> str:
    return f"board/{party}/rules"


PART = Part(
    _PART,
    RulesView,
    {BoardOpened: lambda event: event.data.rules.name},
    apply,
    of=lambda event: _subject(event.envelope.party),
)
"""The line of the table of boards."""
