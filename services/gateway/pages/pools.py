"""A pool of the opportunity list: its picture, its totals, its certificate."""

from collections.abc import Iterator
from typing import NamedTuple

from starlette.responses import Response

from services.gateway.certificates import CertificateState, certificate_of
from services.gateway.entrylist import STATES
from services.gateway.pages import links
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.poolpicture import picture
from services.gateway.refusing import unknown
from services.gateway.wanted import Wanted
from services.gateway.workbooks import WorkbookSheet, download
from twincity_schemas.opportunity import Direction, NeedType
from twincity_schemas.pairing_record import Pair, PairingRecorded, PoolRecorded
from twincity_schemas.topology import MATCHING_RECORDS
from twincity_schemas.words import Words

FIGURES = (
    "demands", "supplies", "pairs", "agreed", "mutual_first_choices", "blocking",
    "score",
)  # fmt: skip
"""The totals of a pool's record, in their order."""
_ALL = 100_000


class PoolShown(NamedTuple):
    """A pool.

    Attributes:
        record: None until matching has published one.
        picture: an SVG; "" where none was asked for.
    """

    name: str
    record: PoolRecorded | None
    picture: str

    def figures(self) -> dict[str, int]:
        """The totals of its record, by field."""
        return {name: getattr(self.record, name) for name in FIGURES}

    @property
    def proven(self) -> bool:
        """Returns whether its certificate's totals are equal."""
        certificate = self.record and self.record.certificate
        return bool(certificate and certificate.total == certificate.dual_total)


def pool_of(visit: Visit, name: str, *, drawn: bool, listed: str = "") -> PoolShown:
    """Read a pool's record, and draw its pairs; their numbers lead to its list."""
    row = visit.view.at(MATCHING_RECORDS, f"pool/{name}")
    record = row.data if row else None
    recorded = record if isinstance(record, PoolRecorded) else None
    svg = ""
    if drawn:
        parties = visit.tell.registry.party
        names = {party.code: Words(party.zh, party.en) for party in parties}
        flows = visit.view.entries.flows(name)
        svg = picture(name, flows, names, visit.tell.language, listed)
    return PoolShown(name, recorded, svg)


def pool(visit: Visit) -> Response:
    """A pool's page."""
    chosen = _known(visit)
    state: CertificateState | None = None
    if chosen.record is not None:
        state = certificate_of(visit.view, chosen.record)
    return show(
        visit,
        "pool.html",
        pool=chosen,
        certificate=state,
        figures=figure_words(),
        counts=visit.view.entries.counts(Wanted(pool=chosen.name)),
        states=STATES,
    )


def figure_words() -> dict[str, Words]:
    """Returns what a pool's totals are called."""
    return {name: PoolRecorded.field_words(name) for name in FIGURES}


def _known(visit: Visit) -> PoolShown:
    name = visit.params["name"]
    if name not in visit.view.entries.pools():
        raise unknown(f"pool/{name}")
    listed = links.changed(f"{links.ROOT}/opportunities", {"pool": name})
    return pool_of(visit, name, drawn=True, listed=listed)


def workbook(visit: Visit) -> Response:
    """A pool's entries and pairs as a workbook."""
    chosen = _known(visit)
    title = f"{visit.tell.t('机会清单', 'Opportunity list')} {chosen.name}"
    return download(title, f"pool/{chosen.name}", _sheets(visit, chosen.name))


def _sheets(visit: Visit, name: str) -> Iterator[WorkbookSheet]:
    tell, t = visit.tell, visit.tell.t
    listed = visit.view.entries.entries(Wanted(pool=name), "score", _ALL)
    rows = [visit.view.latest(one.subject) for one in listed]
    records = [row.data for row in rows if row is not None]
    paired = [one for one in records if isinstance(one, PairingRecorded)]
    units = {one.subject: one.unit for one in listed}
    needs = {str(need): need for need in NeedType}
    yield WorkbookSheet(
        t("条目", "Entries"),
        (t("条目", "Entry"), t("名称", "Title"), t("主体", "Party"),
         t("责任单位", "Unit"), t("供需方向", "Direction"), t("需求类别", "Need type"),
         t("在列", "On the list"), t("对接", "Pairs"), t("待答复", "Offers"),
         t("未对接原因", "Why unpaired")),
        [
            (one.subject, one.title, tell.party(one.subject.split("/")[1]),
             units[one.subject], tell.words(one.direction),
             tell.words(needs[one.need_type]), t("是", "yes") if one.open else
             t("否", "no"), len(one.pairs), len(one.offers),
             one.why_unpaired and tell.either(one.why_unpaired))
            for one in paired
        ],
    )  # fmt: skip
    yield WorkbookSheet(
        t("对接", "Pairs"),
        (t("需求", "Demand"), t("需求方", "Whose"), t("供给", "Supply"),
         t("供给方", "Whose"), t("状态", "Status"), t("得分", "Score"),
         t("同类正确比例%", "Right among such, %"), t("下限%", "At least, %"),
         t("上限%", "At most, %"), t("答复时限", "Answer by"),
         t("得分依据", "Terms"), t("需求条目", "Demand's identifier"),
         t("供给条目", "Supply's identifier")),
        [
            _pair(one, pair, visit)
            for one in paired
            if one.direction is Direction.DEMAND
            for pair in (*one.pairs, *one.offers)
        ],
    )  # fmt: skip


def _pair(one: PairingRecorded, pair: Pair, visit: Visit) -> tuple[object, ...]:
    tell, sure = visit.tell, pair.confidence
    return (
        one.title, tell.party(one.subject.split("/")[1]),
        tell.subject(pair.counterpart), tell.party(pair.counterpart.split("/")[1]),
        tell.words(pair.status), pair.score, sure and sure.share, sure and sure.low,
        sure and sure.high, pair.answer_by,
        tell.semicolon.join(
            f"{tell.t(one.zh, one.en)} {one.points}" for one in pair.terms
        ),
        one.subject, pair.counterpart,
    )  # fmt: skip
