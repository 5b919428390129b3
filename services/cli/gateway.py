"""``twincity gateway``: the HTTP edge of one party, its keys and its tokens."""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.access.keys import make_key, read_key
from services.cli.terminal import out
from services.gateway.tokens import LONGEST_S, sign
from services.runtime import logs
from services.runtime.errors import TwinCityError
from services.runtime.settings import Settings, with_kafka
from twincity_schemas.parties import CHINA, Registry
from twincity_schemas.topology import GATEWAY

app = typer.Typer(help="HTTP: statements in, records out 网关")

KeyFile = Annotated[Path, typer.Argument(help="The private key, PEM 私钥文件")]
_SCOPES = {"read", "write"}


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Run the gateway of TWINCITY_PARTY; without one it reads alone 运行网关."""
    if context.invoked_subcommand is not None:
        return
    from services.cli.services import run_service  # noqa: PLC0415  FastStream is slow

    settings = with_kafka()
    logs.configure(GATEWAY, settings.log_format, settings.log_level)
    run_service(GATEWAY, settings)


@app.command()
def key(
    file: KeyFile,
    name: Annotated[str, typer.Option("--id", help="Its id 密钥编号")] = "k1",
) -> None:
    """Make a key pair; prints what goes into the registry 生成密钥."""
    public = make_key(file)
    today = datetime.now(CHINA).date()
    out.print(
        f'[[party.keys]]\nid = "{name}"\ned25519 = "{public}"\nsince = {today}',
        markup=False,
    )


@app.command()
def token(
    file: KeyFile,
    party: Annotated[str, typer.Option(help="Whose it is 主体")],
    name: Annotated[str, typer.Option("--id", help="The key's id 密钥编号")] = "k1",
    scope: Annotated[str, typer.Option(help="read, write or both 权限")] = "read write",
    hours: Annotated[
        float, typer.Option(min=0.01, max=LONGEST_S / 3600, help="How long 时长")
    ] = 1.0,
) -> None:
    """Sign a token with a party's key 签发令牌."""
    if party not in Registry.load(Settings.load().parties).codes:
        raise TwinCityError(f"{party} is not in the registry 主体未登记")
    if not {*scope.split()} <= _SCOPES or not scope.split():
        raise TwinCityError(f"--scope {scope}: read, write or both 应为 read 或 write")
    now = int(time.time())
    written = sign(read_key(file), f"{party}/{name}", scope, now, int(hours * 3600))
    sys.stdout.write(written + "\n")
