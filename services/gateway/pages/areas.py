"""Areas and clusters: what belongs to them, added up, down to each project."""

from collections.abc import Sequence

from services.gateway.pages import drawing, links
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    about,
    stacked,
    state,
    without_effect,
)
from services.gateway.pages.telling import MISSING, Tell
from services.gateway.rows import Row
from twincity_schemas.cluster_record import (
    ClusterRecorded,
    DomainSum,
    MembershipRecorded,
    ProjectStanding,
)
from twincity_schemas.values import Subject

_MOST_DRAWN = 24


def cluster(
    record: ClusterRecorded, members: list[MembershipRecorded], tell: Tell
) -> Page:
    """A cluster or an area with its projects, and through which part they belong."""
    t = tell.t
    through = sorted({part for one in members for part in one.through})
    inside = [part for part in through if part != record.subject]
    parts = inside or [record.subject]
    drawn = members[:_MOST_DRAWN]
    lines = [
        (
            parts.index(part),
            n,
            "firm" if one.standing is ProjectStanding.FULL else "open",
        )
        for n, one in enumerate(drawn)
        for part in (one.through or (record.subject,))
        if part in parts
    ]
    rows = [
        [
            about(one.project, tell),
            stacked(about(part, tell) for part in one.through),
            _standing(one, tell),
            PageCell(tell.period(one.period) if one.period else MISSING),
            _of(one, tell.money(one.annual_plan)),
            _of(one, tell.money(one.annual_investment)),
            PageCell(tell.parties(one.missing) if one.missing else MISSING),
        ]
        for one in members
    ]
    facts = [
        (t("项目", "Projects"), PageCell(str(record.projects), "#members")),
        (t("所含集群", "Clusters in it"), PageCell(str(record.clusters), "#members")),
        (t("有数据", "With figures"), PageCell(str(record.reported), "#members")),
        (
            t(f"年度计划（{tell.money_unit}）", f"Planned ({tell.money_unit})"),
            PageCell(tell.money(record.annual_plan), "#members"),
        ),
        (
            t(f"本年完成（{tell.money_unit}）", f"This year ({tell.money_unit})"),
            PageCell(tell.money(record.annual_investment), "#members"),
        ),
        (
            t("完成率", "Rate"),
            PageCell(
                tell.percent(record.rate),
                "#members",
                tell.period(record.period) + _reported(record, tell)
                if record.period
                else "",
            ),
        ),
    ]
    facts += [
        (
            tell.words(domain),
            PageCell(
                tell.percent(one.rate),
                "#members",
                _sums(one, tell),
            ),
        )
        for domain, one in record.by_domain.items()
    ]
    if record.misplaced:
        parts_ = stacked(about(part, tell) for part in record.misplaced)
        facts.append((t("层级不符，不计入", "Misplaced, not counted"), parts_))
    if record.taken_out:
        gone = stacked(about(one.of, tell) for one in record.taken_out)
        facts.append((t("已移出，不计入", "Taken out, not counted"), gone))
    if (latest := record.latest) is not None:
        coverage = tell.comma.join(
            (
                f"{t('报齐', 'full')} {latest.full}",
                f"{t('沿用旧数', 'old')} {latest.old}",
                f"{t('数据不一致', 'disputed')} {latest.disputed}",
                f"{t('未报齐', 'unknown')} {latest.unknown}",
            )
        )
        rate = tell.percent(latest.rate)
        facts.append((tell.period(latest.period), PageCell(rate, "#members", coverage)))
    return Page(
        [tell.words(record.level), tell.party(record.described_by)],
        facts,
        drawing.schematic(
            [
                drawing.Node(tell.subject(part), links.of_subject(part), "said")
                for part in parts
            ],
            [
                drawing.Node(tell.subject(one.project), links.of_subject(one.project))
                for one in drawn
            ],
            lines,
            t("所含集群与项目", "Clusters and projects in it"),
        ),
        t(
            "实线：数据齐全；虚线：未报齐、沿用旧数或数据不一致。",
            "A line: the whole is known; dashed: it is not, is old, or is disputed.",
        ),
        [
            PageTable(
                t("项目", "Projects"),
                (
                    t("项目", "Project"),
                    t("经由", "Through"),
                    t("数据", "Figures"),
                    t("时段", "Period"),
                    t("年度计划（亿元）", "Planned (bn yuan)"),
                    t("本年完成（亿元）", "This year (bn yuan)"),
                    t("未报", "Silent"),
                ),
                rows,
            ),
            *without_effect(record.no_effect, tell),
        ],
    )


def rate_of(record: ClusterRecorded, tell: Tell) -> str:
    """Returns a cluster's rate, of which month, and how many projects that rests on."""
    rate = f"{tell.t('完成率', 'rate')} {tell.percent(record.rate)}"
    if not record.period:
        return rate
    of = tell.period(record.period)
    return rate + tell.bracketed(of + _reported(record, tell))


def _reported(record: ClusterRecorded, tell: Tell) -> str:
    coverage = f"{record.reported}/{record.projects}"
    shown = f"{tell.comma}{tell.t('已报', 'reported')} {coverage}"
    if not record.suspended:
        return shown
    return f"{shown}{tell.comma}{tell.t('其中暂停', 'suspended')} {record.suspended}"


def of_cities(rows: Sequence[Row], tell: Tell) -> str:
    """Cities and the areas they have a part in; each node leads one level down."""
    drawn = rows[:_MOST_DRAWN]
    members = [Subject.parse(row.subject).members for row in drawn]
    cities = sorted({city for of in members for city in of})
    return drawing.schematic(
        [
            drawing.Node(tell.party(city), links.of_areas(city), "said")
            for city in cities
        ],
        [
            drawing.Node(tell.subject(row.subject), links.of_subject(row.subject))
            for row in drawn
        ],
        [
            (cities.index(city), n, "firm")
            for n, of in enumerate(members)
            for city in of
        ],
        tell.t("各市与集群、片区", "Cities, and their clusters and areas"),
    )


def _standing(one: MembershipRecorded, tell: Tell) -> PageCell:
    """Returns how a project counts, or which other does in its stead, with its page."""
    if one.counted_as is not None:
        label = PageCell(tell.t("另行计入", "Counted as"))
        return stacked((label, about(one.counted_as, tell)))
    full = one.standing is ProjectStanding.FULL
    return state(one.standing, tell, "good" if full else "bad")


def _of(one: MembershipRecorded, text: str) -> PageCell:
    """A figure that leads to the month it is from."""
    month = f"#{one.period}" if one.period else ""
    return PageCell(text, links.of_subject(one.project) + month, kind="num")


def _sums(one: DomainSum, tell: Tell) -> str:
    t = tell.t
    return tell.comma.join(
        (
            f"{t('项目', 'projects')} {one.projects}",
            f"{t('年度计划', 'planned')} {tell.money(one.annual_plan)}",
            f"{t('本年完成', 'this year')} {tell.money(one.annual_investment)}",
        )
    )
