"""Integrators 集成: the contract, what can be said, the addresses, the snippets."""

from functools import cache
from itertools import groupby

from starlette.responses import Response

from services.gateway.pages.frame import ClusterAddress, Visit, show
from services.gateway.pages.kinds import KINDS
from services.gateway.schemaform import statement_types
from twincity_schemas.snippets import (
    GATEWAY,
    PUBLISHERS,
    SUBSCRIBERS,
    Snippet,
    programs,
    snippets,
)
from twincity_schemas.topology import inbox, receipts
from twincity_schemas.words import Words

_EXAMPLE = "project/chengdu.deyang/s11"
_SPEAKS = {"sh": "Shell, curl", "javascript": "JavaScript, fetch"}
_ABOUT = {
    "project": Words("项目", "projects"),
    "opportunity": Words("机会清单", "opportunities"),
    **{name: kind.words for name, kind in KINDS.items()},
}


def integrators(visit: Visit) -> Response:
    """Returns where to begin: what can be said, and how from which language."""
    party = party_of(visit)
    types = sorted(statement_types().values(), key=lambda one: one.subject)
    by_subject = groupby(types, key=lambda one: one.subject)
    prefix = visit.cluster.prefix
    return show(
        visit,
        "integrators.html",
        types=[(subject, list(of)) for subject, of in by_subject],
        about=_ABOUT,
        party=party,
        inbox=prefix + inbox(party),
        receipts=prefix + receipts(party),
        parties=[one.code for one in visit.tell.registry.party],
        publishers=filled(PUBLISHERS, visit, party),
        subscribers=filled(SUBSCRIBERS, visit, party),
        http=over_http(visit, party),
    )


def party_of(visit: Visit) -> str:
    """Returns for whom: as asked, who is signed in, or the first of the registry."""
    codes = [party.code for party in visit.tell.registry.party]
    for one in (visit.asked("party"), visit.who.party):
        if one in codes:
            return one
    return codes[0]


def filled(
    heading: str, visit: Visit, party: str, subject: str = _EXAMPLE
) -> list[tuple[str, str]]:
    """The snippets of a chapter for this cluster: each with its name."""
    server = _first(visit.cluster)
    return [
        (one.name, one.at(server, visit.cluster.prefix, party, subject))
        for one in _written(heading)
    ]


def over_http(visit: Visit, party: str) -> list[tuple[str, str]]:
    """The snippets that ask this gateway."""
    http_snippets = (one for one in _asked() if one.language in _SPEAKS)
    return [
        (_SPEAKS[one.language], one.at(visit.sent.base, "", party, _EXAMPLE))
        for one in http_snippets
    ]


def posted(visit: Visit, party: str) -> str:
    """The line of them that sends a statement."""
    lines = (line for _, code in over_http(visit, party) for line in code.split("\n"))
    return next((line for line in lines if "/statements" in line), "")


def _first(cluster: ClusterAddress) -> str:
    """One of the brokers is enough to begin with."""
    return cluster.servers.partition(",")[0] or "localhost:9092"


@cache
def _written(heading: str) -> list[Snippet]:
    return snippets(heading)


@cache
def _asked() -> list[Snippet]:
    return programs(GATEWAY)
