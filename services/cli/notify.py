"""``twincity notify``: webhooks and mail for parties without a Kafka client."""

import asyncio
import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from services.cli.terminal import Json, out, print_json, table_of
from services.notifier.delivering import new_key
from services.notifier.service import serve
from services.notifier.store import Store
from services.runtime import logs
from services.runtime.errors import TwinCityError
from services.runtime.settings import Settings, with_kafka

app = typer.Typer(help="Webhooks and mail, for whoever has no Kafka client 通知")


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Tell whom TWINCITY_NOTIFY names, until Ctrl-C 运行通知服务."""
    if context.invoked_subcommand is not None:
        return
    settings = with_kafka()
    logs.configure("notifier", settings.log_format, settings.log_level)
    asyncio.run(serve(settings))


@app.command()
def key() -> None:
    """Make a pair of keys for a webhook: ours, and the receiver's 生成网址通知密钥."""
    ours, theirs = new_key()
    out.print(f'key = "{ours}"\n# {theirs}', markup=False, soft_wrap=True)


@app.command()
def dead(*, as_json: Json = False) -> None:
    """List messages that could not be delivered 未能送达."""
    store = Store.open(Settings.load().notify_store)
    undelivered = store.dead()
    store.close()
    if as_json:
        for message in undelivered:
            print_json(asdict(message))
        return
    table = table_of("编号 id", "地址 place", "次数 tries", "原因 reason", "内容")
    for message in undelivered:
        text = escape(message.telling["zh"])
        place, reason = escape(message.place), escape(message.reason)
        table.add_row(message.id, place, str(message.tries), reason, text)
    out.print(table if undelivered else "没有未送达的通知 everything was delivered")


@app.command()
def again(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Default: all 编号，缺省为全部")
    ] = None,
) -> None:
    """Deliver again what was given up 重新投递."""
    store = Store.open(Settings.load().notify_store)
    number = store.again(ids or [], time.time())
    store.close()
    if ids and not number:
        raise TwinCityError("no such notice was given up 没有该通知")
    out.print(f"{number} will be delivered again 条将重新投递")
