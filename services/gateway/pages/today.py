"""Today 今日: what needs someone, each a sentence with its link."""

from typing import NamedTuple

from starlette.responses import Response

from services.gateway.matterlist import ALL, OVERDUE, Tasked
from services.gateway.matters import Need
from services.gateway.pages.frame import Visit, show
from services.gateway.wanted import Wanted
from twincity_schemas.values import Domain
from twincity_schemas.words import Words

_FEW, _PER_PAGE = 8, 50
_UNITS = 12

NEEDS: dict[str, Words] = {
    OVERDUE: Words("已逾期", "Overdue"),
    Need.SILENT: Words("未报送、未表态", "Silent"),
    Need.DISPUTED: Words("数据不一致", "Disputed"),
    Need.AWAITING: Words("待确认", "To be confirmed"),
    Need.ANSWER: Words("待答复", "Without an answer"),
    Need.WAITING: Words("等候处理", "Waiting to be processed"),
    Need.REJECTED: Words("被退回", "Rejected"),
    Need.WITHOUT_EFFECT: Words("未生效", "Without effect"),
    Need.UNOWNED: Words("无人负责", "Nobody's"),
    Need.OPEN: Words("未到期", "Coming"),
}
"""Why something needs someone, the most pressing first."""


class Group(NamedTuple):
    """The matters that need someone for one reason."""

    need: str
    total: int
    matters: list[Tasked]


def today(visit: Visit) -> Response:
    """Returns what needs someone; of one need alone, where that is asked for."""
    listed = visit.view.matters
    wanted = Wanted(*map(visit.asked, ("party", "domain", "unit")))
    counts = listed.counts(wanted, visit.day)
    asked = visit.asked("need")
    if asked in NEEDS:
        skip = (visit.number - 1) * _PER_PAGE
        few = listed.matters(asked, wanted, visit.day, _PER_PAGE + 1, skip)
        groups = [Group(asked, counts.get((asked, ALL), 0), few[:_PER_PAGE])]
        more = len(few) > _PER_PAGE
    else:
        more = False
        groups = [
            Group(need, total, listed.matters(need, wanted, visit.day, _FEW))
            for need in NEEDS
            if (total := counts.get((need, ALL), 0))
        ]
    return show(
        visit,
        "today.html",
        groups=groups,
        counts=counts,
        needs=NEEDS,
        parties=[*visit.tell.registry.party],
        asked=asked,
        more=more,
        domains=list(Domain),
        units=listed.units(wanted, _UNITS),
    )
