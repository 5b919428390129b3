"""Agreements of sharing: what holds, who stands behind it, and whose each year is.

In 万元 and to the fen: 亿元 with two decimals would round what is paid.
"""

from collections.abc import Iterator

from services.gateway.pages import links
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    about,
    cited,
    stacked,
    state,
    steps,
    without_effect,
)
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.sharing_record import (
    DisputeState,
    PartyShare,
    ShareRecorded,
    ShareState,
    SharingRecorded,
)


def sharing(record: SharingRecorded, years: list[ShareRecorded], tell: Tell) -> Page:
    """An agreement (经济区与行政区适度分离), its terms and the shares of each year."""
    t, holds = tell.t, record.in_force
    facts = [
        (t("协同状态", "Agreement"), state(record.agreement, tell)),
        (t("项目", "Project"), about(record.project, tell)),
    ]
    if holds is not None:
        period = tell.period_of(str(holds.begins), str(holds.ends or ""))
        since = f"{t('一致自', 'agreed since')} {tell.moment(holds.since)}"
        behind = links.of_trace(record.subject)
        facts.append((t("现行约定", "In force"), PageCell(period, behind, since)))
    if record.awaiting:
        facts.append((t("待确认", "Awaiting"), steps(record.awaiting, tell)))
    members = [
        [
            PageCell(tell.party(party)),
            state(one.stance, tell),
            PageCell(tell.party(one.of) if one.of else MISSING),
            PageCell(one.reason or MISSING),
        ]
        for party, one in record.members.items()
    ]
    return Page(
        [tell.words(record.domain)],
        facts,
        "",
        "",
        [
            *_terms(record, tell),
            *(table for one in reversed(years) for table in _year(one, tell)),
            PageTable(
                t("各方立场", "Where each stands"),
                (
                    t("主体", "Party"),
                    t("立场", "Stance"),
                    t("文本", "Text of"),
                    t("理由", "Reason"),
                ),
                members,
            ),
            *without_effect(record.no_effect, tell),
        ],
    )


def _terms(record: SharingRecorded, tell: Tell) -> Iterator[PageTable]:
    t = tell.t
    if record.in_force is None:
        return
    trace = links.of_trace(record.subject)
    rows = [
        [
            PageCell(one.name, below=tell.words(one.kind)),
            stacked(
                PageCell(
                    f"{tell.party(s.party)} {tell.number(s.amount)}",
                    trace,
                    kind="nowrap",
                )
                for s in one.stock
            ),
            PageCell(str(one.base_year)),
            stacked(
                PageCell(
                    f"{tell.party(s.party)} {tell.percent(s.percent)}",
                    trace,
                    kind="nowrap",
                )
                for s in one.ratio
            ),
            PageCell(tell.words(one.below_stock)),
            PageCell(tell.party(one.remainder_to)),
        ]
        for one in record.in_force.terms
    ]
    head = (
        t("事项", "Item"),
        t("基数（万元）", "Stock (10,000 yuan)"),
        t("基年", "Base year"),
        t("增量比例", "Ratio"),
        t("不足基数时", "Below the stock"),
        t("余数归", "Remainder to"),
    )
    yield PageTable(t("现行约定", "In force"), head, rows)


def _year(record: ShareRecorded, tell: Tell) -> Iterator[PageTable]:
    t = tell.t
    rows = [
        [
            PageCell(
                item.name or code,
                links.of_trace(record.subject),
                _sums(record, code, tell),
            ),
            state(item.state, tell, _KIND.get(item.state, "bad")),
            _collected(party, one, tell),
            *(
                PageCell(text, links.of_trace(record.subject), kind="num")
                for text in (
                    tell.number(one.stock),
                    tell.percent(one.percent),
                    tell.number(one.share),
                    tell.number(one.transfer),
                )
            ),
        ]
        for code, item in record.items.items()
        for party, one in item.by.items()
    ]
    yield PageTable(
        t(f"{record.year} 年（万元）", f"{record.year} (10,000 yuan)"),
        (
            t("事项", "Item"),
            t("状态", "State"),
            t("征收", "Collected"),
            t("基数", "Stock"),
            t("比例", "Ratio"),
            t("应得", "Share"),
            t("应划转", "Transfer"),
        ),
        rows,
    )
    yield from _disputes(record, tell)
    yield from without_effect(record.no_effect, tell)


def _disputes(record: ShareRecorded, tell: Tell) -> Iterator[PageTable]:
    """The figures that another member doubts, and what was answered."""
    t = tell.t
    rows = [
        [
            PageCell(item.name or code, below=tell.party(party)),
            cited(one.figure, tell.number(one.amount), kind="num"),
            cited(
                one.statement,
                tell.number(one.claimed),
                tell.party(one.raised_by),
                "num",
            ),
            PageCell(one.evidence),
            state(one.state, tell, _DISPUTE.get(one.state, "good")),
            PageCell(MISSING)
            if one.answer is None
            else cited(one.answer, one.reason or "→"),
        ]
        for code, item in record.items.items()
        for party, share in item.by.items()
        for one in share.disputes
    ]
    if rows:
        head = (
            t("事项", "Item"),
            t("所报数", "Stated"),
            t("主张数", "Claimed"),
            t("证据", "Evidence"),
            t("状态", "State"),
            t("答复", "Answer"),
        )
        title = t(
            f"{record.year} 年数据质疑（万元）",
            f"{record.year}, disputed (10,000 yuan)",
        )
        yield PageTable(title, head, rows)


_DISPUTE = {DisputeState.OPEN: "bad"}
_KIND = {ShareState.SHARED: "good", ShareState.STOCK_ONLY: "good"}


def _sums(record: ShareRecorded, code: str, tell: Tell) -> str:
    item, t = record.items[code], tell.t
    if item.missing:
        return f"{t('未报', 'missing')} {tell.parties(item.missing)}"
    if item.increment is None:
        return ""
    return f"{t('增量', 'on top')} {tell.number(item.increment)}"


def _collected(party: str, one: PartyShare, tell: Tell) -> PageCell:
    if one.statement is None:
        return PageCell(MISSING, below=tell.party(party), kind="num")
    before = "→".join(tell.number(past.amount) for past in one.before)
    was = tell.bracketed(f"{tell.t('原报', 'was')} {before}") if before else ""
    return cited(
        one.statement, tell.number(one.collected), tell.party(party) + was, "num"
    )
