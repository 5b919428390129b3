"""The chapter of a year: every mechanism of the field, from statement to record.

The statements are the contract's own examples (``schemas/examples``), said in
the order of their time: what an integrator reads there is what is played here.
The targets that the article names are in ``indicators.toml``.
"""

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from services.cli.appraised import board_parts, dispatch_parts
from services.demo.stage import Stage
from services.demo.story import Message, statement
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.chain_record import ChainRecorded
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.dispatch_record import DispatchRecorded
from twincity_schemas.envelope import Envelope
from twincity_schemas.factor import FactorRecorded
from twincity_schemas.indicator_record import IndicatorRecorded
from twincity_schemas.obstacle import ObstacleRecorded, ObstacleState
from twincity_schemas.plan_record import PlanRecorded
from twincity_schemas.policy_record import PolicyRecorded

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
_INDICATORS = Path(__file__).with_name("indicators.toml")
_NAMED = datetime.fromisoformat("2022-08-15T09:00:00+08:00")
"""When the article named the targets."""
# What the other chapters say of projects and opportunities, they say in their
# own words.
_TOLD_ELSEWHERE = {"project", "progress", "opportunity", "match"}

S11 = "project/chengdu.deyang/s11"
S5 = "project/chengdu.meishan/s5"
POLICY = "policy/chengdu.chongqing/one-code-transit"
PLAN = "plan/chengdu.chongqing/liangjiang-cell"
CHAIN = "chain/chengdu.chongqing/automobile"
CHALLENGE = "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
BOARD = "board/chengdu/2024-q3"
CLUSTER = "cluster/chengdu.deyang.meishan/suburban-lines"


def statements() -> list[Message]:
    """The examples that tell the year, in the order of their time."""
    told = [*_read(), *_targets()]
    said = sorted(told, key=lambda one: (one[0].time, one[0].id))
    return [statement(envelope, value) for envelope, value in said]


def _read() -> Iterator[tuple[Envelope, bytes]]:
    for path in EXAMPLES.glob("*/*.json"):
        document = json.loads(path.read_text("utf-8"))
        envelope = Envelope.model_validate(document["envelope"])
        event_type = EVENT_TYPES[envelope.type]
        aggregate = event_type.fact.partition(".")[0]
        if event_type.is_statement and aggregate not in _TOLD_ELSEWHERE:
            yield envelope, json.dumps(document["data"], ensure_ascii=False).encode()


def _targets() -> Iterator[tuple[Envelope, bytes]]:
    """Every target that the article names, and what is reported against it."""
    told = tomllib.loads(_INDICATORS.read_text("utf-8"))
    for indicator in told["indicator"]:
        subject = indicator["subject"]
        target = told["target"] | indicator["target"]
        yield _indicator(subject, "targeted", target, _NAMED)
        for report in indicator["report"]:
            said = told["report"] | {"unit": target["unit"]} | report
            day = datetime.fromisoformat(f"{report['as_of']}-28T09:00:00+08:00")
            yield _indicator(subject, "reported", said, day)


def _indicator(
    subject: str, participle: str, data: dict[str, Any], time: datetime
) -> tuple[Envelope, bytes]:
    envelope = Envelope(
        specversion="1.0",
        id=f"{subject.rpartition('/')[2]}-{participle}-{time:%Y-%m}",
        source="/chengdu/development-and-reform",
        type=f"twincity.indicator.{participle}.v1",
        subject=subject,
        time=time,
    )
    return envelope, json.dumps(data, ensure_ascii=False).encode()


_TITLES = {event.fact: event.words.zh for event in EVENT_TYPES.values()}


async def mechanisms(stage: Stage) -> None:
    """Say the year's statements, then read what came of them."""
    stage.title("五、机制：一年的推进", "the mechanisms, a year of them")
    said = statements()
    for message in said:
        await stage.accepted(message)
    stage.tell(
        f"{len(said)} 条陈述，多为契约的示例 mostly the contract's own examples; "
        "编造部分均注明（虚构） made-up parts are marked"
    )
    await _obstacles(stage)
    await _factors(stage)
    await _policy(stage)
    await _plan(stage)
    await _chain(stage)
    await _challenge(stage)
    await _indicators(stage)


async def dispatch(stage: Stage) -> None:
    """What an official reads at the monthly dispatch, and on the boards."""
    stage.title("六、月调度与红黑榜", "monthly dispatch, red and black boards")
    await _until(stage, DISPATCH, _has_both_reports)
    for part in dispatch_parts(stage.observer.all_parts(DISPATCH)):
        stage.console.print(part)
    board = await _until(stage, BOARD, lambda record: record.final)
    districts = board.sequences[0]
    stage.expect(districts.red == ("jinniu",), f"red board {districts.red}")
    stage.expect(districts.black == ("shuangliu",), f"black board {districts.black}")
    await _late(stage)
    for part in board_parts(stage.observer.all_parts(BOARD)):
        stage.console.print(part)
    cluster = await _until(stage, CLUSTER, lambda r: r.latest is not None)
    latest = cluster.latest
    stage.tell(
        f"[bold]集群汇总 cluster[/] {cluster.name}：{cluster.projects} 个项目，"
        f"{latest.period} 报齐 {latest.full}、沿用旧数 {latest.old}、"
        f"未报齐 {latest.unknown}，计入者完成率 {latest.rate:.2f}%"
    )


def _has_both_reports(record: DispatchRecorded) -> bool:
    return record.on_time + record.late >= 2  # noqa: PLR2004  both sides of S11


