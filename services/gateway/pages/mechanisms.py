"""Policies and plans: a page each."""

from collections.abc import Iterator

from services.gateway.pages import drawing, links
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    about,
    cited,
    stacked,
    state,
    steps,
    without_effect,
)
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.plan import EffectFigure
from twincity_schemas.plan_record import MeasureRecord, MeasureState, PlanRecorded
from twincity_schemas.policy_record import PolicyRecorded, PolicyTurn

_WANTING = {MeasureState.LATE, MeasureState.WANTING}


def policy(record: PolicyRecorded, tell: Tell) -> Page:
    """A policy's loop (政策落实闭环): issued, coordinated, verified, improved."""
    t = tell.t
    now = record.turns[-1] if record.turns else None
    members = list(now.members) if now else []
    codes = list(now.provisions) if now else []
    lines = (
        [
            (members.index(party), n, "firm" if party in one.in_effect else "open")
            for n, one in enumerate(now.provisions.values())
            for party in one.texts
            if party in members
        ]
        if now
        else []
    )
    picture = drawing.schematic(
        [drawing.Node(tell.party(party), kind="said") for party in members],
        [
            drawing.Node(f"{tell.words(one.state)}{tell.colon}{one.text or code}")
            for code, one in (now.provisions.items() if now else ())
        ],
        lines,
        t("条款在各地的落实", "Where each provision is in effect"),
    )
    facts = [
        (t("阶段", "Stage"), state(record.stage, tell)),
        (
            t("版本", "Edition"),
            PageCell(str(record.edition), links.of_trace(record.subject)),
        ),
    ]
    if record.open:
        facts.append((t("现可办", "Open now"), steps(record.open, tell)))
    return Page(
        [tell.words(record.domain)],
        facts,
        picture if codes else "",
        t(
            "实线：条款在该市已落实；虚线：已出台，尚未落实。",
            "A line: in effect there; dashed: issued, not in effect yet.",
        ),
        [
            *(table for turn in reversed(record.turns) for table in _turn(turn, tell)),
            *without_effect(record.no_effect, tell),
        ],
    )


def _turn(turn: PolicyTurn, tell: Tell) -> Iterator[PageTable]:
    t, edition = tell.t, turn.edition
    yield PageTable(
        t(f"第 {edition} 版：文件", f"Edition {edition}: texts"),
        (
            t("主体", "Party"),
            t("阶段", "Stage"),
            t("文件", "Text"),
            t("文号", "Number"),
            t("生效", "Effective"),
        ),
        [
            [
                PageCell(tell.party(party)),
                state(stage, tell),
                cited(text.statement, text.title, text.issuer.name)
                if text
                else PageCell(MISSING),
                PageCell((text and text.document_number) or MISSING),
                PageCell(text.effective if text else MISSING),
            ]
            for party, stage in turn.members.items()
            for text in (turn.texts.get(party),)
        ],
    )
    yield PageTable(
        t(f"第 {edition} 版：条款", f"Edition {edition}: provisions"),
        (
            t("条款", "Provision"),
            t("状态", "State"),
            t("已落实", "In effect"),
            t("终端检验", "Findings at the terminal"),
        ),
        [
            [
                PageCell(
                    one.text or code,
                    lines=()
                    if one.text
                    else tuple(
                        PageCell(text, below=tell.party(p))
                        for p, text in one.texts.items()
                    ),
                ),
                state(one.state, tell),
                stacked(
                    cited(
                        e.statement,
                        f"{tell.party(p)} {e.since}"
                        if p in one.in_effect
                        else t(
                            f"{tell.party(p)} 自 {e.since} 起",
                            f"{tell.party(p)}, to come {e.since}",
                        ),
                        e.how,
                    )
                    for p, e in (*one.in_effect.items(), *one.to_come.items())
                ),
                stacked(
                    cited(
                        f.statement,
                        f"{tell.party(f.party)} {tell.words(f.outcome)}",
                        t(f"样本 {f.sample}", f"sample of {f.sample}"),
                    )
                    for f in one.findings
                ),
            ]
            for code, one in turn.provisions.items()
        ],
    )
    if turn.changes:
        yield PageTable(
            t(f"第 {edition} 版：拟修改", f"Edition {edition}: changes"),
            (
                t("条款", "Provision"),
                t("原文", "Was"),
                t("改为", "Now"),
                t("理由", "Reason"),
                t("写入下一版", "In the next edition"),
            ),
            [
                [
                    cited(one.statement, one.code, tell.party(one.party)),
                    PageCell(one.was or MISSING),
                    PageCell(one.now or MISSING),
                    PageCell(one.reason),
                    PageCell(
                        MISSING
                        if one.adopted is None
                        else t("是", "yes")
                        if one.adopted
                        else t("否", "no")
                    ),
                ]
                for one in turn.changes
            ],
        )


