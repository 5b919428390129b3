"""What stands behind a figure: one statement, or all that was said about a subject."""

import json
from dataclasses import dataclass

from starlette.responses import Response

from services.gateway.pages.frame import Visit, show
from services.gateway.pages.readable import readable
from services.gateway.refusing import unknown
from services.gateway.rows import Row
from services.rules.families import Family
from twincity_schemas.problems import Problem
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.statement import Provenance, Statement
from twincity_schemas.words import Worded

_PER_PAGE = 50


@dataclass(frozen=True)
class ReadableEvent:
    """An event as a reader sees it.

    Attributes:
        row: as the view has it.
        data: what it says.
        id: of the event.
        fact: what kind it is.
        who: the party, or the service that derived it.
        bureau: of the party, as it calls it; "" where it names none.
        said: when, by the publisher.
        about: the project that a part of another subject tells of; "" of others.
    """

    row: Row
    data: Worded
    id: str
    fact: str
    who: str
    bureau: str
    stated_at: str
    about: str = ""

    @property
    def is_statement(self) -> bool:
        """Returns whether a party said it."""
        return self.row.family is Family.STATEMENT

    @property
    def what(self) -> str:
        """Returns the part of its subject that a record tells; "" for its header."""
        part = self.row.key.partition("#")[2]
        if not part:
            return ""
        names = ("title", "what", "unit", "name")
        values = (getattr(self.data, name, None) for name in names)
        named = next((one for one in values if isinstance(one, str)), "")
        return named or self.about or part.partition("/")[2]

    @property
    def provenance(self) -> Provenance | None:
        """Returns the file and cells that it was taken from, where it was imported."""
        return self.data.provenance if isinstance(self.data, Statement) else None

    @property
    def verdict(self) -> Verdict | None:
        """Returns what admission made of a message, of a receipt."""
        return self.data.verdict if isinstance(self.data, ReceiptIssued) else None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Returns why a message was rejected, of a receipt."""
        return self.data.problems if isinstance(self.data, ReceiptIssued) else ()


def statement(visit: Visit) -> Response:
    """A statement: who said it, when, which cell of which file, what it says."""
    asked = visit.params["statement"]
    listed = [readable_event(visit, row) for row in visit.view.statements(asked)]
    if not listed:
        raise unknown(asked)
    fields = [list(readable(one.data, visit.tell)) for one in listed]
    return show(
        visit, "statement.html", statements=list(zip(listed, fields, strict=True))
    )


def receipt(visit: Visit) -> Response:
    """Returns what became of a message, and why."""
    place = visit.params["place"]
    row = visit.view.receipt(place)
    if row is None:
        raise unknown(place)
    readable_ = readable_event(visit, row)
    fields = list(readable(readable_.data, visit.tell))
    return show(visit, "receipt.html", event=readable_, place=place, fields=fields)


def trace(visit: Visit) -> Response:
    """Returns who said what about a subject when, and what it became."""
    subject = visit.params["subject"]
    skip = (visit.number - 1) * _PER_PAGE
    rows = visit.view.trace(subject, skip, _PER_PAGE + 1)
    if not rows:
        raise unknown(subject)
    listed = [readable_event(visit, row) for row in rows[:_PER_PAGE]]
    more = len(rows) > _PER_PAGE
    return show(visit, "trace.html", subject=subject, events=listed, more=more)


def readable_event(visit: Visit, row: Row) -> ReadableEvent:
    """Read a row for its reader."""
    envelope = json.loads(row.attributes)
    tell, source = visit.tell, envelope["source"].removeprefix("/")
    party, _, bureau = source.partition("/")
    return ReadableEvent(
        row,
        row.data,
        envelope["id"],
        tell.fact(row.type),
        tell.party(party) if party in tell.registry.codes else tell.service(bureau),
        bureau if party in tell.registry.codes else "",
        envelope["time"],
        tell.subject(about) if (about := getattr(row.data, "project", "")) else "",
    )
