"""Projects 项目: how each stands, with sums over all that are asked for."""

from starlette.responses import Response

from services.gateway.pages import drawing
from services.gateway.pages.frame import Visit, show
from services.gateway.projectlist import SORTS
from services.gateway.wanted import Wanted
from twincity_schemas.light import LIGHTS, Light
from twincity_schemas.project import ItemClass, Phase
from twincity_schemas.project_record import Agreement
from twincity_schemas.values import Domain
from twincity_schemas.words import Words

_PER_PAGE = 50

ORDERS: dict[str, Words] = {
    "lag": Words("滞后在前", "those behind first"),
    "lead": Words("超前在前", "those ahead first"),
    "disputed": Words("分歧多在前", "most disputed first"),
    "open": Words("未了事项多在前", "most open first"),
    "name": Words("按名称", "by name"),
}


def projects(visit: Visit) -> Response:
    """The list, narrowed and in the order that is asked for."""
    wanted = Wanted(
        party=visit.asked("party"),
        domain=visit.asked("domain"),
        item_class=visit.asked("class"),
        agreement=visit.asked("state"),
        light=visit.asked("light"),
        text=visit.asked("text"),
    )
    sort = visit.asked("sort") if visit.asked("sort") in SORTS else "lag"
    skip = (visit.number - 1) * _PER_PAGE
    standings = visit.view.projects.projects(wanted, sort, _PER_PAGE + 1, skip)
    totals = visit.view.projects.totals(wanted)
    rate = totals.invested / totals.plan * 100 if totals.plan else None
    return show(
        visit,
        "projects.html",
        projects=standings[:_PER_PAGE],
        more=len(standings) > _PER_PAGE,
        totals=totals,
        rate=rate,
        sort=sort,
        orders=ORDERS,
        parties=[party.code for party in visit.tell.registry.party],
        domains=list(Domain),
        classes=list(ItemClass),
        agreements=list(Agreement),
        lights=list(Light),
        lights_rule=LIGHTS.name,
        phases={phase.value: phase for phase in Phase},
        drawing=drawing,
    )
