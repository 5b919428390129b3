"""``twincity match``: the pairs of a pool, explained, drawn and checked.

Everything is read from the topics: what owners said (``explain``, ``why-not``,
``candidates``, ``pool``), or what matching published (``verify``).
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.cli.following import events
from services.cli.picture import picture
from services.cli.terminal import Json, out, print_json
from services.matching import telling
from services.matching.certificate import Certificate, verify
from services.matching.handlers import KINDS, SERVICE
from services.matching.pool import Pool
from services.matching.pools import Pools
from services.matching.scorer import explain as explained
from services.runtime.errors import TwinCityError
from services.runtime.projection import Projection
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.catalogue import (
    MATCHING_CANDIDATES,
    MATCHING_RECORDS,
    OPPORTUNITY_STATEMENTS,
    Topic,
    topics,
)
from twincity_schemas.opportunity import Direction, pool_of
from twincity_schemas.pairing import (
    CandidatesRecorded,
    PairingRecorded,
    PoolRecorded,
    Term,
)
from twincity_schemas.parties import Registry
from twincity_schemas.problems import WrongValueError
from twincity_schemas.values import Subject
from twincity_schemas.words import Words

app = typer.Typer(
    help="Pairs: explain, why-not, candidates, pool, verify 对接", no_args_is_help=True
)

Entry = Annotated[
    str, typer.Argument(help="Such as opportunity/chengdu/2022-1-0387 条目")
]


@app.command()
def explain(demand: Entry, supply: Entry, *, as_json: Json = False) -> None:
    """Say what a pair scores, term by term, and who may do what next 得分说明."""
    pool = _pool_with(demand, supply)
    pair = pool.pair(demand, supply)
    terms = explained(*pair)
    score = sum(term.points for term in terms)
    if as_json:
        said = [term.model_dump(mode="json") for term in terms]
        print_json({"demand": demand, "supply": supply, "score": score, "terms": said})
        return
    out.print(f"[bold]{escape(pair[0].entry.title)} ↔ {escape(pair[1].entry.title)}[/]")
    _print_terms(terms)
    out.print(f"{score:>6}  合计 in all")
    told = telling.pairing(pool, pair[0].subject)
    chosen = [p for p in (told.pairs if told else ()) if p.counterpart == supply]
    for found in chosen:
        out.print(f"{found.status.words.zh} {found.status.words.en}")
        for step in found.open:
            who = ", ".join(step.parties)
            out.print(f"  可办 open: {step.step}  {who}")
    if not chosen:
        out.print("未配对 not paired: twincity match why-not")


@app.command("why-not")
def why_not(demand: Entry, supply: Entry, *, as_json: Json = False) -> None:
    """Say why two entries are not paired 未配对的原因."""
    pool = _pool_with(demand, supply)
    reasons = list(telling.why_not(pool, demand, supply))
    if as_json:
        for zh, en in reasons:
            print_json({"zh": zh, "en": en})
        return
    if not reasons:
        out.print("两者已配对 they are paired")
    for zh, en in reasons:
        out.print(escape(f"{zh}\n    {en}"))


@app.command()
def candidates(entry: Entry, *, as_json: Json = False) -> None:
    """Show an entry's best candidates with the reasons 候选."""
    told = telling.candidates(_pool_with(entry), entry)
    if as_json:
        for candidate in told.candidates if told else ():
            print_json(candidate.model_dump(mode="json"))
        return
    if told is None or not told.candidates:
        out.print("没有候选 no candidates")
        return
    for candidate in told.candidates:
        mark = "[green]✓[/]" if candidate.chosen else " "
        out.print(f"{mark} [bold]{candidate.score}[/]  {candidate.counterpart}")
        _print_terms(candidate.terms)


