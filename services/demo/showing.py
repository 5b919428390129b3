"""How the demo shows what it reads: fields, progress, pairs, receipts."""

from collections.abc import Iterable
from typing import Any

from rich.markup import escape
from rich.table import Table

from services.cli.lines import yi
from services.demo.stage import Stage
from services.demo.story import Bad
from twincity_schemas.pairing import PairingRecorded
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project_record import FieldState, ProjectRecorded
from twincity_schemas.receipt import ReceiptIssued


def disputed(record: ProjectRecorded) -> list[str]:
    """The names of the fields that the members differ on."""
    return [n for n, f in record.fields.items() if f.state is FieldState.DISPUTED]


def show_fields(stage: Stage, record: ProjectRecorded) -> None:
    """The key figures and the total investment: settled, or side by side."""
    stage.tell(f"{record.name}：[red]{record.agreement.words.zh}[/] disputed")
    shown = [name for name in record.fields if name.startswith("figures.")]
    for name in (*shown, "total_investment"):
        held = record.fields[name]
        words = held.state.words
        if held.state is not FieldState.DISPUTED:
            text = _value(held.value)
            stage.tell(f"  [green]{words.zh}[/] {name.removeprefix('figures.')} {text}")
            continue
        stage.tell(f"  [red]{words.zh}[/] {name}")
        for party, said in held.by.items():
            about = escape(f"{said.as_of}，{said.source}")
            value = f"[bold]{_value(said.value)}[/]"
            stage.tell(f"      {party:<10} {value}  [dim]{about}[/]")


def _value(value: Any) -> str:
    if "amount" in value:
        return f"{yi(value['amount'])} 亿元"
    return f"{value['value']} {value['unit']}"


def show_progress(
    stage: Stage, project: str, periods: Iterable[ProgressRecorded]
) -> None:
    """Every period: each member's report, and the whole."""
    table = Table(title=project, box=None, pad_edge=False, title_justify="left")
    for column in (
        "期间", "报告方", "本年完成(亿)", "累计(亿)", "自报%", "计算%", "超时序",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column < "超" else "right")
    for period in periods:
        for party, said in period.by.items():
            reported = "—" if said.reported_rate is None else str(said.reported_rate)
            _progress_row(table, period, party, said, reported)
        if period.joint is not None:
            _progress_row(table, period, "合计 joint", period.joint, _light(period))
    stage.console.print(table)


def _light(period: ProgressRecorded) -> str:
    light = period.light
    return "" if light is None else f"[{light}]{light.words.zh} {light}[/]"


def _progress_row(
    table: Table, period: ProgressRecorded, who: str, said: Any, reported: str
) -> None:
    table.add_row(
        f"{period.year} 年 1—{period.through_month} 月",
        who,
        yi(said.annual_investment),
        yi(said.cumulative_investment),
        reported,
        "—" if said.computed_rate is None else str(said.computed_rate),
        "—" if said.lead is None else f"{said.lead:+}",
    )


def show_pair(stage: Stage, demand: PairingRecorded) -> None:
    """A pair with the terms of its score, which have to add up."""
    pair = demand.pairs[0]
    supply = stage.observer.record(pair.counterpart)
    stage.tell(
        f"\n[bold]{escape(demand.title)}[/] ↔ [bold]{escape(supply.title)}[/]"
        f"  {pair.score} 分 = {' + '.join(str(term.points) for term in pair.terms)}"
    )
    for term in pair.terms:
        stage.tell(f"  {term.points:>5}  {escape(term.zh)}  [dim]{escape(term.en)}[/]")
    if (known := pair.confidence) is not None:
        stage.tell(
            f"  [dim]同类推荐 {known.share}%（{known.low}–{known.high}%）正确："
            f"公开集和手工集 {known.observed} 对 of such pairs were right[/]"
        )
    stage.expect(
        sum(term.points for term in pair.terms) == pair.score, "terms do not add up"
    )


def show_receipt(stage: Stage, bad: Bad, receipt: ReceiptIssued) -> None:
    """What a bad message's receipt says."""
    stage.tell(f"{bad.name} → [bold]{receipt.verdict.words.zh}[/] {receipt.verdict}")
    for problem in receipt.problems:
        where = problem.pointer or "/"
        stage.tell(f"    {escape(where)}  {escape(problem.zh)} / {escape(problem.en)}")