def _purpose(one: MeasureRecord, tell: Tell) -> str:
    """Returns what a measure is for, and what it was at first, if not that."""
    texts = [one.effect, _figure(one.target, tell)]
    if one.first is not None:
        first = one.first
        texts += [tell.t("原定", "first"), first.what, first.effect]
        texts += [_figure(first.target, tell)]
    return " ".join(filter(None, texts))


def _figure(figure: EffectFigure | None, tell: Tell) -> str:
    return "" if figure is None else f"{tell.number(figure.value)} {figure.unit}"


def plan(record: PlanRecorded, tell: Tell) -> Page:
    """One plan for one enterprise (一企一策): who does what by when."""
    t = tell.t
    parties = sorted({one.party for one in record.measures.values()})
    nodes = [
        drawing.Node(one.what, kind="open" if one.state in _WANTING else "made")
        for one in record.measures.values()
    ]
    lines = [
        (
            parties.index(one.party),
            n,
            "firm"
            if one.state in {MeasureState.TAKEN, MeasureState.EFFECTIVE}
            else "open",
        )
        for n, one in enumerate(record.measures.values())
    ]
    measures = [
        [
            PageCell(one.what, links.of_trace(record.subject), _purpose(one, tell)),
            state(one.state, tell, "bad" if one.state in _WANTING else ""),
            PageCell(
                tell.party(one.party), below=tell.unit(one.unit.name, one.unit.officer)
            ),
            PageCell(
                one.due,
                below=f"{t('原定', 'first')} {one.first_due}"
                if one.first_due != one.due
                else "",
            ),
            stacked(
                cited(
                    s.statement, f"{s.as_of} {tell.party(s.party)} {tell.fact(s.step)}"
                )
                for s in one.steps
            ),
            steps(one.open, tell),
        ]
        for one in record.measures.values()
    ]
    sides = [
        [
            cited(side.statement, tell.party(party)),
            state(side.aim, tell),
            PageCell(side.enterprise.name),
            about(side.project, tell),
            PageCell(side.source, below=tell.day(side.as_of)),
        ]
        for party, side in record.plans.items()
    ]
    return Page(
        [tell.words(record.domain)],
        [(t("企业信息", "The enterprise"), state(record.enterprise_state, tell))],
        drawing.schematic(
            [drawing.Node(tell.party(party), kind="said") for party in parties],
            nodes,
            lines,
            t("谁办哪件措施", "Who takes which measure"),
        ),
        t("实线：已办；虚线：待办。", "A line: taken; dashed: to be taken."),
        [
            PageTable(
                t("措施", "Measures"),
                (
                    t("措施", "Measure"),
                    t("状态", "State"),
                    t("责任方", "Whose"),
                    t("时限", "Due"),
                    t("经过", "Steps"),
                    t("现可办", "Open now"),
                ),
                measures,
            ),
            PageTable(
                t("各方方案", "Plans"),
                (
                    t("主体", "Party"),
                    t("目的", "Aim"),
                    t("企业", "Enterprise"),
                    t("项目", "Project"),
                    t("来源", "Source"),
                ),
                sides,
            ),
            *without_effect(record.no_effect, tell),
        ],
    )
