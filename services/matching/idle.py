"""Why a step of an owner has no effect, whatever else is so."""

from services.matching import lifecycle
from services.matching.lifecycle import Answer, Step
from services.runtime.kinds import Reason, no_effect
from twincity_schemas.steps import NoEffect


def out_of_turn(
    party: str, statement: str, before: Answer | None, step: Answer
) -> NoEffect:
    """Say why a step of an owner has no effect after its earlier ones."""
    words = "尚未受理" if before is None else f"本方已「{lifecycle.name(before)}」"
    stands = "has not accepted it" if before is None else f"has come to {before}"
    why = (
        "not_open",
        f"{words}，不能「{lifecycle.name(step)}」",
        f"the owner {stands}, so {step} has no effect",
    )
    open_steps = lifecycle.steps_of(party, before, None)
    return no_effect(party, statement, lifecycle.fact(step), why, open_steps)


def over_already(party: str, step: Step) -> NoEffect:
    """Say why to put a pair off has no effect: its owner spoke of that date before."""
    words = lifecycle.name(step.answer)
    why = (
        "date_past",
        f"本方数据日期此前已到 {step.until}，不能「{words}」至该日",
        f"the owner spoke as of {step.until} or later before: nothing is put off",
    )
    return no_effect(party, step.statement, lifecycle.fact(step.answer), why)


def answered_already(party: str, step: Step, mine: Answer | None) -> NoEffect:
    """Say why to expire has no effect: the other had answered."""
    why = (
        "not_open",
        f"对方此前已答复，不能「{lifecycle.name(step.answer)}」",
        "the other owner had answered by then, so expired has no effect",
    )
    open_steps = lifecycle.steps_of(party, mine, "accepted")
    return no_effect(
        party, step.statement, lifecycle.fact(step.answer), why, open_steps
    )


def beyond_capacity(places: int) -> Reason:
    """Returns why an agreement is told to whoever had no place left for it."""
    zh = f"可对接数（{places}）已用完；本配对仍为双方已受理，请增加可对接数或中止其一"
    en = (
        f"earlier agreements have used its capacity of {places} up; this one stands"
        " all the same: raise the capacity or end one of them"
    )
    return "beyond_capacity", zh, en
