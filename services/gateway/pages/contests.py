"""Challenges and indicators: a page each."""

from collections.abc import Mapping

from services.gateway.pages import drawing, links
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    cited,
    stacked,
    state,
    steps,
    without_effect,
)
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.challenge_record import (
    ChallengeRecorded,
    EntryRecord,
    EntryState,
)
from twincity_schemas.indicator_record import AttainmentRecorded, IndicatorRecorded

_OUT = {EntryState.OUT, EntryState.FAILED, EntryState.NOT_CHOSEN}


def challenge(record: ChallengeRecorded, tell: Tell) -> Page:
    """A challenge run as a race (揭榜挂帅、赛马制): who is how far, and why."""
    t = tell.t
    gates = {gate.code: gate.title for gate in record.terms.gates}
    goals = {goal.code: goal for goal in record.terms.goals}
    places = [*gates, None]
    nodes = [drawing.Node(title) for title in gates.values()]
    nodes.append(drawing.Node(t("验收", "accepted"), kind="made"))
    entries = list(record.entries.values())
    lines = [
        (
            n,
            places.index(_where(one) if _where(one) in gates else None),
            "open" if one.state in _OUT else "firm",
        )
        for n, one in enumerate(entries)
        if _where(one) in gates or one.state is EntryState.ACCEPTED
    ]
    rows = [
        [
            cited(one.statement, one.team.name, tell.party(one.entrant)),
            state(one.state, tell, "bad" if one.state in _OUT else ""),
            *_reviewed(one, tell),
            PageCell(gates.get(_where(one) or "", MISSING)),
            PageCell(t(one.exit.zh, one.exit.en), links.of_trace(record.subject))
            if one.exit
            else steps(one.open, tell),
            cited(one.statement, tell.money(one.budget), kind="num"),
        ]
        for one in entries
    ]
    results = [
        PageTable(
            _gate(gates, gate.gate, tell),
            (
                t("队伍", "Team"),
                t("名次", "Rank"),
                t("得分", "Score"),
                t("实测", "Measured"),
                t("晋级", "Goes on"),
            ),
            [
                [
                    cited(
                        one.statement,
                        _team(record, one.entrant, one.entry),
                        tell.party(one.entrant),
                    ),
                    cited(one.statement, str(one.rank), kind="num"),
                    cited(one.statement, tell.number(one.score), kind="num"),
                    stacked(
                        cited(
                            one.statement,
                            f"{goals[code].what} {tell.number(n)} {goals[code].unit}",
                        )
                        for code, n in one.measured.items()
                    ),
                    PageCell(
                        MISSING
                        if one.goes_on is None
                        else t("是", "yes")
                        if one.goes_on
                        else t("否", "no")
                    ),
                ]
                for one in gate.results
            ],
        )
        for gate in record.gates
        if gate.results
    ]
    return Page(
        [tell.words(record.domain), tell.words(record.state)],
        [
            (
                t("发榜", "Posted by"),
                cited(record.posting, tell.party(record.poster)),
            ),
            (t("报名截止", "Enter by"), PageCell(record.terms.deadline)),
        ],
        drawing.schematic(
            [drawing.Node(one.team.name, kind="said") for one in entries],
            nodes,
            lines,
            t("各队到了哪一关", "How far each team has come"),
        ),
        t(
            "实线：所在关口；虚线：在此出局。",
            "A line: where it is; dashed: out there.",
        ),
        [
            PageTable(
                t("揭榜队伍", "Entries"),
                (
                    t("队伍", "Team"),
                    t("状态", "State"),
                    t("评审分", "Review"),
                    t("名次", "Rank"),
                    t("关口", "Gate"),
                    t("原因、可办", "Why, what next"),
                    t(f"预算（{tell.money_unit}）", f"Budget ({tell.money_unit})"),
                ),
                rows,
            ),
            *results,
            *without_effect(record.no_effect, tell),
        ],
    )


def _reviewed(entry: EntryRecord, tell: Tell) -> list[PageCell]:
    """Score and rank of an entry, with the first review that they come from."""
    review = entry.review
    if review is None:
        return [PageCell(MISSING, kind="num")] * 2
    link = links.of_statement(review.reviews[0]) if review.reviews else ""
    texts = (tell.number(review.score), str(review.rank))
    return [PageCell(text, link, kind="num") for text in texts]


