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

from services.cli.terminal import table_of
from services.demo.stage import Stage
from services.demo.story import StoryMessage, statement
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.chain_record import ChainRecorded
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.envelope import Envelope
from twincity_schemas.factor_record import FactorRecorded
from twincity_schemas.indicator_record import IndicatorRecorded
from twincity_schemas.obstacle_record import ObstacleRecorded, ObstacleState
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
POLICY = "policy/chengdu.chongqing/one-code-transit"
PLAN = "plan/chengdu.chongqing/liangjiang-cell"
CHAIN = "chain/chengdu.chongqing/automobile"
CHALLENGE = "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell"


def statements() -> list[StoryMessage]:
    """The examples that tell the year, in the order of their time."""
    events = [*_read(), *_targets()]
    ordered = sorted(events, key=lambda one: (one[0].time, one[0].id))
    return [statement(envelope, value) for envelope, value in ordered]


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
    story = tomllib.loads(_INDICATORS.read_text("utf-8"))
    for indicator in story["indicator"]:
        subject = indicator["subject"]
        target = story["target"] | indicator["target"]
        yield _indicator(subject, "targeted", target, _NAMED)
        for report in indicator["report"]:
            report_ = story["report"] | {"unit": target["unit"]} | report
            day = datetime.fromisoformat(f"{report['as_of']}-28T09:00:00+08:00")
            yield _indicator(subject, "reported", report_, day)


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


async def mechanisms(stage: Stage) -> None:
    """Say the year's statements, then read what came of them."""
    stage.title("五、机制：一年的推进", "the mechanisms, a year of them")
    statements_ = statements()
    for message in statements_:
        await stage.accepted(message)
    stage.tell(
        stage.t(
            f"{len(statements_)} 条填报，多为契约的示例；编造部分均注明（虚构）",
            f"{len(statements_)} statements, mostly the contract's own examples; "
            "what is made up is marked （虚构）",
        )
    )
    await _obstacles(stage)
    await _factors(stage)
    await _policy(stage)
    await _plan(stage)
    await _chain(stage)
    await _challenge(stage)
    await _indicators(stage)


async def whole(stage: Stage, subject: str) -> Any:
    """The record of a subject, when everything that the year says is in it."""
    statements_sent = sum(message.key == subject.encode() for message in statements())
    return await until(stage, subject, lambda r: r.statements == statements_sent)


async def until(stage: Stage, subject: str, come: Any) -> Any:
    """The record of a subject, when it has come so far."""

    def looked_up() -> Any:
        record = stage.observer.record(subject)
        return record if record is not None and come(record) else None

    return await stage.observer.until(f"{subject} as told", looked_up)


async def _parts_until(stage: Stage, part: str, come: Any) -> Any:
    """The records of one kind of part of S11, when one of them has come so far."""

    def looked_up() -> Any:
        parts = stage.observer.parts(S11, part)
        return parts if any(map(come, parts.values())) else None

    return await stage.observer.until(f"{part} of {S11} as told", looked_up)


async def _obstacles(stage: Stage) -> None:
    obstacles: dict[str, ObstacleRecorded] = await _parts_until(
        stage, "obstacle", lambda obstacle: obstacle.state is ObstacleState.CLOSED
    )
    for obstacle in obstacles.values():
        path = " → ".join(stage.words.fact(s.step) for s in obstacle.steps)
        late = stage.t("（逾期）", " (late)") if obstacle.closed_late else ""
        tell(
            stage,
            stage.t("挂账销号", "obstacle"),
            obstacle.title,
            f"{stage.words.words(obstacle.state)}{late}\n    {path}",
        )


async def _factors(stage: Stage) -> None:
    factors: dict[str, FactorRecorded] = await _parts_until(
        stage, "factor", lambda factor: factor.by and not factor.short
    )
    for factor in factors.values():
        arrived = factor.requested - factor.short
        asked = f"{factor.requested} {factor.unit}"
        tell(
            stage,
            stage.t("要素保障", "factor"),
            factor.what,
            stage.t(
                f"需 {asked}（{factor.needed_by} 前），"
                f"到位 {arrived}，缺 {factor.short}",
                f"{asked} needed by {factor.needed_by}, {arrived} there, "
                f"{factor.short} short",
            ),
        )


async def _policy(stage: Stage) -> None:
    record: PolicyRecorded = await whole(stage, POLICY)
    for turn in record.turns:
        for change in turn.changes:
            adopted = (
                stage.t("已写入下一版", "in the next edition")
                if change.adopted
                else stage.t("待下一版", "awaits the next edition")
            )
            edition = stage.t(f"第 {turn.edition} 版", f"edition {turn.edition}")
            tell(
                stage,
                stage.t("政策闭环", "policy"),
                f"{record.title} {edition}",
                f"{change.reason} → {adopted}",
            )


async def _plan(stage: Stage) -> None:
    record: PlanRecorded = await whole(stage, PLAN)
    for measure in record.measures.values():
        whose = f"{stage.words.party(measure.party)} {measure.due}"
        state = stage.words.words(measure.state)
        tell(stage, stage.t("一企一策", "plan"), measure.what, f"{state}（{whose}）")


async def _chain(stage: Stage) -> None:
    record: ChainRecorded = await whole(stage, CHAIN)
    for gap in record.gaps.values():
        entry = f" → {stage.words.subject(gap.opportunity)}" if gap.opportunity else ""
        tell(
            stage,
            stage.t("建圈强链", "chain"),
            f"{record.title} {gap.title}",
            f"{stage.words.words(gap.state)}{entry}",
        )


async def _challenge(stage: Stage) -> None:
    record: ChallengeRecorded = await until(
        stage, CHALLENGE, lambda r: r.state == "accepted"
    )
    t, words = stage.t, stage.words.words
    table = table_of(
        t("揭榜挂帅·赛马", "race"),
        t("评审", "score"),
        t("名次", "rank"),
        t("结果", "result"),
        "",
        figures=(1, 2),
    )
    for entry in record.entries.values():
        table.add_row(
            escape(entry.team.name),
            str(entry.review.score) if entry.review else "—",
            str(entry.review.rank) if entry.review else "—",
            words(entry.state),
            escape(t(entry.exit.zh, entry.exit.en)) if entry.exit else "",
        )
    stage.tell(f"[bold]{escape(record.title)}[/] {words(record.state)}")
    stage.console.print(table)


async def _indicators(stage: Stage) -> None:
    for subject in {envelope.subject for envelope, _ in _targets()}:
        await until(stage, subject, lambda r: r.latest is not None)
    for record in stage.observer.records.values():
        if isinstance(record, IndicatorRecorded) and record.latest is not None:
            latest = record.latest
            done = stage.words.percent(latest.attained)
            time = ""
            if latest.elapsed is not None:
                gone = stage.words.percent(latest.elapsed)
                time = stage.t(f"，时间过 {gone}", f", {gone} of the time gone")
            state = stage.words.words(record.state)
            tell(
                stage,
                stage.t("量化目标", "indicator"),
                record.name,
                f"{latest.value}{stage.t('，完成 ', ', attained ')}{done}{time}"
                f"{stage.t('，', ', ')}{state}",
            )


def tell(stage: Stage, mechanism: str, about: str, how: str) -> None:
    """One line: the mechanism, what it is about, and how it stands."""
    stage.tell(
        f"[bold]{mechanism}[/] {escape(about)}{stage.t('：', ': ')}{escape(how)}"
    )
