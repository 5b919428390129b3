"""Appeals (公示、申诉): a figure that is disputed, and what was answered.

Each is a part of its board. One counts that was recorded within the window; the
first answer of whoever opened the board stands, and what it changes counts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.rules.heard import Recorded, Why, recorded, unmet
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.board import AppealAnswered, AppealRaised, BoardOpened
from twincity_schemas.board_record import AppealRecorded, AppealState
from twincity_schemas.message import Event
from twincity_schemas.steps import Unmet
from twincity_schemas.values import Value


class AppealView(Value):
    """What one party has said of an appeal, in its order."""

    raised: tuple[Recorded[AppealRaised], ...] = ()
    answered: tuple[Recorded[AppealAnswered], ...] = ()


Views = Mapping[str, AppealView]


def name_of(event: Event[Any]) -> str:
    """Returns which appeal a statement is about: ``<who raised it>/<its name>``."""
    raiser = getattr(event.data, "raised_by", event.envelope.party)
    return f"{raiser}/{event.data.appeal}"


def apply(before: AppealView, event: Event[Any], _states: States) -> AppealView:
    """Add a statement; the first of each kind stands."""
    kind = "raised" if isinstance(event.data, AppealRaised) else "answered"
    said = (*getattr(before, kind), recorded(event))
    return before.model_copy(update={kind: said})


def raised(name: str, views: Views) -> Recorded[AppealRaised] | None:
    """Returns the appeal as it was first raised."""
    raiser = name.partition("/")[0]
    own = views[raiser].raised if raiser in views else ()
    return own[0] if own else None


def answer(
    name: str, views: Views, told: BoardOpened, by: str
) -> Recorded[AppealAnswered] | None:
    """Returns the opener's answer to an appeal that counts; None as long as none is."""
    appeal = raised(name, views)
    if appeal is None or against(appeal, told) is not None or by not in views:
        return None
    later = (a for a in views[by].answered if a.recorded >= appeal.recorded)
    return next(later, None)


def against(appeal: Recorded[AppealRaised], told: BoardOpened) -> Why | None:
    """Why an appeal does not count; None if it does."""
    content = appeal.heard.content
    unit = next((u for u in told.units if u.code == content.unit), None)
    if unit is None or content.measure not in {
        measure.code for measure in told.rules.measures_of(unit)
    }:
        name = f"{content.unit}/{content.measure}"
        return "not_on_the_board", f"本期榜单没有 {name}", f"the board has no {name}"
    if told.appeals_until is None:
        return "no_window", "本期榜单不设申诉期", "the board has no window for appeals"
    if not told.cut_off < appeal.recorded <= told.appeals_until:
        return (
            "outside_the_window",
            "不在公示申诉期内",
            "it was not recorded within the window for appeals",
        )
    return None


def derive_with(told: BoardOpened, by: str, states: States) -> Derived:
    """The appeal's record, open until it is answered."""
    views: Views = states.own
    appeal = raised(states.name, views)
    found = answer(states.name, views, told, by)
    no_effect = tuple(_no_effect(states.name, told, by, views, found))
    if appeal is None or against(appeal, told) is not None:
        return Derived(no_effect=no_effect)
    content, part = appeal.heard.content, f"appeal/{states.name}"
    said = None if found is None else found.heard.content
    state = AppealState.OPEN
    if said is not None:
        state = AppealState.REFUSED if said.value is None else AppealState.UPHELD
    record = AppealRecorded(
        subject=str(states.subject),
        part=part,
        unit=content.unit,
        measure=content.measure,
        raised_by=states.name.partition("/")[0],
        recorded=appeal.recorded,
        statement=appeal.heard.statement,
        claimed=content.claimed,
        evidence=content.evidence,
        state=state,
        answer=None if found is None else found.heard.statement,
        value=None if said is None else said.value,
        reason=None if said is None else said.reason,
    )
    until = told.appeals_until.date().isoformat() if told.appeals_until else ""
    open_items = {part: until} if state is AppealState.OPEN else {}
    return Derived({part: record}, no_effect, open_items)


def _no_effect(
    name: str,
    told: BoardOpened,
    by: str,
    views: Views,
    found: Recorded[AppealAnswered] | None,
) -> Iterator[Unmet]:
    appeal = raised(name, views)
    why = None if appeal is None else against(appeal, told)
    for party, view in sorted(views.items()):
        for said in view.raised:
            if said is not appeal:
                yield unmet(party, said.heard, _SAID_BEFORE)
            elif why is not None:
                yield unmet(party, said.heard, why)
        for reply in view.answered:
            if party != by:
                yield unmet(party, reply.heard, _not_yours(by))
            elif appeal is None:
                yield unmet(party, reply.heard, _NO_APPEAL)
            elif reply is not found:
                yield unmet(party, reply.heard, why or _SAID_BEFORE)


def _not_yours(by: str) -> Why:
    return "not_your_step", f"由启动方 {by} 答复", f"it is {by} that answers"


_NO_APPEAL = ("no_appeal", "没有该申诉", "there is no such appeal")
_SAID_BEFORE = (
    "said_already",
    "此前已提出或答复，以首次为准；另有理由请另行编号",
    "it was said before, and the first stands; use another name for another appeal",
)


def part(opening: Any) -> Part:
    """Returns the table's line.

    Args:
        opening: gives who opened a board, and with what, of its states.
    """

    def derive(states: States) -> Derived:
        opened = opening(states.of(str(states.subject)))
        if opened.by is None:
            return Derived()
        return derive_with(opened.content, opened.by, states)

    return Part(
        "appeal",
        AppealView,
        dict.fromkeys((AppealRaised, AppealAnswered), name_of),
        apply,
        derive,
    )
