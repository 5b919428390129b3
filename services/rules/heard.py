"""A statement as it is remembered, and the word that it has no effect."""

from datetime import datetime
from typing import Generic, TypeVar

from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.statement import Statement
from twincity_schemas.steps import OpenStep, Unmet
from twincity_schemas.values import Value

Content = TypeVar("Content", bound=Statement)


class Heard(Value, Generic[Content]):
    """What a party said, with the statement that it said it in."""

    statement: str
    content: Content


class Recorded(Value, Generic[Content]):
    """A statement as it is remembered where it matters when it was recorded."""

    recorded: datetime
    heard: Heard[Content]


Why = tuple[str, str, str]
"""Why a statement has no effect: a code, and the reason in Chinese and English."""


def unmet(
    party: str,
    heard: Heard[Content],
    why: Why,
    open_steps: tuple[OpenStep, ...] = (),
) -> Unmet:
    """Say of a statement that it has no effect.

    Args:
        party: who said it.
        heard: the statement.
        why: the code and the reason in Chinese and in English.
        open_steps: what could be said instead.
    """
    code, zh, en = why
    return Unmet(
        statement=heard.statement,
        party=party,
        step=EVENT_TYPE_OF[type(heard.content)].fact,
        code=code,
        zh=zh,
        en=en,
        open=open_steps,
    )
