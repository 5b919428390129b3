"""The chapter of the dispatch and the boards, and of what followed."""

import json
from datetime import datetime

from services.cli.appraised import dispatch_parts
from services.cli.board_tables import board_parts
from services.demo.mechanisms import tell, until
from services.demo.stage import Stage
from services.demo.story import StoryMessage, statement
from twincity_schemas.board_record import RectificationRecorded, RectificationState
from twincity_schemas.dispatch_record import DispatchRecorded
from twincity_schemas.envelope import Envelope

S5 = "project/chengdu.meishan/s5"
DISPATCH = "dispatch/chengdu.deyang.meishan/2024-08"
DRILL = "dispatch/chengdu.deyang.meishan/2024-q2"
BOARD = "board/chengdu/2024-q3"
CLUSTER = "cluster/chengdu.deyang.meishan/suburban-lines"


async def dispatch(stage: Stage) -> None:
    """Show what an official reads at the monthly dispatch, and on the boards."""
    stage.title("六、月调度与红黑榜", "monthly dispatch, red and black boards")
    await until(stage, DISPATCH, _has_both_reports)
    for part in dispatch_parts(stage.observer.all_parts(DISPATCH), stage.words):
        stage.console.print(part)
    await until(stage, DRILL, lambda r: r.sites and r.visited == r.sites)
    for part in dispatch_parts(stage.observer.all_parts(DRILL), stage.words):
        stage.console.print(part)
    board = await until(stage, BOARD, lambda record: record.final)
    districts = board.sequences[0]
    stage.expect(districts.red == ("jinniu",), f"red board {districts.red}")
    stage.expect(districts.black == ("shuangliu",), f"black board {districts.black}")
    await _left(stage)
    await _late(stage)
    for part in board_parts(stage.observer.all_parts(BOARD), stage.words):
        stage.console.print(part)
    cluster = await until(stage, CLUSTER, lambda r: r.latest is not None)
    latest = cluster.latest
    period, rate = stage.words.period(latest.period), stage.words.percent(latest.rate)
    tell(
        stage,
        stage.t("集群汇总", "cluster"),
        cluster.name,
        stage.t(
            f"{cluster.projects} 个项目；{period}报齐 {latest.full}、"
            f"沿用旧数 {latest.old}、未报齐 {latest.unknown}，计入者完成率 {rate}",
            f"{cluster.projects} projects; {period}: in full {latest.full}, "
            f"by older figures {latest.old}, unknown {latest.unknown}; "
            f"rate of what counts {rate}",
        ),
    )


def _has_both_reports(record: DispatchRecorded) -> bool:
    return record.on_time + record.late >= 2  # noqa: PLR2004  both sides of S11


async def _left(stage: Stage) -> None:
    """A unit of the black board has left it: summoned, sent back once, verified."""
    await until(stage, BOARD, lambda r: "rectification" in r.parts and not r.open)
    parts = stage.observer.all_parts(BOARD)
    unit: RectificationRecorded = parts["rectification/shuangliu"]
    stage.expect(unit.state is RectificationState.VERIFIED, f"state {unit.state}")
    last = unit.steps[-1]
    stage.tell(
        stage.t(
            f"[green]✓[/] {unit.name}被约谈，整改 {len(unit.steps)} 步，"
            f"{last.recorded:%Y-%m-%d} 核验通过，退出黑榜",
            f"[green]✓[/] {unit.name} was summoned; verified after "
            f"{len(unit.steps)} steps, it has left the black board",
        )
    )


async def _late(stage: Stage) -> None:
    """A report after the cut-off: it stands beside a board that is closed."""
    before = stage.observer.all_parts(BOARD)
    stage.tell(stage.t("截止后又报一份：", "a report after the cut-off:"))
    await stage.accepted(late_report())
    await until(
        stage, BOARD, lambda record: record.corrections > before[""].corrections
    )
    after = stage.observer.all_parts(BOARD)
    units = {name for name in before if name.startswith("unit/")}
    unmoved = all(before[name] == after[name] for name in units)
    stage.expect(
        unmoved and before[""].sequences == after[""].sequences,
        "a late report moved a closed board",
    )
    stands = stage.t("榜单未动，列为更正", "the board stands; it is a correction")
    stage.tell(f"[green]✓[/] {stands}")


def late_report() -> StoryMessage:
    """Returns a report that comes after the cut-off of the dispatch and the board."""
    data = {
        "year": 2024,
        "through_month": 8,
        "scope": "own-section",
        "annual_plan": "100000",
        "annual_investment": "99999",
        "cumulative_investment": "199999",
        "as_of": "2024-08-31",
        "source": "演示数据（虚构）",
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
