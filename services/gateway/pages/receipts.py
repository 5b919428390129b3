"""What came last: one party's receipts, and every event as it comes."""

from starlette.responses import Response

from services.gateway.pages.frame import Visit, show
from services.gateway.pages.integrators import party_of
from services.gateway.pages.traces import readable_event
from services.rules.families import Family
from twincity_schemas.receipt import Verdict
from twincity_schemas.topology import receipts as topic_of

_PER_PAGE = 50


def receipts(visit: Visit) -> Response:
    """The newest receipts first; of one verdict alone, where that is asked for."""
    party = party_of(visit)
    asked = visit.asked("verdict")
    verdict = asked if asked in set(Verdict) else ""
    skip = (visit.number - 1) * _PER_PAGE
    topic = topic_of(party)
    rows = visit.view.received(topic, verdict, _PER_PAGE + 1, skip)
    listed = [(readable_event(visit, row), row.place) for row in rows[:_PER_PAGE]]
    return show(
        visit,
        "receipts.html",
        receipts=listed,
        more=len(rows) > _PER_PAGE,
        party=party,
        counts=visit.view.verdicts(topic),
        verdicts=list(Verdict),
        parties=[one.code for one in visit.tell.registry.party],
    )


_FAMILIES = (Family.STATEMENT, Family.RECORD, Family.RECEIPT, Family.NOTICE)
_LAST = 50


def stream(visit: Visit) -> Response:
    """The last events, the newest first; with scripts the page follows what comes."""
    named = {str(family): family for family in _FAMILIES}
    family = named.get(visit.asked("family"))
    families = (family,) if family else _FAMILIES
    rows = visit.view.recent(families, visit.asked("party"), _LAST)
    return show(
        visit,
        "stream.html",
        events=[readable_event(visit, row) for row in rows],
        families=list(named),
        parties=[one.code for one in visit.tell.registry.party],
    )
