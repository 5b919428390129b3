"""Who has called a dispatch, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.appraisal.opening import Opened, after_either, opened
from services.rules.remembered import Remembered, remember
from services.runtime.kinds import Reason, States
from twincity_schemas.dispatch import DispatchCalled
from twincity_schemas.message import Event
from twincity_schemas.values import Subject


@dataclass(frozen=True, slots=True)
class DispatchView:
    """One party's calls of a dispatch, in its own order."""

    called: tuple[Remembered[DispatchCalled], ...] = ()


Views = Mapping[str, DispatchView]


def apply(before: DispatchView, event: Event[Any], _states: States) -> DispatchView:
    """Add a call; none replaces another."""
    return DispatchView(called=(*before.called, remember(event)))


def call(dispatch: str, views: Views) -> Opened[DispatchCalled]:
    """Returns who called a dispatch, and with what."""
    calls = {party: view.called for party, view in views.items()}
    return opened(calls, _why_not_anew, Subject.parse(dispatch).members)


def _why_not_anew(
    dispatch: DispatchCalled, later: Remembered[DispatchCalled]
) -> Reason | None:
    """Returns why a dispatch that is called again stays as it was."""
    return after_either(dispatch.cut_off, later.content.cut_off, later.recorded)
