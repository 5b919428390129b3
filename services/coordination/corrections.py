"""What a correction changed, told from the two statements."""

from typing import Any

from pydantic import BaseModel

from twincity_schemas.correction import ChangedField, Correction
from twincity_schemas.problems import pointer

_NOT_COMPARED = {"corrects"}


def correction(
    party: str, earlier: tuple[str, BaseModel], later: tuple[str, BaseModel]
) -> Correction:
    """Compare a party's two statements.

    Args:
        party: whose they are.
        earlier: the statement that is corrected, its id before it.
        later: the one that corrects it.
    """
    was, now = _fields(earlier[1]), _fields(later[1])
    return Correction(
        statement=later[0],
        corrects=earlier[0],
        party=party,
        as_of=now["as_of"],
        changed=tuple(
            ChangedField(pointer=pointer([name]), was=was.get(name), now=now.get(name))
            for name in sorted(was.keys() | now.keys())
            if was.get(name) != now.get(name)
        ),
    )


def _fields(data: BaseModel) -> dict[str, Any]:
    return data.model_dump(mode="json", exclude_none=True, exclude=_NOT_COMPARED)
