"""``twincity match``: the pairs of a pool, explained, drawn and checked.

Everything is read from the topics: what owners said (``explain``, ``why-not``,
``candidates``, ``pool``), and what matching published (``verify``).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.cli.terminal import Json, out, print_json
from services.cli.verifying import remembered, verified
from services.gateway.pages.poolpicture import Flow, picture
from services.matching import telling
from services.matching.pool import Pool
from services.matching.pools import Pools
from services.matching.scorer import explain as explained
from services.runtime.errors import TwinCityError
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.opportunity import pool_of
from twincity_schemas.pairing_record import PoolRecorded, Term
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
        documents = [term.model_dump(mode="json") for term in terms]
        print_json(
            {"demand": demand, "supply": supply, "score": score, "terms": documents}
        )
        return
    out.print(f"[bold]{escape(pair[0].entry.title)} ↔ {escape(pair[1].entry.title)}[/]")
    _print_terms(terms)
    out.print(f"{score:>6}  合计 in all")
    record = telling.pairing(pool, pair[0].subject)
    known = (*record.pairs, *record.offers) if record else ()
    chosen = [pair for pair in known if pair.counterpart == supply]
    for candidate in chosen:
        out.print(f"{candidate.status.words.zh} {candidate.status.words.en}")
        if (such := candidate.confidence) is not None:
            out.print(
                f"同类推荐正确 right among such: {such.share} %"
                f" ({such.low}–{such.high} %, {such.observed})"
            )
        for step in candidate.open:
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
    best = list(telling.best_candidates(_pool_with(entry), entry))
    if as_json:
        for candidate in best:
            terms = [term.model_dump(mode="json") for term in candidate.terms]
            print_json({**vars(candidate), "terms": terms})
        return
    if not best:
        out.print("没有候选 no candidates")
    for candidate in best:
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
    chosen = _pools().get(name)
    if chosen is None:
        raise TwinCityError(f"there is no pool {name} 没有该清单")
    record = telling.summary(chosen)
    if as_json:
        print_json(record.model_dump(mode="json", exclude={"certificate"}))
    else:
        _print_summary(record)
    if svg is not None:
        _draw(chosen, svg)


def _print_summary(record: PoolRecorded) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for words, value in (
        ("需求 demands", record.demands),
        ("供给 supplies", record.supplies),
        ("配对 pairs", record.pairs),
        ("双方受理 agreed", record.agreed),
        ("互为首选 mutual first choices", record.mutual_first_choices),
        ("另有意向 blocking pairs", record.blocking),
        ("总得分 score", record.score),
    ):
        table.add_row(words, f"{value:,}")
    out.print(table)


def flows(pool: Pool) -> Counter[Flow]:
    """A pool's pairs by the demand's owner, its need, and the supply's owner."""
    return Counter(
        (demand.owner, str(demand.entry.need_type), supply.owner)
        for demand, supply in (pool.pair(*pair) for pair in pool.pairs())
    )


def _draw(pool: Pool, svg: Path) -> None:
    parties = Registry.load(Settings.load().parties).party
    names = {party.code: Words(party.zh, party.en) for party in parties}
    try:
        svg.write_text(picture(pool.name, flows(pool), names), "utf-8")
    except OSError as error:
        raise TwinCityError(f"{svg}: {error.strerror} 无法写入") from None


@app.command("verify")
def verify_pools(
    name: Annotated[str, typer.Option("--pool", help="Only this pool 清单")] = "",
    *,
    from_statements: Annotated[
        bool,
        typer.Option(
            "--from-statements",
            help="Derive every record anew and compare it 由填报重新推导并逐条比对",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check what was published of the pools; status 1 if anything is wrong 核验."""
    checked = asyncio.run(verified(with_kafka(), from_statements=from_statements))
    wrong = 0
    for pool_name, problems in sorted(checked.items()):
        if name in {"", pool_name}:
            wrong += bool(problems)
            if as_json:
                print_json({"pool": pool_name, "problems": problems})
                continue
            mark = "[red]✗[/]" if problems else "[green]✓[/]"
            out.print(f"{mark} {pool_name or '?'}")
            for problem in problems[:5]:
                out.print(escape(f"    {problem}"))
    if not checked or name not in {"", *checked}:
        raise TwinCityError("there is no such pool to check 没有可核验的清单")
    if wrong:
        raise TwinCityError(f"{wrong} pools do not hold 个清单核验不通过")


def _print_terms(terms: Iterable[Term]) -> None:
    for term in terms:
        out.print(escape(f"{term.points:>6}  {term.zh}  {term.en}"))


def _pool_with(*entries: str) -> Pool:
    try:
        names = {pool_of(Subject.parse(entry)) for entry in entries}
    except WrongValueError as wrong:
        raise TwinCityError(f"{wrong.zh} {wrong.en}") from None
    holding = _pools().get(next(iter(names))) if len(names) == 1 else None
    for entry in entries:
        if holding is None or holding.side(entry) is None:
            raise TwinCityError(f"{entry} is not on the list 条目不在清单上")
    if holding is None:
        raise TwinCityError("the entries are of different pools 条目不属于同一清单")
    if len(entries) > 1 and [holding.side(e) for e in entries] != ["demand", "supply"]:
        raise TwinCityError("name a demand, then a supply 请先写需求、后写供给")
    return holding


def _pools() -> Pools:
    return asyncio.run(_read_pools(with_kafka()))


async def _read_pools(settings: Settings) -> Pools:
    pools = (await remembered(settings)).index
    assert isinstance(pools, Pools)  # noqa: S101  as it was made
    return pools
