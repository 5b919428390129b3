"""Project clusters and areas (项目集群、片区), up which progress rolls.

841 clusters in 9 pilot districts (试点区（市）县), 20 key areas (重点推进片区) and
4 upgrading areas (重点提升片区): 成都日报, 2022-08.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.decimals import Computed
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


@named("集群记录", "Cluster recorded", "一个集群或片区的汇总进度，由各项目的报告推导。")
class ClusterRecorded(Value):
    """What the projects of a cluster and of its parts add up to."""

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
    reported: Annotated[
        int,
        Words(
            "已报项目数", "Reported", "有进度报告的项目数。", "How many have a report."
        ),
    ]
    period: Annotated[
        str | None,
        Words(
            "最近时段",
            "Latest period",
            "各项目报告中最近的时段，如 2026-09。",
            "The latest that any of them reports on, such as 2026-09.",
        ),
    ] = None
    annual_plan: Annotated[
        Computed,
        Words(
            "年度计划（万元）",
            "Planned, 万元",
            "最近时段所属年度各项目计划之和。",
            "In the year of that period, all that reported on it.",
        ),
    ]
    annual_investment: Annotated[
        Computed,
        Words(
            "本年完成（万元）",
            "This year, 万元",
            "同年各项目最近所报完成之和。",
            "What they last reported as invested in that year.",
        ),
    ]
    rate: Annotated[
        Computed | None,
        Words(
            "完成率（%）",
            "Rate, %",
            "本年完成÷年度计划；无计划时不填。",
            "Invested over planned; absent without a plan.",
        ),
    ] = None
    unmet: UnmetStatements = ()
