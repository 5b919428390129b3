"""What areas agree on and are to do: how they share, their lists and assignments.

The statements are the contract's examples, said with the year's (``mechanisms``); and
what the article names and no public paper says more of: projects by their names alone,
and 69 assignments of which all but the wording of five is made up.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.demo.mechanisms import tell, whole
from services.demo.stage import Stage
from services.demo.story import StoryMessage, chapter, statement
from twincity_schemas.decimals import plain
from twincity_schemas.envelope import Envelope
from twincity_schemas.sharing_record import ShareRecorded, SharingRecorded
from twincity_schemas.worklist_record import (
    AssignmentRecorded,
    AssignmentState,
    VersionRecorded,
    WorklistRecorded,
)

WORKLIST = "worklist/chengdu.chongqing/joint-2022"
TASKS = "worklist/chengdu/tasks-2022"
_NAMED = ("大邑抽水蓄能", "彭州燃气调峰", "蓉耀工程", "TOD 综合开发", "三季度集中开工")
"""What the article names (成都日报, 2022-08); the list of the 69 is not public."""
_TASKS = 69
_ENTERED = datetime.fromisoformat("2024-09-20T10:00:00+08:00")
"""When the article's items are entered: long after it, as a backfill is."""
SHARING = "sharing/chengdu.chongqing/joint-park"


async def areas(stage: Stage) -> None:
    """Show how a joint park is shared, and how far the year's list is."""
    await _sharing(stage)
    await _worklist(stage)
    await _article(stage)


async def _sharing(stage: Stage) -> None:
    record: SharingRecorded = await whole(stage, SHARING)
    shares = stage.observer.parts(SHARING, "share")
    stage.expect(bool(shares), "no year of the agreement has been shared")
    year: ShareRecorded
    for year in shares.values():
        for item in year.items.values():
            amounts = stage.t("，", ", ").join(
                f"{stage.words.party(party)} {plain(one.share)}"
                for party, one in item.by.items()
                if one.share is not None
            )
            tell(
                stage,
                stage.t("跨区分享", "sharing"),
                f"{record.title} {year.year} {item.name}",
                f"{stage.words.words(item.state)}{stage.t('（万元）：', ' (万元): ')}"
                f"{amounts}",
            )


async def _worklist(stage: Stage) -> None:
    record: WorklistRecorded = await whole(stage, WORKLIST)
    t, words = stage.t, stage.words
    version: VersionRecorded
    for version in stage.observer.parts(WORKLIST, "version").values():
        came, went = (
            t("、", ", ").join(words.subject(change.project) for change in changes)
            for changes in (version.added, version.removed)
        )
        out = f"{t('；调出 ', '; out: ')}{went}" if went else ""
        tell(
            stage,
            t("年度清单", "list"),
            f"{record.title} {t(f'第 {version.version} 版', f'v{version.version}')}",
            f"{version.approved_by}{t('，调入 ', ', in: ')}{came}{out}",
        )
    assignments: dict[str, AssignmentRecorded]
    assignments = stage.observer.parts(WORKLIST, "assignment")
    states = {one.state for one in assignments.values()}
    stage.expect(AssignmentState.VERIFIED in states, "no assignment was verified")
    for one in assignments.values():
        owners = t("、", ", ").join(owner.name for owner in one.owners)
        tell(
            stage,
            t("清单任务", "assignment"),
            f"{one.code} {one.wording}",
            f"{words.words(one.state)}（{owners} {one.due}）",
        )


async def _article(stage: Stage) -> None:
    for _, message in chapter("5-article").values():
        await stage.accepted(message)
    assignments = [*tasks_of_the_article()]
    for message in assignments:
        await stage.accepted(message)
    record: WorklistRecorded = await stage.observer.until(
        f"{TASKS} as told", lambda: _listed(stage, len(assignments))
    )
    joined = stage.t("，", ", ").join(
        f"{stage.words.words(state)} {count}"
        for state, count in record.assignments.items()
    )
    tell(stage, stage.t("69 项任务", "69 assignments"), record.title, joined)
    stage.expect(
        sum(record.assignments.values()) == _TASKS, f"assignments {record.assignments}"
    )


def _listed(stage: Stage, assignments: int) -> WorklistRecorded | None:
    record: WorklistRecorded | None = stage.observer.record(TASKS)
    return record if record is not None and record.statements == assignments else None


def tasks_of_the_article() -> Iterator[StoryMessage]:
    """The 69 assignments, one of them done and verified by another office."""
    made_up = "（虚构）"
    owner = {"name": f"成都市发展和改革委员会{made_up}", "party": "chengdu"}
    listed = [f"{name}（名称据成都日报2022年8月，时限、单位为虚构）" for name in _NAMED]
    listed += [
        f"第 {number} 项任务：清单未公开，此为占位{made_up}"
        for number in range(len(listed) + 1, _TASKS + 1)
    ]
    source = "演示数据（虚构）"
    yield _of_tasks(
        "issued",
        1,
        "development-and-reform",
        {
            "title": f"69 项任务{made_up}",
            "domain": "public-policy",
            "year": 2022,
            "assignments": [
                {
                    "code": f"{number:02}",
                    "wording": wording,
                    "owners": [owner],
                    "due": "2024-12",
                }
                for number, wording in enumerate(listed, 1)
            ],
            "approved_by": f"未见公开的审定文件{made_up}",
            "approved_on": "2022-08",
            "source": source,
        },
    )
    step = {"assignment": f"{_TASKS}", "as_of": "2024-09-20"}
    note = f"已办结{made_up}"
    done = step | {"done": True, "note": note}
    yield _of_tasks("reported", 2, "development-and-reform", done)
    answers = {"party": "chengdu", "answers": "chengdu-tasks-2"}
    yield _of_tasks("verified", 3, "supervision", step | answers | {"note": note})


def _of_tasks(
    participle: str, number: int, office: str, data: dict[str, Any]
) -> StoryMessage:
    envelope = Envelope(
        specversion="1.0",
        id=f"chengdu-tasks-{number}",
        source=f"/chengdu/{office}",
        type=f"twincity.worklist.{participle}.v1",
        subject=TASKS,
        time=_ENTERED + timedelta(minutes=number),
    )
    return statement(envelope, json.dumps(data, ensure_ascii=False).encode())
