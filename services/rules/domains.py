"""Which of the five domains a project lies in: as the first to describe it say.

Coordination files its records by it, appraisal adds up by it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.rules.remembered import first
from services.runtime.kinds import Name, Part, States
from twincity_schemas.message import Event
from twincity_schemas.project import ProjectDescribed, ProjectEndorsed
from twincity_schemas.values import Domain

_PART, _NAME = "domain", "of"


def leading(moments: Mapping[str, datetime], given_up: Collection[str]) -> list[str]:
    """Returns whoever was recorded first to describe a project: several on a tie.

    Args:
        moments: when each party first described it.
        given_up: who has given its own text up for another's since; on a tie it leaves
            the first place to the others.
    """
    tied = first(moments)
    return [party for party in tied if party not in given_up] or tied


@dataclass(frozen=True, slots=True)
class DomainView:
    """The domain that one party says, and since when it has described the project."""

    since: datetime | None = None
    domain: Domain | None = None
    given_up: bool = False


def apply(before: DomainView, event: Event[Any], _states: States) -> DomainView:
    """Returns a party's view after its next description or endorsement."""
    match event.data:
        case ProjectDescribed(domain=domain):
            return DomainView(before.since or event.envelope.recorded, domain)
        case _:
            return replace(before, given_up=True)


def domain_as_stated(states: States, project: str) -> Domain | None:
    """Returns a project's domain; None while none is said, or the first differ."""
    views: dict[str, DomainView] = dict(states.of(project, _PART, _NAME))
    moments = {p: view.since for p, view in views.items() if view.since is not None}
    parties = leading(moments, {p for p, view in views.items() if view.given_up})
    domains = {views[party].domain for party in parties}
    return domains.pop() if len(domains) == 1 else None


TAKES: dict[type[Any], Name] = dict.fromkeys(
    (ProjectDescribed, ProjectEndorsed), lambda _event: _NAME
)
PART_OF_PROJECT = Part(_PART, DomainView, TAKES, apply)
"""The line of a service's table of projects."""
