"""Project clusters and areas (项目集群、片区), up which progress rolls.

841 clusters in 9 pilot districts (试点区（市）县), 20 key areas (重点推进片区) and
4 upgrading areas (重点提升片区): 成都日报, 2022-08.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.decimals import Computed
from twincity_schemas.parts import PartRecord, Parts
from twincity_schemas.statement import Statement
from twincity_schemas.steps import UnmetStatements
from twincity_schemas.values import (
    Line,
    PartialDate,
    PartyCode,
    RegionCode,
    SubjectId,
    Value,
)
from twincity_schemas.words import Coded, Words, named


@named("集群层级", "Level", "项目集群，或由集群组成的片区、试点区县。")
class Level(Coded):
    """What a cluster is, or what an area of clusters is."""

    CLUSTER = (
        "cluster",
        "项目集群",
        "project cluster",
        "由相关项目组成。",
        "Made up of projects that belong together.",
    )
    PILOT_DISTRICT = (
        "pilot-district",
        "试点区（市）县",
        "pilot district",
        "9个试点区（市）县之一。",
        "One of the nine.",
    )
    KEY_AREA = (
        "key-area",
        "重点推进片区",
        "key area",
        "20个重点推进片区之一。",
        "One of the twenty.",
    )
    UPGRADING_AREA = (
        "upgrading-area",
        "重点提升片区",
        "upgrading area",
        "4个重点提升片区之一。",
        "One of the four.",
    )


@named(
    "集群描述",
    "Cluster described",
    "主体描述一个集群或片区由哪些项目和集群组成。",
)
class ClusterDescribed(Statement):
    """A party says what belongs to a cluster or an area."""

    name: Annotated[Line, Words("名称", "Name", "集群名称。", "What it is called.")]
    level: Annotated[
        Level, Words("层级", "Level", "集群或片区。", "A cluster, or an area.")
    ]
    region: Annotated[
        RegionCode | None,
        Words(
            "所在区县",
            "Region",
            "GB/T 2260 代码；跨区县时不填。",
            "A code of GB/T 2260; absent where it lies in several.",
        ),
    ] = None
    projects: Annotated[
        tuple[SubjectId, ...],
        Field(max_length=1000),
        Words(
            "项目", "Projects", "直接所属的项目。", "Those that belong to it directly."
        ),
    ] = ()
    parts: Annotated[
        tuple[SubjectId, ...],
        Field(max_length=1000),
        Words("下级集群", "Parts", "所含的集群。", "The clusters within it."),
    ] = ()
    as_of: Annotated[
        PartialDate, Words("数据截至", "As of", "构成的日期。", "The date it is of.")
    ]


@named("集群项目情况", "Standing of a project", "一个项目在集群汇总中的情况。")
class ProjectStanding(Coded):
    """How a project stands in the latest month of its cluster."""

    FULL = ("full", "已报齐", "in full", "全项目数据齐全。", "The whole is known.")
    OLD = (
        "old",
        "沿用旧数",
        "old",
        "未报齐，沿用本年最近报齐的月份。",
        "Not in full; its last full month of the year is kept.",
    )
    DISPUTED = (
        "disputed",
        "数据不一致",
        "disputed",
        "各方所报全项目数据不同，不计入。",
        "Parties report the whole differently; it is left out.",
    )
    UNKNOWN = (
        "unknown",
        "未报齐",
        "unknown",
        "本年尚无报齐的月份，不计入。",
        "No full month this year; it is left out.",
    )


@named("集群项目", "Membership recorded", "集群或片区汇总中的一个项目。")
class MembershipRecorded(PartRecord):
    """One project of a cluster or of its parts, counted once."""

    project: Annotated[
        SubjectId, Words("项目", "Project", "项目标识。", "The project's identifier.")
    ]
    through: Annotated[
        tuple[SubjectId, ...],
        Words(
            "经由",
            "Through",
            "经哪些集群列入；多于一个时仍只计一次。",
            "The clusters that name it; counted once however many there are.",
        ),
    ]
    standing: Annotated[
        ProjectStanding,
        Words("情况", "Standing", "最近月份的情况。", "In the latest month."),
    ]
    period: Annotated[
        str | None,
        Words("数据时段", "Period", "数据所属时段。", "Which the figures are of."),
    ] = None
    annual_plan: Annotated[
        Computed | None,
        Words("年度计划（万元）", "Planned, 万元", "计入者。", "As far as it counts."),
    ] = None
    annual_investment: Annotated[
        Computed | None,
        Words(
            "本年完成（万元）", "This year, 万元", "计入者。", "As far as it counts."
        ),
    ] = None
    missing: Annotated[
        tuple[PartyCode, ...],
        Words("未报方", "Missing", "最近月份未报的成员。", "Who has not reported it."),
    ] = ()


@named("最近月份", "Latest month", "任一项目所报的最近月份，及其覆盖情况。")
class LatestMonth(Value):
    """The latest month that anything is reported of, and how far it is covered."""

    period: Annotated[str, Words("时段", "Period", "如 2026-09。", "Such as 2026-09.")]
    full: Annotated[
        int, Words("报齐项目数", "In full", "该月报齐。", "Known for this month.")
    ]
    old: Annotated[
        int,
        Words("沿用旧数项目数", "Old", "沿用本年旧数。", "With an earlier month's."),
    ]
    disputed: Annotated[
        int, Words("数据不一致项目数", "Disputed", "不计入。", "Left out.")
    ]
    unknown: Annotated[int, Words("未报齐项目数", "Unknown", "不计入。", "Left out.")]
    annual_plan: Annotated[
        Computed,
        Words("年度计划（万元）", "Planned, 万元", "计入者之和。", "Of what counts."),
    ]
    annual_investment: Annotated[
        Computed,
        Words("本年完成（万元）", "This year, 万元", "计入者之和。", "Of what counts."),
    ]
    rate: Annotated[
        Computed | None,
        Words(
            "完成率（%）",
            "Rate, %",
            "计入项目的完成率；未全覆盖时只是部分。",
            "Of what counts; partial unless every project is in full.",
        ),
    ] = None


@named("集群记录", "Cluster recorded", "一个集群或片区的汇总进度，由各项目的报告推导。")
class ClusterRecorded(Value):
    """What its projects add up to, in the last month that is complete."""

    subject: Annotated[
        SubjectId, Words("集群", "Cluster", "集群标识。", "Its identifier.")
    ]
    described_by: Annotated[
        PartyCode, Words("描述方", "Described by", "主体代码。", "Who described it.")
    ]
    name: Annotated[str, Words("名称", "Name", "集群名称。", "What it is called.")]
    level: Annotated[
        Level, Words("层级", "Level", "集群或片区。", "A cluster, or an area.")
    ]
    projects: Annotated[
        int,
        Words(
            "项目数",
            "Projects",
            "含下级集群的项目，不重复计。",
            "Those of its parts too, each counted once.",
        ),
    ]
    clusters: Annotated[
        int, Words("集群数", "Clusters", "所含集群数。", "How many clusters it holds.")
    ]
    holds_itself: Annotated[
        bool,
        Words(
            "循环包含",
            "Holds itself",
            "经下级又包含自身；该环不计。",
            "Whether its parts lead back to it; that is left out.",
        ),
    ] = False
    reported: Annotated[
        int,
        Words(
            "已计项目数",
            "Reported",
            "数据计入下列合计的项目数：各项目报齐的最近月份，故为全部或零。",
            "Whose figures are in the sum below: of the last complete month, all.",
        ),
    ]
    period: Annotated[
        str | None,
        Words(
            "完整月份",
            "Complete month",
            "全部项目报齐的最近月份，如 2026-09；没有时不填。",
            "The last that all its projects reported in full; absent if none.",
        ),
    ] = None
    annual_plan: Annotated[
        Computed,
        Words(
            "年度计划（万元）",
            "Planned, 万元",
            "该月各项目年度计划之和。",
            "Of all its projects, as reported for that month.",
        ),
    ]
    annual_investment: Annotated[
        Computed,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "该月各项目本年完成之和。",
            "Of all its projects, through that month.",
        ),
    ]
    rate: Annotated[
        Computed | None,
        Words(
            "完成率（%）",
            "Rate, %",
            "本年完成÷年度计划；无完整月份时不填。",
            "Invested over planned; absent without a complete month.",
        ),
    ] = None
    latest: Annotated[
        LatestMonth | None,
        Words(
            "最近月份",
            "Latest month",
            "最近月份及覆盖情况；没有报告时不填。",
            "Beside it the latest month with its coverage; absent if none.",
        ),
    ] = None
    parts: Parts
    unmet: UnmetStatements = ()
