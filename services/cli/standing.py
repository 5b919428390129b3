"""How the system stands, as a person reads it in a terminal of 80 columns."""

from collections.abc import Iterator
from datetime import timedelta

from rich.table import Table

from services.cli.lines import clock
from services.cli.status import ShardStatus, Status

_SILENT = timedelta(days=31)
"""A party reports by the month."""


def tables(status: Status) -> Iterator[Table | str]:
    """What a person reads."""
    shards = _table("分片\nshard", "", "落后\nbehind", "最近提交\nlast commit",
                    "启动\nstarts", "等待\nwaiting", "死信\nletters")  # fmt: skip
    for one in status.shards:
        letters = status.dead_letters.get(one.service)
        shards.add_row(
            f"{one.service}.{one.shard}",
            _state(one),
            f"{one.behind_s:.0f} s",
            "—" if one.committed_at is None else clock(one.committed_at),
            _number(one.starts),
            _number(one.waiting),
            _number(letters) if one.shard == 0 else "",
        )
    yield shards
    parties = _table("主体 party", "最近来文 last heard", "天 days", "")
    for heard in sorted(status.parties, key=lambda p: -(p.silent_days or 1e9)):
        silent = heard.silent_days is None or heard.silent_days > _SILENT.days
        parties.add_row(
            heard.party,
            "从未 never" if heard.heard_at is None else clock(heard.heard_at),
            "—" if heard.silent_days is None else f"{heard.silent_days:.1f}",
            "[red]久未来文 silent[/]" if silent else "",
        )
    yield parties
    yield (
        f"数据不一致 disputed: {status.disputed}   逾期 overdue: {status.overdue}"
        "   (twincity due --as-of …)"
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _state(shard: ShardStatus) -> str:
    if not shard.alive:
        return "[red]无音讯 silent[/]"
    return "[red]停住 halted[/]" if shard.halted else "运行 alive"


def _number(number: int | None) -> str:
    return "—" if number is None else str(number)
