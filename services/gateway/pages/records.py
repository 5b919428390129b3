"""The records of one subject: its header, and those of its parts."""

from collections.abc import Iterable
from typing import TypeVar

from services.gateway.pages.frame import Visit
from services.gateway.refusing import unknown
from services.gateway.view import View
from twincity_schemas.catalogue import EVENT_TYPE_OF
from twincity_schemas.words import Worded

Header = TypeVar("Header", bound=Worded)
Part = TypeVar("Part", bound=Worded)


def subject_of(visit: Visit, kind: str) -> str:
    """The subject that the address names, such as ``board/chengdu/2024-q3``."""
    return f"{kind}/{visit.params['members']}/{visit.params['name']}"


def records_of(
    view: View, subject: str, header: type[Header]
) -> tuple[Header, list[Worded]]:
    """The header of a subject, and every record of it.

    Raises:
        Refusal: there is no such header.
    """
    records = [row.data for row in view.of_subject(subject)]
    own = next((one for one in records if isinstance(one, header)), None)
    if own is None:
        raise unknown(subject)
    return own, records


def header_of(view: View, subject: str, header: type[Header]) -> Header:
    """The header of a subject.

    Raises:
        Refusal: there is none of that kind.
    """
    row = view.latest(subject)
    if row is None or not isinstance(own := row.data, header):
        raise unknown(subject)
    return own


def parts_in(
    view: View, subject: str, kind: type[Part], limit: int = -1, skip: int = 0
) -> list[Part]:
    """A subject's parts of one kind, in their order.

    Args:
        view: what the topics hold.
        subject: whose parts.
        kind: of part.
        limit: most of them; −1: all.
        skip: so many of the first.
    """
    rows = view.parts(subject, EVENT_TYPE_OF[kind].name, limit, skip)
    return parts_of([row.data for row in rows], kind)


def parts_with(view: View, keys: Iterable[str], kind: type[Part]) -> list[Part]:
    """The parts under some keys, in the order of the keys."""
    rows = (view.latest(key) for key in keys)
    return parts_of([row.data for row in rows if row is not None], kind)


def parts_of(records: list[Worded], kind: type[Part]) -> list[Part]:
    """Those records that are of one kind of part."""
    return [one for one in records if isinstance(one, kind)]
