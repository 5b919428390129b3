"""The fields that a statement says otherwise than the one before it."""

from typing import Any

from pydantic import BaseModel

from services.appraisal.facts import Reported
from twincity_schemas.correction_record import ChangedField


def changed(was: Reported | None, now: Reported) -> tuple[ChangedField, ...]:
    """Returns what a report says otherwise than the one before it."""
    return tuple(
        ChangedField(pointer=f"/{name}", was=before, now=after)
        for name, before, after in (
            ("annual_plan", was and f"{was.content.plan:f}", f"{now.content.plan:f}"),
            (
                "annual_investment",
                was and f"{was.content.invested:f}",
                f"{now.content.invested:f}",
            ),
        )
        if before != after
    )


def changes_of(was: BaseModel, now: BaseModel) -> tuple[ChangedField, ...]:
    """Returns the fields of a statement that changed; short values are shown."""
    before, after = (
        one.model_dump(mode="json", exclude_none=True) for one in (was, now)
    )
    return tuple(
        ChangedField(
            pointer=f"/{name}",
            was=_short(before.get(name)),
            now=_short(after.get(name)),
        )
        for name in sorted(before.keys() | after.keys())
        # Another day alone is no change: every statement is as of its own.
        if before.get(name) != after.get(name) and name != "as_of"
    )


_LONGEST = 2_000


def _short(value: Any) -> Any:
    return value if len(str(value)) <= _LONGEST else f"{str(value)[:_LONGEST]}…"
