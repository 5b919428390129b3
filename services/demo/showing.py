"""How the demo shows what it reads: fields, progress, pairs, receipts."""

from collections.abc import Iterable

from rich.markup import escape

from services.cli.terminal import table_of
from services.demo.stage import Stage
from services.demo.story import Bad
from services.gateway.pages.readable import valued
from services.gateway.pages.telling import Tell
from twincity_schemas.pairing_record import PairingRecorded
from twincity_schemas.progress_record import (
    JointProgress,
    PartyProgress,
    ProgressRecorded,
)
from twincity_schemas.project_record import FieldRecord, FieldState, ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued


def disputed(record: ProjectRecorded) -> list[str]:
    """The names of the fields that the members differ on."""
    return [n for n, f in record.fields.items() if f.state is FieldState.DISPUTED]


def show_fields(stage: Stage, record: ProjectRecorded) -> None:
    """The key figures and the total investment: settled, or side by side."""
    tell = stage.words
    title = escape(tell.subject(record.subject))
    stage.tell(f"{title}{stage.t('：', ': ')}[red]{tell.words(record.agreement)}[/]")
    shown = [name for name in record.fields if name.startswith("figures.")]
    for name in (*shown, "total_investment"):
        held = record.fields[name]
        state = tell.words(held.state)
        if held.state is not FieldState.DISPUTED:
            value = valued(name, held.value, tell).text
            stage.tell(f"  [green]{state}[/] {_field(held, name, tell)} {value}")
            continue
        stage.tell(f"  [red]{state}[/] {_field(held, name, tell)}")
        for party, party_value in held.by.items():
            about = escape(
                f"{party_value.as_of}{stage.t('，', ', ')}{party_value.source}"
            )
            value = f"[bold]{valued(name, party_value.value, tell).text}[/]"
            stage.tell(f"      {tell.party(party)} {value}  [dim]{about}[/]")


def _field(field: FieldRecord, name: str, tell: Tell) -> str:
    """Returns what a field is called; a key figure, as whoever gave it calls it."""
    if not name.startswith("figures."):
        return tell.field("project.described", name)
    value = field.value or next(iter(field.by.values())).value
    return escape(tell.t(value["zh"], value.get("en") or value["zh"]))


def show_progress(
    stage: Stage, project: str, periods: Iterable[ProgressRecorded]
) -> None:
    """Every period: each member's report, and the whole."""
    t, tell = stage.t, stage.words
    table = table_of(
        t("期间", "period"),
        t("报告方", "by"),
        t("本年完成", "this year"),
        t("累计", "in all"),
        t("自报", "reported"),
        t("计算", "computed"),
        t("较时序", "lead"),
        t("灯", "light"),
        figures=(2, 3, 4, 5, 6),
    )
    units = t("（亿元、百分点）", " (bn yuan, percentage points)")
    table.title, table.title_justify = escape(project) + units, "left"
    for period in periods:
        shown = tell.period(f"{period.year:04}-{period.through_month:02}")
        for party, figures in period.by.items():
            reported = tell.percent(figures.reported_rate)
            table.add_row(shown, tell.party(party), *_row(figures, reported, tell))
            shown = ""
        if (joint := period.joint) is not None:
            light = period.light
            shown_light = f"[{light}]{tell.words(light)}[/]" if light else ""
            table.add_row(
                shown, t("合计", "the whole"), *_row(joint, "", tell), shown_light
            )
    stage.console.print(table)


def _row(
    figures: PartyProgress | JointProgress, reported: str, tell: Tell
) -> list[str]:
    return [
        tell.money(figures.annual_investment),
        tell.money(figures.cumulative_investment),
        reported,
        tell.percent(figures.computed_rate),
        tell.lead(figures.lead),
    ]


def show_pair(stage: Stage, demand: PairingRecorded) -> None:
    """A pair with the terms of its score, which have to add up."""
    pair = demand.pairs[0]
    supply = stage.observer.record(pair.counterpart)
    stage.tell(
        f"\n[bold]{escape(demand.title)}[/] ↔ [bold]{escape(supply.title)}[/]"
        f"  {pair.score}{stage.t(' 分', ' points')} = "
        + " + ".join(str(term.points) for term in pair.terms)
    )
    for term in pair.terms:
        stage.tell(f"  {term.points:>5}  {escape(stage.t(term.zh, term.en))}")
    if (known := pair.confidence) is not None:
        right = stage.t(
            f"同类推荐 {known.share}%（{known.low}–{known.high}%）正确："
            f"手工集 {known.observed} 对",
            f"of such pairs {known.share} % ({known.low}–{known.high} %) were right: "
            f"{known.observed} of hand-made sets",
        )
        stage.tell(f"  [dim]{right}[/]")
    stage.expect(
        sum(term.points for term in pair.terms) == pair.score, "terms do not add up"
    )


def show_receipt(stage: Stage, bad: Bad, receipt: ReceiptIssued) -> None:
    """Print a bad message's receipt."""
    verdict = stage.words.words(receipt.verdict)
    stage.tell(f"{bad.name} → [bold]{verdict}[/]")
    for problem in receipt.problems:
        where = problem.pointer or "/"
        sentence = stage.t(problem.zh, problem.en)
        stage.tell(f"    {escape(where)}  {escape(sentence)}")
