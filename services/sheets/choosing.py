"""How a file is to be read: by the profile that was kept, or by a guess, corrected."""

import re

from pydantic import BaseModel, ConfigDict, ValidationError

from services.sheets.columns import event_type
from services.sheets.guessing import guess
from services.sheets.listing import File
from services.sheets.profile import Corrections, Profile
from services.sheets.template import exact_profile
from twincity_schemas.problems import (
    ContractError,
    WrongValueError,
    problem,
    translate,
)

_LONGEST_NAME = 40


class ListRequest(BaseModel):
    """The words of a person about a file.

    Attributes:
        party: whose list it is.
        name: what its profile is, or will be, kept as; see :func:`profile_name`.
        kept: the profile that was kept under that name, as TOML; None: there is none.
        fact: the type of its statements; "" where the guess shall say it.
        members: of the subjects.
        columns: corrections, as ``E=total_investment.amount:亿元``.
        defaults: what holds for every row, as ``as_of=2024-05``.
    """

    model_config = ConfigDict(frozen=True)

    party: str
    name: str = "list"
    kept: Profile | None = None
    fact: str = ""
    members: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()


def profile_name(given: str) -> str:
    """Returns what a profile is kept as, whatever a person calls it."""
    plain = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    return plain[:_LONGEST_NAME].strip("-") or "list"


def chosen(file: File, wanted: ListRequest) -> Profile:
    """Returns the profile to read a file by.

    Raises:
        WrongValueError: there is no such type, a correction is none (code
            ``correction``), or the kept profile is another party's.
        ContractError: what was said makes no profile.
    """
    profile = _corrected(_first(file, wanted), wanted)
    try:
        return Profile.model_validate(profile.model_dump())
    except ValidationError as error:
        raise _wrong(error) from None


def _first(file: File, wanted: ListRequest) -> Profile:
    if (kept := wanted.kept) is not None:
        if kept.party != wanted.party:
            raise WrongValueError(
                "not_yours",
                f"映射 {kept.name} 属于另一主体 {kept.party}",
                f"the profile {kept.name} is one of {kept.party}",
            )
        return kept
    try:
        if wanted.fact:
            event_type(wanted.fact)
        first = guess(file.sheets, wanted.name, wanted.party, wanted.fact)
    except KeyError:
        raise WrongValueError(
            "no_type",
            f"没有填报类型 {wanted.fact}",
            f"there is no statement {wanted.fact}",
        ) from None
    except ValidationError as error:
        raise _wrong(error) from None
    return exact_profile(file.sheets, first) or first


def _corrected(first: Profile, wanted: ListRequest) -> Profile:
    try:
        corrections = Corrections.of([*wanted.columns], [*wanted.defaults])
    except ValueError as error:
        raise WrongValueError(
            "correction", f"{error} 写法有误", f"{error} is no COLUMN=FIELD"
        ) from None
    changed = corrections.applied(first)
    if wanted.members:
        changed = changed.but(members=wanted.members)
    if "hidden" in changed.defaults:
        given = dict(changed.defaults)
        changed = changed.but(hidden=given.pop("hidden"), defaults=given)
    return changed


def _wrong(error: ValidationError) -> ContractError:
    return ContractError(
        problem(f"profile{one.pointer}", one.code, one.zh, one.en)
        for one in translate(error)
    )
