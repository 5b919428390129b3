"""``twincity access``: users and rights, from the registry and the catalogue."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.access.applying import WantedAccess, bring_about, give_passwords, opened
from services.access.grants import Drift, Grant
from services.access.secrets import Password, Secrets
from services.cli.terminal import Json, out, print_json, table_of
from services.local.certificates import Authority
from services.runtime.errors import TwinCityError
from services.runtime.security import Mechanism
from services.runtime.settings import Settings, with_kafka

if TYPE_CHECKING:
    pass

app = typer.Typer(help="Users and rights on Kafka 用户与权限", no_args_is_help=True)

SecretsFolder = Annotated[
    Path | None,
    typer.Option("--secrets", help="Where passwords lie, a file a user 密码目录"),
]

_PAIR = {
    Mechanism.SCRAM_256: Mechanism.SCRAM_512,
    Mechanism.SCRAM_512: Mechanism.SCRAM_256,
}
"""A user has one password by each mechanism, so two count at a rotation."""
_EVERYBODY = (
    "allow.everyone.if.no.acl.found: everybody may do what no right speaks of "
    "未授权者亦可访问"
)


@app.command()
def show(
    user: Annotated[str, typer.Option(help="Of this user alone 仅该用户")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Show each user's rights, by registry and catalogue; asks no broker 应有权限."""
    wanted = WantedAccess.of(Settings.load())
    if user and user not in wanted.users:
        raise TwinCityError(
            f"there is no user {user}; there are {', '.join(wanted.users)} 没有该用户"
        )
    chosen = sorted(g for g in wanted.grants if user in {"", g.user})
    if as_json:
        for grant in chosen:
            print_json(asdict(grant))
        return
    table = table_of("user 用户", "may 可", "what 对象")
    for grant in chosen:
        end = "…" if grant.prefixed else ""
        table.add_row(
            grant.user, grant.operation, f"{grant.resource} {grant.name}{end}"
        )
    out.print(table)


@app.command()
def check(*, as_json: Json = False) -> None:
    """Compare the cluster's rights with those wanted; status 1 if they differ 核对."""
    settings = with_kafka()
    access = opened(settings)
    drift = WantedAccess.of(settings).drift(access)
    lines = [*_listed(drift)]
    if access.lets_everybody():
        lines.append(
            (
                "excess",
                None,
                _EVERYBODY,
            )
        )
    for kind, grant, sentence in lines:
        if as_json:
            print_json(
                {"drift": kind, **(asdict(grant) if grant else {"says": sentence})}
            )
        else:
            out.print(sentence, markup=False)
    if lines:
        raise TwinCityError(f"{len(lines)} differences from what is wanted 权限不一致")
    if not as_json:
        out.print("every right is as wanted 权限与目录一致")


def _listed(drift: Drift) -> Iterable[tuple[str, Grant | None, str]]:
    for grant in drift.missing:
        yield "missing", grant, f"missing 缺少: {grant}"
    for grant in drift.excess:
        yield "excess", grant, f"not wanted 多余: {grant}"


@app.command()
def apply(
    secrets: SecretsFolder = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take away what is not wanted 清除多余")
    ] = False,
) -> None:
    """Make users and rights as wanted; says what is beyond them 建立.

    With --secrets each user without a password gets one, in its own file.
    """
    settings = with_kafka()
    access = opened(settings)
    wanted = WantedAccess.of(settings)
    if secrets is not None:
        for user in give_passwords(access, Secrets(secrets), wanted.users):
            out.print(f"{user}: password 密码 {Secrets(secrets).file(user)}")
    drift = bring_about(access, wanted, prune=prune)
    for grant in drift.excess:
        out.print(f"not wanted, --prune takes it away 多余: {grant}", markup=False)
    if drift.missing or drift.excess:
        raise TwinCityError(
            f"{len(drift.missing) + len(drift.excess)} differences are left 仍不一致"
        )
    out.print("every right is as wanted 权限与目录一致")


@app.command()
def certify(
    users: Annotated[list[str], typer.Argument(help="Of whom: their CN 用户")],
    folder: Annotated[
        Path, typer.Option("--folder", help="The authority's, made if it is new 目录")
    ],
    host: Annotated[
        list[str] | None, typer.Option(help="Where a broker answers 主机")
    ] = None,
) -> None:
    """Sign certificates, a file for each, with an authority of our own 签发证书."""
    authority = Authority(folder)
    for user in users:
        out.print(f"{user}: {authority.issue(user, tuple(host or ()))}", markup=False)


@app.command()
def rotate(
    user: Annotated[str, typer.Argument(help="Whose password 用户")],
    secrets: Annotated[
        Path, typer.Option("--secrets", help="Where passwords lie 密码目录")
    ],
    *,
    end: Annotated[
        bool, typer.Option("--end", help="The former one counts no longer 停用旧密码")
    ] = False,
) -> None:
    """Give a user a second password, by the other mechanism; both count 轮换.

    Its file holds the new one. When every process of the user was started anew with
    it, --end lets the former one count no longer.
    """
    settings = with_kafka()
    wanted = WantedAccess.of(settings)
    if user not in wanted.users:
        raise TwinCityError(
            f"there is no user {user}; there are {', '.join(wanted.users)} 没有该用户"
        )
    access, files = opened(settings), Secrets(secrets)
    password = files.read(user)
    there = access.mechanisms().get(user, frozenset())
    if end:
        if password is None or password.mechanism not in there:
            raise TwinCityError(
                f"{files.file(user)} holds no password that counts; nothing was ended "
                "该文件中的密码无效"
            )
        former = _PAIR[password.mechanism]
        if former in there:
            access.remove_password(user, former)
        out.print(f"{user}: {password.mechanism} alone counts 仅该密码有效")
        return
    if len(there) > 1:
        raise TwinCityError(
            f"{user} has two passwords already; end the former one first (--end) "
            "请先停用旧密码"
        )
    now = next(iter(there), Mechanism.SCRAM_512)
    new = Password.new(user, _PAIR[now])
    access.set_password(new)
    out.print(f"{user}: {new.mechanism}, {files.write(new)}; the former counts too")
