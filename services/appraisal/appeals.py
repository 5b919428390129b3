"""Appeals (公示、申诉): a figure that is disputed, and what was answered.

Each is a part of its board. One counts that was recorded within the window; the
first answer of whoever opened the board stands, and what it changes counts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.appraisal.opening import not_on_the_board
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Derived, Part, Reason, States
from twincity_schemas.board import AppealAnswered, AppealRaised, BoardOpened
from twincity_schemas.board_record import AppealRecorded, AppealState
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect


@dataclass(frozen=True, slots=True)
class AppealView:
    """One party's statements about an appeal, each kind in its own order."""

    raised: tuple[Remembered[AppealRaised], ...] = ()
    answered: tuple[Remembered[AppealAnswered], ...] = ()


Views = Mapping[str, AppealView]


def name_of(event: Event[Any]) -> str:
    """Returns which appeal a statement is about: ``<who raised it>/<its name>``."""
    own = isinstance(event.data, AppealRaised)
    raiser = event.envelope.party if own else event.data.raised_by
    return f"{raiser}/{event.data.appeal}"


def apply(before: AppealView, event: Event[Any], _states: States) -> AppealView:
    """Returns a party's view after its next statement; the first of a kind stands."""
    if isinstance(event.data, AppealRaised):
        return replace(before, raised=(*before.raised, remember(event)))
    return replace(before, answered=(*before.answered, remember(event)))


def raised(
    name: str, views: Views, opened: BoardOpened
) -> Remembered[AppealRaised] | None:
    """Returns the appeal as it was first raised, in the window if it ever was."""
    raiser = name.partition("/")[0]
    own = views[raiser].raised if raiser in views else ()
    return next(
        (one for one in own if against(one, opened) is None), next(iter(own), None)
    )


Figure = tuple[str, str]
"""A unit and a measure."""
AtOdds = AbstractSet[tuple[Figure, datetime]]
"""Where answers recorded at one instant make one figure two things."""


def answer(
    name: str, views: Views, opened: BoardOpened, by: str, odd: AtOdds
) -> Remembered[AppealAnswered] | None:
    """Returns the opener's answer to an appeal that counts; None as long as none is."""
    appeal = raised(name, views, opened)
    if appeal is None or against(appeal, opened) is not None or by not in views:
        return None
    about = appeal.content.unit, appeal.content.measure
    # An answer recorded before the appeal answers nothing: it was said in advance.
    later = (
        answered
        for answered in views[by].answered
        if answered.recorded >= appeal.recorded and not _is_odd(answered, about, odd)
    )
    return next(later, None)


def at_odds(appeals: Mapping[str, Views], opened: BoardOpened, by: str) -> AtOdds:
    """Returns where the opener's answers give one figure two values at one instant.

    Args:
        appeals: each appeal's views, by its name.
        opened: the board.
        by: who opened the board.
    """
    # To take one of them would be to go by who raised which appeal.
    values: dict[tuple[Figure, datetime], set[Decimal]] = defaultdict(set)
    for name, views in appeals.items():
        if (appeal := raised(name, views, opened)) is None or by not in views:
            continue
        about = appeal.content.unit, appeal.content.measure
        for answered in views[by].answered:
            if answered.content.value is not None:
                values[about, answered.recorded].add(answered.content.value)
    return {place for place, amounts in values.items() if len(amounts) > 1}


def _is_odd(answered: Remembered[AppealAnswered], about: Figure, odd: AtOdds) -> bool:
    return answered.content.value is not None and (about, answered.recorded) in odd


def against(appeal: Remembered[AppealRaised], opened: BoardOpened) -> Reason | None:
    """Returns why an appeal does not count; None if it does."""
    content = appeal.content
    unit = next((u for u in opened.units if u.code == content.unit), None)
    if unit is None or content.measure not in {
        measure.code for measure in opened.rules.measures_of(unit)
    }:
        return not_on_the_board(f"{content.unit}/{content.measure}")
    if opened.appeals_until is None:
        return "no_window", "本期榜单不设申诉期", "the board has no window for appeals"
    if not opened.cut_off < appeal.recorded <= opened.appeals_until:
        return (
            "outside_the_window",
            "不在公示申诉期内",
            "it was not recorded within the window for appeals",
        )
    return None


def derive_with(opened: BoardOpened, by: str, states: States) -> Derived:
    """The appeal's record, open until it is answered."""
    views: Views = states.own
    appeal = raised(states.name, views, opened)
    odd = at_odds(states.all_of(str(states.subject), "appeal"), opened, by)
    answered = answer(states.name, views, opened, by, odd)
    no_effect = tuple(_no_effect(states.name, opened, by, views, answered, odd))
    if appeal is None or against(appeal, opened) is not None:
        return Derived(no_effect=no_effect)
    content, part = appeal.content, f"appeal/{states.name}"
    reply = None if answered is None else answered.content
    state = AppealState.OPEN
    if reply is not None:
        state = AppealState.REFUSED if reply.value is None else AppealState.UPHELD
    record = AppealRecorded(
        subject=str(states.subject),
        part=part,
        unit=content.unit,
        measure=content.measure,
        raised_by=states.name.partition("/")[0],
        recorded=appeal.recorded,
        statement=appeal.id,
        claimed=content.claimed,
        evidence=content.evidence,
        state=state,
        answer=None if answered is None else answered.id,
        value=None if reply is None else reply.value,
        reason=None if reply is None else reply.reason,
        # Whoever opened the board answers, its own appeals too: the record says so.
        self_answered=reply is not None and states.name.partition("/")[0] == by,
    )
    until = opened.appeals_until.date().isoformat() if opened.appeals_until else ""
    open_items = {part: until} if state is AppealState.OPEN else {}
    return Derived({part: record}, no_effect, open_items)


def _no_effect(  # noqa: PLR0913, PLR0917  what became of the statements, taken apart
    name: str,
    opened: BoardOpened,
    by: str,
    views: Views,
    counting: Remembered[AppealAnswered] | None,
    odd: AtOdds,
) -> Iterator[NoEffect]:
    appeal = raised(name, views, opened)
    why = None if appeal is None else against(appeal, opened)
    for party, view in sorted(views.items()):
        for raised_ in view.raised:
            if (stray := against(raised_, opened)) is not None:
                yield no_effect_of(party, raised_, stray)
            elif raised_ is not appeal:
                yield no_effect_of(party, raised_, _SAID_BEFORE)
        for reply in view.answered:
            if party != by:
                yield no_effect_of(party, reply, _not_yours(by))
            elif appeal is None:
                yield no_effect_of(party, reply, _NO_APPEAL)
            elif reply.recorded < appeal.recorded:
                yield no_effect_of(party, reply, why or _IN_ADVANCE)
            elif reply is not counting:
                about = appeal.content.unit, appeal.content.measure
                other = _AT_ODDS if _is_odd(reply, about, odd) else _SAID_BEFORE
                yield no_effect_of(party, reply, why or other)


def _not_yours(by: str) -> Reason:
    return "not_your_step", f"由启动方 {by} 答复", f"it is {by} that answers"


_AT_ODDS = (
    "answered_at_once",
    "同一数据的两份答复同时收件而数值不同，均不生效，请再答复一次",
    "two answers on one figure were recorded at the same instant; say it once more",
)
_IN_ADVANCE = (
    "before_the_appeal",
    "答复先于申诉收件，不生效，请再答复一次",
    "it was recorded before the appeal, and answers nothing; say it once more",
)
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
        opened = opening(str(states.subject), states)
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
