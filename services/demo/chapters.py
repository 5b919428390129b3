"""The story, chapter by chapter: what is said, and what must come of it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.terminal import table_of
from services.demo.appraised import dispatch
from services.demo.areas import areas
from services.demo.explained import explained
from services.demo.mechanisms import mechanisms
from services.demo.opportunities import entries
from services.demo.showing import (
    disputed,
    show_fields,
    show_pair,
    show_progress,
    show_receipt,
)
from services.demo.stage import Stage
from services.demo.story import bad_messages, chapter, statement
from services.matching.certificate import verify
from services.matching.digests import digest_of
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from twincity_schemas.envelope import Envelope
from twincity_schemas.match import MatchAccepted, MatchDeclined
from twincity_schemas.message import to_json
from twincity_schemas.opportunity import Direction, OpportunityPublished
from twincity_schemas.pairing_record import PairingRecorded, PairStatus, PoolRecorded
from twincity_schemas.progress_record import ProgressRecorded
from twincity_schemas.project_record import (
    Agreement,
)
from twincity_schemas.values import Domain

S11 = "project/chengdu.deyang/s11"
S5 = "project/chengdu.meishan/s5"
POOL = "2022-1"
_SAID_AT = datetime.fromisoformat("2022-06-20T10:00:00+08:00")
_KILLED = "admission"


async def s11(stage: Stage) -> None:
    """Two descriptions, one disputed figure, an endorsement, an agreement."""
    stage.title("一、S11 线：成都与德阳各说各的", "S11: each from its own papers")
    story = chapter("1-s11")
    for name, (_, message) in story.items():
        if "endorses" in name:
            record = await stage.recorded(S11, Agreement.DISPUTED)
            show_fields(stage, record)
            in_dispute = disputed(record)
            stage.expect(in_dispute == ["total_investment"], f"disputed {in_dispute}")
        await stage.accepted(message)
    record = await stage.recorded(S11, Agreement.AGREED)
    after = stage.t("德阳确认成都的填报后：", "once Deyang endorsed Chengdu's: ")
    stage.tell(f"[green]{after}{stage.words.words(record.agreement)}[/]")


async def s5(stage: Stage) -> None:
    """Agreed at once, with the shares of the joint investment."""
    stage.title("二、S5 线：成都与眉山一致", "S5: agreed at once")
    for _, message in chapter("2-s5").values():
        await stage.accepted(message)
    record = await stage.recorded(S5, Agreement.AGREED)
    shares = record.fields["investor_shares"].value
    stage.expect(
        [share["percent"] for share in shares] in (["54.8", "45.2"], ["45.2", "54.8"]),
        f"investor shares {shares}",
    )
    stage.tell(
        stage.t("共投比例：", "investors' shares: ")
        + stage.t("，", ", ").join(
            f"{share['investor']} {share['percent']}%" for share in shares
        )
    )


async def domains(stage: Stage) -> None:
    """Joint items of Chengdu and Chongqing in each of the five domains."""
    stage.title("三、成渝共同事项，五个领域", "Chengdu and Chongqing, five domains")
    story = chapter("3-domains")
    for _, message in story.values():
        await stage.accepted(message)
    subjects = {envelope.subject for envelope, _ in story.values()}
    for subject in sorted(subjects):
        await stage.recorded(subject, Agreement.AGREED)
    t, words = stage.t, stage.words.words
    table = table_of(
        t("领域", "domain"), t("事项", "item"), t("类别", "class"), t("状态", "state")
    )
    recorded = [stage.observer.record(subject) for subject in sorted(subjects)]
    for record in sorted(recorded, key=lambda r: list(Domain).index(r.domain)):
        table.add_row(
            words(record.domain),
            escape(stage.words.subject(record.subject)),
            words(record.item_class) if record.item_class else "",
            words(record.agreement),
        )
    stage.console.print(table)
    stage.expect(
        {r.domain for r in recorded} == set(Domain), "one of the five is missing"
    )


async def progress(stage: Stage) -> None:
    """Monthly reports, reported and computed, ahead or behind."""
    stage.title("四、月度进度", "monthly progress")
    story = chapter("4-progress")
    for _, message in story.values():
        await stage.accepted(message)
    wanted = {
        subject: sum(envelope.subject == subject for envelope, _ in story.values())
        for subject in (S11, S5)
    }
    for subject, count in wanted.items():
        periods = await _reported(stage, subject, count)
        show_progress(stage, stage.words.subject(subject), periods)


async def _reported(stage: Stage, subject: str, count: int) -> list[ProgressRecorded]:
    """The periods of a project, when so many reports are in them."""

    def complete() -> list[ProgressRecorded] | None:
        periods = list(stage.observer.parts(subject, "progress").values())
        return periods if sum(len(p.by) for p in periods) == count else None

    periods: list[ProgressRecorded] = await stage.observer.until(
        f"{count} reports on {subject}", complete
    )
    return periods


async def opportunities(stage: Stage) -> None:
    """1,070 entries said, one service killed meanwhile, all paired."""
    stage.title("七、机会清单 1070 项供需对接", "1,070 entries paired")
    made_up = stage.t(
        "真实清单未公开，条目均为虚构并已标明",
        "the real list is not public: every entry is made up, and marked so",
    )
    stage.tell(f"[dim]{made_up}[/]")
    published = dict(entries())
    places = await _publish(stage, published)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=stage.console, transient=True) as bars:
        received = bars.add_task(stage.t("回执", "receipts"), total=len(places))
        paired = bars.add_task(stage.t("对接", "paired"), total=len(places))

        def complete() -> PoolRecorded | None:
            seen = stage.observer.receipts
            bars.update(received, completed=sum(place in seen for place in places))
            pool = stage.observer.record(f"pool/{POOL}")
            listed = pool.demands + pool.supplies if pool else 0
            bars.update(paired, completed=listed)
            return pool if listed == len(places) else None

        pool = await stage.observer.until("all entries paired", complete)
    _check_killed(stage)
    _check_certificate(stage, published, pool)
    pairs = explained(_pairings(stage), published)
    for pair in pairs:
        show_pair(stage, pair)
    await _accept(stage, pairs[0])
    await _decline(stage, pairs[-1])


async def bad_input(stage: Stage) -> None:
    """Each bad message gets its receipt; nothing is lost or held up."""
    stage.title("八、有问题的输入", "bad input")
    for bad in bad_messages("6-bad"):
        receipt = await stage.receipt(await stage.say(bad.message))
        show_receipt(stage, bad, receipt)
        codes = {problem.code for problem in receipt.problems}
        stage.expect(
            receipt.verdict == bad.verdict and set(bad.codes) <= codes,
            f"{bad.name}: {receipt.verdict} {sorted(codes)}",
        )


async def _publish(
    stage: Stage, published: Mapping[str, OpportunityPublished]
) -> list[tuple[str, int]]:
    """Say every entry; in the middle of it, kill a service."""
    places = []
    for number, (subject, entry) in enumerate(published.items(), start=1):
        envelope = _envelope(subject, "opportunity.published", f"{POOL}-{number:04}")
        places.append(await stage.say(statement(envelope, to_json(entry))))
        if number == len(published) // 2:
            process = stage.stack.supervisor.kill(_KILLED)
            killed = stage.t(
                f"第 {number} 条时对 {_KILLED}（进程 {process}）执行 SIGKILL，"
                "随即自动重启",
                f"at entry {number}, SIGKILL to {_KILLED} (process {process}): "
                "started again",
            )
            stage.tell(f"[yellow]{killed}[/]")
    return places


def _envelope(subject: str, fact: str, id_: str) -> Envelope:
    party = subject.split("/")[1]
    return Envelope(
        specversion="1.0",
        id=f"{fact}-{id_}",
        source=f"/{party}/opportunity-office",
        type=f"twincity.{fact}.v1",
        subject=subject,
        time=_SAID_AT + timedelta(seconds=1),
    )


def _check_killed(stage: Stage) -> None:
    deaths = stage.stack.supervisor.deaths[_KILLED]
    stage.expect(deaths == 1, f"{_KILLED} died {deaths} times")


def _check_certificate(
    stage: Stage, published: Mapping[str, OpportunityPublished], pool: PoolRecorded
) -> None:
    """Pair the entries anew, and prove with that reader's prices what was told."""
    reader = Pool(POOL)
    reader.load({s: apply_data(EntryView(), entry) for s, entry in published.items()})
    chosen = [
        (record.subject, pair.counterpart)
        for record in _pairings(stage)
        if record.direction is Direction.DEMAND
        for pair in record.pairs
    ]
    problems = verify(reader.weights(), chosen, reader.capacities(), reader.proof)
    certificate = pool.certificate
    stage.expect(not problems, "; ".join(problems[:3]))
    stage.expect(
        (certificate.prices, certificate.candidates)
        == (digest_of(reader.prices.members), digest_of(reader.edges)),
        "the certificate is another",
    )
    stage.tell(
        stage.t(
            f"需求 {pool.demands}、供给 {pool.supplies}，"
            f"对接 [bold]{pool.pairs}[/] 对，总得分 [bold]{pool.score}[/]；"
            "[green]最优性凭证经读者重算成立[/]",
            f"{pool.demands} demands, {pool.supplies} supplies: [bold]{pool.pairs}[/]"
            f" pairs, score [bold]{pool.score}[/]; "
            "[green]the certificate holds: no better pairing exists[/]",
        )
    )


