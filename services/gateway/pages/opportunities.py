"""The opportunity list 机会清单: every pool, every entry, what waits for an answer."""

from collections.abc import Iterator
from typing import NamedTuple

from starlette.responses import Response

from services.gateway.entrylist import (
    SORTS,
    STATES,
    UNPAIRED,
    WITHDRAWN,
    Awaited,
    ListedEntry,
)
from services.gateway.pages import scores
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.pools import PoolShown, figure_words, pool_of
from services.gateway.view import View
from services.gateway.wanted import Wanted
from twincity_schemas.opportunity import Direction, NeedType
from twincity_schemas.pairing_record import Pair, PairingRecorded, PairStatus
from twincity_schemas.words import Words

_PER_PAGE, _FEW, _UNITS, _DRAWN, _PAIRS = 50, 12, 12, 2, 3

STATE_WORDS: dict[str, Words] = {
    **{str(status): status.words for status in PairStatus},
    UNPAIRED: Words("未对接", "without a pair"),
    WITHDRAWN: Words("已撤回", "withdrawn"),
}
ORDERS: dict[str, Words] = {
    "score": Words("得分高在前", "best scores first"),
    "name": Words("按名称", "by title"),
}


class EntryShown(NamedTuple):
    """An entry of the list with its pairs and offers; a list shows the first few."""

    entry: ListedEntry
    pairs: tuple[Pair, ...]

    @property
    def listed(self) -> tuple[Pair | None, ...]:
        """The rows of an entry: its first pairs, or one that says why there is none."""
        return self.pairs[:_PAIRS] or (None,)


def opportunities(visit: Visit) -> Response:
    """Every pool, and the entries that are asked for with what they wait for."""
    listed, view = visit.view.entries, visit.view
    names = ("party", "unit", "pool", "state", "direction", "text")
    wanted = Wanted(**{name: visit.asked(name) for name in names})
    sort = visit.asked("sort") if visit.asked("sort") in SORTS else "score"
    skip = (visit.number - 1) * _PER_PAGE
    rows = shown(view, wanted, _PER_PAGE + 1, sort, skip)
    pools = listed.pools()
    whole = wanted == Wanted() and visit.number == 1
    awaited = listed.awaited(wanted, _FEW * 10)
    return show(
        visit,
        "opportunities.html",
        rows=rows[:_PER_PAGE],
        more=len(rows) > _PER_PAGE,
        counts=listed.counts(wanted),
        pools=list(_overview(visit, pools)) if whole else [],
        names=pools,
        figures=figure_words(),
        mine=_of(awaited, wanted, mine=True),
        theirs=_of(awaited, wanted, mine=False) if wanted.party else [],
        few=_FEW,
        sort=sort,
        orders=ORDERS,
        states={state: STATE_WORDS[state] for state in STATES},
        parties=[party.code for party in visit.tell.registry.party],
        directions=list(Direction),
        need_types=list(NeedType),
        units=listed.units(wanted, _UNITS) if wanted.party else {},
        scores=scores,
    )


def shown(
    view: View, wanted: Wanted, limit: int, sort: str = "score", skip: int = 0
) -> list[EntryShown]:
    """Entries as asked for, with their pairs."""
    entries = view.entries.entries(wanted, sort, limit, skip)
    return [EntryShown(one, _pairs_of(view, one.subject)) for one in entries]


def _pairs_of(view: View, entry: str) -> tuple[Pair, ...]:
    row = view.latest(entry)
    if row is None or not isinstance(row.data, PairingRecorded):
        return ()
    return (*row.data.pairs, *row.data.offers)


def _overview(visit: Visit, pools: list[str]) -> Iterator[PoolShown]:
    for number, name in enumerate(pools):
        yield pool_of(visit, name, drawn=number < _DRAWN)


def _of(awaited: list[Awaited], wanted: Wanted, *, mine: bool) -> list[Awaited]:
    """Those that the asked party has to answer, or waits for; all where none is."""
    whose = wanted.party
    return [
        one for one in awaited if not whose or (one.whose if mine else one.by) == whose
    ]
