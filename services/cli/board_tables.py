"""Boards as tables, for the command line and the demo."""

from collections.abc import Iterable, Iterator, Mapping

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from services.cli.appraised import (
    Parts,
    amendments,
    coloured,
    parts_of,
    period_of,
    score,
)
from services.cli.terminal import table_of
from services.gateway.pages.telling import Tell
from twincity_schemas.board_record import (
    AppealRecorded,
    BoardRecorded,
    FigureRecord,
    FollowUpRecord,
    IncentiveRecorded,
    Place,
    ProjectCounted,
    RectificationRecorded,
    StandingRecorded,
)


def board_parts(parts: Parts, tell: Tell) -> Iterator[RenderableType]:
    """A board as tables: its rules, a sequence each, and what came later."""
    record: BoardRecorded = parts[""]
    t = tell.t
    yield (
        f"[bold]{t('红黑榜', 'red and black board')}[/] {period_of(record, tell)}"
        f"{t('，截止 ', ', cut off ')}{tell.moment(record.cut_off)}"
        f"{t('，', ', ')}{tell.party(record.opened_by)}"
    )
    yield _rules(record, tell)
    standings = parts_of(parts, StandingRecorded)
    names = {one.unit: one.name for one in standings}
    for sequence in record.sequences:
        units = [s for s in standings if s.sequence is sequence.sequence]
        units.sort(key=lambda s: (s.closed.rank is None, s.closed.rank, s.unit))
        yield _units(tell.words(sequence.sequence), units, tell)
        if sequence.red_beyond_places or sequence.black_beyond_places:
            yield t("并列，多于名额", "a tie takes more places than there are")
        for unit in units:
            yield from _figures(unit, names, tell)
    for appeal in parts_of(parts, AppealRecorded):
        yield escape(
            f"{t('申诉', 'appeal')} {names.get(appeal.unit, appeal.unit)}"
            f"（{tell.party(appeal.raised_by)}）{t('：', ': ')}{appeal.evidence} → "
            f"{tell.words(appeal.state)} {appeal.reason or ''}"
        )
    yield from _followed(parts, tell)
    yield from amendments(parts, tell, names)


def _followed(parts: Parts, tell: Tell) -> Iterator[RenderableType]:
    """Yields what followed for units of the black and of the red board."""
    t = tell.t
    table = table_of(
        t("约谈整改", "rectification"),
        t("约谈", "summoned"),
        t("整改时限", "due"),
        t("状态", "state"),
        t("最近一步", "last step"),
    )
    for one in parts_of(parts, RectificationRecorded):
        last = one.steps[-1] if one.steps else None
        late = t("，逾期", ", late") if one.late else ""
        own = t("，自行核验", ", self-verified") if one.self_verified else ""
        table.add_row(
            escape(one.name) + _stands(one, tell),
            one.held,
            one.due,
            f"{tell.words(one.state)}{late}{own}",
            escape(f"{tell.fact(last.step)} {last.note}") if last else "",
        )
    if table.row_count:
        yield table
    for granted in parts_of(parts, IncentiveRecorded):
        yield escape(
            f"{t('激励', 'incentive')} {granted.name} {tell.words(granted.kind)}"
            f"{t('：', ': ')}{granted.reason}{_stands(granted, tell)}"
        )


def _stands(one: FollowUpRecord, tell: Tell) -> str:
    """Returns how the place that it follows from has moved, or would have."""
    t = tell.t
    moved = t("（榜已变）", " (its place has moved)") if one.moved else ""
    if not one.amendments:
        return moved
    return moved + t(
        f"（更正 {one.latest_amendment} 会改变名次）",
        f" (correction {one.latest_amendment} would move it)",
    )


def _rules(record: BoardRecorded, tell: Tell) -> Table:
    t = tell.t
    rules = table_of(
        f"{t('规则', 'rules')} {tell.rule(record.rules.name, record.rules.title)}",
        t("口径", "measured by"),
        t("权重", "weight"),
        t("目标", "target"),
        figures=(2, 3),
    )
    kinds = [("", record.rules.measures)] + [
        (f"{own.sequence or ''}{own.kind or ''}：", own.measures)
        for own in record.rules.differentiated
    ]
    for of, measures in kinds:
        for measure in measures:
            rules.add_row(
                f"{of}{escape(measure.name)}",
                tell.words(measure.kind),
                tell.number(measure.weight),
                tell.number(measure.target),
            )
    rules.caption = f"{t('单项封顶', 'capped at')} {record.rules.cap}%"
    return rules


def _units(title: str, units: list[StandingRecorded], tell: Tell) -> Table:
    t = tell.t
    table = table_of(
        title,
        t("名次", "rank"),
        t("得分", "score"),
        t("目标", "target"),
        t("榜", "board"),
        t("申诉后", "after appeals"),
        figures=(2,),
    )
    for unit in units:
        place, final = unit.closed, unit.final
        table.add_row(
            escape(tell.unit(unit.name, unit.officer)),
            _rank(place, tell),
            f"{place.score:.2f}",
            t("完成", "met") if unit.met else t("未完成", "missed"),
            coloured(place.colour, tell),
            f"{final.score:.2f}{t('，', ', ')}{_rank(final, tell)}" if final else "",
        )
    return table


def _rank(place: Place, tell: Tell) -> str:
    if place.rank is None:
        return tell.t("免予考核", "exempt")
    tied = tell.t("（并列）", " (tied)") if place.tied else ""
    return tell.t(f"第 {place.rank}", str(place.rank)) + tied


def _figures(
    unit: StandingRecorded, names: Mapping[str, str], tell: Tell
) -> Iterator[str]:
    """Each figure of a unit, with the statements that it rests on."""
    t, name = tell.t, unit.name
    if unit.exempt is not None:
        yield escape(f"    {name} {t('免予考核：', 'exempt: ')}{unit.exempt}")
    for figure in unit.figures:
        yield escape(
            f"    {name} {figure.name} {score(figure.actual)} / {figure.target}"
            + _behind(figure.statements)
            + _unnamed(figure, tell)
        )
    for one in unit.projects:
        yield escape(
            f"    {name} {tell.subject(one.project)}（{tell.party(one.party)}）"
            f"{_counted(one, tell)}{_also_for(one, names, tell)}"
            f"{_behind([one.statement] if one.statement else [])}"
        )


def _unnamed(figure: FigureRecord, tell: Tell) -> str:
    if not figure.unnamed:
        return ""
    label = tell.t("其中未列", "not named")
    return tell.bracketed(f"{label}{tell.colon}{tell.several(figure.unnamed)}")


def _counted(one: ProjectCounted, tell: Tell) -> str:
    if one.counted_as is not None:
        instead = tell.subject(one.counted_as)
        return tell.t(f"计入 {instead}", f"counted as {instead}")
    period = f" {tell.period(one.period)}" if one.period else ""
    return tell.words(one.standing) + period


def _also_for(one: ProjectCounted, names: Mapping[str, str], tell: Tell) -> str:
    if not one.also_for:
        return ""
    others = tell.several([names.get(code, code) for code in one.also_for])
    return tell.t(f"，另计入 {others}", f", also for {others}")


def _behind(statements: Iterable[str]) -> str:
    joined = "、".join(statements)
    return f" ← {joined}" if joined else ""
