"""Where things are: the page of a subject, of a statement, of a list."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

ROOT = "/pages"
OPERATIONS = f"{ROOT}/operations"


def of_subject(subject: str) -> str:
    """The page of a subject, such as ``/pages/project/chengdu.deyang/s11``."""
    return f"{ROOT}/{quote(subject)}"


def of_trace(subject: str) -> str:
    """Everything that was said about a subject, and what it became."""
    return f"{ROOT}/trace/{quote(subject)}"


def of_statement(statement: str) -> str:
    """Returns what was said under an identifier, by whom, when, from which cells."""
    return f"{ROOT}/statement/{quote(statement, safe='')}"


def changed(path: str, query: Mapping[str, str], **instead: str) -> str:
    """The same page asked in another way; "" takes a question away."""
    asked = {k: v for k, v in {**query, **instead}.items() if v}
    return f"{quote(path)}?{urlencode(asked)}" if asked else quote(path)


def of_receipt(place: str) -> str:
    """Returns what became of the message at a place of an inbox, ``topic/0/7``."""
    return f"{ROOT}/receipt/{quote(place)}"


def of_letter(service: str, origin: str, **asked: str) -> str:
    """Returns the page of a dead letter, read at ``topic/partition/offset``."""
    return changed(f"{OPERATIONS}/letter/{origin}", {"service": service}, **asked)


def of_areas(party: str) -> str:
    """The clusters and areas that a city has a part in."""
    return changed(f"{ROOT}/clusters", {"party": party})


def of_log(**asked: str) -> str:
    """The log's lines about a party, a subject or a correlation."""
    return changed(f"{OPERATIONS}/log", asked)