def _pairings(stage: Stage) -> list[PairingRecorded]:
    records = stage.observer.records.values()
    return [record for record in records if isinstance(record, PairingRecorded)]


async def _decline(stage: Stage, demand: PairingRecorded) -> None:
    declined = demand.pairs[0].counterpart
    answer = MatchDeclined(counterpart=declined, reason="已另行委托 already assigned")
    await _answer(stage, demand.subject, "match.declined", answer)
    record = await stage.observer.until(
        "what took the place of the declined pair",
        lambda: (
            pairing
            if declined in (pairing := stage.observer.record(demand.subject)).declined
            else None
        ),
    )
    stage.expect(
        declined not in {pair.counterpart for pair in record.pairs},
        "a declined pair is recommended again",
    )
    instead = stage.t("、", ", ").join(
        f"{escape(stage.words.subject(pair.counterpart))}"
        + stage.t(f"（{pair.score} 分）", f" ({pair.score} points)")
        for pair in record.pairs
    )
    stage.tell(
        f"\n[yellow]{stage.t('不予对接', 'declined')}[/] {escape(demand.title)} ✗ "
        f"{escape(stage.words.subject(declined))}{stage.t('；改为 ', '; now ')}"
        + (instead or escape(record.why_unpaired))
    )


async def _accept(stage: Stage, demand: PairingRecorded) -> None:
    supply = demand.pairs[0].counterpart
    for owner, other in ((demand.subject, supply), (supply, demand.subject)):
        accepted = MatchAccepted(counterpart=other)
        await _answer(stage, owner, "match.accepted", accepted)
    await stage.observer.until(
        "a pair accepted by both",
        lambda: any(
            pair.counterpart == supply and pair.status is PairStatus.AGREED
            for pair in stage.observer.record(demand.subject).pairs
        ),
    )
    stage.tell(
        f"[green]{stage.t('双方受理', 'accepted by both')}[/] {escape(demand.title)} ↔ "
        f"{escape(stage.words.subject(supply))}"
    )


async def _answer(stage: Stage, owner: str, fact: str, answer: Any) -> None:
    envelope = _envelope(owner, fact, owner.rsplit("/", 1)[1])
    await stage.accepted(statement(envelope, to_json(answer)))


async def settle(stage: Stage) -> None:
    """Wait until every message that was said has its receipt."""
    await stage.observer.until(
        "a receipt for every message",
        lambda: stage.sent.keys() <= stage.observer.receipts.keys(),
    )
    await asyncio.sleep(0.5)  # a second receipt of the same message would show now


CHAPTERS = (
    s11,
    s5,
    domains,
    progress,
    mechanisms,
    areas,
    dispatch,
    opportunities,
    bad_input,
)