async def _late(stage: Stage) -> None:
    """A report after the cut-off: it stands beside a board that is closed."""
    before = stage.observer.all_parts(BOARD)
    stage.tell("截止后又报一份 a report after the cut-off:")
    await stage.accepted(_late_report())
    await _until(
        stage, BOARD, lambda record: record.corrections > before[""].corrections
    )
    after = stage.observer.all_parts(BOARD)
    units = {name for name in before if name.startswith("unit/")}
    unmoved = all(before[name] == after[name] for name in units)
    stage.expect(
        unmoved and before[""].sequences == after[""].sequences,
        "a late report moved a closed board",
    )
    stage.tell("[green]✓[/] 榜单未动，列为更正 the board stands; it is a correction")


def _late_report() -> Message:
    data = {
        "year": 2024,
        "through_month": 8,
        "scope": "own-section",
        "annual_plan": "100000",
        "annual_investment": "99999",
        "cumulative_investment": "199999",
        "as_of": "2024-08-31",
        "source": "演示数据（虚构） demonstration figures",
    }
    envelope = Envelope(
        specversion="1.0",
        id="chengdu-2024-late",
        source="/chengdu/development-and-reform",
        type="twincity.progress.reported.v1",
        subject=S5,
        time=datetime.fromisoformat("2024-10-20T09:00:00+08:00"),
    )
    return statement(envelope, json.dumps(data, ensure_ascii=False).encode())


async def _whole(stage: Stage, subject: str) -> Any:
    """The record of a subject, when everything that the year says is in it."""
    said = sum(message.key == subject.encode() for message in statements())
    return await _until(stage, subject, lambda r: r.statements == said)


async def _until(stage: Stage, subject: str, come: Any) -> Any:
    """The record of a subject, when it has come so far."""

    def found() -> Any:
        record = stage.observer.record(subject)
        return record if record is not None and come(record) else None

    return await stage.observer.until(f"{subject} as told", found)


async def _parts_until(stage: Stage, part: str, come: Any) -> Any:
    """The records of one kind of part of S11, when one of them has come so far."""

    def found() -> Any:
        parts = stage.observer.parts(S11, part)
        return parts if any(map(come, parts.values())) else None

    return await stage.observer.until(f"{part} of {S11} as told", found)


async def _obstacles(stage: Stage) -> None:
    obstacles: dict[str, ObstacleRecorded] = await _parts_until(
        stage, "obstacle", lambda obstacle: obstacle.state is ObstacleState.CLOSED
    )
    for name, obstacle in obstacles.items():
        path = " → ".join(_TITLES[s.step] for s in obstacle.steps)
        late = "（逾期 late）" if obstacle.closed_late else ""
        stage.tell(
            f"[bold]挂账销号 obstacle[/] {name} {escape(obstacle.title)}："
            f"[green]{obstacle.state.words.zh}[/]{late}\n    {path}"
        )


async def _factors(stage: Stage) -> None:
    factors: dict[str, FactorRecorded] = await _parts_until(
        stage, "factor", lambda factor: factor.by and not factor.short
    )
    for name, factor in factors.items():
        arrived = factor.requested - factor.short
        stage.tell(
            f"[bold]要素保障 factor[/] {name} {escape(factor.what)}："
            f"需 {factor.requested} {factor.unit}（{factor.needed_by} 前），"
            f"到位 {arrived}，缺 {factor.short}"
        )


async def _policy(stage: Stage) -> None:
    record: PolicyRecorded = await _whole(stage, POLICY)
    for turn in record.turns:
        for change in turn.changes:
            stage.tell(
                f"[bold]政策闭环 policy[/] {escape(record.title)} 第 {turn.edition} 版"
                f" {change.code}：{escape(change.reason)}"
                f" → {'已写入下一版 adopted' if change.adopted else '待下一版'}"
            )


async def _plan(stage: Stage) -> None:
    record: PlanRecorded = await _whole(stage, PLAN)
    for name, measure in record.measures.items():
        stage.tell(
            f"[bold]一企一策 plan[/] {name} {escape(measure.what)}："
            f"{measure.state.words.zh} {measure.state.words.en}（{measure.party}，"
            f"{measure.due}）"
        )


async def _chain(stage: Stage) -> None:
    record: ChainRecorded = await _whole(stage, CHAIN)
    for name, gap in record.gaps.items():
        entry = f" → {gap.opportunity}" if gap.opportunity else ""
        stage.tell(
            f"[bold]建圈强链 chain[/] {record.title} {name} {escape(gap.title)}："
            f"{gap.state.words.zh} {gap.state.words.en}{entry}"
        )


async def _challenge(stage: Stage) -> None:
    record: ChallengeRecorded = await _until(
        stage, CHALLENGE, lambda r: r.state == "accepted"
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("揭榜挂帅·赛马 race", "评审 score", "名次 rank", "结果 result", ""):
        table.add_column(heading, overflow="fold")
    for entry in record.entries.values():
        table.add_row(
            escape(entry.team.name),
            str(entry.review.score) if entry.review else "—",
            str(entry.review.rank) if entry.review else "—",
            f"{entry.state.words.zh} {entry.state.words.en}",
            f"{entry.exit.gate}：{entry.exit.zh}" if entry.exit else "",
        )
    stage.tell(f"[bold]{escape(record.title)}[/]  {record.state.words.zh}")
    stage.console.print(table)


async def _indicators(stage: Stage) -> None:
    for subject in {envelope.subject for envelope, _ in _targets()}:
        await _until(stage, subject, lambda r: r.latest is not None)
    for record in stage.observer.records.values():
        if isinstance(record, IndicatorRecorded) and record.latest is not None:
            latest = record.latest
            stage.tell(
                f"[bold]量化目标 indicator[/] {record.name}：{latest.value}，完成"
                f" {latest.attained}%，时间过 {latest.elapsed}%，"
                f"{record.state.words.zh} {record.state.words.en}"
            )
