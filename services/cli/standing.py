"""How the system stands, as a person reads it in a terminal of 80 columns."""

from collections.abc import Iterator
from datetime import timedelta

from rich.table import Table

from services.cli.lines import clock
from services.gateway.pages.telling import MISSING, Tell
from services.runtime.standing import ShardStatus, Status

_SILENT = timedelta(days=31)
"""A party reports by the month."""


def tables(status: Status, tell: Tell) -> Iterator[Table | str]:
    """Yields what a person reads."""
    t = tell.t
    shards = _table(
        t("分片", "shard"), "", t("落后", "behind"), t("最近提交", "last commit"),
        t("启动", "starts"), t("等待", "waiting"), t("死信", "letters"),
    )  # fmt: skip
    for one in status.shards:
        letters = status.dead_letters.get(one.service)
        shards.add_row(
            t(f"{tell.service(one.service)} ", "") + f"{one.service}.{one.shard}",
            _state(one, tell),
            f"{one.behind_s:.0f} s",
            MISSING if one.committed_at is None else clock(one.committed_at),
            _number(one.starts),
            _number(one.waiting),
            _number(letters) if one.shard == 0 else "",
        )
    yield shards
    parties = _table(
        t("主体", "party"), t("最近来文", "last heard"), t("天", "days"), ""
    )
    for party in sorted(status.parties, key=lambda p: -(p.silent_days or 1e9)):
        silent = party.silent_days is None or party.silent_days > _SILENT.days
        parties.add_row(
            tell.party(party.party),
            t("从未", "never")
            if party.last_statement_at is None
            else clock(party.last_statement_at),
            MISSING if party.silent_days is None else f"{party.silent_days:.1f}",
            f"[red]{t('久未来文', 'silent')}[/]" if silent else "",
        )
    yield parties
    yield (
        f"{t('数据不一致：', 'disputed: ')}{status.disputed}   "
        f"{t('逾期：', 'overdue: ')}{status.overdue}   (twincity due --as-of …)"
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _state(shard: ShardStatus, tell: Tell) -> str:
    if not shard.alive:
        return f"[red]{tell.t('无音讯', 'silent')}[/]"
    if shard.halted:
        return f"[red]{tell.t('停住', 'halted')}[/]"
    return tell.t("运行", "alive")


def _number(number: int | None) -> str:
    return MISSING if number is None else str(number)