@app.command()
def pool(
    name: Annotated[str, typer.Argument(help="Such as 2022-1 清单")],
    svg: Annotated[
        Path | None, typer.Option(help="Draw who pairs with whom into a file 画图")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Sum a pool up, and draw it 清单概况."""
    found = _pools().get(name)
    if found is None:
        raise TwinCityError(f"there is no pool {name} 没有该清单")
    told = telling.summary(found)
    if as_json:
        print_json(told.model_dump(mode="json", exclude={"certificate"}))
    else:
        _print_summary(told)
    if svg is not None:
        _draw(found, svg)


def _print_summary(told: PoolRecorded) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for words, value in (
        ("需求 demands", told.demands),
        ("供给 supplies", told.supplies),
        ("配对 pairs", told.pairs),
        ("双方受理 agreed", told.agreed),
        ("互为首选 mutual first choices", told.mutual_first_choices),
        ("另有意向 blocking pairs", told.blocking),
        ("总得分 score", told.score),
    ):
        table.add_row(words, f"{value:,}")
    out.print(table)


def _draw(pool: Pool, svg: Path) -> None:
    parties = Registry.load(Settings.load().parties).party
    names = {party.code: Words(party.zh, party.en) for party in parties}
    try:
        svg.write_text(picture(pool, names), "utf-8")
    except OSError as error:
        raise TwinCityError(f"{svg}: {error.strerror} 无法写入") from None


@app.command("verify")
def verify_pools(
    name: Annotated[str, typer.Option("--pool", help="Only this pool 清单")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Check the certificates that were published; status 1 if one is wrong 核验."""
    checked = asyncio.run(_verify(with_kafka()))
    wrong = 0
    for found, problems in sorted(checked.items()):
        if name in {"", found}:
            wrong += bool(problems)
            if as_json:
                print_json({"pool": found, "problems": problems})
                continue
            mark = "[red]✗[/]" if problems else "[green]✓[/]"
            out.print(f"{mark} {found}")
            for problem in problems[:5]:
                out.print(escape(f"    {problem}"))
    if not checked or name not in {"", *checked}:
        raise TwinCityError("there is no such pool to check 没有可核验的清单")
    if wrong:
        raise TwinCityError(f"{wrong} certificates do not hold 份凭证不成立")


def _print_terms(terms: Iterable[Term]) -> None:
    for term in terms:
        out.print(escape(f"{term.points:>6}  {term.zh}  {term.en}"))


def _pool_with(*entries: str) -> Pool:
    try:
        names = {pool_of(Subject.parse(entry)) for entry in entries}
    except WrongValueError as wrong:
        raise TwinCityError(f"{wrong.zh} {wrong.en}") from None
    found = _pools().get(next(iter(names))) if len(names) == 1 else None
    for entry in entries:
        if found is None or found.side(entry) is None:
            raise TwinCityError(f"{entry} is not on the list 条目不在清单上")
    if found is None:
        raise TwinCityError("the entries are of different pools 条目不属于同一清单")
    if len(entries) > 1 and [found.side(e) for e in entries] != ["demand", "supply"]:
        raise TwinCityError("name a demand, then a supply 请先写需求、后写供给")
    return found


def _pools() -> Pools:
    return asyncio.run(_read_pools(with_kafka()))


async def _read_pools(settings: Settings) -> Pools:
    projection = Projection(SERVICE, KINDS, Pools)
    wanted = _topics(settings, OPPORTUNITY_STATEMENTS)
    projection.remember(
        [event async for _, event in events(settings, wanted) if event is not None]
    )
    pools = projection.index
    assert isinstance(pools, Pools)  # noqa: S101  as it was made
    return pools


def _topics(settings: Settings, *names: str) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name in names]


async def _verify(settings: Settings) -> dict[str, list[str]]:
    """What is wrong with each pool's certificate, from what was published alone."""
    weights: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    capacities: dict[str, tuple[dict[str, int], dict[str, int]]] = defaultdict(
        lambda: ({}, {})
    )
    chosen: dict[str, dict[str, list[str]]] = defaultdict(dict)
    certificates: dict[str, Certificate] = {}
    wanted = _topics(settings, MATCHING_RECORDS, MATCHING_CANDIDATES)
    async for _, event in events(settings, wanted):
        data = event.data if event else None
        match data:
            case CandidatesRecorded():
                _take_row(weights[data.pool], data)
                side = 0 if data.direction is Direction.DEMAND else 1
                capacities[data.pool][side][data.subject] = data.capacity
                capacities[data.pool][1 - side].pop(data.subject, None)
            case PairingRecorded(direction=Direction.DEMAND):
                chosen[data.pool][data.subject] = [p.counterpart for p in data.pairs]
            case PairingRecorded():
                chosen[data.pool].pop(data.subject, None)
            case PoolRecorded(certificate=said):
                certificates[data.pool] = Certificate(
                    int(said.total),
                    int(said.dual_total),
                    {subject: int(dual) for subject, dual in said.demands.items()},
                    {subject: int(dual) for subject, dual in said.supplies.items()},
                )
            case _:
                pass
    return {
        name: verify(
            weights[name],
            [(d, s) for d, others in chosen[name].items() for s in others],
            _of_entries(capacities[name], certificate),
            certificate,
        )
        for name, certificate in certificates.items()
    }


def _take_row(weights: dict[str, dict[str, int]], data: CandidatesRecorded) -> None:
    """An entry's row replaces what earlier records said of its pairs."""
    row = {other: int(value) for other, value in data.weights.items()}
    if data.direction is Direction.DEMAND:
        weights[data.subject] = row
        return
    for demand in list(weights):
        weights[demand].pop(data.subject, None)
    for demand, value in row.items():
        weights.setdefault(demand, {})[data.subject] = value


def _of_entries(
    capacities: tuple[dict[str, int], dict[str, int]], certificate: Certificate
) -> tuple[dict[str, int], dict[str, int]]:
    """Without the entries that have left the list: they take nobody."""

    def kept(of_side: dict[str, int], duals: Mapping[str, int]) -> dict[str, int]:
        return {node: n for node, n in of_side.items() if n or node in duals}

    demands, supplies = capacities
    return kept(demands, certificate.demands), kept(supplies, certificate.supplies)
