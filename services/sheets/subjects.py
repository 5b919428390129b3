"""What a row is about: the same in every file, and in the other city's list."""

import re
from hashlib import sha256

from services.sheets.cells import Read
from services.sheets.columns import event_type
from services.sheets.profile import NAME, SUBJECT, Profile
from twincity_schemas.canonical import comparable
from twincity_schemas.problems import WrongValueError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def subject_of(read: Read, profile: Profile) -> str:
    """Returns the subject of a row.

    In this order: the column of subjects; what the profile says of the name; the
    project code; the name, by a digest of its one spelling.

    Raises:
        WrongValueError: the row has nothing to tell it by.
    """
    if subject := read.special.get(SUBJECT):
        return subject
    called = read.special.get(NAME) or str(read.data.get("name", ""))
    known = profile.subjects.get(called, "")
    if "/" in known:
        return known
    if not (name := known or str(read.data.get("project_code", "")).lower()):
        if not called:
            raise WrongValueError("no_name", "该行没有名称", "the row has no name")
        name = called if _NAME.fullmatch(called) else name_of(called)
    kind = event_type(profile.type).subject
    return f"{kind}/{'.'.join(sorted(profile.members))}/{name}"


def name_of(called: str) -> str:
    """Returns the name in a subject of what is called so, brackets and spaces apart."""
    spelled = comparable(called).replace(" ", "").lower()
    return f"n{sha256(spelled.encode()).hexdigest()[:16]}"