def _where(entry: EntryRecord) -> str | None:
    """The gate that an entry has to come through, or at which it was out."""
    return entry.gate or (entry.exit.gate if entry.exit else None)


def _gate(titles: Mapping[str, str], gate: str | None, tell: Tell) -> str:
    title = titles.get(gate or "", tell.t("验收", "acceptance"))
    return f"{tell.t('关口', 'Gate')} {title}"


def _team(record: ChallengeRecorded, entrant: str, entry: str) -> str:
    team = (
        one.team.name
        for one in record.entries.values()
        if (one.entrant, one.entry) == (entrant, entry)
    )
    return next(team, entry)


def indicator(
    record: IndicatorRecorded, dates: list[AttainmentRecorded], tell: Tell
) -> Page:
    """An indicator (量化目标): its target, its values, ahead of or behind its time."""
    t = tell.t
    joint, latest = record.target.joint, record.latest
    trace = links.of_trace(record.subject)
    facts = [(t("状态", "State"), state(record.state, tell))]
    if joint is not None:
        goal = f"{tell.words(joint.bound)} {tell.number(joint.target)} {joint.unit}"
        period = tell.period_of(joint.begins, joint.ends)
        facts.append((t("目标", "Target"), PageCell(goal, trace, period)))
    picture = note = ""
    if latest is not None and latest.attained is not None:
        spans = [
            drawing.Span(
                t("完成", "attained"),
                0,
                max(float(latest.attained), 0),
                "done",
                tell.percent(latest.attained),
                trace,
            ),
        ]
        if latest.elapsed is not None:
            note = t("完成长于时间即超前。", "Attained longer than elapsed is ahead.")
            spans += [
                drawing.Span(
                    t("时间已过", "elapsed"),
                    0,
                    float(latest.elapsed),
                    "passed",
                    tell.percent(latest.elapsed),
                    trace,
                ),
            ]
        picture = drawing.shares(spans, t("完成情况", "Attained"))
    history = [
        [
            PageCell(point.as_of),
            state(point.state, tell),
            *(
                cited(
                    one.statement,
                    f"{tell.number(one.value)} {one.unit}",
                    tell.party(party),
                    "num",
                )
                for party, one in list(point.by.items())[:1]
            ),
            *(
                PageCell(text, trace, kind="num")
                for text in (
                    tell.number(point.value),
                    tell.percent(point.attained),
                    tell.percent(point.elapsed),
                    tell.lead(point.lead),
                )
            ),
        ]
        for point in sorted(dates, key=lambda one: one.part, reverse=True)
    ]
    targets = [
        [
            cited(one.statement, tell.party(party)),
            cited(
                one.statement,
                f"{tell.words(one.bound)} {tell.number(one.target)} {one.unit}",
            ),
            cited(one.statement, tell.number(one.baseline)),
            PageCell(tell.period_of(one.begins, one.ends)),
            PageCell(one.source, below=tell.day(one.as_of)),
        ]
        for party, one in record.target.by.items()
    ]
    values = [
        [
            cited(one.statement, tell.party(party)),
            cited(one.statement, f"{tell.number(one.value)} {one.unit}"),
            PageCell(tell.day(one.as_of)),
            PageCell(one.source),
        ]
        for party, one in record.by.items()
    ]
    return Page(
        [tell.words(record.domain)],
        facts,
        picture,
        note,
        [
            PageTable(
                t("各方目标", "Targets"),
                (
                    t("主体", "Party"),
                    t("目标", "Target"),
                    t("基数", "Baseline"),
                    t("期间", "Period"),
                    t("来源", "Source"),
                ),
                targets,
            ),
            PageTable(
                t("各方现值", "Values now"),
                (
                    t("主体", "Party"),
                    t("值", "Value"),
                    t("日期", "As of"),
                    t("来源", "Source"),
                ),
                values,
            ),
            PageTable(
                t("历次", "History"),
                (
                    t("日期", "As of"),
                    t("状态", "State"),
                    t("所报", "Reported"),
                    t("合计", "Joint"),
                    t("完成", "Attained"),
                    t("时间", "Elapsed"),
                    t("较时序进度（百分点）", "Lead (points)"),
                ),
                history,
            ),
            *without_effect([u for point in dates for u in point.no_effect], tell),
        ],
    )
